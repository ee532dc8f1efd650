"""How often this process has written what outlives it: a file, a branch, something at a provider.

A run that fails without having written anything ends otherwise than one that left something behind.
"""

from __future__ import annotations

times = 0


def note() -> None:
    global times  # noqa: PLW0603 (one process is one run, however many parts of it write)
    times += 1
