//! ARN patterns: against an ARN, and against what is known of an ARN.

use std::collections::BTreeSet;

use crate::model::fact::{Fact, State};

use super::Candidate;

/// Whether a pattern with `*` (any text) and `?` (any one character) matches the whole text. Case counts.
pub fn matches(pattern: &str, text: &str) -> bool {
    glob(pattern, text, true)
}

/// As [`matches`], with `*` as the only wildcard.
pub(super) fn matches_stars(pattern: &str, text: &str) -> bool {
    glob(pattern, text, false)
}

fn glob(pattern: &str, text: &str, question_mark: bool) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // After a star: the pattern behind it, and the text from where the star's share may grow.
    let mut retry: Option<(std::str::Chars, std::str::Chars)> = None;
    loop {
        let here = (pattern.clone(), text.clone());
        let fits = match (pattern.next(), text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                text = here.1;
                retry = Some((pattern.clone(), text.clone()));
                true
            }
            (Some(wanted), Some(actual)) => wanted == actual || (wanted == '?' && question_mark),
            (_, None) => return false,
            (None, Some(_)) => false,
        };
        if !fits {
            let Some((behind, mut rest)) = retry else { return false };
            if rest.next().is_none() {
                return false;
            }
            pattern = behind.clone();
            text = rest.clone();
            retry = Some((behind, rest));
        }
    }
}

/// The longest ARN (`arnType` in the AWS IAM API Reference); it also bounds the recursion below.
const LONGEST_ARN: usize = 2048;

/// A piece of what is known of an ARN.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// This character.
    Char(char),
    /// A name that is not known; names hold neither `:` nor `/`.
    Name,
    /// Nothing is known.
    Anything,
}

/// Whether the pattern matches the resource's ARN; decided even for an unknown ARN where every ARN that it can have
/// is matched, or none.
pub(super) fn matches_arn(pattern: &str, candidate: &Candidate) -> Fact<bool> {
    match &candidate.arn.state {
        State::Known(arn) => Fact::known(matches(pattern, arn)),
        State::Absent => Fact::unknown("the resource's ARN is not known"),
        State::Unknown(_) if pattern.len() > LONGEST_ARN => {
            Fact::unknown(format!("the pattern is longer than an ARN can be ({LONGEST_ARN} characters)"))
        }
        State::Unknown(reasons) => {
            let pattern_chars: Vec<char> = pattern.chars().collect();
            let shape = shape(pattern, candidate);
            if surely(&pattern_chars, &shape, &mut BTreeSet::new()) {
                Fact::known(true)
            } else if possibly(&pattern_chars, &shape, &mut BTreeSet::new()) {
                Fact::unknown(reasons.clone())
            } else {
                Fact::known(false)
            }
        }
    }
}

/// The ARN of a resource as far as its type and identity tell it. Formats: "Actions, resources, and condition keys" in
/// the Service Authorization Reference.
fn shape(pattern: &str, candidate: &Candidate) -> Vec<Piece> {
    let format = match candidate.kind {
        "AWS::S3::Bucket" => ("s3", false, ""),
        "AWS::EC2::Volume" => ("ec2", true, "volume/"),
        "AWS::EC2::Instance" => ("ec2", true, "instance/"),
        "AWS::RDS::DBInstance" => ("rds", true, "db:"),
        "AWS::RDS::DBCluster" | "AWS::DocDB::DBCluster" | "AWS::Neptune::DBCluster" => ("rds", true, "cluster:"),
        "AWS::Redshift::Cluster" => ("redshift", true, "cluster:"),
        "AWS::DynamoDB::Table" => ("dynamodb", true, "table/"),
        "AWS::EFS::FileSystem" => ("elasticfilesystem", true, "file-system/"),
        "AWS::FSx::FileSystem" => ("fsx", true, "file-system/"),
        _ => return vec![Piece::Anything],
    };
    let (service, placed, prefix) = format;
    let known = |part: Option<&std::sync::Arc<str>>| match part {
        Some(text) => text.chars().map(Piece::Char).collect(),
        None => vec![Piece::Name],
    };
    let text = |text: &str| -> Vec<Piece> { text.chars().map(Piece::Char).collect() };
    // A selection and what it selects live in one partition, so an unknown partition is the pattern's.
    let named = pattern.split(':').nth(1).filter(|part| !part.is_empty() && !part.contains(['*', '?']));
    let partition = candidate.id.and_then(|id| id.partition.as_deref()).or(named).unwrap_or("aws");
    let mut shape = text(&format!("arn:{partition}:{service}:"));
    if placed {
        shape.extend(known(candidate.id.and_then(|id| id.region.as_ref())));
        shape.extend(text(":"));
        shape.extend(known(candidate.id.and_then(|id| id.account.as_ref())));
        shape.extend(text(":"));
    } else {
        shape.extend(text("::"));
    }
    shape.extend(text(prefix));
    shape.push(Piece::Name);
    shape
}

/// Whether the pattern matches whatever the unknown pieces are: only a star can take one.
fn surely(pattern: &[char], shape: &[Piece], failed: &mut BTreeSet<(usize, usize)>) -> bool {
    if !failed.insert((pattern.len(), shape.len())) {
        return false;
    }
    match (pattern, shape) {
        ([], []) => true,
        (['*', behind @ ..], _) => {
            surely(behind, shape, failed) || shape.split_first().is_some_and(|(_, rest)| surely(pattern, rest, failed))
        }
        ([wanted, behind @ ..], [Piece::Char(actual), rest @ ..]) => {
            (wanted == actual || *wanted == '?') && surely(behind, rest, failed)
        }
        _ => false,
    }
}

/// Whether the pattern matches for some value of the unknown pieces.
fn possibly(pattern: &[char], shape: &[Piece], failed: &mut BTreeSet<(usize, usize)>) -> bool {
    if !failed.insert((pattern.len(), shape.len())) {
        return false;
    }
    match (pattern, shape) {
        ([], []) => true,
        (['*', behind @ ..], _) => {
            possibly(behind, shape, failed)
                || shape.split_first().is_some_and(|(_, rest)| possibly(pattern, rest, failed))
        }
        (_, [piece @ (Piece::Name | Piece::Anything), rest @ ..]) => {
            possibly(pattern, rest, failed)
                || pattern.split_first().is_some_and(|(wanted, behind)| {
                    (*piece == Piece::Anything || !matches!(wanted, ':' | '/')) && possibly(behind, shape, failed)
                })
        }
        ([wanted, behind @ ..], [Piece::Char(actual), rest @ ..]) => {
            (wanted == actual || *wanted == '?') && possibly(behind, rest, failed)
        }
        _ => false,
    }
}
