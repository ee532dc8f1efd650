"""What the inbox lists: Notify's messages and Mailchimp's campaigns, newest first, searched and filtered alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from heapq import merge
from itertools import dropwhile, islice
from typing import TYPE_CHECKING

from emailops.sandbox.holding.account import Campaign, CampaignStatus
from emailops.sandbox.notify.progress import history

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emailops.sandbox.holding.account import HeldAccount
    from emailops.sandbox.holding.holdings import Holdings
    from emailops.sandbox.holding.service import Message
    from emailops.sandbox.serving.wire import Call

PAGE = 100
FILTERS = ("provider", "key", "type", "status", "service", "read")
FIELDS = (*FILTERS, "to", "subject", "reference", "template")
DRAFT = "draft"


class EntryProvider(StrEnum):
    NOTIFY = "notify"
    MAILCHIMP = "mailchimp"


class EntryType(StrEnum):
    EMAIL = "email"
    SMS = "sms"
    CAMPAIGN = "campaign"


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """One line of the inbox. `to` is an address, a number or an audience; `original` is whom it was for, if known.

    `service` is the id of the Notify service, or of the Mailchimp account; `key` is the kind of the key, if any, and
    `is_told` whether the sandbox knows it, and does not just take it for a live one.
    """

    id: str
    provider: EntryProvider
    type: EntryType
    at: datetime
    status: str
    to: str
    subject: str
    text: str
    service: str
    service_name: str
    source: Message | Campaign
    read: bool
    original: str = ""
    is_redirected: bool = False
    key: str = ""
    is_told: bool = True
    reference: str = ""
    template: str = ""
    template_name: str = ""

    @property
    def path(self) -> str:
        return f"/{'campaigns' if self.type == EntryType.CAMPAIGN else 'messages'}/{self.id}"


@dataclass(frozen=True, slots=True)
class Query:
    """Each of `words` occurs in a text of the entry or is an id of it; each of `fields` is one of its values."""

    words: tuple[str, ...]
    fields: Mapping[str, str]
    older_than: str = ""

    @property
    def narrows(self) -> bool:
        return bool(self.words or self.fields)

    def fits(self, entry: InboxEntry) -> bool:
        if any(wanted not in _values(entry, name) for name, wanted in self.fields.items()):
            return False
        if not self.words:
            return True
        texts = (entry.to, entry.original, entry.subject, entry.text, entry.reference, entry.template_name)
        text = "\n".join(texts).casefold()
        return all(word in text or word in (entry.id, entry.template) for word in self.words)


@dataclass(frozen=True, slots=True)
class EntryList:
    """A page of entries, and of how many; `has_older` where it is not the last one."""

    entries: list[InboxEntry]
    total: int
    has_older: bool


def asked(call: Call) -> Query:
    fields = {name: value.casefold() for name in FIELDS if (value := call.last(name).strip())}
    return Query(tuple(call.last("q").casefold().split()), fields, call.last("older_than"))


def find(holdings: Holdings, query: Query, now: datetime, count: int = PAGE) -> EntryList:
    """At most `count` entries that fit, older than the one that the query names."""
    every = newest_first(holdings, now)
    if query.narrows:
        fitting = [entry for entry in every if query.fits(entry)]
        total, every = len(fitting), iter(fitting)
    else:
        total = len(holdings.messages) + sum(len(account.campaigns) for account in holdings.accounts.values())
    if query.older_than:
        every = islice(dropwhile(lambda entry: entry.id != query.older_than, every), 1, None)
    page = list(islice(every, count + 1))
    return EntryList(page[:count], total, len(page) > count)


def entry_of(holdings: Holdings, entry_id: str, now: datetime) -> InboxEntry | None:
    if message := holdings.messages.get(entry_id):
        return _of_message(holdings, message, _template_names(holdings), now)
    return next((entry for entry in _campaigns(holdings) if entry.id == entry_id), None)


def put(holdings: Holdings, entry: InboxEntry) -> None:
    """To be called after the source of an entry was changed."""
    if isinstance(entry.source, Campaign):
        holder_of(holdings, entry.source).campaigns.put(entry.id, entry.source)
    else:
        holdings.messages.put(entry.id, entry.source)


def remove(holdings: Holdings, entry: InboxEntry) -> None:
    """For the provider's API, too."""
    if isinstance(entry.source, Campaign):
        holder_of(holdings, entry.source).campaigns.remove(entry.id)
    else:
        holdings.messages.remove(entry.id)


def holder_of(holdings: Holdings, campaign: Campaign) -> HeldAccount:
    return next(account for account in holdings.accounts.values() if campaign.id in account.campaigns)


def around(
    holdings: Holdings, query: Query, entry: InboxEntry, now: datetime
) -> tuple[InboxEntry | None, InboxEntry | None]:
    """The next newer and the next older entry among those that fit."""
    newer = None
    every = (other for other in newest_first(holdings, now) if other.id == entry.id or query.fits(other))
    for candidate in every:
        if candidate.id == entry.id:
            return newer, next(every, None)
        newer = candidate
    return None, None


def newest_first(holdings: Holdings, now: datetime) -> Iterator[InboxEntry]:
    names = _template_names(holdings)
    messages = (_of_message(holdings, message, names, now) for message in holdings.messages.newest_first())
    campaigns = sorted(_campaigns(holdings), key=lambda entry: entry.at, reverse=True)
    return merge(messages, campaigns, key=lambda entry: entry.at, reverse=True)


def _values(entry: InboxEntry, name: str) -> tuple[str, ...]:
    values = {
        "to": (entry.to, entry.original),
        "template": (entry.template, entry.template_name),
        "service": (entry.service, entry.service_name),
        "read": ("true" if entry.read else "false",),
    }
    return tuple(value.casefold() for value in values.get(name) or (getattr(entry, name),))


def _template_names(holdings: Holdings) -> dict[str, str]:
    return {template.id: template.name for service in holdings.services.values() for template in service.templates}


def _of_message(holdings: Holdings, message: Message, template_names: Mapping[str, str], now: datetime) -> InboxEntry:
    service = holdings.services.get(message.service)
    redirects = {address.casefold() for address in service.redirects_to} if service else set()
    return InboxEntry(
        id=message.id,
        provider=EntryProvider.NOTIFY,
        type=EntryType(message.type),
        at=time(message.created_at),
        status=history(message, now)[-1].status,
        to=message.recipient,
        subject=message.subject or "",
        text=message.body,
        service=message.service,
        service_name=service.name if service else "",
        source=message,
        read=message.read,
        original=message.original or "",
        is_redirected=bool(message.original) or message.recipient.casefold() in redirects,
        key=message.key,
        is_told=service is None or not service.made or any(key.kind == message.key for key in service.keys),
        reference=message.reference or "",
        template=message.template_id,
        template_name=template_names.get(message.template_id, ""),
    )


def _campaigns(holdings: Holdings) -> Iterator[InboxEntry]:
    return (
        _of_campaign(account, campaign)
        for account in holdings.accounts.values()
        for campaign in account.campaigns.values()
    )


def _of_campaign(account: HeldAccount, campaign: Campaign) -> InboxEntry:
    list_id = str(campaign.recipients.get("list_id") or "")
    audience = account.audiences.get(list_id)
    return InboxEntry(
        id=campaign.id,
        provider=EntryProvider.MAILCHIMP,
        type=EntryType.CAMPAIGN,
        at=time(campaign.send_time or campaign.create_time),
        status=DRAFT if campaign.status == CampaignStatus.SAVE else campaign.status,
        to=str(audience.settings["name"]) if audience else list_id,
        subject=str(campaign.settings.get("subject_line") or campaign.settings.get("title") or ""),
        text=str(campaign.content.get("plain_text") or ""),
        service=account.account_id,
        service_name=account.name,
        source=campaign,
        read=campaign.read,
    )


def time(text: str) -> datetime:
    """A time that a message or campaign holds, as UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
