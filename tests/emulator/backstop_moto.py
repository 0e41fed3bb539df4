#!/usr/bin/env python3
"""The emulated AWS account that the tests run against: moto, with what it lacks laid over it (package `overlay`).

    tests/.venv/bin/python tests/emulator/backstop_moto.py [--port 0] [--now 2026-11-01T12:00:00Z]

It listens on loopback only. As soon as it accepts connections it prints one line to stdout,

    listening on http://127.0.0.1:PORT

and then nothing more there; its log goes to stderr (`--verbose`: a line per request). It stops when its stdin closes
(`--until-stdin-closes`), so that a test that is killed leaves nothing behind.

Beyond AWS's own operations it has the controls of `overlay/control.py`: records of any date, the clock, planted
failures, page sizes, enabled Regions, and the list of calls that came in.
"""
import argparse
import errno
import logging
import os
import sys
import threading


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="the emulated AWS account of Backstop's tests")
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument("--now", help="RFC 3339: what time it is in the account; without it, the machine's clock")
    parser.add_argument("--verbose", action="store_true", help="a line per request on stderr")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when whoever started it does")
    return parser.parse_args()


def ignoring_resets(report):
    """A planted reset closes the socket under its handler, which then stumbles over it."""

    def handle_error(request, client_address) -> None:
        error = sys.exc_info()[1]
        if not (isinstance(error, OSError) and error.errno == errno.EBADF):
            report(request, client_address)

    return handle_error


def main() -> None:
    args = arguments()
    # moto would load 1,291 images that no test asks for, and takes 200 MB for it.
    os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    logging.getLogger("werkzeug").setLevel(logging.INFO if args.verbose else logging.ERROR)

    from werkzeug.serving import make_server

    from overlay import clock, front, install

    if args.now:
        clock.set_to(clock.parse(args.now))
    install()
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app

    application = front.Front(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", args.port, application, threaded=True, request_handler=MotoRequestHandler)
    server.daemon_threads = True
    server.handle_error = ignoring_resets(server.handle_error)
    print(f"listening on http://127.0.0.1:{server.port}", flush=True)
    if args.until_stdin_closes:
        threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
