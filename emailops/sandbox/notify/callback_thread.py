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

    from emailops.sandbox.holding.store import Store
    from emailops.sandbox.notify.callbacks import Attempt, Result
    from emailops.sandbox.serving.clock import Clock

TICK_SECONDS = 0.2
STOP_SECONDS = 2  # a callback that hangs is not waited for

_log = logging.getLogger(__name__)


class CallbackThread:
    """Starts at once, and goes on until it is stopped; what it changes it changes under the lock."""

    def __init__(self, lock: AbstractContextManager[object], store: Store, clock: Clock) -> None:
        self._lock = lock
        self._store = store
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
            holdings = self._store.holdings
            attempts = self._callbacks.due(holdings, self._clock.now())
        for attempt in attempts:
            if self._stopped:
                return
            result = _sent(attempt)
            with self._lock, suppress(NotKept):  # the next write says so
                self._callbacks.note(holdings, attempt, result, self._clock.now())
                self._store.save()


def _sent(attempt: Attempt) -> Result:
    from emailops.sandbox.notify.callback_request import post

    return post(attempt.callback.url, attempt.callback.bearer_token, attempt.body)
