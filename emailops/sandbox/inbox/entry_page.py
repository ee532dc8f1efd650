"""One message or campaign: its text, its HTML in a frame, and everything that is known of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emailops.sandbox.holding.account import Campaign
from emailops.sandbox.holding.service import Message, TemplateType
from emailops.sandbox.inbox.document import cost_units, here, markup
from emailops.sandbox.inbox.entries import EntryType, time
from emailops.sandbox.inbox.html import Html, joined, linked, plain, shortened, tag
from emailops.sandbox.inbox.page import LONGEST_SUBJECT, clock, counted, marks, narrowed, standing, whole
from emailops.sandbox.notify.fragments import parts_of
from emailops.sandbox.notify.progress import history

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from emailops.sandbox.holding.holdings import Holdings
    from emailops.sandbox.inbox.entries import InboxEntry
    from emailops.sandbox.serving.wire import Call

SHOWN_RECIPIENTS = 50


def single(
    holdings: Holdings, call: Call, entry: InboxEntry, newer: InboxEntry | None, older: InboxEntry | None
) -> Html:
    search = narrowed(call)
    subject = entry.subject or "No subject"
    if entry.type == EntryType.SMS:
        subject = f"Text message to {entry.to}"
    content = markup(entry)
    return whole(
        f"{shortened(subject, 80)} · Sandbox inbox",
        tag(
            "nav",
            tag("a", "← Inbox", href=f"/{search}", data_key="u"),
            tag("span", class_="gap"),
            tag("a", "Newer", href=newer.path + search, rel="prev", data_key="k") if newer else None,
            tag("a", "Older", href=older.path + search, rel="next", data_key="j") if older else None,
            class_="bar",
            aria_label="Messages",
        ),
        tag(
            "article",
            tag("h1", shortened(subject, LONGEST_SUBJECT)),
            tag("p", *marks(entry), standing(entry), class_="marks", id="marks", data_live=True),
            tag(
                "div", _button(entry, "unread", "Mark as unread"), _button(entry, "delete", "Delete"), class_="actions"
            ),
            tag(
                "div",
                tag("div", *_contents(entry, content), class_="contents"),
                tag("div", *_about(holdings, call, entry), class_="about"),
                class_="columns",
            ),
        ),
    )


def _button(entry: InboxEntry, action: str, words: str) -> Html:
    return tag("form", tag("button", words, type="submit"), method="post", action=f"{entry.path}/{action}")


def _contents(entry: InboxEntry, content: str) -> Iterator[Html]:
    if len(entry.subject) > LONGEST_SUBJECT:
        yield tag(
            "section",
            tag("h2", f"Subject, {len(entry.subject):,} characters"),
            tag("div", entry.subject, class_="text"),
        )
    if entry.type == EntryType.SMS or entry.text or not content:
        heading = {EntryType.SMS: "Text message", EntryType.EMAIL: "Text"}.get(entry.type, "Plain text")
        text = linked(entry.text) if entry.text else tag("span", "Empty", class_="dim")
        yield tag("section", tag("h2", heading), tag("div", text, class_="text"))
    if content:
        frame = tag(
            "iframe",
            src=f"{entry.path}/html",
            sandbox="allow-popups allow-popups-to-escape-sandbox",
            title="The message as HTML",
            loading="lazy",
        )
        note = tag("span", " no scripts, nothing fetched", class_="dim")
        yield tag("section", tag("h2", "HTML", note), frame)


def _about(holdings: Holdings, call: Call, entry: InboxEntry) -> Iterator[Html]:
    source = entry.source
    if isinstance(source, Campaign):
        yield _facts("Campaign", _campaign_facts(entry, source, call))
        yield _recipients(source)
        if source.tests:
            yield _tests(source, call.now)
        return
    yield _facts("Message", _message_facts(holdings, call, entry, source))
    yield _history(source, call.now)
    yield _reports(source, call.now)
    values = [(name, _value(value)) for name, value in source.personalisation.items()]
    if values:
        yield _facts("Personalisation", values)


def _message_facts(holdings: Holdings, call: Call, entry: InboxEntry, message: Message) -> Iterator[tuple[str, Html]]:
    service = holdings.services.get(message.service)
    sender = message.sender or (service.from_address if service and message.type == TemplateType.EMAIL else "")
    if entry.original:
        yield "For", plain(entry.original)
        yield "Redirected to", plain(entry.to)
    else:
        yield "To", plain(entry.to)
        if entry.is_redirected:
            yield (
                "For",
                tag("span", "unknown: redirects go to this address, the sender named no other", class_="dim"),
            )
    if sender:
        yield "From", plain(sender)
    if message.reply_to:
        yield "Reply to", plain(message.reply_to)
    yield "Sent", clock(entry.at, call.now)
    key = joined("a ", tag("strong", message.key), " key")
    if not entry.is_told:
        how = tag("span", "the sandbox was not told it: emailops sandbox --key KEY", class_="dim line")
        key = joined("a key taken for ", tag("strong", message.key), how)
    yield "Provider", joined("GOV.UK Notify, with ", key)
    yield "Service", joined(entry.service_name, " ", tag("code", message.service))
    version = f" version {message.template_version} "
    yield "Template", joined(entry.template_name, version, tag("code", message.template_id))
    yield "Reference", plain(entry.reference) if entry.reference else tag("span", "none", class_="dim")
    if message.type == TemplateType.SMS:
        parts = parts_of(message.body)
        yield "Parts", joined(counted(parts, "part"), ", ", _cost(message, parts))
    if message.one_click_unsubscribe_url:
        yield "Unsubscribe", plain(message.one_click_unsubscribe_url)
    yield from _links(call, entry)


def _cost(message: Message, parts: int) -> Html:
    units = cost_units(message)
    if units is None:
        return tag("span", f"each costs what the country does: {parts} times its rate", class_="dim")
    return plain(counted(units, "cost unit"))


def _campaign_facts(entry: InboxEntry, campaign: Campaign, call: Call) -> Iterator[tuple[str, Html]]:
    settings = campaign.settings
    yield "To", joined(entry.to, " ", tag("code", str(campaign.recipients.get("list_id") or "no audience")))
    yield (
        "From",
        joined(str(settings.get("from_name") or ""), tag("span", str(settings.get("reply_to") or ""), class_="line")),
    )
    yield "Title", plain(str(settings.get("title") or ""))
    yield "Created", clock(time(campaign.create_time), call.now)
    yield "Sent", clock(entry.at, call.now) if campaign.send_time else tag("span", "not yet", class_="dim")
    yield "Provider", joined("Mailchimp, account ", entry.service_name)
    yield from _links(call, entry)


def _links(call: Call, entry: InboxEntry) -> Iterator[tuple[str, Html]]:
    yield "Link", tag("a", f"{here(call)}{entry.path}", href=entry.path, class_="long")
    yield "JSON", tag("a", "The same as JSON", href=f"/__sandbox__/inbox/{entry.id}")


def _recipients(campaign: Campaign) -> Html:
    addresses = campaign.sent_to
    first = [tag("li", address) for address in addresses[:SHOWN_RECIPIENTS]]
    rest = len(addresses) - len(first)
    return tag(
        "section",
        tag("h2", "Recipients ", tag("span", f"{len(addresses):,}", class_="dim")),
        tag("ul", *first, class_="addresses") if first else tag("p", "Sent to nobody.", class_="dim"),
        tag("p", f"and {rest:,} more; the JSON has them all", class_="dim") if rest else None,
    )


def _tests(campaign: Campaign, now: datetime) -> Html:
    rows = [tag("li", tag("span", ", ".join(test["to"])), clock(time(test["at"]), now)) for test in campaign.tests]
    return tag("section", tag("h2", "Test emails"), tag("ol", *rows, class_="events"))


def _history(message: Message, now: datetime) -> Html:
    events = [tag("li", tag("span", event.status), clock(event.at, now)) for event in history(message, now)]
    return tag("section", tag("h2", "Status"), tag("ol", *events, class_="events"), id="history", data_live=True)


def _reports(message: Message, now: datetime) -> Html:
    rows = [
        tag(
            "li",
            tag("span", f"{report.status} → ", _came_of(report.answer, report.failure)),
            clock(time(report.at), now),
            tag("code", report.url, class_="long"),
        )
        for report in message.reports
    ]
    none = tag("p", "None sent.", class_="dim")
    inside = tag("ol", *rows, class_="events") if rows else none
    return tag("section", tag("h2", "Callbacks"), inside, id="callbacks", data_live=True)


def _came_of(answer: int | None, failure: str) -> Html:
    words = failure or (str(answer) if answer is not None else "no answer yet")
    return tag("strong", words, class_="failed" if failure or (answer or 0) >= 400 else None)


def _facts(heading: str, facts: Iterable[tuple[str, Html]]) -> Html:
    rows = [joined(tag("dt", name), tag("dd", value)) for name, value in facts]
    return tag("section", tag("h2", heading), tag("dl", *rows))


def _value(value: Any) -> Html:
    return plain(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
