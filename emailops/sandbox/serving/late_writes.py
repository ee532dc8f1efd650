"""Writes that are done after their connection was cut, when the sandbox's clock has come so far."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from emailops.sandbox.serving.wire import Call


class LateWrites:
    def __init__(self) -> None:
        self._waiting: list[Call] = []

    def add(self, call: Call, seconds: float) -> None:
        self._waiting.append(replace(call, now=call.now + timedelta(seconds=seconds)))

    def due(self, now: datetime) -> Iterator[Call]:
        """Those whose time has come, the earliest first; each says itself when it is done."""
        due = sorted((call for call in self._waiting if call.now <= now), key=lambda call: call.now)
        self._waiting = [call for call in self._waiting if call.now > now]
        yield from due
