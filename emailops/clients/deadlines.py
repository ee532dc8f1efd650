"""Connections that end in time: an answer is read until a deadline, however slowly it comes.

requests bounds only the wait for the next byte (https://requests.readthedocs.io/en/latest/user/advanced/#timeouts).
"""

from __future__ import annotations

import io
import socket
import time
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


class Adapter(HTTPAdapter):
    """Of each request, the whole answer has to come within the `seconds` of its method, or else of ""."""

    def __init__(self, seconds: dict[str, float], **options: Any) -> None:
        self._seconds = seconds
        super().__init__(**options)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        theirs: Any = super()  # not every version of requests has types
        theirs.init_poolmanager(*arguments, **options)
        self._bound(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        theirs: Any = super()
        return self._bound(theirs.proxy_manager_for(proxy, **options))

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
