"""What the inbox lists: Notify's messages and Mailchimp's campaigns, newest first, searched and filtered alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import merge
from itertools import dropwhile, islice
from typing import TYPE_CHECKING

from emailops.sandbox.notify.progress import history

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emailops.sandbox.holding.world import Account, Campaign, Message, World
    from emailops.sandbox.serving.wire import Call

PAGE = 100
FILTERS = ("provider", "key", "type", "status", "service")
FIELDS = (*FILTERS, "to", "subject", "reference", "template")
TYPES = ("email", "sms", "campaign")
_CAMPAIGN_STATUSES = {"save": "draft"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the inbox. `to` is an address, a number or an audience; `original` is whom it was for, if known.

    `service` is the id of the Notify service, or of the Mailchimp account; `key` is the kind of the key, if any, and
    `is_told` whether the sandbox knows it, and does not just take it for a live one.
    """

    id: str
    provider: str
    type: str
    at: datetime
    status: str
    to: str
    subject: str
    text: str
    service: str
    service_name: str
    source: Message | Campaign
    original: str = ""
    is_redirected: bool = False
    key: str = ""
    is_told: bool = True
    reference: str = ""
    template: str = ""
    template_name: str = ""

    @property
    def path(self) -> str:
        return f"/{'campaigns' if self.type == 'campaign' else 'messages'}/{self.id}"


@dataclass(frozen=True, slots=True)
class Query:
    """Each of `words` occurs in a text of the entry or is an id of it; each of `fields` is one of its values."""

    words: tuple[str, ...]
    fields: Mapping[str, str]
    older_than: str = ""

    @property
    def narrows(self) -> bool:
        return bool(self.words or self.fields)

    def fits(self, entry: Entry) -> bool:
        if any(wanted not in _values(entry, name) for name, wanted in self.fields.items()):
            return False
        if not self.words:
            return True
        texts = (entry.to, entry.original, entry.subject, entry.text, entry.reference, entry.template_name)
        text = "\n".join(texts).casefold()
        return all(word in text or word in (entry.id, entry.template) for word in self.words)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of entries, and of how many; `has_older` where it is not the last one."""

    entries: list[Entry]
    total: int
    has_older: bool


def asked(call: Call) -> Query:
    fields = {name: value.casefold() for name in FIELDS if (value := call.last(name).strip())}
    return Query(tuple(call.last("q").casefold().split()), fields, call.last("older_than"))


def find(world: World, query: Query, now: datetime, count: int = PAGE) -> Found:
    """At most `count` entries that fit, older than the one that the query names."""
    every = newest_first(world, now)
    if query.narrows:
        fitting = [entry for entry in every if query.fits(entry)]
        total, every = len(fitting), iter(fitting)
    else:
        total = len(world.messages) + sum(len(account.campaigns) for account in world.accounts)
    if query.older_than:
        every = islice(dropwhile(lambda entry: entry.id != query.older_than, every), 1, None)
    page = list(islice(every, count + 1))
    return Found(page[:count], total, len(page) > count)


def one(world: World, entry_id: str, now: datetime) -> Entry | None:
    if message := world.messages.get(entry_id):
        return _of_message(world, message, _template_names(world), now)
    return next((entry for entry in _campaigns(world) if entry.id == entry_id), None)


def around(world: World, query: Query, entry: Entry, now: datetime) -> tuple[Entry | None, Entry | None]:
    """The next newer and the next older entry among those that fit."""
    newer = None
    every = (one for one in newest_first(world, now) if one.id == entry.id or query.fits(one))
    for candidate in every:
        if candidate.id == entry.id:
            return newer, next(every, None)
        newer = candidate
    return None, None


def newest_first(world: World, now: datetime) -> Iterator[Entry]:
    names = _template_names(world)
    messages = (_of_message(world, message, names, now) for message in reversed(world.messages.values()))
    campaigns = sorted(_campaigns(world), key=lambda entry: entry.at, reverse=True)
    return merge(messages, campaigns, key=lambda entry: entry.at, reverse=True)


def _values(entry: Entry, name: str) -> tuple[str, ...]:
    values = {
        "to": (entry.to, entry.original),
        "template": (entry.template, entry.template_name),
        "service": (entry.service, entry.service_name),
    }
    return tuple(value.casefold() for value in values.get(name) or (getattr(entry, name),))


def _template_names(world: World) -> dict[str, str]:
    return {template.id: template.name for service in world.services.values() for template in service.templates}


def _of_message(world: World, message: Message, template_names: Mapping[str, str], now: datetime) -> Entry:
    service = world.services.get(message.service)
    redirects = {address.casefold() for address in service.redirects_to} if service else set()
    return Entry(
        id=message.id,
        provider="notify",
        type=message.type,
        at=time(message.created_at),
        status=history(message, now)[-1].status,
        to=message.recipient,
        subject=message.subject or "",
        text=message.body,
        service=message.service,
        service_name=service.name if service else "",
        source=message,
        original=message.original or "",
        is_redirected=bool(message.original) or message.recipient.casefold() in redirects,
        key=message.key,
        is_told=service is None or not service.made or any(key.kind == message.key for key in service.keys),
        reference=message.reference or "",
        template=message.template_id,
        template_name=template_names.get(message.template_id, ""),
    )


def _campaigns(world: World) -> Iterator[Entry]:
    return (_of_campaign(account, campaign) for account in world.accounts for campaign in account.campaigns.values())


def _of_campaign(account: Account, campaign: Campaign) -> Entry:
    list_id = str(campaign.recipients.get("list_id") or "")
    audience = account.audiences.get(list_id)
    return Entry(
        id=campaign.id,
        provider="mailchimp",
        type="campaign",
        at=time(campaign.send_time or campaign.create_time),
        status=_CAMPAIGN_STATUSES.get(campaign.status, campaign.status),
        to=str(audience.settings["name"]) if audience else list_id,
        subject=str(campaign.settings.get("subject_line") or campaign.settings.get("title") or ""),
        text=str(campaign.content.get("plain_text") or ""),
        service=account.account_id,
        service_name=account.name,
        source=campaign,
    )


def time(text: str) -> datetime:
    """A time that a message or campaign holds, as UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)
