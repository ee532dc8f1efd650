"""The shapes that the bodies of Mailchimp's requests must have, and its words for each way in which one does not.

https://mailchimp.com/developer/marketing/docs/errors/ (Invalid Resource)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from emailops.sandbox.mailchimp.problems import MailchimpError, Title, invalid
from emailops.sandbox.serving.wire import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emailops.sandbox.serving.wire import Call

_NAMES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}


@dataclass(frozen=True, slots=True)
class Object:
    """Fields that are not named here are passed over, as Mailchimp does."""

    fields: Mapping[str, Any]
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Each:
    item: Any
    most: int | None = None


@dataclass(frozen=True, slots=True)
class OneOf:
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as ISO 8601, or an empty text."""


def read_body(call: Call, shape: Object) -> dict[str, Any]:
    """The object that was sent, or Invalid Resource with everything that is wrong with it."""
    try:
        body = parse_json(call.body)
    except ValueError as error:
        raise MailchimpError(
            400, Title.JSON_PARSE_ERROR, "We encountered an unspecified JSON parsing error."
        ) from error
    errors = list(_wrong(body, shape, ""))
    if errors:
        raise invalid(*errors)
    checked: dict[str, Any] = body
    return checked


def not_one_of(values: tuple[str, ...]) -> str:
    return f"Value must be one of: {', '.join(values)}"


def moment_of(text: str) -> datetime | None:
    """A time, in UTC where it says nothing of its offset; None when it is not a time."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _wrong(value: Any, shape: Any, place: str) -> Iterator[tuple[str, str]]:
    """Each field that is not as it must be, and why."""
    wanted = _type_of(shape)
    if not _is_a(wanted, value):
        yield place, f"Schema describes {_NAMES[wanted]}, {_NAMES.get(type(value), 'NULL')} found instead"
    elif isinstance(shape, Object):
        yield from _wrong_inside(value, shape, place)
    elif isinstance(shape, Each):
        if shape.most is not None and len(value) > shape.most:
            yield place, f"This collection should contain {shape.most} elements or less."
            return
        for index, item in enumerate(value):
            yield from _wrong(item, shape.item, f"{place}.item:{index}")
    elif isinstance(shape, OneOf) and value not in shape.values:
        yield place, not_one_of(shape.values)
    elif isinstance(shape, Moment) and value and moment_of(value) is None:
        yield place, "This value is not a valid datetime."


def _wrong_inside(value: dict[str, Any], shape: Object, place: str) -> Iterator[tuple[str, str]]:
    absent = [name for name in shape.required if name not in value]
    if absent:
        yield place, f"Required fields were not provided: {', '.join(absent)}"
    for name, inner in shape.fields.items():
        if name in value:
            yield from _wrong(value[name], inner, f"{place}.{name}".lstrip("."))


def _type_of(shape: Any) -> type:
    if isinstance(shape, type):
        return shape
    return {Object: dict, Each: list}.get(type(shape), str)


def _is_a(wanted: type, value: Any) -> bool:
    if isinstance(value, bool):
        return wanted is bool
    return isinstance(value, int | float if wanted is float else wanted)
