"""What is being done, and how far it is: a line on a terminal's standard error while it takes longer than a moment.

Elsewhere nothing is shown here; `so_far` gives it to who writes a log.
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
_doing: list[str] = []


@contextmanager
def progress(doing: str, stream: TextIO | None = None, *, moment: float = _MOMENT) -> Iterator[Callable[[str], None]]:
    """While open for longer than a moment, show what is being done; leave no trace at the end.

    What it gives takes a word on how far it is.
    """
    to = stream or sys.stderr
    _doing[:] = [doing]

    def hear(far: str) -> None:
        _doing[:] = [f"{doing}: {far}"]

    done = threading.Event()
    line = threading.Thread(target=_show, args=(to, done, moment), daemon=True) if to.isatty() else None
    if line:
        line.start()
    try:
        yield hear
    finally:
        done.set()
        if line:
            line.join()
        _doing.clear()


def so_far() -> str:
    """What is being done now, and how far it is; empty for nothing."""
    return "".join(_doing)


def _show(to: TextIO, done: threading.Event, moment: float) -> None:
    width = 0
    for step in itertools.count():
        if done.wait(_STEP if step else moment):
            break
        line = f"{so_far()} {'.' * (step % 3 + 1):<3}"[: shutil.get_terminal_size().columns - 1]
        to.write(f"\r{line:<{width}}")
        to.flush()
        width = len(line)
    if width:
        to.write(f"\r{'':{width}}\r")
        to.flush()
