"""What a hostile provider, or a proxy before it, answers: for the true answer, or with something planted in it."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from emailops.sandbox import Sandbox
from emailops.sandbox.serving.wire import Call, Cut, Response

Spoil = Callable[[Call, Response], Response]


class Hostile(Sandbox):
    """Gives the true answers until it is told to `spoil` them."""

    spoil: Spoil | None = None

    def _respond(self, call: Call) -> Response:
        response = super()._respond(call)
        return self.spoil(call, response) if self.spoil and not call.path.startswith("/__sandbox__/") else response


def told(call: Call) -> list[str]:
    """All that a request tells of the secret that it was let in by, in every form in which it might be repeated."""
    sent = call.headers.get("authorization", "")
    scheme, _, rest = sent.partition(" ")
    if scheme == "Basic":
        user_and_key = base64.b64decode(rest).decode()
        return [sent, rest, user_and_key, *forms(user_and_key.partition(":")[2])]
    return [sent, rest]


def forms(secret: str) -> list[str]:
    """A secret as it is, shouted, in base64 from any place on, and URL-encoded, spaces and all."""
    inside = [base64.b64encode(f"{ahead}{secret}!".encode()).decode() for ahead in ("", "a", "ab")]
    return [secret, secret.upper(), *inside, quote(f"{secret} {secret}", safe=""), quote(inside[0], safe="")]


def refusing(status: int, wrap: Callable[[str], Any]) -> Spoil:
    """A refusal that repeats what it was sent."""
    return lambda call, response: _instead(response, status, wrap(" ".join(told(call))))


BODIES: dict[str, Callable[[str], Any]] = {
    "a problem": lambda echo: {"title": echo, "detail": echo, "status": 400, "type": echo, "instance": echo},
    "a problem's errors": lambda echo: {
        "title": "Invalid Resource",
        "detail": "See errors.",
        "errors": [{"field": echo, "message": echo}],
    },
    "Notify's errors": lambda echo: {"status_code": 400, "errors": [{"error": echo, "message": echo}]},
    "Notify's message": lambda echo: {"result": "error", "message": [{"error": echo, "message": echo}]},
    "a page": lambda echo: f"<html>{echo}</html>".encode(),
    "a list": lambda echo: [echo],
    "GitHub's": lambda echo: {"message": echo, "documentation_url": echo},
}


def planting(number: int) -> Spoil:
    """One text of a true answer, an id or a key too, that holds what the request told; all of them for -1."""

    def spoil(call: Call, response: Response) -> Response:
        if not isinstance(response.content, dict | list):
            return response
        echo = " ".join(told(call))
        places = list(_places(response.content))
        if not places:
            return response
        chosen = places if number < 0 else [places[number % len(places)]]
        content = json.loads(json.dumps(response.content))
        for place in chosen:
            _put(content, place, echo)
        headers = {"X-Request-Id": told(call)[-1][-36:], "X-Echo": told(call)[0]}
        return replace(response, content=content, headers={**response.headers, **headers})

    return spoil


def _places(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = content.items() if isinstance(content, dict) else enumerate(content)
    for key, inner in items:
        if isinstance(inner, str):
            yield (*path, key)
        elif isinstance(inner, dict | list):
            yield from _places(inner, (*path, key))


def _put(content: Any, place: tuple[Any, ...], echo: str) -> None:
    for step in place[:-1]:
        content = content[step]
    content[place[-1]] = f"{content[place[-1]]} {echo}"


def _instead(response: Response, status: int, content: Any) -> Response:
    type_ = "text/html" if isinstance(content, bytes) else "application/json"
    return replace(response, status=status, content=content, content_type=type_)


def drip(_: Call, response: Response) -> Response:
    return replace(response, cut=Cut.NEVER)


def bomb(_: Call, response: Response) -> Response:
    """A little that inflates to more than anybody can hold."""
    return replace(response, content=_BOMB, headers={**response.headers, "Content-Encoding": "gzip"})


_BOMB = gzip.compress(b'{"lists": [' + b" " * 60_000_000, 9)


def deep(_: Call, response: Response) -> Response:
    return _instead(response, 200, b"[" * 200_000 + b"]" * 200_000)


def nested(_: Call, response: Response) -> Response:
    """Deep, and with the right names at the top."""
    inner = b'{"contact": ' * 3000 + b"{}" + b"}" * 3000
    listed = b'{"lists": [%b], "members": [%b], "templates": [%b], "total_items": 1, "id": %b, "name": %b}' % (
        (inner,) * 5
    )
    return _instead(response, 200, listed)


def infinite(_: Call, response: Response) -> Response:
    """Numbers that are none."""
    text = json.dumps(response.content) if isinstance(response.content, dict | list) else '{"total_items": 1}'
    for number in ('"total_items": 1e999', '"member_count": 1e999', '"version": 1e999'):
        name = number.partition(":")[0]
        text = text.replace(f"{name}: ", f"{number}, {name[:-1]}_: ")
    return replace(response, content=text.encode())


def wrong_types(_: Call, response: Response) -> Response:
    """Every value is of another type than it should be."""
    return replace(response, content=_turned(response.content))


def _turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _turned(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_turned(inner) for inner in value]
    return {str: [1], int: "one", bool: "no", float: {}}.get(type(value), 4.5)


def redirect(call: Call, response: Response) -> Response:
    headers = {**response.headers, "Location": f"https://portal.example/login?for={told(call)[0]}"}
    return replace(response, status=302, content=b"", headers=headers)


def endless(_: Call, response: Response) -> Response:
    """A listing that says with each page that there are more."""
    if not isinstance(response.content, dict) or "total_items" not in response.content:
        return response
    return replace(response, content={**response.content, "total_items": response.content["total_items"] + 10_000_000})


def foreign_id(_: Call, response: Response) -> Response:
    """Whatever was made, it bears the id of something else."""
    if not isinstance(response.content, dict) or "id" not in response.content:
        return response
    return replace(response, content={**response.content, "id": "f0f0f0f0f0"})


def unseen_id(_: Call, response: Response) -> Response:
    """Whatever was made, it bears an id that nothing has."""
    if not isinstance(response.content, dict) or "id" not in response.content:
        return response
    return replace(response, content={**response.content, "id": "0123456789"})


def nothing(_: Call, response: Response) -> Response:
    return replace(response, content=None)


def echo(call: Call, response: Response) -> Response:
    return planting(-1)(call, response)


def refused_with_echo(call: Call, response: Response) -> Response:
    return refusing(401, BODIES["a problem"])(call, response)


ANSWERS: dict[str, Spoil] = {
    "an echo of the secret in every text": echo,
    "a refusal that repeats the secret": refused_with_echo,
    "a drip": drip,
    "an endless listing": endless,
    "a bomb": bomb,
    "deep JSON": deep,
    "deep settings": nested,
    "numbers that are none": infinite,
    "values of other types": wrong_types,
    "a redirect": redirect,
    "the id of something else": foreign_id,
    "an id that nothing has": unseen_id,
    "nothing at all": nothing,
}
