//! What is read from an SDK error: its code, what was said, and whether it is a denial.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};

use super::guard::Undeclared;
use crate::model::gap::GapKind;

/// Codes by which AWS's services say that the caller may not.
const DENIALS: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AllAccessDisabled",
    "AuthorizationError",
    "AuthorizationErrorException",
    "Forbidden",
    "NotAuthorized",
    "UnauthorizedAccess",
    "UnauthorizedException",
    "UnauthorizedOperation",
];

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// AWS's error code, or our word where AWS gave none.
    pub code: String,
    /// What AWS or the SDK said.
    pub message: String,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// The header `x-amz-bucket-region`, by which S3 tells a bucket's Region even when it refuses.
    pub bucket_region: Option<String>,
}

impl Failure {
    /// Reads an SDK error.
    pub fn from_sdk<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let raw = error.raw_response();
        let status = raw.map(|response| response.status().as_u16());
        let bucket_region = raw.and_then(|response| response.headers().get("x-amz-bucket-region")).map(str::to_owned);
        let (code, message) = match error {
            SdkError::ServiceError(context) => {
                let code = context.err().code().map_or_else(|| code_of_status(status), str::to_owned);
                let message = context.err().message().filter(|text| !text.is_empty());
                (code, message.map_or_else(|| "no message was given".to_owned(), str::to_owned))
            }
            SdkError::TimeoutError(_) => ("Timeout".to_owned(), "the call took too long".to_owned()),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => ("Timeout".to_owned(), deepest(error)),
            SdkError::DispatchFailure(_) => ("ConnectionFailed".to_owned(), deepest(error)),
            SdkError::ResponseError(_) => ("UnreadableResponse".to_owned(), deepest(error)),
            _ => ("NotSent".to_owned(), deepest(error)),
        };
        let code =
            if chain(error).any(|cause| cause.is::<Undeclared>()) { "UndeclaredOperation".to_owned() } else { code };
        Self { code, message, status, bucket_region }
    }

    /// A failure of our own finding.
    pub fn ours(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), status: None, bucket_region: None }
    }

    /// Whether the caller may not, or it failed otherwise.
    pub fn kind(&self) -> GapKind {
        if DENIALS.contains(&self.code.as_str()) { GapKind::Denied } else { GapKind::Failed }
    }
}

/// An answer to HEAD has no body, so only its status speaks.
fn code_of_status(status: Option<u16>) -> String {
    match status {
        Some(301 | 307) => "PermanentRedirect".to_owned(),
        Some(403) => "AccessDenied".to_owned(),
        Some(404) => "NotFound".to_owned(),
        Some(other) => format!("Http{other}"),
        None => "Unknown".to_owned(),
    }
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The innermost cause says most; what wraps it is the SDK's own "dispatch failure".
fn deepest(error: &(dyn Error + 'static)) -> String {
    let Some(cause) = chain(error).last() else { return String::new() };
    match cause.downcast_ref::<ErrorMetadata>() {
        // A service's refusal of a call that the SDK made on the way, such as `sts:AssumeRole`.
        Some(refusal) => {
            let message = refusal.message().unwrap_or("no message was given");
            format!("{message} ({})", refusal.code().unwrap_or("no code"))
        }
        None => cause.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denials_are_told_from_failures_by_code_not_by_status() {
        for code in ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AllAccessDisabled"] {
            assert_eq!(Failure::ours(code, "").kind(), GapKind::Denied);
        }
        // Expired credentials and Regions that are not enabled answer 403 too, and no permission cures them.
        for code in ["ExpiredToken", "InvalidClientTokenId", "UnrecognizedClientException", "ThrottlingException"] {
            assert_eq!(Failure::ours(code, "").kind(), GapKind::Failed);
        }
    }

    #[test]
    fn an_answer_without_a_body_is_named_by_its_status() {
        assert_eq!(code_of_status(Some(403)), "AccessDenied");
        assert_eq!(code_of_status(Some(404)), "NotFound");
        assert_eq!(code_of_status(Some(301)), "PermanentRedirect");
        assert_eq!(code_of_status(Some(503)), "Http503");
    }
}
