"""GOV.UK Notify's error document, and what it says about a field that is wrong, letter by letter.

https://docs.notifications.service.gov.uk/rest-api.html (error codes of each request)
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from emailops.phone_numbers import InvalidPhoneNumber, read_phone_number
from emailops.sandbox.holding.service import MessageStatus, Permission, TemplateType
from emailops.sandbox.notify.addresses import cleaned, is_email_address
from emailops.sandbox.serving.wire import Call, Response, parse_json

_PLURALS = {
    TemplateType.EMAIL: "emails",
    TemplateType.SMS: "text messages",
    TemplateType.LETTER: "letters",
}
_HEX_DIGITS = re.compile("[0-9a-fA-F]{32}")
ISO_8601 = "https://en.wikipedia.org/wiki/ISO_8601"

Rule = Callable[[Any], str | None]


class NotifyError(Exception):
    """A refusal: its HTTP status, the class that clients match, and one message or several."""

    def __init__(self, status: int, error: str, *messages: str) -> None:
        super().__init__(status, error, *messages)
        self.status = status
        self.error = error
        self.messages = messages

    @property
    def response(self) -> Response:
        errors = [{"error": self.error, "message": message} for message in self.messages]
        return Response(self.status, {"status_code": self.status, "errors": errors})


def bad_request(message: str) -> NotifyError:
    return NotifyError(400, "BadRequestError", message)


def no_result() -> NotifyError:
    return NotifyError(404, "NoResultFound", "No result found")


def check(value: Any, rules: Mapping[str, Rule], required: tuple[str, ...] = (), *, closed: bool = True) -> None:
    """Refuse a body or query that breaks a rule; every message at once, in the order in which Notify gives them."""
    if not isinstance(value, dict):
        raise NotifyError(400, "ValidationError", _wrong_type(value, "object"))
    messages = [
        f"{name} {wrong}" for name, rule in rules.items() if name in value and (wrong := rule(value[name])) is not None
    ]
    messages += [f"{name} is a required property" for name in required if name not in value]
    unknown = [name for name in value if name not in rules] if closed else []
    if unknown:
        verb = "was" if len(unknown) == 1 else "were"
        names = _unquoted(", ".join(repr(name) for name in unknown))
        messages.append(f"Additional properties are not allowed ({names} {verb} unexpected)")
    if messages:
        raise NotifyError(400, "ValidationError", *dict.fromkeys(messages))


def refuse_unpermitted(permissions: Collection[Permission], message_type: TemplateType) -> None:
    if Permission(message_type) not in permissions:
        raise bad_request(f"Service is not allowed to send {_PLURALS[message_type]}")


def rules_at(rules: Mapping[str, Rule], now: datetime) -> dict[str, Rule]:
    """Those of a message that is sent now."""
    return {**rules, "scheduled_for": _scheduled_by(now)}


def read_json(call: Call) -> Any:
    """The body. Whatever is empty or zero in JSON counts as an empty object, as it does at Notify."""
    try:
        return parse_json(call.body.removeprefix(BOM_UTF8)) or {}
    except ValueError as error:
        raise bad_request("Invalid JSON supplied in POST data") from error


def uuid_of(value: Any) -> str | None:
    """A UUID in any spelling, as Notify writes it; None for anything else."""
    if not isinstance(value, str) or not value.isascii():
        return None
    digits = value.removeprefix("urn:").removeprefix("uuid:").strip("{}").replace("-", "")
    return str(UUID(digits)) if _HEX_DIGITS.fullmatch(digits) else None


def text(value: Any) -> str | None:
    return None if isinstance(value, str) else _wrong_type(value, "string")


def _uuid(value: Any) -> str | None:
    return None if uuid_of(value) else "is not a valid UUID"


def _text_or_null(value: Any) -> str | None:
    return None if value is None or isinstance(value, str) else _wrong_type(value, "string, null")


def _reference(value: Any) -> str | None:
    if isinstance(value, str) and len(value) > 1000:
        return f"{_unquoted(repr(value))} is too long"
    return text(value)


def _mapping(value: Any) -> str | None:
    return None if isinstance(value, dict) else _wrong_type(value, "object")


def _https(value: Any) -> str | None:
    is_https = isinstance(value, str) and re.match(r"https://[^\s/]", value)
    return None if is_https else "is not a valid https url"


def _texts_or_null(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, list):
        return _wrong_type(value, "array, null")
    return next((wrong for item in value if (wrong := text(item)) is not None), None)


def _email_address(value: Any) -> str | None:
    if not isinstance(value, str):
        return _wrong_type(value, "string")
    return None if is_email_address(cleaned(value)) else "Not a valid email address"


def _phone_number(value: Any) -> str | None:
    if not isinstance(value, str):
        return _wrong_type(value, "string")
    try:
        read_phone_number(value)
    except InvalidPhoneNumber as error:
        return str(error)
    return None


def _once(rule: Rule) -> Rule:
    """A query parameter that stands once, and then keeps to the rule."""

    def once(values: Any) -> str | None:
        if len(values) > 1:
            return f"{_unquoted(repr(values))} is not of type string"
        return rule(values)

    return once


def _scheduled_by(now: datetime) -> Rule:
    """A time from now to a day ahead."""

    def rule(value: Any) -> str | None:
        if not isinstance(value, str):
            return _text_or_null(value)
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return "datetime format is invalid. It must be a valid ISO8601 date time format, " + ISO_8601
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        if at < now:
            return "datetime can not be in the past"
        return "datetime can only be 24 hours in the future" if at > now + timedelta(hours=24) else None

    return rule


def _one_of(*allowed: str) -> Rule:
    """Each value of a query parameter must be one of these."""

    def rule(values: Any) -> str | None:
        wrong = next((value for value in values if value not in allowed), None)
        return None if wrong is None else f"{_unquoted(repr(wrong))} is not one of [{', '.join(allowed)}]"

    return rule


def _wrong_type(value: Any, wanted: str) -> str:
    return f"{_unquoted(repr(value))} is not of type {wanted}"


def _unquoted(text: str) -> str:
    return text.replace("'", "")


EMAIL: dict[str, Rule] = {
    "reference": _reference,
    "email_address": _email_address,
    "template_id": _uuid,
    "personalisation": _mapping,
    "scheduled_for": _text_or_null,
    "email_reply_to_id": _uuid,
    "one_click_unsubscribe_url": _https,
    "sanitise_content_for": _texts_or_null,
}
SMS: dict[str, Rule] = {
    "reference": _reference,
    "phone_number": _phone_number,
    "template_id": _uuid,
    "personalisation": _mapping,
    "scheduled_for": _text_or_null,
    "sms_sender_id": _uuid,
}
LETTER: dict[str, Rule] = {"reference": _reference, "template_id": _uuid, "personalisation": _mapping}
PRECOMPILED: dict[str, Rule] = {"reference": _reference, "content": text, "postage": text}
PREVIEW: dict[str, Rule] = {"personalisation": _mapping}
TEMPLATE: dict[str, Rule] = {"id": _uuid}
NOTIFICATION: dict[str, Rule] = {"notification_id": _uuid}
TEMPLATE_LIST: dict[str, Rule] = {"type": _once(_one_of(*TemplateType))}
NOTIFICATION_LIST: dict[str, Rule] = {
    "reference": text,
    "status": _one_of(*MessageStatus),
    "template_type": _one_of(*TemplateType),
    "include_jobs": _one_of("true", "True"),
    "older_than": _uuid,
}
RECEIVED_LIST: dict[str, Rule] = {"older_than": _uuid}
