//! Paths as they are reported, put together without looking at any disk.

/// The folder of a file; `.` where the path has none.
pub fn folder(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) => "/",
        Some((folder, _)) => folder,
        None => ".",
    }
}

/// A path that is relative to a folder, without `.` and `..` where they can be resolved.
pub fn join(folder: &str, relative: &str) -> String {
    let relative = relative.replace('\\', "/");
    let whole = if relative.starts_with('/') || folder == "." { relative } else { format!("{folder}/{relative}") };
    let absolute = whole.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if absolute => {}
            other => parts.push(other),
        }
    }
    let joined = parts.join("/");
    match (absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// The way from one folder to another, as `path.module` gives it; none where it cannot be said.
pub fn relative(from: &str, to: &str) -> Option<String> {
    if from.starts_with('/') != to.starts_with('/') {
        return None;
    }
    let split = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
    };
    let (from, to) = (split(from), split(to));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.get(common..)?;
    if up.iter().any(|part| part == "..") {
        return None;
    }
    let mut parts: Vec<&str> = up.iter().map(|_| "..").collect();
    parts.extend(to.get(common..)?.iter().map(String::as_str));
    Some(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}
