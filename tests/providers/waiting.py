"""Patience with which nobody waits: pauses are noted, and the clock goes on by as much."""

from __future__ import annotations

from dataclasses import dataclass, field

from emailops.patience import Patience


@dataclass
class Waiting:
    """`took` seconds pass at each look at the clock, as while a call is under way."""

    draw: float = 1.0
    took: float = 0.0
    now: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def patience(self, seconds: float = 60) -> Patience:
        return Patience(seconds, self.pause, self.clock, lambda: self.draw)

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        self.now += self.took
        return self.now
