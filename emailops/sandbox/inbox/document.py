"""The inbox as JSON, for the tests of an app: the same entries, found with the same query."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from emailops.phone_numbers import UK, InvalidPhoneNumber, read_phone_number
from emailops.sandbox.holding.account import Campaign
from emailops.sandbox.holding.service import Message
from emailops.sandbox.inbox.entries import EntryType
from emailops.sandbox.notify.fragments import parts_of
from emailops.sandbox.notify.markdown import as_html
from emailops.sandbox.notify.progress import history

if TYPE_CHECKING:
    from datetime import datetime

    from emailops.sandbox.inbox.entries import InboxEntry
    from emailops.sandbox.serving.wire import Call


def document(entry: InboxEntry, call: Call) -> dict[str, Any]:
    shared = {
        "id": entry.id,
        "url": f"{here(call)}{entry.path}",
        "provider": entry.provider,
        "type": entry.type,
        "status": entry.status,
        "read": entry.read,
        "at": stamp(entry.at),
        "to": entry.to,
        "subject": entry.subject,
        "text": entry.text,
        "html": markup(entry),
    }
    source = entry.source
    return shared | (_campaign(source) if isinstance(source, Campaign) else _message(entry, source, call.now))


def here(call: Call) -> str:
    """Where the sandbox is for whoever asks: it may listen on every address of this machine."""
    host = call.headers.get("host")
    return f"http://{host}" if host else call.base_url


def markup(entry: InboxEntry) -> str:
    """What a mail program would show; empty where there is nothing but text. Never to be put into a page."""
    if isinstance(entry.source, Campaign):
        return str(entry.source.content.get("html") or "")
    return as_html(entry.text) if entry.type == EntryType.EMAIL else ""


def cost_units(message: Message) -> int | None:
    """What a text message costs: a unit a part. Abroad each country has a rate, which the sandbox does not know."""
    with suppress(InvalidPhoneNumber):  # a state that somebody wrote may hold anything
        if read_phone_number(message.recipient).country != UK:
            return None
    return parts_of(message.body)


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _message(entry: InboxEntry, message: Message, now: datetime) -> dict[str, Any]:
    return {
        "original": message.original,
        "redirected": entry.is_redirected,
        "key": message.key,
        "service": {"id": message.service, "name": entry.service_name},
        "sender": message.sender,
        "reply_to": message.reply_to,
        "template": {"id": message.template_id, "name": entry.template_name, "version": message.template_version},
        "personalisation": message.personalisation,
        "reference": message.reference,
        "one_click_unsubscribe_url": message.one_click_unsubscribe_url,
        "history": [{"status": event.status, "at": stamp(event.at)} for event in history(message, now)],
        "callbacks": [asdict(report) for report in message.reports],
        **({"parts": parts_of(message.body), "cost_units": cost_units(message)} if entry.type == EntryType.SMS else {}),
    }


def _campaign(campaign: Campaign) -> dict[str, Any]:
    return {
        "audience": campaign.recipients.get("list_id"),
        "settings": campaign.settings,
        "created_at": campaign.create_time,
        "sent_to": campaign.sent_to,
        "tests": campaign.tests,
    }
