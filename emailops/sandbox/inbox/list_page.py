"""The list: a form that searches and filters, and a line an entry. Complete without scripts.

inbox.js keeps what is marked data-live fresh, searches while one types, and adds the keyboard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emailops.sandbox.holding.service import KeyKind, MessageStatus
from emailops.sandbox.inbox.document import here
from emailops.sandbox.inbox.entries import (
    DRAFT,
    FIELDS,
    FILTERS,
    EntryList,
    EntryProvider,
    EntryType,
    InboxEntry,
    Query,
)
from emailops.sandbox.inbox.html import Html, shortened, tag
from emailops.sandbox.inbox.page import LONGEST_SUBJECT, TYPE_WORDS, clock, extended, marks, narrowed, standing, whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from emailops.sandbox.holding.holdings import Holdings
    from emailops.sandbox.serving.wire import Call

_SNIPPET = 200
_STATUSES = (
    MessageStatus.CREATED,
    MessageStatus.SENDING,
    MessageStatus.PENDING,
    MessageStatus.SENT,
    MessageStatus.DELIVERED,
    MessageStatus.PERMANENT_FAILURE,
    MessageStatus.TEMPORARY_FAILURE,
    MessageStatus.TECHNICAL_FAILURE,
    DRAFT,
)
_LABELS = {
    "provider": "Provider",
    "key": "Key",
    "type": "Type",
    "status": "Status",
    "service": "Service",
    "read": "Read",
}


def listing(holdings: Holdings, call: Call, query: Query, found: EntryList) -> Html:
    shown = narrowed(call)
    rows = [_row(entry, call.now, shown) for entry in found.entries]
    empty = _nothing_found() if query.narrows else _nothing_yet(call)
    older = f"/{extended(shown, older_than=found.entries[-1].id)}" if found.has_older else None
    return whole(
        f"({found.total:,}) · Sandbox inbox",
        tag("h1", "Messages", class_="unseen"),
        _form(holdings, call),
        tag(
            "section",
            tag(
                "p",
                tag("strong", f"{found.total:,}"),
                f" {'message' if found.total == 1 else 'messages'}{' found' if query.narrows else ''}",
                tag("a", "Show all", href="/") if query.narrows else None,
                class_="count",
            ),
            tag("ol", *rows, class_="entries") if rows else empty,
            tag(
                "nav",
                tag("a", "← Newest", href=f"/{shown}") if query.older_than else None,
                tag("a", f"Older than these {len(rows)} →", href=older) if older else None,
                aria_label="Pages",
            )
            if older or query.older_than
            else None,
            id="list",
            data_live=True,
            aria_label="Messages",
        ),
    )


def _form(holdings: Holdings, call: Call) -> Html:
    services = {service.id: service.name for service in holdings.services.values()}
    services |= {account.account_id: account.name for account in holdings.accounts.values()}
    choices: dict[str, dict[str, str]] = {
        "provider": {EntryProvider.NOTIFY: "Notify", EntryProvider.MAILCHIMP: "Mailchimp"},
        "key": {kind: f"{kind} key" for kind in KeyKind},
        "type": {entry_type.value: words for entry_type, words in TYPE_WORDS.items()},
        "status": {status: status for status in _STATUSES},
        "service": services,
        "read": {"false": "unread", "true": "read"},
    }
    search = tag(
        "label",
        tag("span", "Search", class_="unseen"),
        tag("input", type="search", name="q", value=call.last("q"), placeholder="Search", autocomplete="off"),
        class_="search",
    )
    exact = [
        tag("input", type="hidden", name=name, value=call.last(name))
        for name in FIELDS
        if name not in FILTERS and call.last(name)
    ]
    return tag(
        "form",
        search,
        *(_choice(name, choices[name], call.last(name)) for name in FILTERS),
        *exact,
        tag("button", "Search", type="submit"),
        role="search",
        id="search",
        action="/",
        title="Recipient, subject, text, reference or template",
    )


def _choice(name: str, choices: dict[str, str], chosen: str) -> Html:
    options = [tag("option", f"{_LABELS[name]}: any", value="")]
    options += [
        tag("option", shortened(words, 40), value=value, selected=value == chosen) for value, words in choices.items()
    ]
    return tag("label", tag("span", _LABELS[name], class_="unseen"), tag("select", *options, name=name))


def _row(entry: InboxEntry, now: datetime, search: str) -> Html:
    subject = shortened(entry.subject, LONGEST_SUBJECT) if entry.subject else tag("span", "No subject", class_="dim")
    link = tag("a", subject, href=entry.path + search, class_="subject")
    text = shortened(" ".join(entry.text[: _SNIPPET * 4].split()), _SNIPPET)
    # A text that begins with the subject, as that of a template made on first sight, would say it twice.
    snippet = tag("span", text.removeprefix(entry.subject).lstrip(), class_="snippet")
    if entry.type == EntryType.SMS:
        link, snippet = tag("a", text or "Empty", href=entry.path + search, class_="subject"), Html()
    to = shortened(entry.original or entry.to, 120)
    instead = tag("span", f" → {shortened(entry.to, 120)}", class_="dim") if entry.original else None
    return tag(
        "li",
        tag("bdi", None if entry.read else tag("span", "Unread: ", class_="unseen"), to, instead, class_="to"),
        tag("span", link, " ", snippet, class_="what"),
        tag("span", *marks(entry), class_="marks"),
        standing(entry),
        clock(entry.at, now),
        id=f"entry-{entry.id}",
        class_=None if entry.read else "unread",
    )


def _nothing_yet(call: Call) -> Html:
    return tag(
        "div",
        tag("p", "Nothing was sent yet. Messages appear here as they are sent."),
        tag("dl", *_addresses(call)),
        class_="empty",
    )


def _addresses(call: Call) -> Iterator[Html]:
    for name, url in (("Notify's clients", here(call)), ("Mailchimp's clients", f"{here(call)}/3.0/")):
        yield tag("dt", f"Base URL for {name}")
        yield tag("dd", tag("code", url))


def _nothing_found() -> Html:
    return tag("div", tag("p", "Nothing fits this search. ", tag("a", "Show all", href="/")), class_="empty")
