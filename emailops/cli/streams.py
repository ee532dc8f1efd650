"""The standard streams of a run, whatever its caller made of them: closed, full, or a pipe that nobody reads."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any, TextIO

from emailops.errors import StreamError

EVERY = 30.0
"""Seconds in which a log may stand still."""
_UNHEARD = ("sandbox", "worker", "beat", "receipts", "")
"""What waits because it was asked to."""


@contextmanager
def guarded() -> Iterator[None]:
    """While open, standard output that takes nothing raises StreamError, and standard error never fails."""
    before = sys.stdin, sys.stdout, sys.stderr
    for number in (0, 1, 2):
        _occupy(number)
    sys.stdin = before[0] or open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 (for the rest of the process)
    sys.stdout, sys.stderr = _Output(before[1]), _Errors(before[2])
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = before


@contextmanager
def heard(command: str, every: float = EVERY) -> Iterator[None]:
    """While open, a log shows that the command goes on; a terminal has its own way."""
    if sys.stderr.isatty() or command in _UNHEARD:
        yield
        return
    over = Event()
    Thread(target=_tell_of, args=(command, over, every), daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _tell_of(command: str, over: Event, every: float) -> None:
    from emailops.render.progress import so_far

    number = 1
    while not over.wait(every):
        far = f": {now}" if (now := so_far()) else ""
        # One write, so that no other line is cut in two.
        sys.stderr.write(f"emailops: still at {command}, after {number * every:g} seconds{far}\n")
        sys.stderr.flush()
        number += 1


def _occupy(number: int) -> None:
    """A descriptor that is closed would be given to the next file that is opened, and written into."""
    try:
        os.fstat(number)
    except OSError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_RDWR), number)


class _Stream:
    """What a stream is, but for how it fails."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._why = "" if stream is not None else "it is closed"
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")

    def __getattr__(self, name: str) -> Any:
        if self._stream is None:
            raise AttributeError(name)
        return getattr(self._stream, name)

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    def write(self, text: str) -> int:
        if self._stream is not None:
            self._try(self._stream.write, text)
        if text:
            self._tell()
        return len(text)

    def flush(self) -> None:
        if self._stream is not None:
            self._try(self._stream.flush)
            self._tell()

    def _try(self, act: Callable[..., object], *arguments: object) -> None:
        try:
            act(*arguments)
        except BrokenPipeError:
            # The reader has seen enough.
            self._let_go()
        except (OSError, ValueError) as error:
            self._let_go()
            self._why = getattr(error, "strerror", None) or str(error)

    def _let_go(self) -> None:
        """What is left in its buffer must not fail at the end of the process."""
        with suppress(OSError, ValueError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())  # type: ignore[union-attr]

    def _tell(self) -> None:
        """Raises StreamError, as often as it is asked, once something could not be written."""


class _Output(_Stream):
    def _tell(self) -> None:
        if self._why:
            raise StreamError(f"standard output cannot be written: {self._why.lower()}", "give it somewhere to go")


class _Errors(_Stream):
    """When it fails there is nobody left to tell."""
