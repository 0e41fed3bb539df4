//! Any text as a file of template parameters: it is read, or the mistake in it is told.
#![no_main]

use backstop::collect::cloudformation::parameters;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let name = if text.contains('[') && !text.trim_start().starts_with(['[', '{']) { "samconfig.toml" } else { "p.json" };
    let _ = parameters::read(name, text);
});
