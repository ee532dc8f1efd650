"""Mailings: what is sent to many, from which source, to whom, and who may run it at which stages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from emailops.dataclass import dataclass
from emailops.declaration.values import Table, is_true
from emailops.declaration.vocabulary import ApplyFrom, FrameworkStatus, MailingKind, word
from emailops.resource import Place

ADDRESS = "email address"
"""The column that Notify's own page takes, too."""
EVERY_STAGE = ""
PER_MINUTE = 2940
"""Just under the 3,000 messages a minute that Notify takes from keys of one kind."""
GRACE = timedelta(hours=1)
"""How long after its hour a timed mailing may still begin by itself."""
_DAYS = 7


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An HTTP API as a source: `urls` and `tokens` by stage, or under "" for every stage."""

    urls: Mapping[str, str]
    tokens: Mapping[str, str]
    path: str
    items: str
    next: str
    total: str
    only: Mapping[str, str]
    each: Endpoint | None
    source: Table

    def url(self, stage: str) -> str:
        """Where it is at this stage; empty where it is nowhere."""
        return self.urls.get(stage) or self.urls.get(EVERY_STAGE, "")

    def with_inner(self) -> Iterator[Endpoint]:
        """Itself, and those that are read before it."""
        yield self
        if self.each is not None:
            yield from self.each.with_inner()

    def token(self, stage: str) -> str:
        """The reference of its secret; empty where it needs none."""
        return self.tokens.get(stage) or self.tokens.get(EVERY_STAGE, "")


@dataclass(frozen=True, slots=True)
class Timer:
    """When the job runs a mailing: minute (None: any), hour, and days of the week from 0, Sunday."""

    minute: int | None
    hour: int
    days: frozenset[int]
    text: str

    def due(self, now: datetime) -> datetime | None:
        """The newest time at or before `now` for which it was set, if that is less than a day ago; in UTC."""
        utc = now.astimezone(UTC)
        today = utc.replace(hour=self.hour, minute=self.minute or 0, second=0, microsecond=0)
        for due in (today, today - timedelta(days=1)):
            if due <= utc and due.isoweekday() % _DAYS in self.days and utc - due < timedelta(days=1):
                return due
        return None


@dataclass(frozen=True, slots=True)
class Mailing:
    """One mailing. `endpoint` is None for a source that is a file; `lists` are more sources of an export."""

    name: str
    kind: MailingKind | None
    stages: Mapping[str, ApplyFrom]
    timers: Mapping[str, Timer]
    parameters: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    endpoint: Endpoint | None
    export: str
    address: str
    audience: str
    template: str
    statuses: tuple[FrameworkStatus, ...]
    among: Endpoint | None
    common: Endpoint | None
    lists: tuple[Endpoint, ...]
    placeholders: Mapping[str, str]
    reference: tuple[str, ...]
    reference_text: str
    once: bool
    several: bool
    daily: bool
    recent: Mapping[str, int]
    per_minute: int
    texts: Mapping[str, str]
    source: Table
    place: Place

    def words_at(self, stage: str) -> dict[str, str]:
        """The texts of `values` at a stage."""
        found = {name: by.get(stage) or by.get(EVERY_STAGE) for name, by in self.values.items()}
        return {name: text for name, text in found.items() if text is not None}

    def endpoints(self) -> Iterator[Endpoint]:
        """Every API that it asks, the inner ones, too."""
        for endpoint in (self.endpoint, self.among, self.common, *self.lists):
            if endpoint is not None:
                yield from endpoint.with_inner()


def mailing(name: str, table: Table, texts: Mapping[str, tuple[str, Place]], place: Place) -> Mailing:
    """What an entry says; `texts` are the files beside it, by name and ending."""
    source = table.get("source")
    endpoints = [_endpoint(entry) for entry in table.items_at("lists") if isinstance(entry, Table)]
    common, among = table.table("common"), table.table("among")
    per_minute = table.text("per_minute")
    return Mailing(
        name=name,
        kind=word(MailingKind, table.get("kind")),
        stages={
            stage: where
            for stage, text in table.table("stages").items()
            if (where := word(ApplyFrom, text)) is not None
        },
        timers={stage: set_ for stage, text in table.table("timed").items() if (set_ := timer(text)) is not None},
        parameters=_texts(table.table("parameters")),
        values={name: _by_stage(value) for name, value in table.table("values").items()},
        endpoint=_endpoint(source) if isinstance(source, Table) and "export" not in source else None,
        export=source.text("export") if isinstance(source, Table) else "",
        address=table.text("address", ADDRESS),
        audience=table.text("audience"),
        template=table.text("template"),
        statuses=tuple(
            status for text in table.items_at("frameworks").texts() if (status := word(FrameworkStatus, text))
        ),
        among=_endpoint(among.table("source")) if "source" in among else None,
        common=_endpoint(common) if common else None,
        lists=tuple(endpoints),
        placeholders=_texts(table.table("placeholders")),
        reference=table.items_at("reference").texts(),
        reference_text=table.text("reference"),
        once=is_true(table.get("once")),
        several=is_true(table.get("several")),
        daily=is_true(table.get("daily")),
        recent={name: int(days) for name, days in _texts(table.table("recent")).items() if days.isdecimal()},
        per_minute=int(per_minute) if per_minute.isdecimal() and 0 < int(per_minute) <= 100_000 else PER_MINUTE,
        texts={ending: texts[key][0] for ending in ("html", "txt") if (key := f"{name}.{ending}") in texts},
        source=table,
        place=place,
    )


def timer(text: Any) -> Timer | None:
    """A cron line of the form that the schema allows; None for any other."""
    parts = text.split(" ") if isinstance(text, str) else []
    if len(parts) != 5 or not parts[1].isdecimal() or not (parts[0] == "H" or parts[0].isdecimal()):
        return None
    days: set[int] = set()
    for part in parts[4].split(","):
        first, _, last = ("0-6" if part == "*" else part).partition("-")
        if not first.isdecimal() or not (last or first).isdecimal():
            return None
        days |= {day % _DAYS for day in range(int(first), int(last or first) + 1)}
    hour, minute = int(parts[1]), None if parts[0] == "H" else int(parts[0])
    return Timer(minute, hour, frozenset(days), text) if hour < 24 and (minute or 0) < 60 else None


def is_late(timer: Timer, due: datetime, now: datetime) -> bool:
    """Whether a mailing that was due then would go out at another time than people expect."""
    slack = GRACE if timer.minute is not None else GRACE + timedelta(hours=1)
    return now - due >= slack


def fields_in(pattern: str) -> tuple[str, ...]:
    """What stands in braces in a pattern, without the form in which it is written."""
    return tuple(found.partition(":")[0] for found in PLACEHOLDER.findall(pattern))


PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def _endpoint(table: Table) -> Endpoint:
    each = table.get("each")
    return Endpoint(
        urls=_by_stage(table.get("url")),
        tokens=_by_stage(table.get("token")),
        path=table.text("path"),
        items=table.text("items") or table.text("item"),
        next=table.text("next"),
        total=table.text("total"),
        only=_texts(table.table("only")),
        each=_endpoint(each) if isinstance(each, Table) else None,
        source=table,
    )


def _by_stage(value: Any) -> Mapping[str, str]:
    if isinstance(value, Table):
        return _texts(value)
    return {EVERY_STAGE: value} if isinstance(value, str) else {}


def _texts(table: Table) -> dict[str, str]:
    return {name: value for name, value in table.items() if isinstance(value, str)}
