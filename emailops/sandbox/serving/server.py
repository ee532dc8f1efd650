"""The transport: HTTP/1.1 by the standard library, a thread for each connection, head and body in one send.

https://docs.python.org/3/library/http.server.html
"""

from __future__ import annotations

import io
import logging
import re
import socket
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from socketserver import TCPServer
from threading import Condition, Event
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from emailops.sandbox.serving.body import IDLE_SECONDS, REQUEST_SECONDS, BodyError, Patient, read_body
from emailops.sandbox.serving.wire import Call, Cut, Response

if TYPE_CHECKING:
    from collections.abc import Callable

STOP_SECONDS = 2
POLL_SECONDS = 0.05
DRAIN_READS = 10_000
DRIP_SECONDS = 0.2
_ABSOLUTE = re.compile(r"https?://(?P<host>[^/?]+)(?P<rest>.*)", re.IGNORECASE)

_log = logging.getLogger(__name__)


class Server(ThreadingHTTPServer):
    """Gives each request to `respond`; closing it also closes the connections that clients keep open."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], respond: Callable[[Call], Response], clock: Callable[[], datetime]
    ) -> None:
        self.respond = respond
        self.clock = clock
        self._connections: set[socket.socket] = set()
        self._changed = Condition()
        self.is_stopping = Event()
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Connection)

    @property
    def base_url(self) -> str:
        """For this machine: who listens on every address has no address of their own."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.server_name, self.server_name)  # noqa: S104
        return f"http://[{host}]:{self.server_port}" if ":" in host else f"http://{host}:{self.server_port}"

    @property
    def is_local(self) -> bool:
        """Whether this machine alone can reach it."""
        return ip_address(self.server_name).is_loopback

    def server_bind(self) -> None:
        # Not HTTPServer's, which asks the name service who we are and may wait for seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def serve(self) -> None:
        self.serve_forever(POLL_SECONDS)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        with self._changed:
            self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._changed:
            self._connections.discard(request)
            self._changed.notify_all()

    def server_close(self) -> None:
        self.is_stopping.set()
        super().server_close()
        with self._changed:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._connections, STOP_SECONDS)

    def handle_error(self, *_: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # a client that went away is no error of ours
            _log.exception("a bug in the sandbox: no answer was given")


class _Connection(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._incoming = Patient(self.connection)
        self.rfile = io.BufferedReader(self._incoming)

    def handle_one_request(self) -> None:
        self._incoming.until = time.monotonic() + REQUEST_SECONDS
        super().handle_one_request()

    def _answer(self) -> None:
        try:
            body = read_body(self.headers, self.rfile)
        except BodyError as error:
            self.send_error(error.status, str(error))
            return
        host, target = _target(self.path)
        path, _, query = target.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(
            method="GET" if self.command == "HEAD" else self.command,
            path=path,
            query=parse_qs(query, keep_blank_values=True),
            headers=headers | {"host": host} if host else headers,
            body=body,
            base_url=self.server.base_url,
            now=self.server.clock().astimezone(UTC),
        )
        self._send(self.server.respond(call))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815 - http.server's names

    def _send(self, response: Response) -> None:
        self.close_connection |= response.cut is not Cut.NOWHERE
        if response.cut is Cut.BEFORE:
            return
        body = b"" if response.status in (204, 304) else response.body()
        head = self._head(response, len(body))
        if response.cut is Cut.HALFWAY:
            body = body[: len(body) // 2]
        self.connection.settimeout(IDLE_SECONDS)
        if response.cut is Cut.NEVER:
            self._drip(head + body)
        else:
            self.wfile.write(head if self.command == "HEAD" else head + body)

    def _drip(self, content: bytes) -> None:
        for number in range(len(content)):
            self.wfile.write(content[number : number + 1])
            if self.server.is_stopping.wait(DRIP_SECONDS):
                return

    def _head(self, response: Response, length: int) -> bytes:
        try:
            phrase = HTTPStatus(response.status).phrase
        except ValueError:
            phrase = "Unknown"
        headers = {
            "Date": format_datetime(self.server.clock().astimezone(UTC), usegmt=True),
            "Content-Type": response.content_type,
            "Content-Length": str(length),
            "Connection": "close" if self.close_connection else "keep-alive",
            **response.headers,
        }
        if response.status == 204:
            del headers["Content-Type"], headers["Content-Length"]
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {response.status} {phrase}\r\n{lines}\r\n".encode("latin-1", "replace")

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """A request that is no HTTP, or none that this server reads; always 4xx, for it is the client's."""
        status = {501: 405, 505: 400}.get(code, code)
        self.close_connection = True
        self._send(Response(status, f"{message or explain or 'bad request'}\n".encode(), "text/plain; charset=utf-8"))
        self._wait_for_end()

    def _wait_for_end(self) -> None:
        """Let the client read the refusal: closing with bytes unread would reset the connection under it."""
        with suppress(OSError):
            self.connection.settimeout(1)
            self.connection.shutdown(socket.SHUT_WR)
            for _ in range(DRAIN_READS):
                if not self.connection.recv(65536):
                    break

    def log_message(self, format: str, *args: Any) -> None:
        """The sandbox keeps its own list of requests; standard error is the command's."""


def _target(target: str) -> tuple[str, str]:
    """The host, where the target names one as if we were a proxy, and the path with the query."""
    whole = _ABSOLUTE.fullmatch(target)
    if whole is None:
        return "", target
    return whole["host"], whole["rest"] if whole["rest"].startswith("/") else f"/{whole['rest']}"
