"""What Notify posts, checked against what it documents, as a receipt or a complaint.

https://docs.notifications.service.gov.uk/rest-api.html#delivery-receipts
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from emailops.private import Address
from emailops.receipts.receipt import Complaint, MessageType, Receipt, hash_of

MOST_FIELDS = 100
_LONGEST = 2_000
_NAME = re.compile(r"[a-z][a-z-]{0,60}", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F-]{32,36}", re.ASCII)


class NotAsDocumented(Exception):
    """A body that is no receipt and no complaint; why, in words that repeat nothing of it."""


def read(body: bytes, token: str, received: float) -> Receipt | Complaint:
    """What a body tells; `token` is the fingerprint of the one it came with. Raises NotAsDocumented."""
    fields = _fields(body)
    if "notification_id" in fields:
        return _complaint(fields, token, received)
    type_ = _text(fields, "notification_type")
    if type_ not in set(MessageType):
        raise NotAsDocumented("notification_type is neither email nor sms")
    recipient = _text(fields, "to")
    version = fields.get("template_version")
    if version.__class__ is not int or not 0 <= version < 2**31:
        raise NotAsDocumented("template_version is no number")
    return Receipt(
        id=_matching(fields, "id", _UUID).lower(),
        status=_matching(fields, "status", _NAME),
        type=MessageType(type_),
        reference=_reference(fields),
        recipient=hash_of(recipient),
        address=Address(recipient),
        template=_matching(fields, "template_id", _UUID).lower(),
        template_version=version,
        created=_time(fields, "created_at"),
        sent=_time_or_none(fields, "sent_at"),
        completed=_time_or_none(fields, "completed_at"),
        token=token,
        received=received,
    )


def _complaint(fields: dict[str, Any], token: str, received: float) -> Complaint:
    message = _matching(fields, "notification_id", _UUID).lower()
    recipient = _text(fields, "to")
    own = fields.get("complaint_id")
    return Complaint(
        id=own if isinstance(own, str) and _UUID.fullmatch(own) else message,
        message=message,
        reference=_reference(fields),
        recipient=hash_of(recipient),
        address=Address(recipient),
        complained=_time_or_none(fields, "complaint_date"),
        token=token,
        received=received,
    )


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise NotAsDocumented("the body is not JSON") from None
    if not isinstance(fields, dict):
        raise NotAsDocumented("the body is not an object")
    if len(fields) > MOST_FIELDS:
        raise NotAsDocumented(f"the body has more than {MOST_FIELDS} fields")
    return fields


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value or len(value) > _LONGEST or not _can_be_kept(value):
        raise NotAsDocumented(f"{name} is missing, or is not text")
    return value


def _can_be_kept(text: str) -> bool:
    """PostgreSQL takes no NUL, and UTF-8 no half of a pair."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _matching(fields: dict[str, Any], name: str, form: re.Pattern[str]) -> str:
    text = _text(fields, name)
    if not form.fullmatch(text):
        raise NotAsDocumented(f"{name} is not as Notify writes it")
    return text


def _reference(fields: dict[str, Any]) -> str | None:
    return None if fields.get("reference") in (None, "") else _text(fields, "reference")


def _time(fields: dict[str, Any], name: str) -> datetime:
    try:
        time = datetime.fromisoformat(_text(fields, name))
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise NotAsDocumented(f"{name} is no time") from None


def _time_or_none(fields: dict[str, Any], name: str) -> datetime | None:
    return None if fields.get(name) is None else _time(fields, name)
