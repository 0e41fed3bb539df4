//! Any text as a file of a root module: it is worked out, or told as broken.
#![no_main]

use std::collections::BTreeMap;
use std::sync::Arc;

use backstop::collect::terraform::map;
use backstop::collect::terraform::source::{Nothing, SourceOptions, read_all};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let name = if text.starts_with('{') { "main.tf.json" } else { "main.tf" };
    let files = BTreeMap::from([(Arc::from(name), Arc::from(text))]);
    for root in read_all(&files, &SourceOptions::default(), &Nothing) {
        map::resources(&root.root);
    }
});
