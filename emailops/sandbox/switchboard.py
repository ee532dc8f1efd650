"""Takes each call to whoever answers it: the inbox, the sandbox's own endpoints, or a provider under the faults."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Condition
from typing import TYPE_CHECKING, Any

from emailops.sandbox import inbox
from emailops.sandbox.holding.database import NotKept
from emailops.sandbox.mailchimp import v3
from emailops.sandbox.mailchimp.api_key import key_of
from emailops.sandbox.mailchimp.lag import Past, with_counts_of
from emailops.sandbox.notify import v2
from emailops.sandbox.serving import control
from emailops.sandbox.serving.browsers import refusal
from emailops.sandbox.serving.connections import Connections
from emailops.sandbox.serving.faults import Effect, Fault, Faults, answer_under
from emailops.sandbox.serving.late_writes import LateWrites
from emailops.sandbox.serving.wire import Call, Cut, Response

if TYPE_CHECKING:
    from threading import Event, Lock

    from emailops.sandbox.holding.store import Store
    from emailops.sandbox.serving.clock import Clock

REMEMBERED = 100_000
LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Request:
    """A request to a provider, without its query; the status is 0 when the connection was cut instead of an answer.

    One that is `late` was carried out after its connection was cut; the cut stands in the list, too.
    """

    method: str
    path: str
    status: int
    late: bool = False


class Switchboard:
    """`lock` is the sandbox's: all but `respond` is to be called under it. A slow fault ends when `stopping` is set."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        controlled: control.Controlled,
        lock: Lock,
        stopping: Event,
    ) -> None:
        self._store = store
        self._clock = clock
        self._controlled = controlled
        self._lock = lock
        self._changed = Condition(lock)
        self._stopping = stopping
        self._connections = Connections()
        self._requests: deque[Request] = deque(maxlen=REMEMBERED)
        self.begin_anew(Faults())

    def begin_anew(self, faults: Faults) -> None:
        """With these faults, and without any write that is still to be done."""
        self.set_faults(faults)
        self._late = LateWrites()

    def set_faults(self, faults: Faults) -> None:
        self._faults, self._past = faults, Past()

    def fault_report(self) -> list[dict[str, Any]]:
        return self._faults.report()

    def requests(self) -> list[Request]:
        """The last ones to the providers, the oldest first."""
        return list(self._requests)

    def do_late_writes(self) -> None:
        """Carry out what is due by now."""
        for call in self._late.due(self._clock.now()):
            response = self._provided(call)
            self._requests.append(Request(call.method, call.path, response.status, late=True))
            self._store.save()

    def respond(self, call: Call) -> Response:
        try:
            return refusal(call) or self._answer(call)
        except NotKept as error:
            return Response(507, {"reason": error.message})

    def _answer(self, call: Call) -> Response:
        if inbox.serves(call.path):
            with self._changed:
                self._wait_for_match(call)
                response = inbox.answer(self._store.holdings, replace(call, now=self._clock.now()))
                self._store.save(after_write=call.writes)
                return response
        if call.path.startswith(control.PREFIX):
            return control.answer(self._controlled, call)
        if not _is_mailchimps(call):
            return self._provide(call)
        with self._connections.holding(key_of(call)) as has_room:
            if has_room:
                return self._provide(call)
        response = v3.too_many()
        with self._lock:
            self._requests.append(Request(call.method, call.path, response.status))
        return response

    def _provide(self, call: Call) -> Response:
        """The provider's answer, or what a fault makes of it."""
        with self._lock:
            fault = self._faults.take(call)
        if fault is not None and fault.do == Effect.SLOW:
            self._stopping.wait(fault.seconds)
        with self._lock:
            # Now, and not when it came: so what is stored later is never dated before what was stored earlier.
            response = self._answer_under(fault, call := replace(call, now=self._clock.now()))
            status = 0 if response.cut is Cut.BEFORE else response.status
            self._requests.append(Request(call.method, call.path, status))
            self._store.save(after_write=call.writes)
            self._changed.notify_all()
            # Made into bytes under the lock, for the next request may change what the answer refers to.
            return replace(response, content=response.body())

    def _wait_for_match(self, call: Call) -> None:
        """Until a message fits the search of the call, or the time that it gives is over."""
        until = time.monotonic() + inbox.seconds_to_wait(call)
        while time.monotonic() < until and not inbox.has_match(self._store.holdings, call, self._clock.now()):
            if self._stopping.is_set():
                return
            self._changed.wait(min(until - time.monotonic(), LOOK_SECONDS))  # a status changes by time alone

    def _answer_under(self, fault: Fault | None, call: Call) -> Response:
        response = answer_under(fault, lambda: self._provided(call))
        if fault is not None and fault.do == Effect.LATE:
            self._late.add(call, fault.seconds)
        if fault is not None and fault.do == Effect.LAG and not call.writes:
            before = self._past.at(self._store.holdings, call.now - timedelta(seconds=fault.seconds))
            response = with_counts_of(response, v3.answer(before, call))
        return response

    def _provided(self, call: Call) -> Response:
        if not _is_mailchimps(call):
            return v2.answer(self._store.holdings, call)
        if self._faults.lag and call.writes:
            self._past.note(self._store.holdings, call.now)
        return v3.answer(self._store.holdings, call)


def _is_mailchimps(call: Call) -> bool:
    return f"{call.path}/".startswith("/3.0/")
