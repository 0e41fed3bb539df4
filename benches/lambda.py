#!/usr/bin/env python3
"""Prints what the AWS Config rule's program costs: its size, its cold start, and the most memory that a run held.

    cargo build --profile lambda --locked --features lambda --bin bootstrap
    tests/.venv/bin/python benches/lambda.py [PROGRAM] [--resources 5000 | --no-run]

PROGRAM is target/lambda/bootstrap unless it is named. Cold start is the time from the start of the process to its first
request for an event, the median of twenty. Memory is that of one scheduled run over 50,000 recovery points of so many
resources, in the emulated account of the tests (Linux); without it, `--no-run`, any Python will do. Nothing is asserted
but that the program starts.
"""
import argparse
import http.server
import json
import os
import statistics
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
ACCOUNT, NOW = "123456789012", "2026-11-01T12:00:00Z"
EVENT = json.dumps({
    "invokingEvent": json.dumps({"messageType": "ScheduledNotification", "notificationCreationTime": NOW}),
    "ruleParameters": json.dumps({"MinSeverity": "low"}), "resultToken": "token-backstop", "accountId": ACCOUNT,
    "configRuleArn": f"arn:aws:config:eu-west-1:{ACCOUNT}:config-rule/config-rule-1", "configRuleName": "backstop"}).encode()


class Api(http.server.ThreadingHTTPServer):
    """The Lambda Runtime API: one event, if there is one."""

    daemon_threads = True

    def __init__(self, event: bytes | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.event = event
        self.asked, self.answered = threading.Event(), threading.Event()
        self.answer: tuple[str, bytes] = ("", b"")
        threading.Thread(target=self.serve_forever, args=[0.01], daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.set()
        event, self.server.event = self.server.event, None
        if event is None:
            time.sleep(3600)
        self.send_response(200)
        self.send_header("Content-Length", str(len(event)))
        self.send_header("Lambda-Runtime-Aws-Request-Id", "00000000-0000-4000-8000-000000000000")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int((time.time() + 900) * 1000)))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:backstop")
        self.end_headers()
        self.wfile.write(event)

    def do_POST(self) -> None:
        self.server.answer = (self.path, self.rfile.read(int(self.headers["Content-Length"])))
        self.server.answered.set()
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_) -> None:
        pass


def environment(api: Api, endpoint: str) -> dict:
    return {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}", "AWS_LAMBDA_FUNCTION_NAME": "backstop",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": "g", "AWS_LAMBDA_LOG_STREAM_NAME": "s", "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "test", "BACKSTOP_NOW": NOW,
        "BACKSTOP_LOG": "error", "HOME": os.environ["HOME"], "PATH": os.environ["PATH"]}


def size(program: Path) -> None:
    with TemporaryDirectory() as folder:
        packed = Path(folder) / "package.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.write(program, "bootstrap")
        print(f"size           {program.stat().st_size / 1e6:8.1f} MB, zipped {packed.stat().st_size / 1e6:.1f} MB")


def cold_start(program: Path) -> None:
    times = []
    for _ in range(20):
        api = Api(None)
        begun = time.perf_counter()
        process = subprocess.Popen([program], env=environment(api, "http://127.0.0.1:9"))
        if not api.asked.wait(60):
            sys.exit("the program asked for no event")
        times.append((time.perf_counter() - begun) * 1000)
        process.kill()
        process.wait()
        api.shutdown()
    print(f"cold start     {statistics.median(times):8.1f} ms (fastest {min(times):.1f}, slowest {max(times):.1f})")


def memory(program: Path, resources: int) -> None:
    emulator = subprocess.Popen(
        [sys.executable, ROOT / "tests/emulator/backstop_moto.py", "--now", NOW, "--until-stdin-closes"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    url = "http" + emulator.stdout.readline().strip().partition("http")[2]
    subprocess.run([sys.executable, ROOT / "tests/emulator/large.py", url, str(resources)], check=True)
    api = Api(EVENT)
    begun = time.perf_counter()
    process = subprocess.Popen([program], env=environment(api, url))
    if not api.answered.wait(900):
        sys.exit("the program gave no answer")
    took = time.perf_counter() - begun
    status = Path(f"/proc/{process.pid}/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
    process.kill()
    emulator.kill()
    print(f"one run        {took:8.1f} s, most of it the emulator's: {api.answer[1].decode()}")
    print(f"peak memory    {peak / 1024:8.0f} MiB ({resources:,} resources, 50,000 recovery points)")


def main() -> None:
    parser = argparse.ArgumentParser(description="what the AWS Config rule's program costs")
    parser.add_argument("program", nargs="?", type=Path, default=ROOT / "target/lambda/bootstrap")
    parser.add_argument("--resources", type=int, default=5000)
    parser.add_argument("--no-run", action="store_true", help="print size and cold start alone")
    args = parser.parse_args()
    size(args.program)
    cold_start(args.program)
    if not args.no_run:
        memory(args.program, args.resources)


if __name__ == "__main__":
    main()
