//! Paths as they are reported: relative to the working folder, with `/`.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Without `.` and, as far as folders that are named allow, without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// The path as it is reported: relative where it is below the working folder or was given so.
pub(super) fn reported(working: &Path, path: &Path) -> Arc<str> {
    let whole = plain(&working.join(path));
    let shown = match whole.strip_prefix(working) {
        Ok(below) => below.to_owned(),
        Err(_) if path.is_relative() => plain(path),
        Err(_) => whole,
    };
    let text = shown.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/").into() } else { text.into() }
}
