//! `format` and `formatlist`.

use super::Answer;
use crate::collect::terraform::source::convert::Stop;
use crate::collect::terraform::source::evaluator::Evaluator;
use crate::collect::terraform::source::value::{Kind, Value};

/// The widest field that is filled up.
const MAX_WIDTH: usize = 1_000;

pub(super) fn call(evaluator: &mut Evaluator<'_>, name: &str, arguments: &[Value]) -> Answer {
    let (spec, rest) = match (name, arguments.split_first()) {
        ("format" | "formatlist", Some(parts)) => parts,
        _ => return None,
    };
    Some(match (name, spec.text()) {
        (_, Err(stop)) => Err(stop),
        ("format", Ok(spec)) => format(evaluator, &spec, rest),
        (_, Ok(spec)) => format_list(evaluator, &spec, rest),
    })
}

fn format_list(evaluator: &mut Evaluator<'_>, spec: &str, arguments: &[Value]) -> Result<Kind, Stop> {
    let mut length = None;
    for argument in arguments {
        if let Kind::List(all) | Kind::Set(all) = &argument.known()?.kind {
            if length.is_some_and(|length| length != all.len()) {
                return Err(Stop::error("the lists have different lengths"));
            }
            length = Some(all.len());
        }
    }
    let Some(length) = length else { return Ok(Kind::list([format(evaluator, spec, arguments)?.into()])) };
    let mut lines = Vec::with_capacity(length);
    for at in 0..length {
        let row = arguments.iter().map(|argument| match &argument.kind {
            Kind::List(all) | Kind::Set(all) => all.get(at).cloned().unwrap_or_else(|| Kind::Null.into()),
            _ => argument.clone(),
        });
        let row: Vec<Value> = row.collect();
        match format(evaluator, spec, &row) {
            Err(stop @ Stop::Error(_)) => return Err(stop),
            other => lines.push(other.unwrap_or_else(Kind::from).into()),
        }
    }
    Ok(Kind::list(lines))
}

/// `%s`, `%d`, `%v` and `%q`, filled up with blanks or zeros.
fn format(evaluator: &mut Evaluator<'_>, spec: &str, arguments: &[Value]) -> Result<Kind, Stop> {
    let mut result = String::new();
    let mut arguments = arguments.iter();
    let mut rest = spec;
    while let Some((before, after)) = rest.split_once('%') {
        result.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            result.push('%');
            rest = after;
            continue;
        }
        let left = after.starts_with('-');
        let flags = after.trim_start_matches('-');
        let zeros = flags.starts_with('0');
        let digits = flags.bytes().take_while(u8::is_ascii_digit).count();
        let width: usize = flags.get(..digits).and_then(|width| width.parse().ok()).unwrap_or(0);
        let mut verb = flags.get(digits..).unwrap_or_default().chars();
        let kind = verb.next();
        if !matches!(kind, Some('s' | 'd' | 'v' | 'q')) || width > MAX_WIDTH {
            return Err(Stop::unknown(format!("`{spec}` is not worked out here")));
        }
        let argument = arguments.next().ok_or_else(|| Stop::error("`format` is given too few arguments"))?;
        let text = match (kind, &argument.kind) {
            (Some('v'), Kind::Null) => "null".into(),
            (Some('d'), _) => match argument.number()?.whole() {
                Some(whole) => whole.to_string().into(),
                None => return Err(Stop::error("`%d` is given no whole number")),
            },
            (_, Kind::List(_) | Kind::Set(_) | Kind::Map(_)) => {
                return Err(Stop::unknown("a collection as text is not worked out here"));
            }
            _ => argument.text()?,
        };
        let text = if kind == Some('q') { serde_json::Value::from(&*text).to_string().into() } else { text };
        let fill = width.saturating_sub(text.chars().count());
        match (left, zeros && kind == Some('d')) {
            (true, _) => {
                result.push_str(&text);
                result.extend(std::iter::repeat_n(' ', fill));
            }
            (false, true) => {
                let (sign, digits) = text.strip_prefix('-').map_or(("", &*text), |digits| ("-", digits));
                result.push_str(sign);
                result.extend(std::iter::repeat_n('0', fill));
                result.push_str(digits);
            }
            (false, false) => {
                result.extend(std::iter::repeat_n(' ', fill));
                result.push_str(&text);
            }
        }
        rest = verb.as_str();
    }
    if arguments.next().is_some() {
        return Err(Stop::error("`format` is given too many arguments"));
    }
    result.push_str(rest);
    evaluator.spend(0, result.len())?;
    Ok(Kind::text(result))
}
