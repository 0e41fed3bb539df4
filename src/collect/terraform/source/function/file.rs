//! Functions that read files of the configuration: "file Function" and "templatefile Function" in the Terraform language
//! documentation. Paths are relative to the folder where Terraform runs, which is the root module's.

use std::sync::Arc;

use super::Answer;
use crate::collect::terraform::source::convert::Stop;
use crate::collect::terraform::source::evaluator::{Evaluator, Scope};
use crate::collect::terraform::source::value::{Kind, Value};
use crate::collect::terraform::source::{parse, path};
use crate::model::position::{Point, Position};

pub(super) fn call(evaluator: &mut Evaluator<'_>, name: &str, arguments: &[Value]) -> Answer {
    Some(match (name, arguments) {
        ("file", [path]) => text(evaluator, path).map(|(_, text)| Kind::Text(text)),
        ("fileexists", [path]) => text(evaluator, path).map(|_| Kind::Bool(true)),
        ("templatefile", [path, variables]) => template(evaluator, path, variables),
        _ => return None,
    })
}

/// A file that is not there may be made before Terraform runs.
fn text(evaluator: &mut Evaluator<'_>, path: &Value) -> Result<(String, Arc<str>), Stop> {
    let path = path::join(&evaluator.root_folder(), &path.text()?);
    match evaluator.loader.text(&path) {
        Ok(Some(text)) => {
            evaluator.spend(0, text.len())?;
            Ok((path, text))
        }
        Ok(None) => Err(Stop::unknown(format!("file `{path}` is not there"))),
        Err(message) => Err(Stop::unknown(format!("file `{path}` is not read: {message}"))),
    }
}

fn template(evaluator: &mut Evaluator<'_>, path: &Value, variables: &Value) -> Result<Kind, Stop> {
    let (path, text) = text(evaluator, path)?;
    let names = variables.any_map()?.entries.clone();
    let start = Point { line: 1, column: 1 };
    let at = Arc::new(Position { file: path.as_str().into(), start, end: start });
    let template = parse::template(&text, &at);
    let template = template.ok_or_else(|| Stop::unknown(format!("`{path}` is no template that can be read")))?;
    let scope = Scope { isolated: true, ..Scope::default() }.with(names);
    Ok(evaluator.eval(&scope, &template).kind)
}
