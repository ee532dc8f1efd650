"""How often, and for how long, a call that may be repeated is repeated: exponential pauses with full jitter.

https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

TRIES = 5
"""Three within two seconds were too few for Mailchimp."""
FIRST = 1.0
LONGEST = 6.0
ANSWER = 60.0
"""Seconds for an answer to be read."""
LISTING = 10
"""Answers' worth of time for all pages of a listing."""


@dataclass(frozen=True, slots=True)
class Patience:
    """No call is repeated later than `seconds` after it began; none at all when that is 0, which needs no clock.

    `pause` waits, `clock` counts seconds, `draw` gives a number from 0 to 1. `answer` is how many seconds an
    answer may take, where that is not as usual.
    """

    seconds: float = 0
    pause: Callable[[float], object] = float
    clock: Callable[[], float] = float
    draw: Callable[[], float] = random.random
    answer: float | None = None

    def for_answer(self, usual: float) -> float:
        """The seconds within which an answer has to be there, to its last byte."""
        return self.answer or usual

    @property
    def for_listing(self) -> float:
        """The seconds within which a whole listing has to be there, page by page."""
        return LISTING * self.for_answer(ANSWER)

    def tries(self) -> Iterator[int]:
        """The number of each try, from 1, after a pause between them."""
        began = self.clock()
        yield 1
        if not self.seconds:
            return
        for number in range(2, TRIES + 1):
            wait = self.draw() * min(LONGEST, FIRST * 2 ** (number - 2))
            if self.clock() - began + wait >= self.seconds:
                return
            self.pause(wait)
            yield number
