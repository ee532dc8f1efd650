"""Mailchimp's problem documents.

https://mailchimp.com/developer/marketing/docs/errors/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from emailops.sandbox.serving.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

GLOSSARY = "https://mailchimp.com/developer/marketing/docs/errors/"
INVALID = "Invalid Resource"
SEE_ERRORS = "The resource submitted could not be validated. For field-specific details, see the 'errors' array."
# Real answers with these titles come without a type.
_UNTYPED = frozenset({"Member Exists", "Forgotten Email Not Subscribed", "Member In Compliance State"})


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


def bad_request(detail: str = "Your request could not be processed.") -> MailchimpError:
    return MailchimpError(400, "Bad Request", detail)
