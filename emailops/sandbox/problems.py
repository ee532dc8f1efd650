"""Mailchimp's problem documents, and the checks that end in one.

https://mailchimp.com/developer/marketing/docs/errors/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from emailops.sandbox.wire import Call, Reply, parse_json

GLOSSARY = "https://mailchimp.com/developer/marketing/docs/errors/"
INVALID = "Invalid Resource"
SEE_ERRORS = "The resource submitted could not be validated. For field-specific details, see the 'errors' array."
# Real answers with these titles come without a type.
_UNTYPED = frozenset({"Member Exists", "Forgotten Email Not Subscribed", "Member In Compliance State"})
_NAMES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}

# Field to the type it must have, or to the fields it must hold.
Shape = Mapping[str, Any]


class MailchimpError(Exception):
    def __init__(self, status: int, title: str, detail: str, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(status, title, detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = errors

    def reply(self, headers: Mapping[str, str] | None = None) -> Reply:
        content: dict[str, Any] = {} if self.title in _UNTYPED else {"type": GLOSSARY}
        content |= {"title": self.title, "status": self.status, "detail": self.detail, "instance": str(uuid4())}
        if self.errors is not None:
            content["errors"] = self.errors
        return Reply(self.status, content, "application/problem+json; charset=utf-8", headers or {})


def invalid(*errors: tuple[str, str]) -> MailchimpError:
    """Invalid Resource, with each wrong field and what is wrong with it."""
    return MailchimpError(400, INVALID, SEE_ERRORS, [{"field": field, "message": message} for field, message in errors])


def not_found() -> MailchimpError:
    return MailchimpError(404, "Resource Not Found", "The requested resource could not be found.")


def read_object(call: Call) -> dict[str, Any]:
    try:
        body = parse_json(call.body)
    except ValueError as error:
        raise MailchimpError(400, "JSON Parse Error", "We encountered an unspecified JSON parsing error.") from error
    if not isinstance(body, dict):
        raise invalid(("", _wrong_type("object", body)))
    return body


def check(body: Mapping[str, Any], shape: Shape, required: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse a body in which a field is missing or of the wrong type; `required` goes by object, "" is the body."""
    errors = []
    for place, names in required.items():
        within = body.get(place) if place else body
        absent = [name for name in names if isinstance(within, dict) and name not in within]
        if absent:
            errors.append((place, f"Required fields were not provided: {', '.join(absent)}"))
    errors += _wrong_types(body, shape, "")
    if errors:
        raise invalid(*errors)


def whole_number(call: Call, name: str, default: int, most: int | None = None) -> int:
    """A query parameter that counts something."""
    text = call.last(name, str(default))
    if not (text.isascii() and text.isdecimal()):
        raise invalid((name, "Schema describes integer, string found instead"))
    if len(text) > 9 or (most is not None and int(text) > most):
        raise invalid((name, f"This value should be {most or 10**9} or less."))
    return int(text)


def _wrong_types(body: Mapping[str, Any], shape: Shape, prefix: str) -> list[tuple[str, str]]:
    errors = []
    for name, wanted in shape.items():
        if name not in body:
            continue
        value, is_nested = body[name], isinstance(wanted, Mapping)
        if not isinstance(value, dict if is_nested else wanted):
            errors.append((prefix + name, _wrong_type(_NAMES[dict if is_nested else wanted], value)))
        elif is_nested:
            errors += _wrong_types(value, wanted, f"{prefix}{name}.")
    return errors


def _wrong_type(wanted: str, value: Any) -> str:
    return f"Schema describes {wanted}, {_NAMES.get(type(value), 'NULL')} found instead"
