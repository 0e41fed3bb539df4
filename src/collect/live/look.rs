//! One look at one thing in one Region: turns answers and failures into facts, and keeps the gaps.

use std::future::Future;
use std::sync::Arc;

use crate::model::fact::{Fact, Reason};
use crate::model::gap::{Gap, GapKind};
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Origin, Resource, Tags};
use crate::model::snapshot::Listing;

use super::failure::Failure;
use super::operation::Operation;
use super::part::Part;
use super::session::Session;

pub use crate::model::identity::GLOBAL;

/// A page of a list, and the token of the next one.
pub type Page<T> = Result<(Vec<T>, Option<String>), Failure>;

/// A look, and what it has found so far.
pub struct Look<'a> {
    /// The session.
    pub session: &'a Session<'a>,
    /// The Region; `global` for what belongs to none.
    pub region: &'a str,
    /// What it has found.
    pub part: Part,
}

/// A list as far as it was read.
pub struct List<T> {
    /// The items that were read.
    pub items: Vec<T>,
    /// Why it broke off, if it did.
    pub broken: Option<Reason>,
}

impl<'a> Look<'a> {
    /// A look at a Region.
    pub fn at(session: &'a Session<'a>, region: &'a str) -> Self {
        Self { session, region, part: Part::default() }
    }

    /// Records a failure as a gap, and answers the reason that the facts it leaves open carry.
    pub fn fail(&mut self, operation: &Operation, subject: Option<&str>, failure: &Failure) -> Reason {
        let gap = self.gap(operation, subject, failure.kind(), &failure.code, &failure.message);
        let reason = gap.reason();
        self.part.gaps.push(gap);
        reason
    }

    /// Records a gap that is no failed call, or not merely one.
    pub fn note(
        &mut self,
        operation: &Operation,
        subject: Option<&str>,
        kind: GapKind,
        code: &str,
        message: &str,
        leaves_unknown: &str,
    ) {
        let gap = self.gap(operation, subject, kind, code, message);
        self.part.gaps.push(Gap { leaves_unknown: leaves_unknown.into(), ..gap });
    }

    /// Records that something was deleted between the list and the look at it. It is left out, and nothing of it is
    /// unknown, so the picture stays complete.
    pub fn gone(&mut self, operation: &Operation, subject: &str, code: &str) {
        let message = "it was deleted while the account was being read";
        self.note(operation, Some(subject), GapKind::NotModelled, code, message, "nothing: it no longer exists");
    }

    /// Records a denial that is in the nature of things: AWS answers the call to other accounts. No permission cures it.
    pub fn withheld(&mut self, operation: &Operation, subject: &str, failure: &Failure, to: &str) -> Reason {
        let message = format!("{}; AWS answers it {to} only", failure.message);
        let gap = self.gap(operation, Some(subject), GapKind::Denied, &failure.code, &message);
        let gap = Gap { permission: None, ..gap };
        let reason = gap.reason();
        self.part.gaps.push(gap);
        reason
    }

    fn gap(&self, operation: &Operation, subject: Option<&str>, kind: GapKind, code: &str, message: &str) -> Gap {
        let action = operation.actions.first().map(|action| Arc::from(*action));
        Gap {
            kind,
            account: Some(self.session.account.clone()),
            region: Some(self.region.into()),
            operation: operation.label().into(),
            subject: subject.map(Into::into),
            code: code.into(),
            message: message.into(),
            leaves_unknown: operation.why.into(),
            permission: action.filter(|_| kind == GapKind::Denied),
            at: None,
        }
    }

    /// The fact that an answer tells. A failure whose code is among `absent` means that there is none; any other is
    /// a gap, and the fact unknown.
    pub fn fact<O, T>(
        &mut self,
        operation: &Operation,
        subject: &str,
        absent: &[&str],
        answer: Result<O, Failure>,
        read: impl FnOnce(O) -> Fact<T>,
    ) -> Fact<T> {
        match answer {
            Ok(output) => read(output),
            Err(failure) if absent.contains(&failure.code.as_str()) => Fact::absent(),
            Err(failure) => Fact::unknown(self.fail(operation, Some(subject), &failure)),
        }
    }

    /// The tags that an answer tells. A failure whose code is among `absent` means that there are none.
    pub fn tags_of<O>(
        &mut self,
        operation: &Operation,
        subject: &str,
        absent: &[&str],
        answer: Result<O, Failure>,
        read: impl FnOnce(O) -> Tags,
    ) -> Tags {
        match answer {
            Ok(output) => read(output),
            Err(failure) if absent.contains(&failure.code.as_str()) => Tags::default(),
            Err(failure) => Tags::unread(self.fail(operation, Some(subject), &failure)),
        }
    }

    /// Reads a list to its end. One that breaks off keeps what it read, and is a gap.
    pub async fn list<T, F>(
        &mut self,
        operation: &Operation,
        subject: Option<&str>,
        fetch: impl Fn(Option<String>) -> F,
    ) -> List<T>
    where
        F: Future<Output = Page<T>>,
    {
        let (items, failure) = read_pages(fetch).await;
        let broken = failure.map(|failure| self.fail(operation, subject, &failure));
        List { items, broken }
    }

    /// Reads a list page by page, for lists of which a whole account's would not fit into memory: each page is handed
    /// over and dropped. Whether it was read to its end; one that breaks off keeps what it read, and is a gap.
    pub async fn stream<T, F>(
        &mut self,
        operation: &Operation,
        subject: Option<&str>,
        fetch: impl Fn(Option<String>) -> F,
        mut each: impl FnMut(&mut Self, T),
    ) -> Result<(), Failure>
    where
        F: Future<Output = Page<T>>,
    {
        let read = for_pages(fetch, |page| page.into_iter().for_each(|item| each(self, item))).await;
        if let Err(failure) = &read {
            self.fail(operation, subject, failure);
        }
        read
    }

    /// Records that a list was read to its end.
    pub fn listed(&mut self, kind: &str, parent: Option<&str>) {
        self.part.listed.push(Listing {
            kind: kind.into(),
            account: self.session.account.clone(),
            region: self.region.into(),
            parent: parent.map(Into::into),
        });
    }

    /// The identity of a resource of this account.
    pub fn id(&self, kind: &str, id: &str) -> ResourceId {
        ResourceId {
            root: None,
            partition: Some(self.session.partition.clone()),
            account: Some(self.session.account.clone()),
            region: Some(self.session.shared(self.region)),
            kind: self.session.shared(kind),
            id: id.into(),
        }
    }

    /// Adds a resource of this account and Region.
    pub fn found(&mut self, id: ResourceId, name: &str, tags: Tags, facts: Facts) {
        self.part.resources.push(Resource {
            id,
            name: name.into(),
            origin: Origin::Live,
            exists: Fact::known(true),
            tags,
            suppressions: Vec::new(),
            removal: None,
            facts,
        });
    }
}

/// Reads pages until there is no next one, or one fails.
pub async fn read_pages<T, F>(fetch: impl Fn(Option<String>) -> F) -> (Vec<T>, Option<Failure>)
where
    F: Future<Output = Page<T>>,
{
    let mut items = Vec::new();
    let read = for_pages(fetch, |page| items.extend(page)).await;
    (items, read.err())
}

/// Hands over page after page until there is no next one, or one fails.
async fn for_pages<T, F>(fetch: impl Fn(Option<String>) -> F, mut each: impl FnMut(Vec<T>)) -> Result<(), Failure>
where
    F: Future<Output = Page<T>>,
{
    let mut token = None;
    loop {
        let (page, next) = fetch(token.clone()).await?;
        each(page);
        let next = next.filter(|next| !next.is_empty());
        if next.is_none() {
            return Ok(());
        }
        if next == token {
            return Err(Failure::ours("RepeatedToken", "the list gave the same page token twice"));
        }
        token = next;
    }
}

/// Tags as AWS gives them: all of them, each with its value.
pub fn tags<K: Into<Arc<str>>>(pairs: impl IntoIterator<Item = (K, String)>) -> Tags {
    let entries = pairs.into_iter().map(|(key, value)| (key.into(), Fact::known(value))).collect();
    Tags { entries, others: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run<T>(fetch: impl Fn(Option<String>) -> Page<T>) -> (Vec<T>, Option<Failure>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(read_pages(|token| std::future::ready(fetch(token))))
    }

    #[test]
    fn a_list_is_read_page_by_page_to_its_end() {
        let (items, failure) = run(|token| match token.as_deref() {
            None => Ok((vec![1, 2], Some("a".to_owned()))),
            Some("a") => Ok((vec![], Some("b".to_owned()))),
            _ => Ok((vec![3], Some(String::new()))),
        });
        assert_eq!((items, failure), (vec![1, 2, 3], None));
    }

    #[test]
    fn a_list_that_breaks_off_keeps_what_it_read() {
        let (items, failure) = run(|token| match token {
            None => Ok((vec![1], Some("a".to_owned()))),
            Some(_) => Err(Failure::ours("ThrottlingException", "slow down")),
        });
        assert_eq!(items, [1]);
        assert_eq!(failure.unwrap().code, "ThrottlingException");
    }

    #[test]
    fn a_token_that_leads_back_to_its_own_page_breaks_the_list_off() {
        let (items, failure) = run(|_| Ok((vec![1], Some("same".to_owned()))));
        assert_eq!(items, [1, 1]);
        assert_eq!(failure.unwrap().code, "RepeatedToken");
    }
}
