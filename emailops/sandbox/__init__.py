"""A local process that behaves like GOV.UK Notify and Mailchimp over HTTP, with the providers' own errors.

https://docs.notifications.service.gov.uk/rest-api.html and https://mailchimp.com/developer/marketing/api/
"""

from __future__ import annotations

import json
import logging
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from errno import EADDRINUSE
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any, Self

from emailops.errors import InvalidInput
from emailops.sandbox import inbox
from emailops.sandbox.holding.accounts_file import check, load_accounts
from emailops.sandbox.holding.database import NotKept
from emailops.sandbox.holding.state import state_of
from emailops.sandbox.holding.store import Holding
from emailops.sandbox.mailchimp import v3 as mailchimp
from emailops.sandbox.mailchimp.lag import Past, lagging
from emailops.sandbox.notify import v2 as notify
from emailops.sandbox.notify.callback_thread import Reporting
from emailops.sandbox.serving import control
from emailops.sandbox.serving.browsers import refusal
from emailops.sandbox.serving.clock import Clock, utc_now
from emailops.sandbox.serving.connections import Connections
from emailops.sandbox.serving.faults import Fault, Faults, answer_under
from emailops.sandbox.serving.late_writes import LateWrites
from emailops.sandbox.serving.server import Server
from emailops.sandbox.serving.wire import Call, Cut, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

__all__ = ["PORT", "Request", "Sandbox", "announcement", "load_accounts", "utc_now"]

PORT = 8025
TICK_SECONDS = 0.1
REMEMBERED = 100_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """A request to a provider, without its query; the status is 0 when the connection was cut instead of an answer.

    One that is `late` was carried out after its connection was cut; the cut stands in the list, too.
    """

    method: str
    path: str
    status: int
    late: bool = False


class Sandbox:
    """Serves the accounts from `start` to `stop`, or as a context manager; what it holds is behind one lock.

    `open` makes what it does not know on first sight; `keys` are Notify keys that it is told beside the accounts.
    `kept_in` is a file that holds everything, and goes before the accounts once there is something in it. A port of
    None is the usual one, or a free one when that is taken.
    """

    def __init__(
        self,
        accounts: Mapping[str, Any],
        *,
        open: bool = False,
        keys: Sequence[str] = (),
        kept_in: Path | None = None,
        host: str = "127.0.0.1",
        port: int | None = 0,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._clock = Clock(clock)
        self._holding = Holding(accounts, self._clock, open=open, keys=keys, path=kept_in)
        self._first_faults = json.dumps(accounts.get("faults", []))
        self._set_faults(Faults(json.loads(self._first_faults)))
        self._late = LateWrites()
        self._address = (host, port)
        self._requests: deque[Request] = deque(maxlen=REMEMBERED)
        self._connections = Connections()
        self._lock = Lock()
        self._stopping = Event()
        self._server: Server | None = None
        self._reporting: Reporting | None = None
        self._threads: list[Thread] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Raises InvalidInput for an address or a file that cannot be had."""
        self._holding.take_up()
        try:
            self._server = self._listen()
        except InvalidInput:
            self._holding.close()
            raise
        self._stopping.clear()
        self._threads = [
            Thread(target=self._server.serve, name="sandbox", daemon=True),
            Thread(target=self._tick, name="sandbox clock", daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self._reporting = Reporting(self._lock, self._holding, self._clock)

    def stop(self) -> None:
        """Close everything, connections that clients keep open included; a second time does nothing."""
        if self._server is None or self._reporting is None:
            return
        self._stopping.set()
        self._reporting.stop()
        self._server.shutdown()
        for thread in self._threads:
            thread.join()
        self._server.server_close()
        self._server = self._reporting = None
        self._holding.close()

    @property
    def notify_url(self) -> str:
        return self._started().base_url

    @property
    def mailchimp_url(self) -> str:
        return f"{self.notify_url}/3.0/"

    @property
    def inbox_url(self) -> str:
        return f"{self.notify_url}/"

    @property
    def port(self) -> int:
        return self._started().server_port

    @property
    def is_local(self) -> bool:
        """Whether this machine alone can reach it."""
        return self._started().is_local

    @property
    def took_up(self) -> bool:
        """Whether it goes on with what its file held when it was started."""
        return self._holding.took_up

    @property
    def told(self) -> list[dict[str, str]]:
        """The service and the kind of each of the keys."""
        return self._holding.told

    @property
    def requests(self) -> list[Request]:
        """The last ones to the providers, the oldest first."""
        with self._lock:
            return list(self._requests)

    def now(self) -> datetime:
        return self._clock.now()

    def advance(self, seconds: float) -> None:
        """Set the clock forward; what is due until then is done when this returns, but callbacks are on their way."""
        with self._lock:
            self._clock.advance(seconds)
            self._catch_up()
            self._holding.keep(lent=True)
        if self._reporting is not None:
            self._reporting.wake()

    def state(self) -> dict[str, Any]:
        """Everything that is held, in the shape of an accounts file; `replace` takes it back."""
        with self._lock:
            return state_of(self._holding.world)

    def replace(self, accounts: Any) -> None:
        """Hold these accounts; faults stay as they are when the accounts name none."""
        check(accounts)
        with self._lock:
            self._holding.replace(accounts)
            if "faults" in accounts:
                self._set_faults(Faults(accounts["faults"]))

    def reset(self) -> None:
        """Back to the accounts, the faults and the clock with which it started; the list of requests goes on."""
        with self._lock:
            self._holding.begin_anew()
            self._set_faults(Faults(json.loads(self._first_faults)))
            self._late = LateWrites()

    def faults(self) -> list[dict[str, Any]]:
        """The faults in force, in order: what was asked for, how many requests came by, and how many it hit."""
        with self._lock:
            return self._faults.report()

    def set_faults(self, faults: Any) -> None:
        """A list such as [{"route": "POST /3.0/lists", "times": 1, "do": "cut-after"}]; it replaces the last one."""
        in_force = Faults(faults)
        with self._lock:
            self._set_faults(in_force)

    def learn(self, key: str) -> dict[str, str]:
        """Know a Notify key, whose kind its name tells; gives `service` and `kind`. Raises InvalidInput."""
        with self._lock:
            known = self._holding.learn(key)
            self._holding.keep(lent=True)
        return known

    def _started(self) -> Server:
        if self._server is None:
            raise RuntimeError("the sandbox has not been started")
        return self._server

    def _listen(self) -> Server:
        host, port = self._address
        try:
            return Server((host, PORT if port is None else port), self._respond, self._clock.now)
        except (OSError, OverflowError) as error:
            if port is None and getattr(error, "errno", 0) == EADDRINUSE:
                self._address = (host, 0)
                return self._listen()
            reason = getattr(error, "strerror", None) or error
            message = f"the sandbox cannot listen on {host}, port {PORT if port is None else port}: {reason}"
            raise InvalidInput(message, "name another port or another address of this machine") from error

    def _set_faults(self, faults: Faults) -> None:
        self._faults, self._past = faults, Past()

    def _tick(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            try:
                with self._lock, suppress(NotKept):  # the next write says so
                    self._catch_up()
            except Exception:
                _log.exception("a bug in the sandbox: what was due was not done")

    def _catch_up(self) -> None:
        """Do what is due by now."""
        for call in self._late.due(self._clock.now()):
            reply = self._provided(call)
            self._requests.append(Request(call.method, call.path, reply.status, late=True))
            self._holding.keep(lent=True)

    def _respond(self, call: Call) -> Reply:
        try:
            return refusal(call) or self._answer(call)
        except NotKept as error:
            return Reply(507, {"reason": error.message})

    def _answer(self, call: Call) -> Reply:
        if inbox.serves(call.path):
            with self._lock:
                reply = inbox.answer(self._holding.world, call)
                self._holding.keep(lent=call.writes)
                return reply
        if call.path.startswith(control.PREFIX):
            return control.answer(self, call)
        if not _is_mailchimps(call):
            return self._provide(call)
        with self._connections.holding(mailchimp.key_of(call)) as has_room:
            if has_room:
                return self._provide(call)
        reply = mailchimp.too_many()
        with self._lock:
            self._requests.append(Request(call.method, call.path, reply.status))
        return reply

    def _provide(self, call: Call) -> Reply:
        """The provider's answer, or what a fault makes of it."""
        with self._lock:
            fault = self._faults.take(call)
        if fault is not None and fault.do == "slow":
            self._stopping.wait(fault.seconds)
        with self._lock:
            reply = self._answer_under(fault, call)
            self._requests.append(Request(call.method, call.path, 0 if reply.cut is Cut.BEFORE else reply.status))
            self._holding.keep(lent=call.writes)
            # Made into bytes under the lock, for the next request may change what the answer refers to.
            return replace(reply, content=reply.body())

    def _answer_under(self, fault: Fault | None, call: Call) -> Reply:
        reply = answer_under(fault, lambda: self._provided(call))
        if fault is not None and fault.do == "late":
            self._late.add(call, fault.seconds)
        if fault is not None and fault.do == "lag" and not call.writes:
            before = self._past.at(self._holding.world, call.now - timedelta(seconds=fault.seconds))
            reply = lagging(reply, mailchimp.answer(before, call))
        return reply

    def _provided(self, call: Call) -> Reply:
        if not _is_mailchimps(call):
            return notify.answer(self._holding.world, call)
        if self._faults.lag and call.writes:
            self._past.note(self._holding.world, call.now)
        return mailchimp.answer(self._holding.world, call)


def _is_mailchimps(call: Call) -> bool:
    return f"{call.path}/".startswith("/3.0/")


def announcement(sandbox: Sandbox, **more: Any) -> str:
    """The one line of JSON that says where everything is."""
    urls = {"notify": sandbox.notify_url, "mailchimp": sandbox.mailchimp_url, "inbox": sandbox.inbox_url}
    return json.dumps({**urls, **more})
