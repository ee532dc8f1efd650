"""The query parameters that Mailchimp's operations share: numbers, flags, choices, times, and order.

https://mailchimp.com/developer/marketing/docs/methods-parameters/
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from emailops.sandbox.mailchimp.problems import invalid
from emailops.sandbox.mailchimp.shapes import moment_of, not_one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from emailops.sandbox.serving.wire import Call

Item = TypeVar("Item")
Word = TypeVar("Word", bound=StrEnum)


class Direction(StrEnum):
    ASCENDING = "ASC"
    DESCENDING = "DESC"


def whole_number(call: Call, name: str, default: int, most: int | None = None) -> int:
    """A query parameter that counts something."""
    text = call.last(name, str(default))
    if not (text.isascii() and text.isdecimal()):
        raise invalid((name, "Schema describes integer, string found instead"))
    if len(text) > 9 or (most is not None and int(text) > most):
        raise invalid((name, f"This value should be {most or 10**9} or less."))
    return int(text)


def flag(call: Call, name: str) -> bool:
    """True or false in any case, for clients write them as their language does."""
    text = call.last(name).lower()
    if text not in ("", "true", "false", "1", "0"):
        raise invalid((name, "Schema describes boolean, string found instead"))
    return text in ("true", "1")


def choice(call: Call, name: str, allowed: type[Word]) -> Word | None:
    """One of the values that there are; None where none is asked for."""
    text = call.last(name)
    if not text:
        return None
    try:
        return allowed(text)
    except ValueError:
        raise invalid((name, not_one_of(tuple(allowed)))) from None


def within(items: list[Item], call: Call, name: str, time_of: Callable[[Item], str]) -> list[Item]:
    """Those after `since_` and before `before_` a time, each where it is given; what has no such time is left out."""
    since, before = moment(call, f"since_{name}"), moment(call, f"before_{name}")
    if since is None and before is None:
        return items

    def fits(item: Item) -> bool:
        when = moment_of(time_of(item))
        return when is not None and (since is None or when > since) and (before is None or when < before)

    return [item for item in items if fits(item)]


def in_order(items: list[Item], call: Call, fields: Mapping[str, Callable[[Item], str]]) -> list[Item]:
    """By `sort_field` and `sort_dir`; without the former in the order in which they came."""
    field, direction = call.last("sort_field"), choice(call, "sort_dir", Direction)
    if field and field not in fields:
        raise invalid(("sort_field", not_one_of(tuple(fields))))
    return sorted(items, key=fields[field], reverse=direction == Direction.DESCENDING) if field else items


def moment(call: Call, name: str) -> datetime | None:
    # A plus that was not encoded arrives as a space.
    text = call.last(name).replace(" ", "+")
    when = moment_of(text)
    if text and when is None:
        raise invalid((name, "This value is not a valid datetime."))
    return when
