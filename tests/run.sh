#!/bin/sh
# Runs all tests: sets up what they run against, then builds and runs them. One build has all features, so that the
# AWS SDK is compiled once; the prover adds a minute to it and changes nothing of the SDK.
# Arguments are handed to the test runner: tests/run.sh live_audit
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
say() { printf '%s\n' "test: $*" >&2; }

cd "$root"
say "what the tests need (the emulated AWS account, the SARIF validators, the solver)"
sh tests/setup.sh
command -v cargo >/dev/null || {
    printf '%s\n' "test: error: \`cargo\` is not installed" "  help: install Rust; rust-version in Cargo.toml says which" >&2
    exit 1
}
say "the first build compiles the AWS SDK, which takes a while"
if cargo nextest --version >/dev/null 2>&1; then
    # cargo nextest runs no examples of the documentation.
    say "cargo test --features prove,lambda --doc"
    cargo test --features prove,lambda --doc
    say "cargo nextest run --features prove,lambda"
    cargo nextest run --features prove,lambda --no-fail-fast "$@"
else
    say "cargo test --features prove,lambda"
    cargo test --features prove,lambda --no-fail-fast "$@"
fi
say "all tests passed"
