"""What Docker's own client sends of a folder, against what we say that its ignore file keeps."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.store.test_ignore_files import DOCKER, TREE

pytestmark = pytest.mark.skipif(shutil.which("docker") is None, reason="there is no docker here")


class Daemon(BaseHTTPRequestHandler):
    """As much of Docker's daemon as takes a folder to build; it keeps the names of what was sent."""

    protocol_version = "HTTP/1.1"
    sent: list[set[str]]

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(b"")

    def do_GET(self) -> None:
        self._answer(b"{}")

    def do_POST(self) -> None:
        body = b"".join(self._chunks())
        if "/build" in self.path:
            with tarfile.open(fileobj=io.BytesIO(body)) as archive:
                self.sent.append({member.name for member in archive if member.isfile()})
        self._answer(b"{}\n")

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        for name, value in {"Api-Version": "1.50", "Builder-Version": "1", "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def daemon() -> Iterator[ThreadingHTTPServer]:
    Daemon.sent = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Daemon)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("text", "kept"), DOCKER)
def test_docker_sends_what_we_say(daemon: ThreadingHTTPServer, tmp_path: Path, text: str, kept: set[str]) -> None:
    for path, content in {**dict.fromkeys(TREE, "x"), "Dockerfile": "FROM scratch\n", ".dockerignore": text}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    # The older builder filters on this side of the connection, by the same library as the newer one.
    client = {**os.environ, "DOCKER_BUILDKIT": "0", "HOME": str(tmp_path)}
    host = f"tcp://127.0.0.1:{daemon.server_port}"
    subprocess.run(
        ["docker", "-H", host, "build", "--quiet", str(tmp_path)], env=client, capture_output=True, check=True
    )

    assert Daemon.sent.pop() & set(TREE) == kept
