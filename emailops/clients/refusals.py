"""What Notify's answer to a call means, as one of our errors.

By status, then class, then words: https://docs.notifications.service.gov.uk/python.html#error-codes says that words
may change.
"""

from __future__ import annotations

import re
from typing import Any

from notifications_python_client.errors import APIError

from .errors import (
    ClientError,
    DailyLimitReached,
    InvalidAddress,
    KeyRefused,
    MessageTooLong,
    MinuteLimitReached,
    MissingPersonalisation,
    OutcomeUnknown,
    RecipientNotAllowed,
    Refused,
    TemplateUnavailable,
    Unavailable,
)
from .private import masked
from .sessions import was_never_sent

_MISSING = re.compile(r"missing personalisation: (.*)", re.IGNORECASE | re.DOTALL)
_BY_WORDS = (
    ("team-only api key", RecipientNotAllowed),
    ("trial mode", RecipientNotAllowed),
    ("template not found", TemplateUnavailable),
    ("template has been deleted", TemplateUnavailable),
    ("is not suitable for", TemplateUnavailable),
    ("template_id is not a valid uuid", TemplateUnavailable),
    ("message is too long", MessageTooLong),
    ("email_address ", InvalidAddress),
    ("phone_number ", InvalidAddress),
)


def meaning(error: APIError, recipient: str = "", *, sending: bool) -> ClientError:
    """The error to raise. Where a message may have been sent, whatever the answer was, it is OutcomeUnknown."""
    status = error.status_code if error.response is not None else 0
    if not 400 <= status < 500:
        trouble = status or (type(error.__cause__).__name__ if error.__cause__ else "it cannot be read")
        if sending and not was_never_sent(error.__cause__):
            return OutcomeUnknown(f"Notify's answer to a message was lost ({trouble})")
        return Unavailable(f"Notify could not be reached, or did not answer ({trouble})")
    said = _said(error)
    class_, words = said[0] if said else ("", "")
    shown = f"Notify refused with {status}: {masked(words, recipient) or 'it gave no reason'}"
    if status == 429:
        return (DailyLimitReached if class_ == "TooManyRequestsError" else MinuteLimitReached)(shown, status=status)
    if class_ == "AuthError":
        return KeyRefused(shown, status=status)
    if class_ == "InvalidPhoneError":
        return InvalidAddress(shown, status=status)
    missing = _MISSING.match(words)
    if missing:
        return MissingPersonalisation(masked(missing[1], recipient).split(", "), status=status)
    folded = words.casefold()
    kind = next((kind for start, kind in _BY_WORDS if start in folded), Refused)
    return kind(shown, status=status)


def _said(error: Any) -> list[tuple[str, str]]:
    """Class and words of each error that Notify lists; none in an answer that is not its own."""
    try:
        listed: Any = error.response.json()["errors"]
        return [(str(entry["error"]), str(entry["message"])) for entry in listed]
    except (AttributeError, KeyError, TypeError, ValueError):
        return []
