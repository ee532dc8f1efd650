"""A line on a terminal's standard error while something takes longer than a moment; nothing anywhere else."""

from __future__ import annotations

import itertools
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_MOMENT = 1.0
_STEP = 0.5


@contextmanager
def progress(doing: str, stream: TextIO | None = None, *, moment: float = _MOMENT) -> Iterator[None]:
    """While open for longer than a moment, show what is being done; leave no trace at the end."""
    to = stream or sys.stderr
    if not to.isatty():
        yield
        return
    done = threading.Event()
    line = threading.Thread(target=_show, args=(doing, to, done, moment), daemon=True)
    line.start()
    try:
        yield
    finally:
        done.set()
        line.join()


def _show(doing: str, to: TextIO, done: threading.Event, moment: float) -> None:
    width = 0
    for step in itertools.count():
        if done.wait(_STEP if step else moment):
            break
        line = f"{doing} {'.' * (step % 3 + 1):<3}"[: shutil.get_terminal_size().columns - 1]
        to.write(f"\r{line}")
        to.flush()
        width = len(line)
    if width:
        to.write(f"\r{'':{width}}\r")
        to.flush()
