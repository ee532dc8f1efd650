"""Messages and what became of them, as text, JSON and CSV. Whom they went to shows only where somebody asks for it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from emailops.private import Address
from emailops.questions.log_hash import LogHashes, queries
from emailops.questions.log_lines import LogLine
from emailops.render.console import Line
from emailops.render.escape import one_line
from emailops.render.words import counted
from emailops.spreadsheet import is_formula

if TYPE_CHECKING:
    # They need a database's library, and `messages hash` does not.
    from emailops.tasks.found_messages import FoundMessage, FoundMessages
    from emailops.tasks.message_campaigns import Campaign

_MOST = 200
MESSAGE_COLUMNS = (
    *("id", "created", "type", "status", "template", "reference", "recipient", "hash", "completed", "told by"),
    *("kind of key", "stages", "complained"),
)


def found_text(found: FoundMessages, *, reveal: bool) -> Iterator[Line]:
    """A line or more a message, the newest first; then who was not asked, and why."""
    for message in found.messages[:_MOST]:
        style = "error" if message.has_failed or message.complained else ""
        told = ", ".join(message.tellers)
        yield (
            style,
            f"{_minute(message.created)}  {message.status}  {message.template}  to {_whom(message, reveal=reveal)}",
        )
        parts = [message.id, f"reference {one_line(message.reference)}" if message.reference else "no reference"]
        yield "faint", f"  {'  '.join([*parts, f'told by {told}'])}"
        if len(message.history) > 1:
            yield "faint", f"  {', then '.join(f'{status} {_minute(at)}' for status, at in message.history)}"
        if message.complained:
            yield "error", f"  marked as spam {_minute(message.complained)}"
    if len(found.messages) > _MOST:
        yield "", f"{counted(len(found.messages) - _MOST, 'more message')}: --format csv has all"
    yield "heading", f"{counted(len(found.messages), 'message')} · asked: {', '.join(found.asked)}"
    for reason in found.unread:
        yield "person", f"not asked: {reason}"
    for note in found.notes:
        yield "", one_line(note)


def found_as_json(found: FoundMessages, *, reveal: bool) -> dict[str, Any]:
    """{"messages": [...], "asked": [...], "unread": [...], "notes": [...]}."""
    return {
        "messages": [_message(message, reveal=reveal) for message in found.messages],
        "asked": list(found.asked),
        "unread": list(found.unread),
        "notes": list(found.notes),
    }


def found_csv(found: FoundMessages, *, reveal: bool) -> str:
    """A header, and a row a message. No cell begins as a formula does."""
    rows = (
        [_cell(_message(message, reveal=reveal)[column]) for column in MESSAGE_COLUMNS] for message in found.messages
    )
    return _csv(MESSAGE_COLUMNS, rows)


def shown_text(message: FoundMessage, subject: str, body: str, *, reveal: bool) -> Iterator[Line]:
    """One message as it was sent."""
    yield "heading", f"{message.status} · {message.template} · {_minute(message.created)} · {message.kind} key"
    yield "", f"To: {_whom(message, reveal=reveal)}"
    if subject:
        yield "", f"Subject: {one_line(subject)}"
    yield "", ""
    for line in body.splitlines():
        yield "", one_line(line)


def shown_as_json(message: FoundMessage, subject: str, body: str, *, reveal: bool) -> dict[str, Any]:
    return {**_message(message, reveal=reveal), "subject": subject, "body": body}


def hashes_text(hashes: LogHashes) -> Iterator[Line]:
    """The hashes that logs hold, and a query to paste for each log aggregator."""
    for digest in hashes.digests:
        yield "", digest
    if hashes.member:
        yield "", f"{hashes.member}      Mailchimp's id of the member"
    for aggregator, query in queries(hashes.all).items():
        yield "heading", aggregator
        yield "", f"  {query}"


def hashes_as_json(hashes: LogHashes) -> dict[str, Any]:
    """{"digests": [...], "member", "queries": {aggregator: query}}."""
    return {"digests": list(hashes.digests), "member": hashes.member, "queries": dict(queries(hashes.all))}


def log_text(lines: Sequence[LogLine]) -> Iterator[Line]:
    """What each line says, in the order of the log."""
    for line in lines:
        said = "  ".join(filter(None, (line.at, line.event, one_line(line.reference), one_line(line.said))))
        yield "error" if line.event == "address in clear" else "", f"{line.number}: {said}"
    yield "heading", counted(len(lines), "line")


def log_as_json(lines: Sequence[LogLine]) -> list[dict[str, Any]]:
    return [{name: getattr(line, name) for name in LOG_COLUMNS} for line in lines]


LOG_COLUMNS = ("number", "at", "event", "reference", "said")


def log_csv(lines: Sequence[LogLine]) -> str:
    return _csv(LOG_COLUMNS, ([_cell(getattr(line, name)) for name in LOG_COLUMNS] for line in lines))


CAMPAIGN_COLUMNS = ("sent", "title", "subject", "audience", "emails", "opens", "clicks", "id")


def campaigns_text(campaigns: Sequence[Campaign]) -> Iterator[Line]:
    """A line or two a campaign, the newest first."""
    for campaign in campaigns:
        yield (
            "",
            f"{campaign.sent[:16].replace('T', ' ')}  {one_line(campaign.title)}  to {one_line(campaign.audience)}",
        )
        counts = f"{counted(campaign.emails, 'email')}, {campaign.opens} opened, {campaign.clicks} clicked"
        yield "faint", f"  {one_line(campaign.subject)}  {counts}"
    yield "heading", counted(len(campaigns), "campaign")


def campaigns_as_json(campaigns: Sequence[Campaign]) -> list[dict[str, Any]]:
    return [{name: getattr(campaign, name) for name in CAMPAIGN_COLUMNS} for campaign in campaigns]


def campaigns_csv(campaigns: Sequence[Campaign]) -> str:
    return _csv(CAMPAIGN_COLUMNS, ([_cell(getattr(each, name)) for name in CAMPAIGN_COLUMNS] for each in campaigns))


def _message(message: FoundMessage, *, reveal: bool) -> dict[str, Any]:
    return {
        "id": message.id,
        "created": message.created.isoformat(),
        "type": message.type,
        "status": message.status,
        "template": message.template,
        "reference": message.reference,
        "recipient": _whom(message, reveal=reveal),
        "hash": message.recipient,
        "completed": message.completed.isoformat() if message.completed else None,
        "told by": list(message.tellers),
        "kind of key": message.kind,
        "stages": list(message.stages),
        "complained": message.complained.isoformat() if message.complained else None,
        "history": [{"status": status, "at": at.isoformat()} for status, at in message.history],
    }


def _whom(message: FoundMessage, *, reveal: bool) -> str:
    if message.address is None:
        return f"somebody whose hash is {message.recipient}"
    return message.address.reveal() if reveal else masked(message.address)


def masked(recipient: Address) -> str:
    """Enough to know it again for who knows it: a letter and the domain, or the last three digits."""
    local, at, domain = recipient.reveal().rpartition("@")
    return f"{local[:1]}***@{domain}" if at else f"***{recipient.reveal().strip()[-3:]}"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _cell(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return f"'{text}" if is_formula(text) else text


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return file.getvalue().rstrip("\n")
