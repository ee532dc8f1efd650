"""Two things timed in turns, A B A B: a machine that is slow for a while is slow for both, and their ratio stays.

One after the other they gave 0.78 and 1.27 for the same thing on two machines.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any, NamedTuple

TURNS = 11


class Row(NamedTuple):
    """What was measured, what came of it, what may, and how far apart the middle half of the turns lies."""

    what: str
    taken: float
    budget: float
    apart: float = 0.0

    def __str__(self) -> str:
        scatter = f" +-{self.apart / 2:4.2f}" if self.apart else " " * 7
        return f"{'ok  ' if self.is_within else 'OVER'}  {self.taken:5.2f}{scatter}  of {self.budget:.2f}   {self.what}"

    @property
    def is_within(self) -> bool:
        return self.taken <= self.budget


@dataclass(frozen=True, slots=True)
class Pairs:
    """The seconds that each of two things took, turn by turn."""

    seconds: tuple[tuple[float, float], ...]

    @property
    def ratio(self) -> float:
        """The median of the turns' ratios."""
        return median(ours / theirs for ours, theirs in self.seconds)

    @property
    def apart(self) -> float:
        """How far the middle half of the ratios lies apart: how wide this machine scatters now."""
        low, _, high = quantiles((ours / theirs for ours, theirs in self.seconds), n=4)
        return high - low

    def row(self, what: str, budget: float) -> Row:
        return Row(what, self.ratio, budget, self.apart)


def pairs(ours: Callable[[], object], theirs: Callable[[], object], turns: int = TURNS) -> Pairs:
    """Both timed in turns, after one turn that warms the caches."""
    ours(), theirs()
    return Pairs(tuple((seconds(ours), seconds(theirs)) for _ in range(turns)))


def seconds(run: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def most_memory(command: list[str], **surroundings: Any) -> tuple[int, float]:
    """How it ended, and the MB of its largest process. It has a parent of its own, so that no other child counts."""
    measure = (
        "import resource, subprocess, sys; ended = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, "
        "stderr=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(ended.returncode)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", measure, *command], check=False, stdout=subprocess.PIPE, text=True, **surroundings
    )
    return ended.returncode, int(ended.stdout) / 1024
