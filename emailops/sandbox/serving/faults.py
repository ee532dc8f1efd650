"""Faults on request: what goes wrong on which route, and how often (`PUT /__sandbox__/faults`, or an accounts file)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from emailops.sandbox.serving.provider_paths import may_be_asked
from emailops.sandbox.serving.wire import Call, Cut, InvalidAt, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST = 600
LONGEST_ROUTE = 300
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
COMMON_FIELDS = ("route", "do", "times", "share", "seed", "after")


class Effect(StrEnum):
    """What a fault does."""

    STATUS = "status"
    STATUS_AFTER = "status-after"
    CUT_BEFORE = "cut-before"
    CUT_AFTER = "cut-after"
    LATE = "late"
    LAG = "lag"
    SHORT_PAGE = "short-page"
    SLOW = "slow"
    TRUNCATE = "truncate"
    DRIP = "drip"


@dataclass(frozen=True, slots=True)
class _Course:
    """How a request goes under a fault. `fields` are the fault's own, beside those that every fault takes."""

    fields: tuple[str, ...] = ()
    is_carried_out: bool = True
    cut: Cut = Cut.NOWHERE


COURSES = {
    Effect.STATUS: _Course(fields=("status", "body"), is_carried_out=False),
    Effect.STATUS_AFTER: _Course(fields=("status", "body")),
    Effect.CUT_BEFORE: _Course(is_carried_out=False, cut=Cut.BEFORE),
    Effect.CUT_AFTER: _Course(cut=Cut.BEFORE),
    Effect.LATE: _Course(fields=("seconds",), is_carried_out=False, cut=Cut.BEFORE),
    Effect.LAG: _Course(fields=("seconds",)),
    Effect.SHORT_PAGE: _Course(),
    Effect.SLOW: _Course(fields=("seconds",)),
    Effect.TRUNCATE: _Course(cut=Cut.HALFWAY),
    Effect.DRIP: _Course(cut=Cut.NEVER),
}


@dataclass(slots=True)
class Fault:
    """`asked` is the entry that it was made of; of the requests on its route it has `seen` so many, and `hit` some."""

    asked: Mapping[str, Any] = field(repr=False)
    method: str
    path: str
    do: Effect
    times: int | None = None
    share: float = 1
    seed: int = 0
    after: int = 0
    status: int | None = None
    body: Any = None
    seconds: float = 0.0
    seen: int = 0
    hit: int = 0

    def hits(self, call: Call) -> bool:
        """Whether it is this request's turn; a share is drawn from the seed and the number of the request alone."""
        if not (fnmatchcase(call.method, self.method) and fnmatchcase(call.path, self.path)):
            return False
        self.seen += 1
        if self.seen <= self.after or self.hit == self.times or self._drawn() >= self.share:
            return False
        self.hit += 1
        return True

    def _drawn(self) -> float:
        return int.from_bytes(sha256(f"{self.seed} {self.seen}".encode()).digest()[:4]) / 2**32


class Faults:
    """The faults in force, in order: the first that hits a request has its way."""

    def __init__(self, faults: Any = (), place: str = "$") -> None:
        if not isinstance(faults, list | tuple):
            raise InvalidAt(place, "must be a list of faults")
        self._faults = [_fault(entry, f"{place}[{index}]") for index, entry in enumerate(faults)]

    @property
    def lag(self) -> bool:
        return any(fault.do == Effect.LAG for fault in self._faults)

    def take(self, call: Call) -> Fault | None:
        return next((fault for fault in self._faults if fault.hits(call)), None)

    def report(self) -> list[dict[str, Any]]:
        return [{"fault": fault.asked, "seen": fault.seen, "hit": fault.hit} for fault in self._faults]


def answer_under(fault: Fault | None, provide: Callable[[], Response]) -> Response:
    """What the client gets; `provide` carries the request out and gives the true answer."""
    if fault is None:
        return provide()
    course = COURSES[fault.do]
    response = provide() if course.is_carried_out else Response(0)
    if fault.status is not None:
        response = _instead(fault.status, fault.body)
    if fault.do == Effect.SHORT_PAGE:
        response = _shortened(response)
    return replace(response, cut=course.cut)


def _instead(status: int, body: Any) -> Response:
    """A body that is text is sent as a proxy would send its page; nothing is sent for none."""
    if isinstance(body, str):
        return Response(status, body.encode("utf-8", "replace"), "text/html; charset=utf-8")
    return Response(status, body)


def _shortened(response: Response) -> Response:
    """A listing without the last half of its items; its total still counts them."""
    if not isinstance(response.content, dict):
        return response
    content = {
        name: value[: len(value) // 2] if isinstance(value, list) else value for name, value in response.content.items()
    }
    return replace(response, content=content)


def _fault(entry: Any, place: str) -> Fault:
    if not isinstance(entry, dict):
        raise InvalidAt(place, "must be an object")
    effect = _effect(entry.get("do"), f"{place}.do")
    fields = COURSES[effect].fields
    unknown = entry.keys() - {*COMMON_FIELDS, *fields}
    if unknown:
        raise InvalidAt(place, f"unknown field {', '.join(sorted(unknown))} for {effect}")
    missing = {"route", *fields} - {"body"} - entry.keys()
    if missing:
        raise InvalidAt(place, f"{effect} needs {', '.join(sorted(missing))}")
    for name, (is_right, words) in _RULES.items():
        if name in entry and not is_right(entry[name]):
            raise InvalidAt(f"{place}.{name}", f"must be {words}")
    method, path = entry["route"].split(" ")
    _refuse_unreachable(method, path, f"{place}.route")
    given = {name: value for name, value in entry.items() if name not in ("route", "do")}
    return Fault(asked=entry, method=method, path=path, do=effect, **given)


def _refuse_unreachable(method: str, path: str, place: str) -> None:
    """A route that no request can have, which would be a fault that never happens."""
    if re.search(r"\?\w+=", path):
        raise InvalidAt(place, "can match no request: a route has no query, so leave it out")
    if "{" in path:
        raise InvalidAt(place, "can match no request: write * where an id stands")
    if not any(fnmatchcase(known, method) for known in METHODS):
        raise InvalidAt(
            place, f"can match no request: the method is one of {', '.join(METHODS)}, and HEAD counts as GET"
        )
    if not may_be_asked(path):
        raise InvalidAt(place, "can match no request: neither Notify nor Mailchimp has such a path")


def _effect(value: Any, place: str) -> Effect:
    try:
        return Effect(value)
    except ValueError:
        raise InvalidAt(place, f"must be one of {', '.join(Effect)}") from None


def _is_route(value: Any) -> bool:
    is_short = isinstance(value, str) and len(value) <= LONGEST_ROUTE
    return is_short and re.fullmatch(r"[A-Z*]+ [/*]\S*", value) is not None


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_whole(value) or isinstance(value, float)


_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "route": (_is_route, 'a method and a path, such as "POST /3.0/lists" or "* /v2/*"'),
    "times": (lambda value: _is_whole(value) and value >= 1, "a number of requests; leave it out for every request"),
    "share": (lambda value: _is_number(value) and 0 <= value <= 1, "a share of the requests, from 0 to 1"),
    "seed": (lambda value: _is_whole(value) and abs(value) < 2**63, "a whole number"),
    "after": (lambda value: _is_whole(value) and 0 <= value < 2**63, "a number of requests that are let through first"),
    "status": (lambda value: _is_whole(value) and 200 <= value <= 599, "an HTTP status"),
    "seconds": (lambda value: _is_number(value) and 0 <= value <= LONGEST, f"a number of seconds up to {LONGEST}"),
}
