"""Receipts on their way into the database: one thread writes what many requests brought, in one transaction.

A request is answered once its own receipt is on disk. With a transaction each, a disk that has to be sure takes some
hundred a second; together they take thousands.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Thread

from emailops.errors import EmailopsError, LedgerError
from emailops.receipts.receipt import PERMANENT_FAILURE, Complaint, Receipt
from emailops.receipts.store import ReceiptStore
from emailops.run import instant

_AT_ONCE = 500
_MOST_WAITING = 5_000
PATIENCE = 4.0
"""Seconds for a receipt to be on disk: Notify waits five for the answer."""
_Waiting = tuple[Receipt | Complaint | None, "Future[bool]"]
"""None is a question whether anything would be recorded."""


class Busy(Exception):
    """It cannot be recorded now; Notify tries again."""


class Intake:
    """Records what is told, from any thread. `follow` are the statuses of an email that set something off."""

    def __init__(
        self,
        store: ReceiptStore,
        *,
        acts: bool = False,
        patience: float = PATIENCE,
        most: int = _MOST_WAITING,
        clock: Callable[[], float] = instant,
    ) -> None:
        self._store = store
        self._follow = (PERMANENT_FAILURE,) if acts else ()
        self._patience = patience
        self._clock = clock
        self._begun = 0.0
        self._queue: Queue[_Waiting | None] = Queue(most)
        self._thread = Thread(target=self._write, name="receipts", daemon=True)
        self._thread.start()

    def record(self, told: Receipt | Complaint) -> bool:
        """Whether it is new; it is on disk when this returns. Raises Busy where it is not, or nobody knows yet."""
        return self._asked(told)

    def is_ready(self) -> bool:
        """Whether the database answers in time, on the way that receipts take."""
        try:
            return self._asked(None)
        except Busy:
            return False

    def _asked(self, told: Receipt | Complaint | None) -> bool:
        """Whoever comes while the database hangs waits no longer than the first: else all threads would be waiting."""
        begun = self._begun
        patience = self._patience - (self._clock() - begun if begun else 0.0)
        if patience <= 0:
            raise Busy("the database is slow")
        done: Future[bool] = Future()
        try:
            self._queue.put_nowait((told, done))
            return done.result(patience)
        except (Full, TookTooLong):
            raise Busy("the database is slow") from None
        except EmailopsError as error:
            raise Busy(str(error)) from None

    def close(self) -> None:
        """Write what is waiting, and end."""
        self._queue.put(None)
        self._thread.join()

    def _write(self) -> None:
        while (first := self._queue.get()) is not None:
            batch = [first]
            is_last = False
            with suppress(Empty):
                while len(batch) < _AT_ONCE:
                    waiting = self._queue.get_nowait()
                    if waiting is None:
                        is_last = True
                        break
                    batch.append(waiting)
            self._record(batch)
            if is_last:
                return

    def _record(self, batch: list[_Waiting]) -> None:
        """All at once; where that fails, one by one, since one that is refused must not be the end of all."""
        failure = self._recorded(batch)
        if failure is None or len(batch) == 1:
            _fail(batch, failure)
            return
        for number, waiting in enumerate(batch):
            failed = self._recorded([waiting])
            if failed is not None and number == 0:
                # The database itself is away: to try each would take longer than Notify waits.
                _fail(batch, failed)
                return
            _fail([waiting], failed)

    def _recorded(self, batch: list[_Waiting]) -> Exception | None:
        """Record and answer these; why that failed, if it did."""
        self._begun = self._clock()
        try:
            new = iter(self._store.record([told for told, _ in batch if told is not None], self._follow))
        except LedgerError as error:
            return error
        except Exception as error:
            return LedgerError(f"it cannot be recorded ({type(error).__name__})", "see the log")
        finally:
            self._begun = 0.0
        for told, done in batch:
            done.set_result(True if told is None else next(new))
        return None


def _fail(batch: list[_Waiting], failure: Exception | None) -> None:
    if failure is not None:
        for _, done in batch:
            done.set_exception(failure)
