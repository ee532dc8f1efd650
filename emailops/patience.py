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


@dataclass(frozen=True, slots=True)
class Patience:
    """No call is repeated later than `seconds` after it began; none at all when that is 0, which needs no clock.

    `pause` waits, `clock` counts seconds, `draw` gives a number from 0 to 1.
    """

    seconds: float = 0
    pause: Callable[[float], object] = float
    clock: Callable[[], float] = float
    draw: Callable[[], float] = random.random

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
