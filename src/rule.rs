//! Rules: three files with one stem, loaded and checked before anything is judged.

pub mod framework;
pub mod guide;
pub mod meta;
pub mod template;
