"""The sandbox's clock: another one, set forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from emailops.sandbox.serving.wire import InvalidAt

if TYPE_CHECKING:
    from collections.abc import Callable

FURTHEST = 3660 * 24 * 60 * 60  # ten years


def utc_now() -> datetime:
    return datetime.now(UTC)


class Clock:
    """`ahead` is how many seconds it was set forward."""

    def __init__(self, base: Callable[[], datetime], ahead: float = 0) -> None:
        self._base = base
        self.ahead = ahead

    def now(self) -> datetime:
        return self._base().astimezone(UTC) + timedelta(seconds=self.ahead)

    def advance(self, seconds: float) -> None:
        """Raises InvalidAt for what is no number, or leads too far."""
        if type(seconds) not in (int, float) or not 0 <= seconds <= FURTHEST - self.ahead:
            raise InvalidAt("$.advance", f"must be a number of seconds from 0 to {FURTHEST}, ten years in all")
        self.ahead += seconds
