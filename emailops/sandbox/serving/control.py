"""The sandbox's own endpoints under /__sandbox__/: its state, its reset, its faults, its clock, the keys it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from emailops.errors import InvalidInput
from emailops.sandbox.serving.wire import (
    STATE_DEPTH,
    Ask,
    Call,
    InvalidAt,
    NoRouteError,
    Response,
    Routes,
    WrongMethodError,
    parse_json,
)

if TYPE_CHECKING:
    from datetime import datetime

PREFIX = "/__sandbox__/"
KEY_KINDS = ("live", "team", "test")


class Controlled(Protocol):
    """What these endpoints turn; the sandbox itself."""

    def state(self) -> dict[str, Any]: ...
    def replace(self, accounts: Any) -> None: ...
    def reset(self) -> None: ...
    def faults(self) -> list[dict[str, Any]]: ...
    def set_faults(self, faults: Any) -> None: ...
    def now(self) -> datetime: ...
    def advance(self, seconds: Any) -> None: ...
    def learn(self, key: str) -> dict[str, str]: ...


def answer(sandbox: Controlled, call: Call) -> Response:
    try:
        return _ROUTES.answer(call, lambda: sandbox)
    except NoRouteError:
        return Response(404, {"reason": f"this sandbox has no {call.path}"})
    except WrongMethodError as wrong:
        return Response(405, {"reason": f"use {', '.join(wrong.allowed)}"}, headers={"Allow": ", ".join(wrong.allowed)})
    except InvalidAt as error:
        return Response(400, {"place": error.place, "reason": error.reason})


def _read_state(ask: Ask[Controlled]) -> Response:
    return Response(200, ask.who.state())


def _replace_state(ask: Ask[Controlled]) -> Response:
    ask.who.replace(_json(ask.call))
    return Response(204)


def _reset(ask: Ask[Controlled]) -> Response:
    ask.who.reset()
    return Response(204)


def _read_faults(ask: Ask[Controlled]) -> Response:
    return Response(200, ask.who.faults())


def _set_faults(ask: Ask[Controlled]) -> Response:
    ask.who.set_faults(_json(ask.call))
    return Response(204)


def _read_clock(ask: Ask[Controlled]) -> Response:
    return Response(200, {"now": ask.who.now().isoformat(timespec="seconds")})


def _advance_clock(ask: Ask[Controlled]) -> Response:
    ask.who.advance(_only(ask.call, "advance"))
    return _read_clock(ask)


def _learn_key(ask: Ask[Controlled]) -> Response:
    body = _json(ask.call)
    if not isinstance(body, dict) or not {"key"} <= body.keys() <= {"key", "kind"}:
        raise InvalidAt("$", "must be an object with the field key, and with kind if you want to say it")
    key, kind = body["key"], body.get("kind", "")
    if not isinstance(key, str):
        raise InvalidAt("$.key", "must be a text")
    if "kind" in body and kind not in KEY_KINDS:
        raise InvalidAt("$.kind", f"must be one of {', '.join(KEY_KINDS)}")
    try:
        return Response(200, ask.who.learn(f"{kind}={key}" if kind else key))
    except InvalidInput as error:
        raise InvalidAt("$.key", error.message) from error


def _only(call: Call, name: str) -> Any:
    """The value of the only field that the body has."""
    body = _json(call)
    if not isinstance(body, dict) or body.keys() != {name}:
        raise InvalidAt("$", f"must be an object with the one field {name}")
    return body[name]


def _json(call: Call) -> Any:
    try:
        return parse_json(call.body, depth=STATE_DEPTH)
    except ValueError as error:
        raise InvalidAt("$", str(error)) from error


_ROUTES = Routes(
    {
        "GET /__sandbox__/state": _read_state,
        "PUT /__sandbox__/state": _replace_state,
        "POST /__sandbox__/reset": _reset,
        "GET /__sandbox__/faults": _read_faults,
        "PUT /__sandbox__/faults": _set_faults,
        "GET /__sandbox__/clock": _read_clock,
        "POST /__sandbox__/clock": _advance_clock,
        "POST /__sandbox__/keys": _learn_key,
    }
)
