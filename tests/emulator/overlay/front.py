"""The server's front: it logs calls, answers planted failures, and hands the rest to moto."""
import io
import os
import socket
import struct
import threading
import time
from collections import Counter
from http import HTTPStatus

from . import control, errors, s3
from .calls import Call, identify
from .plants import PLANTS


# What tests look at as it was sent.
KEPT = {("config", "PutEvaluations"), ("events", "PutEvents"), ("s3", "PutObject"), ("sts", "AssumeRole"),
        ("securityhub", "BatchImportFindings"), ("sns", "Publish")}


def _kept(environ: dict, call: Call) -> dict:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    headers = {k[5:].replace("_", "-").lower(): v for k, v in environ.items() if k.startswith("HTTP_X_AMZ_")}
    return {"service": call.service, "operation": call.operation, "region": call.region, "account": call.account,
            "path": environ.get("PATH_INFO"), "headers": headers, "body": body.decode("utf-8", "replace")}


class Front:
    """A WSGI application around moto's."""

    def __init__(self, moto) -> None:
        self._moto = moto
        self._lock = threading.Lock()
        self.calls: Counter = Counter()
        self.requests: list[dict] = []

    def __call__(self, environ: dict, start_response):
        path = environ.get("PATH_INFO", "")
        if path == "/moto-api/reset":
            PLANTS.clear()
            with self._lock:
                self.calls.clear()
                self.requests.clear()
        if path.startswith("/moto-api/static/") and (answer := control.answer(self, environ)):
            return reply(start_response, *answer)
        call = identify(environ)
        if call is None:
            return self._moto(environ, start_response)
        with self._lock:
            self.calls[(call.service, call.operation, call.region)] += 1
            if (call.service, call.operation) in KEPT:
                self.requests.append(_kept(environ, call))
        if call.account:
            # A twelve-digit access key is the account, so that a test has as many accounts as it likes.
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = call.account
        plant = PLANTS.answer(call)
        if plant and plant["kind"] == "slow":
            time.sleep(plant["seconds"])
        elif plant:
            return self._fail(environ, start_response, call, plant)
        if moved := s3.moved(call):
            return reply(start_response, *moved)
        return self._moto(environ, start_response)

    @staticmethod
    def _fail(environ: dict, start_response, call: Call, plant: dict):
        kind = plant["kind"]
        if kind == "page":
            return reply(start_response, *errors.page(plant.get("status", 500)))
        if kind == "error":
            message = plant.get("message", f"planted: {plant['code']}")
            status, headers, body = errors.shaped(call, plant["code"], message, plant.get("status"))
            return reply(start_response, status, headers, b"" if environ["REQUEST_METHOD"] == "HEAD" else body)
        connection = environ["werkzeug.socket"]
        if kind == "cut":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4096\r\n\r\n{\"")
        else:
            # Closing with a linger time of zero sends RST instead of FIN.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # The handler's files keep the socket open; only its descriptor can be closed under them.
        os.close(connection.detach())
        raise ConnectionAbortedError("planted reset")


def reply(start_response, status: int, headers: list[tuple[str, str]], body: bytes):
    start_response(f"{status} {HTTPStatus(status).phrase}", [*headers, ("Content-Length", str(len(body)))])
    return [body]
