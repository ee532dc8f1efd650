"""Texts with {COLUMN} in them, and the forms in which a value is written: {COLUMN:FORM}.

A pattern is compiled once and filled for each recipient, so what it costs a row counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from emailops.declaration.mailings import PLACEHOLDER
from emailops.declaration.names import near
from emailops.errors import InvalidInput

Row = Mapping[str, Any]
Filled = Callable[[Row], str]
_A_DAY = len("2026-01-31")
Form = Callable[[Any, "LocalTime"], str]


class Unfilled(Exception):
    """A row has no value for a pattern; `column` is the one that is missing."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


class LocalTime:
    """The day of a run and the zone of its times. `today` is the day in UTC that the run takes as today."""

    def __init__(self, now: datetime, today: date, timezone: str) -> None:
        """Raises InvalidInput for a zone that there is not."""
        try:
            self.zone = ZoneInfo(timezone or "UTC")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise InvalidInput(f"there is no time zone {timezone!r}", "write it such as Europe/London") from None
        self.today = now.astimezone(self.zone).date() + (today - now.astimezone(UTC).date())

    def local(self, value: Any) -> datetime:
        """A time as an API writes it, in the zone; one without an offset is in UTC, and a day is the zone's own.

        Raises ValueError.
        """
        text = str(value)
        time = datetime.fromisoformat(text)
        if time.tzinfo is None:
            time = time.replace(tzinfo=self.zone if len(text) == _A_DAY else UTC)
        return time.astimezone(self.zone)

    def is_recent(self, value: Any, days: int) -> bool:
        """Whether it is a day, or a time, of today or of so many days before."""
        try:
            return 0 <= (self.today - self.local(value).date()).days <= days
        except ValueError:
            return False


def compiled(pattern: str, when: LocalTime) -> Filled:
    """What fills the pattern from a row. It raises Unfilled; this raises InvalidInput for a form that there is not."""
    parts = PLACEHOLDER.split(pattern)
    if len(parts) == 1:
        return lambda _: pattern
    fillings = [_filling(name, when) for name in parts[1::2]]
    if len(parts) == 3 and not parts[0] and not parts[2]:
        return fillings[0]
    texts = parts[::2]

    def fill(row: Row) -> str:
        filled = [text + filling(row) for text, filling in zip(texts, fillings, strict=False)]
        return "".join(filled) + texts[-1]

    return fill


def words_of_day(day: date) -> dict[str, str]:
    """What a subject or a title can say of a day."""
    return {"day": f"{day:%d}", "month": f"{day:%B}", "weekday": f"{day:%A}", "year": f"{day:%Y}"}


def _filling(name: str, when: LocalTime) -> Filled:
    column, colon, form = name.partition(":")
    get = itemgetter(column)

    def plain(row: Row) -> str:
        try:
            value = get(row)
        except KeyError:
            raise Unfilled(column) from None
        if value.__class__ is str:
            return str(value)
        if value is None:
            raise Unfilled(column)
        return _text(value)

    if not colon:
        return plain
    if form not in FORMS:
        close = near(form, FORMS)
        remedy = f"did you mean {close}?" if close else f"write one of {', '.join(FORMS)}"
        raise InvalidInput(f"there is no form {form!r}, as in {{{name}}}", remedy)
    write = FORMS[form]

    def formed(row: Row) -> str:
        if row.get(column) is None:
            raise Unfilled(column)
        try:
            return write(row[column], when)
        except ValueError:
            raise Unfilled(name) from None

    return formed


def _text(value: Any) -> str:
    """JSON's words for what is not text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        raise Unfilled("a mapping or a list")
    return str(value)


def _day(value: Any, when: LocalTime) -> str:
    time = when.local(value)
    return f"{time:%A} {time.day} {time:%B %Y}"


def _time(value: Any, when: LocalTime) -> str:
    return _clock(when.local(value), minutes=True)


def _day_and_time(value: Any, when: LocalTime) -> str:
    return f"{_day(value, when)} at {_time(value, when)}"


def _today(value: Any, when: LocalTime) -> str:
    """Only of a full hour of the day itself: whoever sends the mail on another day has no value for it."""
    time = when.local(value)
    if time.date() != when.today or (time.minute, time.second, time.microsecond) != (0, 0, 0):
        raise ValueError("another day")
    return f"Today at {_clock(time, minutes=False)}"


def _clock(time: datetime, *, minutes: bool) -> str:
    hour = f"{time.hour % 12 or 12}{f':{time:%M}' if minutes else ''}"
    return f"{hour}{'am' if time.hour < 12 else 'pm'} {time:%Z}"


def _is_so(value: Any) -> bool:
    return str(value).strip().casefold() in ("true", "yes", "1")


FORMS: dict[str, Form] = {
    "date": _day,
    "datetime": _day_and_time,
    "time": _time,
    "time-today": _today,
    "day": lambda value, when: f"{when.local(value).day} {when.local(value):%B}",
    "yes-no": lambda value, _: "yes" if _is_so(value) else "no",
    "no-yes": lambda value, _: "no" if _is_so(value) else "yes",
}
"""How a value can be written, by name."""
