"""The body of a request, by its length or in chunks, with an end to its size and to its time.

https://www.rfc-editor.org/rfc/rfc9112#name-message-body-length
"""

from __future__ import annotations

import io
import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from email.message import Message

LARGEST_BODY = 50_000_000
IDLE_SECONDS = 30
REQUEST_SECONDS = 60
LONGEST_LINE = 4096
MOST_TRAILERS = 100

_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}")


class BodyError(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Patient(io.RawIOBase):
    """A connection to read from: TimeoutError after a pause too long, and once `until` has passed."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self._connection = connection
        self.until = float("inf")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(min(IDLE_SECONDS, left))
        return self._connection.recv_into(buffer)


def read_body(headers: Message, stream: io.BufferedIOBase) -> bytes:
    """All of the body, or BodyError with the status to answer."""
    try:
        if "transfer-encoding" in headers:
            return _in_chunks(headers, stream)
        return _by_length(headers, stream)
    except TimeoutError as error:
        raise BodyError(408, "the body did not come") from error


def _by_length(headers: Message, stream: io.BufferedIOBase) -> bytes:
    lengths = set(headers.get_all("content-length", ["0"]))
    length = lengths.pop()
    if lengths or not (length.isascii() and length.isdecimal()):
        raise BodyError(400, "the Content-Length is not one number")
    if len(length) > len(str(LARGEST_BODY)) or int(length) > LARGEST_BODY:
        raise _too_long()
    body = stream.read(int(length))
    if len(body) < int(length):
        raise BodyError(400, "the body is shorter than its Content-Length")
    return body


def _in_chunks(headers: Message, stream: io.BufferedIOBase) -> bytes:
    if [coding.strip().lower() for coding in headers.get_all("transfer-encoding", [])] != ["chunked"]:
        raise BodyError(411, "send the body with a Content-Length, or in chunks")
    if "content-length" in headers:
        raise BodyError(400, "a body in chunks has no Content-Length")
    body = bytearray()
    while size := _size(_line(stream)):
        if len(body) + size > LARGEST_BODY:
            raise _too_long()
        chunk = stream.read(size)
        if len(chunk) < size or _line(stream):
            raise BodyError(400, "a chunk is not as long as it says")
        body += chunk
    for _ in range(MOST_TRAILERS):
        if not _line(stream):
            return bytes(body)
    raise BodyError(431, f"more than {MOST_TRAILERS} lines after the last chunk")


def _line(stream: io.BufferedIOBase) -> bytes:
    line = stream.readline(LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise BodyError(400, "a line between the chunks has no end")
    return line.rstrip(b"\r\n")


def _size(line: bytes) -> int:
    """Of the next chunk; what follows a semicolon is for nobody here."""
    size = line.partition(b";")[0].strip()
    if not _SIZE.fullmatch(size):
        raise BodyError(400, "the size of a chunk is not a number")
    return int(size, 16)


def _too_long() -> BodyError:
    return BodyError(413, f"the body is longer than {LARGEST_BODY} bytes")
