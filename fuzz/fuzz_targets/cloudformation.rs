//! Any text as a template, which may nest itself: it is read, told as broken, or passed over.
#![no_main]

use std::sync::Arc;

use backstop::collect::cloudformation::read_with;
use backstop::collect::files::FileOptions;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let file = if text.starts_with('{') { "t.json" } else { "t.yaml" };
    let _ = read_with(&Arc::from(file), text, &FileOptions::default(), &|_| Some(Arc::from(text)));
});
