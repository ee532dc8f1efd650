"""How many requests of one key are being answered: more than ten at a time are too many for Mailchimp.

https://mailchimp.com/developer/marketing/docs/fundamentals/#api-limits
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 10


class Connections:
    def __init__(self) -> None:
        self._held: Counter[str] = Counter()
        self._lock = Lock()

    @contextmanager
    def holding(self, key: str) -> Iterator[bool]:
        """Counts one more until the end of the block; yields whether there is room for it."""
        with self._lock:
            self._held[key] += 1
            has_room = self._held[key] <= MOST
        try:
            yield has_room
        finally:
            with self._lock:
                self._held[key] -= 1
                if not self._held[key]:
                    del self._held[key]
