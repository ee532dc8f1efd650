"""A GitHub that knows pull requests, their comments and commit statuses and nothing else, for one test."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class GitHub:
    """`pulls` are the open ones, `tokens` what each request was signed with; `fails` answers every request instead.

    `merged` are the pull requests of a commit, `statuses` what stands at one, newest first, `comments` those of all
    pull requests, all as the API gives them. Whoever comments is the actions' bot.
    """

    url: str = ""
    pulls: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    merged: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    statuses: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    fails: int = 0

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        where = urlsplit(path)
        self.requests.append(f"{method} {where.path}")
        if self.fails:
            return self.fails, {"message": "no"}
        if "/commits/" in where.path:
            commit, _, what = where.path.partition("/commits/")[2].partition("/")
            return 200, (self.merged if what == "pulls" else self.statuses).get(commit, [])
        if "/statuses/" in where.path:
            self.statuses.setdefault(where.path.rpartition("/")[2], []).insert(0, body)
            return 201, body
        if "/issues/" in where.path:
            return self._comment(method, where.path, body)
        if method == "GET":
            head = parse_qs(where.query)["head"][0].partition(":")[2]
            return 200, [pull for pull in self.pulls if pull["head"] == head and pull["at"] == where.path]
        if method == "PATCH":
            pull = self.pulls[int(where.path.rpartition("/")[2]) - 1]
            pull.update(body)
            return 200, pull
        number = len(self.pulls) + 1
        pull = {**body, "number": number, "at": where.path, "html_url": f"https://github.example/pull/{number}"}
        self.pulls.append(pull)
        return 201, pull

    def _comment(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if method == "GET":
            return 200, [comment for comment in self.comments if comment["at"] == path]
        if method == "PATCH":
            comment = next(comment for comment in self.comments if path.endswith(f"/issues/comments/{comment['id']}"))
            comment.update(body)
            return 200, comment
        made = {**body, "id": len(self.comments) + 1, "at": path, "user": {"login": "github-actions[bot]"}}
        self.comments.append(made)
        return 201, made


@contextmanager
def github() -> Iterator[GitHub]:
    hosting = GitHub()

    class Connection(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            hosting.tokens.append(self.headers.get("Authorization", ""))
            length = int(self.headers.get("Content-Length") or 0)
            status, content = hosting.answer(self.command, self.path, json.loads(self.rfile.read(length) or b"{}"))
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815 - http.server's names

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Connection) as server:
        hosting.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield hosting
        server.shutdown()
