"""What lines of a log say of messages: of the receiver of callbacks, of the service's clients, and of ours.

A line is text, or JSON with the text in one of its fields. It is looked at only where it holds one of the texts that
are looked for, so that a log of gigabytes is read as fast as it comes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import islice
from typing import Any

from emailops.dataclass import dataclass
from emailops.private import hide_all

_HASH = r"(?P<hash>[\w-]{43}=|[0-9a-f]{32})"
_FORMS = (
    (r"Notify callback: (?P<event>[a-z-]+): (?P<reference>.*) to " + _HASH, ""),
    (rf"User account disabled for {_HASH} after Notify reported", "account disabled"),
    (r"Notify failed to deliver (?P<reference>.*) to " + _HASH, "not delivered"),
    (r"Message with reference (?P<reference>.*) to " + _HASH + " was sent before", "sent before"),
    (r"Message with reference (?P<reference>.*) to " + _HASH + " was sent", "sent"),
    (r"Message with reference (?P<reference>.*) to " + _HASH + r": (?P<why>\w+)", "not sent"),
    (r"Email with reference '(?P<reference>.*)' sent to Notify successfully", "sent"),
    (r"Email with reference '(?P<reference>.*)' has already been sent", "sent before"),
    (r"Error sending email: (?P<why>.*)", "not sent"),
    (rf"\[DRY RUN\] Would send notification to {_HASH}", "dry run"),
    (rf"Failed sending to {_HASH}: (?P<why>.*)", "not sent"),
    (rf"Mailchimp failed to add user \({_HASH}\) to list \((?P<why>\w+)\)", "not subscribed"),
    (rf"Mailchimp cannot automatically subscribe user \({_HASH}\) to list \((?P<why>\w+)\)", "not subscribed"),
    (rf"User \({_HASH}\) not found in list \((?P<why>\w+)\)", "not in the audience"),
)
_KNOWN = tuple((re.compile(form), event) for form, event in _FORMS)
_TEXTS = ("message", "msg", "@message", "log", "text")
_TIMES = ("@timestamp", "timestamp", "time", "asctime", "ts")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?")
_LONGEST = 200
_AT_ONCE = 1000


class LogEvent(StrEnum):
    """What a line says where no status of Notify's does."""

    named = "named"
    in_clear = "address in clear"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a log. `event` is a status of Notify's or what happened; `said` is what else it says, masked."""

    number: int
    at: str
    event: str
    reference: str
    said: str


def search(lines: Iterable[bytes], wanted: Iterable[str], address: str = "") -> Iterator[LogLine]:
    """Each line that holds one of the texts, or the address itself, which no log should."""
    needles = [text.encode() for text in wanted]
    clear = address.encode().lower()

    def holds(text: bytes) -> bool:
        return any(needle in text for needle in needles) or is_clear(text)

    def is_clear(text: bytes) -> bool:
        return bool(clear) and clear in text.lower()

    source, first = iter(lines), 1
    while block := list(islice(source, _AT_ONCE)):
        # Of many lines at once it is soon told that none of them is it.
        if holds(b"".join(block)):
            for number, line in enumerate(block, first):
                if holds(line):
                    yield _read(number, line.decode("utf-8", "replace").strip(), is_clear=is_clear(line))
        first += len(block)


def _read(number: int, line: str, *, is_clear: bool) -> LogLine:
    document = _document(line)
    text = _field(document, _TEXTS) or line
    time = _TIME.search(_field(document, _TIMES) or line)
    at = time[0].replace("T", " ") if time else ""
    for form, event in _KNOWN:
        if told := form.search(text):
            parts = {"reference": "", "why": "", "event": event, **told.groupdict()}
            said = LogEvent.in_clear if is_clear else hide_all(parts["why"] or "")[:_LONGEST]
            return LogLine(number, at, parts["event"], hide_all(_some(parts["reference"])), said)
    reference = hide_all(_some(_field(document, ("reference",))))
    event = LogEvent.in_clear if is_clear else LogEvent.named
    return LogLine(number, at, event, reference, hide_all(text)[:_LONGEST])


def _some(reference: str | None) -> str:
    """A callback of a message without one is logged with the word for nothing."""
    return "" if reference in (None, "None") else str(reference)


def _document(line: str) -> Any:
    """What a line of JSON holds, also behind the time that a shipper put before it."""
    begins = line.find("{")
    try:
        return json.loads(line[begins:]) if begins >= 0 else None
    except (ValueError, RecursionError):
        return None


def _field(document: Any, names: Iterable[str]) -> str:
    """The first of these fields that is a text, of the document or one level below."""
    tables = [document, *document.values()] if isinstance(document, dict) else []
    for table in tables:
        for name in names:
            if isinstance(table, dict) and isinstance(table.get(name), str | int | float):
                return str(table[name])
    return ""
