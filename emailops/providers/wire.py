"""Connections that end in time: an answer is read until a deadline and to a size, however slowly or long it comes.

requests bounds only the wait for the next byte (https://requests.readthedocs.io/en/latest/user/advanced/#timeouts).
"""

from __future__ import annotations

import io
import re
import socket
import time
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NameResolutionError, NewConnectionError

LARGEST = 50_000_000
"""Bytes of one answer, once inflated."""
_CODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_CHUNK = 65536
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?")


class Overlong(requests.RequestException):
    """An answer that is too much to read."""


class Elsewhere(requests.RequestException):
    """An answer that names another place; it may come from another host than the one that was asked."""


def bounded(answer: requests.Response) -> requests.Response:
    """The answer, read whole. Raises Overlong, Elsewhere, and what requests raises for one that breaks off."""
    try:
        coding = answer.headers.get("Content-Encoding", "").strip().lower()
        if coding not in _CODINGS:
            raise Overlong("packed more than once")
        content = bytearray()
        for chunk in answer.iter_content(_CHUNK):
            content += chunk
            if len(content) > LARGEST:
                raise Overlong(f"more than {LARGEST // 1_000_000} MB")
    except BaseException:
        answer.close()
        raise
    answer._content = bytes(content)  # what `stream=False` would set, without a limit
    if 300 <= answer.status_code < 400:
        host = urlsplit(answer.headers.get("Location", "")).netloc
        raise Elsewhere(host if _HOST.fullmatch(host) else "")
    return answer


def in_words(error: BaseException, url: str) -> str:
    """Why a request got no usable answer, for a person; `url` is what was asked."""
    host = urlsplit(url).netloc
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(error, Overlong):
        return f"the answer of {host} is too large: {error}"
    if isinstance(error, Elsewhere):
        to = f", and sends to {error}" if str(error) else ""
        return f"another host answers here: {host} redirects{to}"
    if isinstance(reason, NameResolutionError):
        return f"no host is called {host}"
    if isinstance(reason, NewConnectionError):
        return f"nothing answers at {host}"
    if isinstance(error, requests.exceptions.SSLError):
        return f"the certificate of {host} cannot be trusted"
    if isinstance(error, requests.exceptions.ProxyError):
        return f"the proxy before {host} does not let through"
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return f"{host} took too long"
    return f"{host} broke off"


class Adapter(HTTPAdapter):
    """Of each request, the whole answer has to come within the `seconds` of its method, or else of ""."""

    def __init__(self, seconds: dict[str, float], **options: Any) -> None:
        self._seconds = seconds
        super().__init__(**options)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self._bound(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        return self._bound(super().proxy_manager_for(proxy, **options))

    def _bound(self, manager: Any) -> Any:
        seconds = self._seconds

        class Plain(_Timely, HTTPConnection):  # type: ignore[misc]
            allowed = seconds

        class Secure(_Timely, HTTPSConnection):  # type: ignore[misc]
            allowed = seconds

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
        return manager


class _Timely:
    """A connection whose answers are read until a deadline: so many seconds of its method, from the request on."""

    allowed: dict[str, float]
    _deadline = 0.0

    def putrequest(self, method: str, *arguments: Any, **options: Any) -> Any:
        self._deadline = time.monotonic() + self.allowed.get(method, self.allowed[""])
        return super().putrequest(method, *arguments, **options)  # type: ignore[misc]

    def connect(self) -> None:
        """A proxy may answer before the request is made."""
        if self._deadline <= (now := time.monotonic()):
            self._deadline = now + self.allowed["GET"]
        super().connect()  # type: ignore[misc]

    def response_class(self, sock: socket.socket, *arguments: Any, **options: Any) -> HTTPResponse:
        answer = HTTPResponse(sock, *arguments, **options)
        answer.fp = io.BufferedReader(_Until(self._deadline, answer.fp.detach(), sock))
        return answer


class _Until(io.RawIOBase):
    """What a socket gives until a deadline; then a timeout, as if nothing had come."""

    def __init__(self, deadline: float, source: Any, sock: socket.socket) -> None:
        self._deadline = deadline
        self._source = source
        self._socket = sock
        self._longest = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any, /) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._socket.settimeout(left if self._longest is None else min(left, self._longest))
        read: int | None = self._source.readinto(into)
        return read

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()
