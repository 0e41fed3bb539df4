//! Rebuilds when a rule is added: the embedded folder is read by a macro that cannot say so itself.

fn main() {
    println!("cargo::rerun-if-changed=policies");
}
