//! What unit tests of several rooms share.

use std::path::Path;

/// Holds a generated file to what is generated now; `BACKSTOP_REWRITE=1` writes it anew.
pub(crate) fn assert_generated(path: &str, generated: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("BACKSTOP_REWRITE").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, generated).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(written == generated, "`{path}` is stale: run `BACKSTOP_REWRITE=1 cargo test` and commit what it writes");
}
