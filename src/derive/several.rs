//! Long lists for people: the first few, and how many more there are.

/// `a, b, c and 2 more`.
pub fn several<T: AsRef<str>>(names: impl IntoIterator<Item = T>, most: usize) -> String {
    let names: Vec<T> = names.into_iter().collect();
    let first = names.iter().take(most).map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// The same for lists that stay lists: what is counted stands last.
pub fn few(mut names: Vec<String>, most: usize) -> Vec<String> {
    let more = names.len().saturating_sub(most);
    names.truncate(most);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_counted() {
        assert_eq!(several(["a", "b", "c"], 3), "a, b, c");
        assert_eq!(several(["a", "b", "c"], 2), "a, b and 1 more");
        assert_eq!(several(Vec::<String>::new(), 2), "");
        let names = || ["a", "b", "c"].map(str::to_owned).to_vec();
        assert_eq!(few(names(), 3), names());
        assert_eq!(few(names(), 1), ["a", "2 more"]);
    }
}
