//! Addresses: `module.a["x"].aws_s3_bucket.b[0]`.

/// The address of a resource instance, or a reference to one or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The modules that it is in, from the root.
    pub modules: Vec<Step>,
    /// `aws_s3_bucket`
    pub kind: String,
    /// The resource's name and instance key.
    pub resource: Step,
    /// The first attribute that is looked up in it.
    pub attribute: Option<String>,
}

/// A name, and its key as it is written between brackets: `0`, `"x"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub name: String,
    pub key: Option<String>,
}

impl Address {
    /// Reads an address of a managed resource.
    pub fn parse(text: &str) -> Option<Self> {
        let mut steps = steps(text)?.into_iter();
        let mut modules = Vec::new();
        let mut first = steps.next()?;
        while first.name == "module" && first.key.is_none() {
            modules.push(steps.next()?);
            first = steps.next()?;
        }
        let known =
            !matches!(&*first.name, "data" | "var" | "local" | "each" | "count" | "path" | "terraform" | "self");
        let kind = (first.key.is_none() && known).then_some(first.name)?;
        let resource = steps.next()?;
        Some(Self { modules, kind, resource, attribute: steps.next().map(|step| step.name) })
    }
}

/// The steps of a traversal, split at the points outside of brackets.
pub fn steps(text: &str) -> Option<Vec<Step>> {
    let mut all = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let mut step = Step { name: name.to_owned(), key: None };
        rest = after;
        while let Some(inside) = rest.strip_prefix('[') {
            let end = key_end(inside)?;
            step.key = step.key.or_else(|| inside.get(..end).map(str::to_owned));
            rest = inside.get(end + 1..)?;
        }
        if step.name.is_empty() {
            return None;
        }
        all.push(step);
        match rest.strip_prefix('.') {
            Some(more) => rest = more,
            None => return rest.is_empty().then_some(all),
        }
    }
}

/// The byte of the bracket that closes a key, which may be a text with brackets in it.
fn key_end(inside: &str) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// The address of a resource instance in a module instance.
pub fn absolute(modules: &[Step], kind: &str, name: &str, key: Option<&str>) -> String {
    let mut text = String::new();
    for step in modules {
        text.push_str("module.");
        push(&mut text, &step.name, step.key.as_deref());
        text.push('.');
    }
    text.push_str(kind);
    text.push('.');
    push(&mut text, name, key);
    text
}

fn push(text: &mut String, name: &str, key: Option<&str>) {
    text.push_str(name);
    if let Some(key) = key {
        text.push('[');
        text.push_str(key);
        text.push(']');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        for text in
            ["aws_s3_bucket.b", "aws_s3_bucket.b[0]", "module.a[\"x.y\"].module.b[1].aws_s3_bucket.c[\"a]\\\"b\"]"]
        {
            let Address { modules, kind, resource, attribute } = Address::parse(text).unwrap();
            assert_eq!(absolute(&modules, &kind, &resource.name, resource.key.as_deref()), text);
            assert_eq!(attribute, None);
        }
        let read = Address::parse("aws_s3_bucket.b[\"x\"].versioning[0].enabled").unwrap();
        assert_eq!((read.attribute.as_deref(), read.resource.key.as_deref()), (Some("versioning"), Some("\"x\"")));
    }

    #[test]
    fn what_is_no_address_of_a_managed_resource_is_none() {
        for text in
            ["", ".", "a", "a..b", "data.aws_s3_bucket.b", "var.x.y", "a.b[", "a.b[\"", "module.a", "module.a.b"]
        {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }
}
