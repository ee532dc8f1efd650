"""What passes between the transport and the providers: a call, a response, a table of routes, JSON read strictly."""

from __future__ import annotations

import json
import math
import re
import time
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar
from urllib.parse import unquote

from emailops.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

BODY_DEPTH = 32
STATE_DEPTH = 64  # a state holds what requests held, one inside the other

Who = TypeVar("Who")


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `path` is as sent, without the query; header names are lower-case; `now` is the sandbox's clock.

    A HEAD is a GET here: the transport leaves the body of its answer out.
    `arrived` is when it came by the clock of the machine, in seconds since 1970: clients sign with that one.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    base_url: str
    now: datetime
    arrived: float = field(default_factory=time.time)

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "OPTIONS")

    def last(self, name: str, default: str = "") -> str:
        """The value of a query parameter; when it is repeated, the last one."""
        return self.query.get(name, [default])[-1]


class Cut(Enum):
    """Where the connection is closed on the client."""

    NOWHERE = auto()
    BEFORE = auto()  # nothing is sent
    HALFWAY = auto()  # the head, and half of the body that it announces
    NEVER = auto()  # a byte at a time, and so slowly that nobody waits for the last


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. `content` is a JSON value, or bytes that are sent as they are, or None for no body at all."""

    status: int
    content: Any = None
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: Cut = Cut.NOWHERE

    def body(self) -> bytes:
        if self.content is None:
            return b""
        return self.content if isinstance(self.content, bytes) else json.dumps(self.content).encode()


class InvalidAt(InvalidInput):
    """`place` is a JSON path, `reason` says what is wrong there and never repeats a value, which may be a secret."""

    def __init__(self, place: str, reason: str, remedy: str = "") -> None:
        super().__init__(f"{place}: {reason}", remedy)
        self.place = place
        self.reason = reason


class NoRouteError(Exception):
    pass


class WrongMethodError(Exception):
    def __init__(self, allowed: list[str]) -> None:
        super().__init__()
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class Ask(Generic[Who]):
    """What a route is given: on whose behalf, the call, and the parts of the path that have a name."""

    who: Who
    call: Call
    names: Mapping[str, str]


class Routes(Generic[Who]):
    """A literal table, "GET /v2/template/{id}" to what answers it; a {name} stands for one part of the path."""

    def __init__(self, table: Mapping[str, Callable[[Ask[Who]], Response]]) -> None:
        self.table = tuple(table)
        self._rows = [(*_compiled(route), handler) for route, handler in table.items()]

    def answer(self, call: Call, identify: Callable[[], Who]) -> Response:
        """Find the route, then ask who calls, then let the route answer; or NoRouteError, or WrongMethodError."""
        allowed = []
        for method, pattern, handler in self._rows:
            match = pattern.fullmatch(call.path)
            if match and method == call.method:
                names = {name: unquote(part) for name, part in match.groupdict().items()}
                return handler(Ask(identify(), call, names))
            if match:
                allowed.append(method)
        if allowed:
            raise WrongMethodError(allowed)
        raise NoRouteError


def parse_json(
    body: bytes, *, depth: int = BODY_DEPTH, pairs: Callable[[list[tuple[str, Any]]], Any] | None = None
) -> Any:
    """The JSON value, or a ValueError whose text says what is wrong; every number is one, and nesting has an end.

    `pairs`, when given, makes the object of its keys and values.
    """
    try:
        value = json.loads(
            body.decode("utf-8"), parse_constant=_refuse_number, parse_float=_finite, object_pairs_hook=pairs
        )
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at line {error.lineno} column {error.colno}") from error
    except RecursionError as error:
        raise ValueError(f"nested more than {depth} deep") from error
    if _is_deeper_than(depth, value):
        raise ValueError(f"nested more than {depth} deep")
    return value


def _compiled(route: str) -> tuple[str, re.Pattern[str]]:
    method, path = route.split(" ", 1)
    return method, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)))


def _refuse_number(text: str) -> NoReturn:
    raise ValueError(f"not JSON: {text[:20]}")


def _finite(text: str) -> float:
    return number if math.isfinite(number := float(text)) else _refuse_number(text)


def _is_deeper_than(limit: int, value: Any) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return False
    return True
