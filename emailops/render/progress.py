"""What is being done, and how far it is, on standard error while it takes longer than a moment.

On a terminal that is one line which goes away. Elsewhere, in a log, it is a line each half a minute.
"""

from __future__ import annotations

import itertools
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_MOMENT = 1.0
_STEP = 0.5
_BETWEEN_LINES = 30.0


@contextmanager
def progress(
    doing: str, stream: TextIO | None = None, *, moment: float = _MOMENT, between_lines: float = _BETWEEN_LINES
) -> Iterator[Callable[[str], None]]:
    """While open, show what is being done. What is given takes a word on how far it is."""
    to = stream or sys.stderr
    shown = [doing]

    def hear(far: str) -> None:
        shown[0] = f"{doing}: {far}"

    done = threading.Event()
    if to.isatty():
        line = threading.Thread(target=_show, args=(shown, to, done, moment), daemon=True)
    else:
        line = threading.Thread(target=_log, args=(shown, to, done, between_lines), daemon=True)
    line.start()
    try:
        yield hear
    finally:
        done.set()
        line.join()


def _show(shown: list[str], to: TextIO, done: threading.Event, moment: float) -> None:
    width = 0
    for step in itertools.count():
        if done.wait(_STEP if step else moment):
            break
        line = f"{shown[0]} {'.' * (step % 3 + 1):<3}"[: shutil.get_terminal_size().columns - 1]
        to.write(f"\r{line:<{width}}")
        to.flush()
        width = len(line)
    if width:
        to.write(f"\r{'':{width}}\r")
        to.flush()


def _log(shown: list[str], to: TextIO, done: threading.Event, between_lines: float) -> None:
    while not done.wait(between_lines):
        to.write(f"{shown[0]}\n")
        to.flush()
