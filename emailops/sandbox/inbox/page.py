"""What every page of the inbox has around it, and the two pages that show no message."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from emailops.sandbox.holding.service import FAILURES, MessageStatus
from emailops.sandbox.inbox.entries import FIELDS, EntryType, InboxEntry
from emailops.sandbox.inbox.html import Html, joined, tag

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from emailops.sandbox.holding.holdings import Holdings
    from emailops.sandbox.serving.wire import Call

TYPE_WORDS = {EntryType.EMAIL: "email", EntryType.SMS: "text message", EntryType.CAMPAIGN: "campaign"}
LONGEST_SUBJECT = 300
_KEYS = (("j k ↓ ↑", "next, previous"), ("Enter", "open"), ("/", "search"), ("u", "back to the list"))


def whole(title: str, *main: str | None) -> Html:
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("link", rel="icon", href="/inbox.svg", type="image/svg+xml"),
        tag("link", rel="stylesheet", href="/inbox.css"),
        tag("script", src="/inbox.js", defer=True),
    )
    keys = [joined(tag("dt", *_keys(keys)), tag("dd", does)) for keys, does in _KEYS]
    body = tag(
        "body",
        tag("a", "Skip to the messages", href="#main", class_="skip"),
        tag(
            "header",
            tag("a", "Sandbox inbox", href="/", class_="name"),
            tag("span", "Nothing here was delivered to anyone", class_="aside"),
            tag("span", id="alive", role="status"),
            tag("a", "Delete all", href="/delete"),
        ),
        tag("main", *main, id="main", tabindex="-1"),
        tag(
            "footer",
            tag("dl", *keys, class_="keys"),
            tag("p", "Times are UTC. ", tag("a", "The same as JSON", href="/__sandbox__/inbox")),
        ),
        tag("p", id="news", aria_live="polite", class_="unseen"),
    )
    return Html(f"<!doctype html>\n{tag('html', head, body, lang='en')}\n")


def deletion(holdings: Holdings) -> Html:
    campaigns = sum(len(account.campaigns) for account in holdings.accounts.values())
    what = f"{counted(len(holdings.messages), 'message')} and {counted(campaigns, 'campaign')}"
    return whole(
        "Delete all · Sandbox inbox",
        tag(
            "form",
            tag("h1", "Delete all?"),
            tag("p", f"{what} will be gone, for the providers' APIs too. Templates, audiences and members stay."),
            tag(
                "p",
                tag("button", "Delete all", type="submit", class_="danger"),
                tag("a", "Keep them", href="/", class_="button"),
            ),
            method="post",
            action="/delete",
            class_="question",
        ),
    )


def refusal(reason: str) -> Html:
    said = tag("h1", f"{reason[:1].upper()}{reason[1:]}.")
    return whole("Sandbox inbox", tag("div", said, tag("p", tag("a", "Inbox", href="/")), class_="question"))


def marks(entry: InboxEntry) -> list[Html]:
    """What is special about a message, in words; colours only repeat them."""
    found = [tag("span", "redirected", class_="mark redirected")] if entry.is_redirected else []
    if entry.type != EntryType.EMAIL:
        found.append(tag("span", TYPE_WORDS[entry.type], class_="mark"))
    if entry.key:
        words = f"{entry.key} key" if entry.is_told else f"taken for {entry.key}"
        found.append(tag("span", words, class_=f"mark key-{entry.key}"))
    return found


def standing(entry: InboxEntry) -> Html:
    return tag("span", entry.status, class_=f"status {_outcome(entry.status)}")


def clock(at: datetime, now: datetime) -> Html:
    """The time of day; with the day, unless it is today."""
    words = f"{at:%H:%M:%S}" if at.date() == now.date() else f"{at.day} {at:%b %Y %H:%M:%S}"
    return tag("time", words, datetime=at.isoformat())


def counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' * (number != 1)}"


def narrowed(call: Call) -> str:
    """The query string that keeps a search while its entries are read one after the other."""
    return extended("", **{name: call.last(name) for name in ("q", *FIELDS)})


def extended(search: str, **more: str) -> str:
    added = urlencode({name: value for name, value in more.items() if value}, errors="replace")
    return f"{search}&{added}" if search and added else f"?{added}" if added else search


def _keys(keys: str) -> Iterator[Html]:
    return (tag("kbd", key) for key in keys.split())


def _outcome(status: str) -> str:
    if status in FAILURES:
        return "failed"
    return "done" if status in (MessageStatus.DELIVERED, MessageStatus.SENT) else "moving"
