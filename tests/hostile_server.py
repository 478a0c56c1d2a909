"""A server on loopback that answers whatever a test wants, bytes included. Listens with TLS."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.simulator.certificates import write_certificates


class HostileServer:
    """Gives each request to `respond`; keeps what came, with its headers."""

    def __init__(self, folder: Path) -> None:
        files = write_certificates(folder)
        self.ca_file = files.authority
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.respond: Callable[[Answering], None] = lambda answering: answering.json(200, {})
        outer = self

        class Handler(Answering):
            server_of_test = outer

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files.certificate, files.key)
        self._server = _QuietServer(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._server.daemon_threads = True
        self.url = f"https://localhost:{self._server.server_address[1]}"

    def __enter__(self) -> HostileServer:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()


class _QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that leave are what many of these tests are about."""


class Answering(BaseHTTPRequestHandler):
    """One request being answered."""

    protocol_version = "HTTP/1.1"
    server_of_test: HostileServer

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server_of_test.requests.append((self.command, self.path, dict(self.headers.items())))
        with suppress(ConnectionError, ssl.SSLError, socket.timeout):
            self.server_of_test.respond(self)

    do_GET = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815 - http.server looks for these names

    def json(self, status: int, body: Any, **headers: str) -> None:
        self.bytes(status, json.dumps(body).encode(), **headers)

    def bytes(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr."""
