//! Walks files and recognises what they are.
