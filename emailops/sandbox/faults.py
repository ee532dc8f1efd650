"""Faults on request: what goes wrong on which route, and how often (`PUT /__sandbox__/faults`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from emailops.sandbox.wire import Call, Cut, InvalidAt, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 600


@dataclass(frozen=True, slots=True)
class Kind:
    """`keys` are those beside `route`, `do` and `times`; without `done` the request is never carried out."""

    keys: tuple[str, ...] = ()
    done: bool = True
    short: bool = False
    cut: Cut = Cut.NOWHERE


KINDS = {
    "status": Kind(keys=("status", "body"), done=False),
    "status-after": Kind(keys=("status", "body")),
    "cut-before": Kind(done=False, cut=Cut.BEFORE),
    "cut-after": Kind(cut=Cut.BEFORE),
    "short-page": Kind(short=True),
    "slow": Kind(keys=("seconds",)),
    "truncate": Kind(cut=Cut.HALFWAY),
}


@dataclass(slots=True)
class Fault:
    method: str
    path: str
    do: str
    times: int | None = None
    status: int | None = None
    body: Any = None
    seconds: float = 0.0

    def hits(self, call: Call) -> bool:
        return self.times != 0 and fnmatchcase(call.method, self.method) and fnmatchcase(call.path, self.path)


class Faults:
    """The faults in force, in order: the first that matches a request and has times left is used up by one."""

    def __init__(self, faults: Any = ()) -> None:
        if not isinstance(faults, list | tuple):
            raise InvalidAt("$", "must be a list of faults")
        self._faults = [_fault(entry, f"$[{index}]") for index, entry in enumerate(faults)]

    def take(self, call: Call) -> Fault | None:
        for fault in self._faults:
            if fault.hits(call):
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None


def answer_under(fault: Fault | None, provide: Callable[[], Reply]) -> Reply:
    """What the client gets; `provide` carries the request out and gives the true answer."""
    if fault is None:
        return provide()
    kind = KINDS[fault.do]
    reply = provide() if kind.done else Reply(0)
    if fault.status is not None:
        reply = _instead(fault.status, fault.body)
    if kind.short:
        reply = _shortened(reply)
    return replace(reply, cut=kind.cut)


def _instead(status: int, body: Any) -> Reply:
    """A body that is text is sent as a proxy would send its page; nothing is sent for none."""
    if isinstance(body, str):
        return Reply(status, body.encode("utf-8", "replace"), "text/html; charset=utf-8")
    return Reply(status, body)


def _shortened(reply: Reply) -> Reply:
    """A listing without the last half of its items; its total still counts them."""
    if not isinstance(reply.content, dict):
        return reply
    content = {
        name: value[: len(value) // 2] if isinstance(value, list) else value for name, value in reply.content.items()
    }
    return replace(reply, content=content)


def _fault(entry: Any, place: str) -> Fault:
    if not isinstance(entry, dict):
        raise InvalidAt(place, "must be an object")
    do = entry.get("do")
    if not isinstance(do, str) or do not in KINDS:
        raise InvalidAt(f"{place}.do", f"must be one of {', '.join(KINDS)}")
    unknown = entry.keys() - {"route", "do", "times", *KINDS[do].keys}
    if unknown:
        raise InvalidAt(place, f"unknown key {', '.join(sorted(unknown))} for {do}")
    missing = {"route", *KINDS[do].keys} - {"body"} - entry.keys()
    if missing:
        raise InvalidAt(place, f"{do} needs {', '.join(sorted(missing))}")
    for name, (is_right, words) in _RULES.items():
        if name in entry and not is_right(entry[name]):
            raise InvalidAt(f"{place}.{name}", f"must be {words}")
    method, path = entry["route"].split(" ")
    return Fault(method=method, path=path, **{name: value for name, value in entry.items() if name != "route"})


def _is_route(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[A-Z*]+ [/*]\S*", value) is not None


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "route": (_is_route, 'a method and a path, such as "POST /3.0/lists" or "* /v2/*"'),
    "times": (lambda value: _is_whole(value) and value >= 1, "a number of requests; leave it out for every request"),
    "status": (lambda value: _is_whole(value) and 200 <= value <= 599, "an HTTP status"),
    "seconds": (
        lambda value: (_is_whole(value) or isinstance(value, float)) and 0 <= value <= LONGEST,
        f"a number of seconds up to {LONGEST}",
    ),
}
