"""Mailchimp's problem documents.

https://mailchimp.com/developer/marketing/docs/errors/
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from emailops.sandbox.serving.wire import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

GLOSSARY = "https://mailchimp.com/developer/marketing/docs/errors/"
SEE_ERRORS = "The resource submitted could not be validated. For field-specific details, see the 'errors' array."


class Title(StrEnum):
    """What clients match."""

    BAD_REQUEST = "Bad Request"
    INVALID = "Invalid Resource"
    INVALID_METHOD_OVERRIDE = "Invalid Method Override"
    JSON_PARSE_ERROR = "JSON Parse Error"
    FORGOTTEN = "Forgotten Email Not Subscribed"
    IN_COMPLIANCE_STATE = "Member In Compliance State"
    KEY_INVALID = "API Key Invalid"
    KEY_MISSING = "API Key Missing"
    MEMBER_EXISTS = "Member Exists"
    METHOD_NOT_ALLOWED = "Method Not Allowed"
    NOT_FOUND = "Resource Not Found"
    NOT_PERMITTED = "User action not permitted"
    TOO_MANY_REQUESTS = "Too Many Requests"


# Real answers with these titles come without a type.
_UNTYPED = frozenset({Title.MEMBER_EXISTS, Title.FORGOTTEN, Title.IN_COMPLIANCE_STATE})


class MailchimpError(Exception):
    def __init__(self, status: int, title: Title, detail: str, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(status, title, detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = errors

    def response(self, headers: Mapping[str, str] | None = None) -> Response:
        content: dict[str, Any] = {} if self.title in _UNTYPED else {"type": GLOSSARY}
        content |= {"title": self.title, "status": self.status, "detail": self.detail, "instance": str(uuid4())}
        if self.errors is not None:
            content["errors"] = self.errors
        return Response(self.status, content, "application/problem+json; charset=utf-8", headers or {})


def invalid(*errors: tuple[str, str]) -> MailchimpError:
    """Invalid Resource, with each wrong field and what is wrong with it."""
    return MailchimpError(
        400, Title.INVALID, SEE_ERRORS, [{"field": field, "message": message} for field, message in errors]
    )


def not_found() -> MailchimpError:
    return MailchimpError(404, Title.NOT_FOUND, "The requested resource could not be found.")


def bad_request(detail: str = "Your request could not be processed.") -> MailchimpError:
    return MailchimpError(400, Title.BAD_REQUEST, detail)
