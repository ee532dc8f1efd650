"""A local process that behaves like GOV.UK Notify and Mailchimp over HTTP, with the providers' own errors.

https://docs.notifications.service.gov.uk/rest-api.html and https://mailchimp.com/developer/marketing/api/

From the top down: a request comes in through `serving.server`. `switchboard` takes it, under the faults in force, to
`notify.v2`, to `mailchimp.v3`, to the `inbox` that shows what was sent, or to `serving.control`. They read and write
what `holding` keeps, which began as an accounts file; `holding.store` saves what was written before the answer goes
out. A thread ticks for what is done late, another makes Notify's callbacks. Rooms import from those below them:
`inbox`, then `notify` and `mailchimp` beside each other, then `holding`, then `serving`.
"""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from errno import EADDRINUSE
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any, Self

from emailops.errors import InvalidInput
from emailops.sandbox.holding.accounts_file import check, load_accounts
from emailops.sandbox.holding.database import NotKept
from emailops.sandbox.holding.state import state_of
from emailops.sandbox.holding.store import Store
from emailops.sandbox.notify.callback_thread import CallbackThread
from emailops.sandbox.serving.clock import Clock, utc_now
from emailops.sandbox.serving.faults import Faults
from emailops.sandbox.serving.server import Server
from emailops.sandbox.switchboard import Request, Switchboard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from emailops.sandbox.serving.wire import Call, Response

__all__ = ["PORT", "Request", "Sandbox", "announcement", "load_accounts", "utc_now"]

PORT = 8025
TICK_SECONDS = 0.1

_log = logging.getLogger(__name__)


class Sandbox:
    """Serves the accounts from `start` to `stop`, or as a context manager; what it holds is behind one lock.

    `open` makes what it does not know on first sight; `keys` are Notify keys, or
    `KIND=KEY`, that it is told beside the accounts.
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
        self._store = Store(accounts, self._clock, open=open, told_keys=keys, path=kept_in)
        self._address = (host, port)
        self._lock = Lock()
        self._stopping = Event()
        self._switchboard = Switchboard(self._store, self._clock, self, self._lock, self._stopping)
        self._first_faults = json.dumps(accounts.get("faults", []))
        self._switchboard.begin_anew(Faults(json.loads(self._first_faults)))
        self._server: Server | None = None
        self._callbacks: CallbackThread | None = None
        self._threads: list[Thread] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Raises InvalidInput for an address or a file that cannot be had."""
        self._store.take_up()
        try:
            self._server = self._listen()
        except InvalidInput:
            self._store.close()
            raise
        self._stopping.clear()
        self._threads = [
            Thread(target=self._server.serve, name="sandbox", daemon=True),
            Thread(target=self._tick, name="sandbox clock", daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self._callbacks = CallbackThread(self._lock, self._store, self._clock)

    def stop(self) -> None:
        """Close everything, connections that clients keep open included; a second time does nothing."""
        if self._server is None or self._callbacks is None:
            return
        self._stopping.set()
        self._callbacks.stop()
        self._server.shutdown()
        for thread in self._threads:
            thread.join()
        self._server.server_close()
        self._server = self._callbacks = None
        self._store.close()

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
        return self._store.took_up

    @property
    def told(self) -> list[dict[str, str]]:
        """The service and the kind of each of the keys."""
        return self._store.told

    @property
    def requests(self) -> list[Request]:
        """The last ones to the providers, the oldest first."""
        with self._lock:
            return self._switchboard.requests()

    def now(self) -> datetime:
        return self._clock.now()

    def advance(self, seconds: float) -> None:
        """Set the clock forward; what is due until then is done when this returns, but callbacks are on their way."""
        with self._lock:
            self._clock.advance(seconds)
            self._switchboard.do_late_writes()
            self._store.save()
        if self._callbacks is not None:
            self._callbacks.wake()

    def state(self) -> dict[str, Any]:
        """Everything that is held, in the shape of an accounts file; `replace` takes it back."""
        with self._lock:
            return state_of(self._store.holdings)

    def replace(self, accounts: Any) -> None:
        """Hold these accounts; faults stay as they are when the accounts name none."""
        check(accounts)
        with self._lock:
            self._store.replace(accounts)
            if "faults" in accounts:
                self._switchboard.set_faults(Faults(accounts["faults"]))

    def reset(self) -> None:
        """Back to the accounts, the faults and the clock with which it started; the list of requests goes on."""
        with self._lock:
            self._store.begin_anew()
            self._switchboard.begin_anew(Faults(json.loads(self._first_faults)))

    def faults(self) -> list[dict[str, Any]]:
        """The faults in force, in order: what was asked for, how many requests came by, and how many it hit."""
        with self._lock:
            return self._switchboard.fault_report()

    def set_faults(self, faults: Any) -> None:
        """A list such as [{"route": "POST /3.0/lists", "times": 1, "do": "cut-after"}]; it replaces the last one."""
        in_force = Faults(faults)
        with self._lock:
            self._switchboard.set_faults(in_force)

    def learn(self, key: str) -> dict[str, str]:
        """Know a Notify key, or `KIND=KEY`; gives `service` and `kind`. Raises InvalidInput.

        Without a kind it is that of the key of this name, else the one that the words of its name say.
        """
        with self._lock:
            known = self._store.learn(key)
            self._store.save()
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

    def _tick(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            try:
                with self._lock, suppress(NotKept):  # the next write says so
                    self._switchboard.do_late_writes()
            except Exception:
                _log.exception("a bug in the sandbox: what was due was not done")

    def _respond(self, call: Call) -> Response:
        return self._switchboard.respond(call)


def announcement(sandbox: Sandbox, **more: Any) -> str:
    """The one line of JSON that says where everything is."""
    urls = {"notify": sandbox.notify_url, "mailchimp": sandbox.mailchimp_url, "inbox": sandbox.inbox_url}
    return json.dumps({**urls, **more})
