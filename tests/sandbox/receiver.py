"""An app on this machine that takes delivery callbacks, and answers each as it is told to."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any


@dataclass
class Receiver:
    """`answers` are used up from the front, a status each or where to redirect to; then everything is a 204.

    `redirects_with` is the status of a redirect. `received` are path, headers and JSON, `bodies` the bytes.

    It waits `slow` seconds before each.
    """

    url: str
    answers: list[int | str] = field(default_factory=list)
    slow: float = 0.0
    redirects_with: int = 307
    received: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


@contextmanager
def receiving() -> Iterator[Receiver]:
    server = HTTPServer(("127.0.0.1", 0), _App)
    server.receiver = Receiver(f"http://127.0.0.1:{server.server_port}/callback")  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.receiver  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def eventually(is_so: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether it becomes so; the callbacks are made on a thread of their own."""
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


class _App(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        receiver.received.append((self.path, dict(self.headers), json.loads(body) if body else None))
        receiver.methods.append(self.command)
        receiver.bodies.append(body)
        time.sleep(receiver.slow)
        answer = receiver.answers.pop(0) if receiver.answers else 204
        self.send_response(answer if isinstance(answer, int) else receiver.redirects_with)
        if isinstance(answer, str):
            self.send_header("Location", answer)
        self.send_header("Content-Length", "0")
        with suppress(BrokenPipeError):
            self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Tests read what was received."""
