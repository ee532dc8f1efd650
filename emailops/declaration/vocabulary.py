"""The closed lists of words that a state may say, as types; what the schema refused is no member of any."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeVar

Word = TypeVar("Word", bound=StrEnum)


class KeyKind(StrEnum):
    """Whom a Notify key may write to: anybody, the team and the guest list, or nobody; unknown until someone looks."""

    live = "live"
    team = "team"
    test = "test"
    unknown = "unknown"


class Contact(StrEnum):
    """How someone is declared: by their address, by their handle, or by their number."""

    address = "address"
    person = "person"
    number = "number"


class FrameworkStatus(StrEnum):
    """Whether a framework is open, closing, or closed."""

    open = "open"
    closing = "closing"
    closed = "closed"


class TemplateType(StrEnum):
    """What a template makes."""

    email = "email"
    sms = "sms"
    letter = "letter"


class ServiceSection(StrEnum):
    """What a Notify service holds under names that settings read, by its field in `notify`; `said` is one of it."""

    reply_to = "reply_to"
    sms_senders = "sms_senders"

    @property
    def said(self) -> str:
        return "reply-to address" if self is ServiceSection.reply_to else "sender of text messages"


class SendsWith(StrEnum):
    """What a consumer sends with."""

    notify = "notify"
    mailchimp = "mailchimp"
    other = "other"


class DumpAddresses(StrEnum):
    """Whose addresses a column of a dump may hold."""

    none = "none"
    invented = "invented"
    real = "real"


class MailingKind(StrEnum):
    """What a mailing does: sends a campaign, subscribes people, exports an audience, or sends a notice."""

    campaign = "campaign"
    subscribers = "subscribers"
    export = "export"
    notice = "notice"


class ApplyFrom(StrEnum):
    """Where an apply or a mailing may run."""

    anywhere = "anywhere"
    pipeline = "pipeline"


def word(type_: type[Word], text: Any) -> Word | None:
    """The word that a text says; None for any other text."""
    return type_(text) if isinstance(text, str) and text in type_._value2member_map_ else None
