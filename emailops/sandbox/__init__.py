"""A local process that behaves like GOV.UK Notify and Mailchimp over HTTP, with the providers' own errors.

https://docs.notifications.service.gov.uk/rest-api.html and https://mailchimp.com/developer/marketing/api/
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any, Self

from emailops.errors import InvalidInput
from emailops.sandbox import control, inbox, mailchimp, notify
from emailops.sandbox.accounts import check, load_accounts
from emailops.sandbox.connections import Connections
from emailops.sandbox.faults import Faults, answer_under
from emailops.sandbox.server import Server
from emailops.sandbox.state import state_of, world_from
from emailops.sandbox.wire import Call, Cut, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Request", "Sandbox", "announcement", "load_accounts", "utc_now"]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Request:
    """A request to a provider, without its query; the status is 0 when the connection was cut instead of an answer."""

    method: str
    path: str
    status: int


class Sandbox:
    """Serves the accounts from `start` to `stop`, or as a context manager; what it holds is behind one lock."""

    def __init__(
        self,
        accounts: Mapping[str, Any],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        check(accounts)
        self._world = world_from(accounts)
        self._first = state_of(self._world)
        self._faults = Faults()
        self._requests: list[Request] = []
        self._connections = Connections()
        self._lock = Lock()
        self._address = (host, port)
        self._clock = clock
        self._stopping = Event()
        self._server: Server | None = None
        self._thread: Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        host, port = self._address
        try:
            self._server = Server(self._address, self._respond, self._clock)
        except (OSError, OverflowError) as error:
            raise InvalidInput(f"the sandbox cannot listen on {host}:{port}: {error}", "choose another port") from error
        self._stopping.clear()
        self._thread = Thread(target=self._server.serve, name="sandbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close everything, connections that clients keep open included; a second time does nothing."""
        if self._server is None or self._thread is None:
            return
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = self._thread = None

    @property
    def notify_url(self) -> str:
        return self._base_url()

    @property
    def mailchimp_url(self) -> str:
        return f"{self._base_url()}/3.0/"

    @property
    def inbox_url(self) -> str:
        return f"{self._base_url()}/"

    @property
    def requests(self) -> list[Request]:
        with self._lock:
            return list(self._requests)

    def state(self) -> dict[str, Any]:
        """Everything that is held, in the shape of an accounts file; `replace` takes it back."""
        with self._lock:
            return state_of(self._world)

    def replace(self, accounts: Any) -> None:
        check(accounts)
        world = world_from(accounts)
        with self._lock:
            self._world = world

    def reset(self) -> None:
        """Back to how it started, without faults; the list of requests goes on."""
        with self._lock:
            self._world = world_from(self._first)
            self._faults = Faults()

    def set_faults(self, faults: Any) -> None:
        """A list such as [{"route": "POST /3.0/lists", "times": 1, "do": "cut-after"}]; it replaces the last one."""
        in_force = Faults(faults)
        with self._lock:
            self._faults = in_force

    def _base_url(self) -> str:
        if self._server is None:
            raise RuntimeError("the sandbox has not been started")
        return self._server.base_url

    def _respond(self, call: Call) -> Reply:
        if call.path.startswith(control.PREFIX):
            return control.answer(self, call)
        if call.path == "/":
            with self._lock:
                return inbox.answer(self._world, call)
        if call.path != "/3.0" and not call.path.startswith("/3.0/"):
            return self._provide(lambda: notify.answer(self._world, call), call)
        with self._connections.holding(mailchimp.key_of(call)) as has_room:
            if has_room:
                return self._provide(lambda: mailchimp.answer(self._world, call), call)
            reply = mailchimp.too_many()
        with self._lock:
            self._requests.append(Request(call.method, call.path, reply.status))
        return reply

    def _provide(self, provide: Callable[[], Reply], call: Call) -> Reply:
        """The provider's answer, or what a fault makes of it."""
        with self._lock:
            fault = self._faults.take(call)
        if fault is not None:
            self._stopping.wait(fault.seconds)
        with self._lock:
            reply = answer_under(fault, provide)
            self._requests.append(Request(call.method, call.path, 0 if reply.cut is Cut.BEFORE else reply.status))
            # Made into bytes under the lock, for the next request may change what the answer refers to.
            return replace(reply, content=reply.body())


def announcement(sandbox: Sandbox) -> str:
    """The one line of JSON that says where everything is."""
    urls = {"notify": sandbox.notify_url, "mailchimp": sandbox.mailchimp_url, "inbox": sandbox.inbox_url}
    return json.dumps(urls)
