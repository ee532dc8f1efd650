"""The sandbox's own endpoints under /__sandbox__/: its state, its reset, its faults."""

from __future__ import annotations

from typing import Any, Protocol

from emailops.sandbox.wire import (
    STATE_DEPTH,
    Ask,
    Call,
    InvalidAt,
    NoRouteError,
    Reply,
    Routes,
    WrongMethodError,
    parse_json,
)

PREFIX = "/__sandbox__/"


class Controlled(Protocol):
    """What these endpoints turn; the sandbox itself."""

    def state(self) -> dict[str, Any]: ...
    def replace(self, accounts: Any) -> None: ...
    def reset(self) -> None: ...
    def set_faults(self, faults: Any) -> None: ...


def answer(sandbox: Controlled, call: Call) -> Reply:
    try:
        return _ROUTES.answer(call, lambda: sandbox)
    except NoRouteError:
        return Reply(404, {"reason": f"this sandbox has no {call.path}"})
    except WrongMethodError as wrong:
        return Reply(405, {"reason": f"use {', '.join(wrong.allowed)}"}, headers={"Allow": ", ".join(wrong.allowed)})
    except InvalidAt as error:
        return Reply(400, {"place": error.place, "reason": error.reason})


def _read_state(ask: Ask[Controlled]) -> Reply:
    return Reply(200, ask.who.state())


def _replace_state(ask: Ask[Controlled]) -> Reply:
    ask.who.replace(_json(ask.call))
    return Reply(204)


def _reset(ask: Ask[Controlled]) -> Reply:
    ask.who.reset()
    return Reply(204)


def _set_faults(ask: Ask[Controlled]) -> Reply:
    ask.who.set_faults(_json(ask.call))
    return Reply(204)


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
        "PUT /__sandbox__/faults": _set_faults,
    }
)
