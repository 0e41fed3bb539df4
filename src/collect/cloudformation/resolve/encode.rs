//! Functions that turn a value into another form: `Fn::Base64`, `Fn::Cidr`, `Fn::Length`, `Fn::ToJsonString`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;

use super::Resolver;
use super::function::{list_of_texts, unknown};
use crate::collect::cloudformation::tree::{Node, Value};
use crate::collect::declared::item::{Item, Kind};
use crate::model::fact::{Fact, State};

/// "count: … Valid range is between 1 and 256" ("Fn::Cidr" in the CloudFormation Template Reference).
const MAX_BLOCKS: usize = 256;

impl<'t> Resolver<'t> {
    /// `Fn::Base64`: what `UserData` takes.
    pub(super) fn base64(&mut self, argument: &'t Node) -> Kind {
        match self.argument_text(argument).state {
            State::Known(text) => Kind::Text(STANDARD.encode(text).into()),
            State::Unknown(reasons) => Kind::Unknown(reasons),
            State::Absent => unknown("`Fn::Base64` is given no text"),
        }
    }

    /// `Fn::Cidr: [block, count, bits]`: that many blocks of an address range, each with that many bits for hosts.
    pub(super) fn cidr(&mut self, argument: &'t Node) -> Kind {
        let Value::List(arguments) = &argument.value else { return unknown("`Fn::Cidr` is given no list") };
        let (block, count, bits) = match arguments.as_slice() {
            [block, count] => (block, count, None),
            [block, count, bits] => (block, count, Some(bits)),
            _ => return unknown("`Fn::Cidr` is not given two or three arguments"),
        };
        let block = self.argument_text(block);
        let count = self.argument(count).integer();
        let bits = bits.map_or_else(Fact::absent, |bits| self.argument(bits).integer());
        // The documentation says nothing of what is left out.
        let bits = bits.or_unknown("`Fn::Cidr` is given no number of bits");
        let all = block.and_then(|block| count.and_then(|count| bits.map(|bits| (block, count, bits))));
        match all.state {
            State::Known((block, count, bits)) => blocks(&block, count, bits)
                .unwrap_or_else(|| unknown("`Fn::Cidr` is given a range that does not hold these blocks")),
            State::Unknown(reasons) => Kind::Unknown(reasons),
            State::Absent => unknown("`Fn::Cidr` is given no range"),
        }
    }

    /// `Fn::Length`, of the transform `AWS::LanguageExtensions`: how many elements a list has.
    pub(super) fn length(&mut self, argument: &'t Node) -> Kind {
        match self.argument(argument).kind {
            Kind::List(items) if items.iter().all(is_one) => Kind::Number(items.len().to_string().into()),
            Kind::List(_) => unknown("`Fn::Length` is given a list of which an element may not be there"),
            Kind::Unknown(reasons) => Kind::Unknown(reasons),
            _ => unknown("`Fn::Length` is given no list"),
        }
    }

    /// `Fn::ToJsonString`, of the transform `AWS::LanguageExtensions`: a list or mapping as JSON text.
    pub(super) fn json_text(&mut self, argument: &'t Node) -> Kind {
        let item = self.argument(argument);
        if !matches!(item.kind, Kind::List(_) | Kind::Map(_) | Kind::Unknown(_) | Kind::Choice(_)) {
            return unknown("`Fn::ToJsonString` is given no list and no mapping");
        }
        match item.document().state {
            State::Known(_) if !only_texts(&item) => unknown("`Fn::ToJsonString` is given what is no text"),
            State::Known(text) => Kind::Text(text.into()),
            State::Unknown(reasons) => Kind::Unknown(reasons),
            State::Absent => unknown("`Fn::ToJsonString` is given nothing"),
        }
    }
}

/// Whether an element is certainly one.
fn is_one(item: &Item) -> bool {
    match &item.kind {
        Kind::Absent | Kind::Unknown(_) => false,
        Kind::Choice(choice) => is_one(&choice.yes) && is_one(&choice.no),
        _ => true,
    }
}

/// Whether all that stands in a value is text: the documentation does not say how numbers and booleans are written.
fn only_texts(item: &Item) -> bool {
    match &item.kind {
        Kind::Bool(_) | Kind::Number(_) => false,
        Kind::List(items) => items.iter().all(only_texts),
        Kind::Map(map) => map.entries.iter().all(|(_, item)| only_texts(item)),
        Kind::Choice(choice) => only_texts(&choice.yes) && only_texts(&choice.no),
        Kind::Absent | Kind::Unknown(_) | Kind::Text(_) | Kind::Reference(_) => true,
    }
}

fn blocks(block: &str, count: i64, bits: i64) -> Option<Kind> {
    let range: IpNet = block.parse().ok()?;
    let length = range.max_prefix_len().checked_sub(u8::try_from(bits).ok()?)?;
    let count = usize::try_from(count).ok().filter(|count| (1..=MAX_BLOCKS).contains(count))?;
    let all: Vec<String> = range.trunc().subnets(length).ok()?.take(count).map(|net| net.to_string()).collect();
    (all.len() == count).then(|| list_of_texts(all.iter().map(String::as_str)))
}
