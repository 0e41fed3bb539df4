//! What the tests share: the emulated account, the program's run, its report, and the planted faults.

pub mod checklist;
pub mod emulator;
pub mod http;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod manifest;
pub mod program;
pub mod sarif;
pub mod server;
