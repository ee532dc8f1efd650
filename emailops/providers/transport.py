"""The sessions through which both official clients speak: one that can only read, one that apply makes to write.

`ReadingSession.send` is the one way out of every reader, and it refuses anything but GET.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NewConnectionError

TIMEOUT = (10, 130)
"""Seconds to connect and to wait: Mailchimp may work on a call for 120."""


class ReadingSession(requests.Session):
    """Counts its requests, follows no redirect to another host, and sends nothing but GET."""

    methods = frozenset({"GET"})

    def __init__(self, url: str) -> None:
        super().__init__()
        self.count = 0
        self.clock: datetime | None = None
        self.request_ids: list[str] = []
        self.permit: Callable[[], None] | None = None
        # A proxy or a .netrc of the machine must not stand between a test and its loopback server.
        self.trust_env = urlsplit(url).hostname not in ("127.0.0.1", "::1", "localhost")

    def request(self, method: str | bytes, url: str | bytes, **options: Any) -> requests.Response:  # type: ignore[override]
        options["timeout"] = TIMEOUT
        options["allow_redirects"] = False
        return super().request(method, url, **options)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        if str(request.method).upper() not in self.methods:
            raise PermissionError(f"a {type(self).__name__} does not send {request.method!r}")
        if self.permit is not None and str(request.method).upper() != "GET":
            self.permit()
        self.count += 1
        answer = super().send(request, **options)
        self.clock = _time_of(answer)
        if "X-Request-Id" in answer.headers:
            self.request_ids.append(f"{request.method} {answer.headers['X-Request-Id']}")
        return answer


class WritingSession(ReadingSession):
    """Made by apply only."""

    methods = frozenset({"GET", "POST", "PATCH", "PUT"})


def _time_of(answer: requests.Response) -> datetime | None:
    """The server's own clock, in UTC."""
    try:
        return parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None


def was_never_sent(error: BaseException) -> bool:
    """Whether a request failed before a connection stood, so that nothing can have been written."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)
