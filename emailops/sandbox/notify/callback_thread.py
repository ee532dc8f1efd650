"""The thread that makes delivery callbacks: it looks for what is due several times a second, and at once when woken."""

from __future__ import annotations

import logging
from contextlib import suppress
from threading import Event, Thread
from typing import TYPE_CHECKING

from emailops.sandbox.holding.database import NotKept
from emailops.sandbox.notify.callbacks import Callbacks

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from emailops.sandbox.holding.store import Holding
    from emailops.sandbox.serving.clock import Clock

TICK_SECONDS = 0.2
STOP_SECONDS = 2  # a callback that hangs is not waited for

_log = logging.getLogger(__name__)


class Reporting:
    """Starts at once, and goes on until it is stopped; what it does to the world it does under the lock."""

    def __init__(self, lock: AbstractContextManager[object], holding: Holding, clock: Clock) -> None:
        self._lock = lock
        self._holding = holding
        self._clock = clock
        self._callbacks = Callbacks()
        self._woken = Event()
        self._stopped = False
        self._thread = Thread(target=self._run, name="sandbox callbacks", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self._stopped = True
        self.wake()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopped:
            try:
                self._report()
            except Exception:
                _log.exception("a bug in the sandbox: callbacks that were due were not made")
            self._woken.wait(TICK_SECONDS)
            self._woken.clear()

    def _report(self) -> None:
        with self._lock:
            world = self._holding.world
            attempts = self._callbacks.due(world, self._clock.now())
        for attempt in attempts:
            if self._stopped:
                return
            result = self._callbacks.send(attempt)
            with self._lock, suppress(NotKept):  # the next write says so
                self._callbacks.note(world, attempt, result, self._clock.now())
                self._holding.keep(lent=True)
