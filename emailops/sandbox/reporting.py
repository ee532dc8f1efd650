"""The thread that makes delivery callbacks: it looks for what is due several times a second, and at once when woken."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

from emailops.sandbox.callbacks import Callbacks

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from emailops.sandbox.world import World

TICK_SECONDS = 0.2
STOP_SECONDS = 2  # a callback that hangs is not waited for


class Reporting:
    """Starts at once, and goes on until it is stopped; what it does to the world it does under the lock."""

    def __init__(
        self, lock: AbstractContextManager[object], world: Callable[[], World], now: Callable[[], datetime]
    ) -> None:
        self._lock = lock
        self._world = world
        self._now = now
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
            self._report()
            self._woken.wait(TICK_SECONDS)
            self._woken.clear()

    def _report(self) -> None:
        with self._lock:
            world = self._world()
            attempts = self._callbacks.due(world, self._now())
        for attempt in attempts:
            if self._stopped:
                return
            result = self._callbacks.send(attempt)
            with self._lock:
                self._callbacks.note(world, attempt, result, self._now())
