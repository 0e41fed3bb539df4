//! Any text as a plan: it is read, told as broken, or passed over.
#![no_main]

use std::sync::Arc;

use backstop::collect::files::FileOptions;
use backstop::collect::terraform::plan;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = plan::read(&Arc::from("plan.json"), text, &FileOptions::default(), &|_, _| None);
});
