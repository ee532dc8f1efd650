"""An HTTP API on this machine that gives what a test says, and counts what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[str], tuple[int, Any]]
"""From the path with its query to a status and a body; a body of bytes is sent as it is."""


@dataclass
class SourceApi:
    """`answers` by the beginning of a path, the longest first; `asked` is every path, `tokens` every Authorization."""

    url: str
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)


@contextmanager
def source_api(answers: dict[str, Any]) -> Iterator[SourceApi]:
    api = SourceApi("", answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            api.asked.append(self.path)
            api.tokens.append(self.headers.get("Authorization", ""))
            found = next(
                (
                    api.answers[name]
                    for name in sorted(api.answers, key=len, reverse=True)
                    if self.path.startswith(name)
                ),
                (404, {"error": "not found"}),
            )
            status, body = found(self.path) if callable(found) else found if isinstance(found, tuple) else (200, found)
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            if status == 0:  # the connection breaks off
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Nothing: paths may name people."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def pages(name: str, path: str, items: list[Any], size: int = 2) -> Answer:
    """A listing in pages, each with the address of the next."""

    def answer(asked: str) -> tuple[int, Any]:
        page = int(asked.rpartition("page=")[2]) if "page=" in asked else 1
        sign = "&" if "?" in path else "?"
        there = items[(page - 1) * size : page * size]
        links = {"next": f"{path}{sign}page={page + 1}"} if page * size < len(items) else {}
        return 200, {name: there, "links": links, "meta": {"total": len(items)}}

    return answer
