#!/usr/bin/env python3
"""Runs the shell of .github/workflows/release.yml as GitHub's runners would, from the build to the published release, with
a program that is already built, and a `gh` that is made up.

    tests/.venv/bin/python tests/release.py BACKSTOP

Ends with a status other than 0 at the first step that does not do what it should.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
JOBS = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"]
BACKSTOP = Path(sys.argv[1]).resolve()
VERSION = next(line.split('"')[1] for line in (ROOT / "Cargo.toml").read_text().splitlines() if line.startswith("version ="))

# What stands for the programs, so that little is packed: one calls the real one, and one asks Lambda for an event.
PROGRAMS = {
    "backstop": f'#!/bin/sh\nexec "{BACKSTOP}" "$@"\n',
    "bootstrap": f"""#!{sys.executable}
import os, urllib.request
urllib.request.urlopen(f"http://{{os.environ['AWS_LAMBDA_RUNTIME_API']}}/2018-06-01/runtime/invocation/next").read()
""",
}

# Puts the programs where the build would, by its own flags, and writes the bill of materials.
CARGO = """#!/bin/sh
set -eu
case $1 in
install) exit ;;
cyclonedx)
    while [ $# -gt 0 ]; do [ "$1" != --override-filename ] || printf '{}' >"$2.json"; shift; done
    exit ;;
esac
folder=debug name=backstop
while [ $# -gt 0 ]; do
    case $1 in
    --release) folder=release ;;
    --profile) folder=$2; shift ;;
    --target) target=$2; shift ;;
    --bin) name=$2; shift ;;
    esac
    shift
done
mkdir -p "target/$target/$folder"
cp "$PROGRAMS/$name" "target/$target/$folder/$name$ENDING"
"""
# A release is a folder; what it was called with is kept.
# `zip -X -j ARCHIVE FILE…`, which GitHub's runners have and not every machine.
ZIP = f"""#!{sys.executable}
import os, sys, time, zipfile
archive, *files = [one for one in sys.argv[1:] if not one.startswith("-")]
with zipfile.ZipFile(archive, "w") as out:
    for file in files:
        state = os.stat(file)
        inside = zipfile.ZipInfo(os.path.basename(file), time.gmtime(state.st_mtime)[:6])
        inside.external_attr = state.st_mode << 16
        with open(file, "rb") as read:
            out.writestr(inside, read.read(), zipfile.ZIP_DEFLATED)
"""
GH = """#!/bin/sh
set -eu
printf '%s\\n' "$*" >>"$RELEASE/calls"
case "$1 $2" in
"release create") mkdir "$RELEASE/files"; while [ $# -gt 0 ]; do case $1 in dist/*) cp "$1" "$RELEASE/files/" ;; esac; shift; done ;;
"release download") mkdir dist; cp "$RELEASE"/files/* dist/ ;;
"attestation verify") test -f "$3" ;;
"release edit") ;;
*) exit 1 ;;
esac
"""


def check(what: str, holds: bool) -> None:
    if not holds:
        sys.exit(f"does not hold: {what}")
    print("ok:", what)


def program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)


class Machine:
    """A runner with a checkout, or without one."""

    def __init__(self, above: Path, name: str, release: Path, checkout: bool = True) -> None:
        self.work = above / name
        self.work.mkdir()
        self.summary = above / f"{name}.summary"
        tools = above / f"{name}.tools"
        tools.mkdir()
        program(tools, "cargo", CARGO)
        program(tools, "gh", GH)
        for tool in ("rustup", "sudo"):
            program(tools, tool, "#!/bin/sh\n")
        if shutil.which("zip") is None:
            program(tools, "zip", ZIP)
        self.environment = {
            "PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(above), "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_SHA": "0" * 40, "GITHUB_REPOSITORY": "acme/backstop", "RELEASE": str(release), "PROGRAMS": str(above / "programs"),
            "ENDING": "",
        }
        if checkout:
            for part in ("Cargo.toml", "fixtures", "benches"):
                (self.work / part).symlink_to(ROOT / part)
            shutil.copytree(ROOT / "action", self.work / "action")

    def run(self, job: str, **environment: str) -> subprocess.CompletedProcess:
        """All shell steps of a job, in their order, as its `shell` says: GitHub's default has no `pipefail`."""
        bash = JOBS[job].get("defaults", {}).get("run", {}).get("shell")
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail"] if bash else ["bash", "-e"]
        done = subprocess.CompletedProcess([], 0)
        for step in JOBS[job]["steps"]:
            if "run" not in step or ("matrix.lambda" in str(step.get("if")) and not environment.get("LAMBDA")):
                continue
            done = subprocess.run([*shell, "-c", step["run"]], cwd=self.work, env=self.environment | environment,
                                  capture_output=True, text=True)
            if done.returncode:
                done.stderr = f"{step.get('name', step['run'])}: {done.stdout}{done.stderr}"
                return done
        return done


def succeed(what: str, done: subprocess.CompletedProcess) -> None:
    check(f"{what}\n{done.stderr if done.returncode else ''}".rstrip(), done.returncode == 0)


def build(above: Path, release: Path) -> list[str]:
    """The draft, and the lines that its summary shows."""
    dist = above / "dist"
    dist.mkdir()
    for entry in JOBS["build"]["strategy"]["matrix"]["include"]:
        machine = Machine(above, entry["target"], release)
        done = machine.run("build", TARGET=entry["target"], ENDING=entry.get("ending", ""), LAMBDA=entry.get("lambda", ""))
        succeed(f"{entry['target']} is built", done)
        for file in (machine.work / "dist").iterdir():
            check(f"no other runner made {file.name}", not (dist / file.name).exists())
            shutil.copy2(file, dist)
        if "lambda" in entry:
            package = dist / f"backstop-lambda-{entry['lambda']}-{VERSION}.zip"
            (inside,) = zipfile.ZipFile(package).infolist()
            check(f"{package.name} holds `bootstrap`, which may be run", (inside.filename, inside.external_attr >> 16 & 0o111) == ("bootstrap", 0o111))
            first = package.read_bytes()
            package_step = next(step["run"] for step in JOBS["build"]["steps"] if "zip -X" in step.get("run", ""))
            pack = [line for line in package_step.splitlines() if line.startswith(("version=", "program=", "touch", "TZ="))]
            (machine.work / "dist" / package.name).unlink()
            again = subprocess.run(["bash", "-ec", "\n".join(pack)], cwd=machine.work, capture_output=True, text=True,
                                   env=machine.environment | {"TARGET": entry["target"], "LAMBDA": entry["lambda"], "TZ": "Asia/Tokyo"})
            succeed(f"{package.name} is packed again", again)
            check("the same program gives the same package wherever the clock stands", (machine.work / "dist" / package.name).read_bytes() == first)
    bill = Machine(above, "sbom", release)
    succeed("the bill of materials is written", bill.run("sbom"))
    for file in (bill.work / "dist").iterdir():
        shutil.copy2(file, dist)
    draft = Machine(above, "draft", release, checkout=False)
    dist.rename(draft.work / "dist")
    succeed("the draft is made", draft.run("draft"))
    lines = [line for line in draft.summary.read_text().splitlines() if "  backstop-" in line]
    wanted = [f"backstop-{VERSION}-{entry['target']}{entry.get('ending', '')}" for entry in JOBS["build"]["strategy"]["matrix"]["include"]]
    wanted += [f"backstop-lambda-{one}-{VERSION}.zip" for one in ("arm64", "x86_64")]
    check("the summary has a line for each program and package", sorted(line.split("  ")[1] for line in lines) == sorted(wanted))
    check("the draft has all of them", {file.name for file in (release / "files").iterdir()}
          == {*wanted, f"backstop-{VERSION}.cdx.json", "SHA256SUMS"})
    return lines


def main() -> None:
    # Windows would check files out with other ends of lines, and find no version in Cargo.toml.
    check("files are the same bytes on every runner", "* -text" in (ROOT / ".gitattributes").read_text().splitlines())
    with tempfile.TemporaryDirectory() as folder:
        above = Path(folder)
        release = above / "release"
        release.mkdir()
        (above / "programs").mkdir()
        for name, text in PROGRAMS.items():
            program(above / "programs", name, text)
        lines = build(above, release)

        def publish(name: str, lines: list[str], tag: str = f"v{VERSION}") -> subprocess.CompletedProcess:
            machine = Machine(above, name, release)
            listed = machine.work / "action/checksums.txt"
            listed.write_text("\n".join(lines) + "\n" + listed.read_text())
            (release / "calls").unlink()
            return machine.run("publish", TAG=tag)

        succeed("the release is published", publish("publish", lines))
        calls = (release / "calls").read_text().splitlines()
        check("it is made public last", calls[-1] == f"release edit v{VERSION} --draft=false --verify-tag --latest")
        check("where each file comes from is asked", sum(call.startswith("attestation verify dist/backstop-") for call in calls) == len(lines) + 1)
        # Lines of other versions stand below, and the name of one may begin as this one's does.
        others = [line.replace(VERSION, other) for line in lines for other in (f"{VERSION}-rc.1", f"{VERSION}1", f"1{VERSION}")]
        succeed("lines of other versions are passed over", publish("others", lines + others))
        for name, wrong, tag in (
            ("missing", lines[1:], f"v{VERSION}"),
            ("changed", ["0" * 64 + lines[0][64:], *lines[1:]], f"v{VERSION}"),
            ("twice", [*lines, "0" * 64 + lines[0][64:]], f"v{VERSION}"),
            ("tag", lines, "v99.0.0"),
        ):
            (release / "calls").touch()
            done = publish(name, wrong, tag)
            calls = (release / "calls").read_text() if (release / "calls").exists() else ""
            check(f"{name}: nothing is published", done.returncode != 0 and "release edit" not in calls)


if __name__ == "__main__":
    main()
