"""Stands between a client and the sandbox, passes everything on, and keeps the body of each request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

OF_ONE_CONNECTION = ("connection", "keep-alive", "transfer-encoding", "content-length")


@dataclass(frozen=True, slots=True)
class Sent:
    """One request: its path without a query, its body as JSON, and what it showed to be let in."""

    method: str
    path: str
    body: Any
    authorization: str


@dataclass(slots=True)
class Wire:
    """What was sent, in its order. `url` is where a client finds it."""

    url: str = ""
    sent: list[Sent] = field(default_factory=list)

    def bodies(self, method: str) -> list[Any]:
        """The bodies of the requests with this method."""
        return [request.body for request in self.sent if request.method == method]


@contextmanager
def listening(url: str) -> Iterator[Wire]:
    """A wire to the server at `url`; its address keeps the path."""
    there, wire = urlsplit(url), Wire()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(content) if content else None
            shown = self.headers.get("Authorization", "")
            wire.sent.append(Sent(self.command, urlsplit(self.path).path, body, shown))
            connection = HTTPConnection(there.netloc, timeout=30)
            headers = {name: text for name, text in self.headers.items() if name.lower() != "host"}
            connection.request(self.command, self.path, content or None, {**headers, "Host": there.netloc})
            answer = connection.getresponse()
            given = answer.read()
            connection.close()
            self.send_response_only(answer.status)
            for name, text in answer.getheaders():
                if name.lower() not in OF_ONE_CONNECTION:
                    self.send_header(name, text)
            self.send_header("Content-Length", str(len(given)))
            self.end_headers()
            self.wfile.write(given)

        do_GET = do_POST = do_PATCH = do_PUT = _pass_on  # noqa: N815 (names that http.server calls)

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        wire.url = f"http://127.0.0.1:{server.server_port}{there.path}"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield wire
        finally:
            server.shutdown()
