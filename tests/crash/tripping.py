"""A sandbox that does something to its client at one chosen request, before it is carried out or after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from emailops.sandbox import Sandbox
from emailops.sandbox.serving.wire import Call, Cut, Response


def as_it_is(response: Response) -> Response:
    return response


def cut(response: Response) -> Response:
    """The connection is closed instead of an answer."""
    return replace(response, cut=Cut.BEFORE)


def gateway_timeout(response: Response) -> Response:
    """A gateway's page instead of the true answer."""
    return replace(response, status=504, content=b"<html>Gateway timeout</html>", content_type="text/html")


def nothing() -> None:
    """What is done to a client to which nothing is done."""


@dataclass(frozen=True, slots=True)
class Wire:
    """At the request of this number: `trip` is called before it is carried out, or after, or instead of it."""

    number: int
    when: str
    trip: Callable[[], None] = nothing
    answer: Callable[[Response], Response] = as_it_is
    spoil: Callable[[Call, Response], Response] | None = None
    writes_only: bool = False


class Tripping(Sandbox):
    """Counts the requests, or just those that write, since it was armed."""

    wire = Wire(0, "")
    number = 0

    def arm(self, wire: Wire) -> None:
        self.number, self.wire = 0, wire

    def _respond(self, call: Call) -> Response:
        wire = self.wire
        self.number += call.method != "GET" or not wire.writes_only
        if self.number != wire.number or (wire.writes_only and call.method == "GET"):
            return super()._respond(call)
        if wire.when == "instead":
            wire.trip()
            return Response(0, cut=Cut.BEFORE)
        if wire.when == "before":
            wire.trip()
        response = super()._respond(call)
        if wire.when == "after":
            wire.trip()
        return wire.spoil(call, response) if wire.spoil else wire.answer(response)
