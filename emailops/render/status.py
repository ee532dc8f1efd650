"""The page for a Monday as text, JSON and HTML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emailops.render.console import Line
from emailops.render.escape import one_line
from emailops.render.html import element, page
from emailops.render.words import counted
from emailops.tasks.status import Status, StatusPart, StatusRow

_NOTHING = "nothing"
_MOST = 12
"""Lines of a part in a terminal; a program and a page get all."""


def text(status: Status) -> Iterator[Line]:
    """A heading a part, a line a row."""
    yield "heading", f"{status.service} · {_moment(status)} · {_summary(status)}"
    for part in status.parts:
        yield "", ""
        yield "heading", f"{part.title}      {part.command}"
        if part.unread:
            yield "unknown", f"  ? {one_line(part.unread)}"
        elif not part.rows:
            yield "faint", f"  {_NOTHING}"
        for row in part.rows[:_MOST]:
            said = "  ".join(filter(None, (row.subject, row.state, row.detail)))
            yield "person" if row.is_open else "", f"  {'!' if row.is_open else ' '} {one_line(said)}"
        if len(part.rows) > _MOST:
            yield "faint", f"    and {len(part.rows) - _MOST} more"


def as_json(status: Status) -> dict[str, Any]:
    """{"service", "at", "open", "parts": [{"title", "command", "unread", "rows": [...]}]}."""
    return {
        "format": 1,
        "service": status.service,
        "at": status.at.isoformat(),
        "open": status.open_rows,
        "parts": [
            {
                "title": part.title,
                "command": part.command,
                "unread": part.unread,
                "rows": [
                    {"subject": row.subject, "state": row.state, "detail": row.detail, "open": row.is_open}
                    for row in part.rows
                ],
            }
            for part in status.parts
        ],
    }


def html(status: Status) -> str:
    """One page, whole without a style or a script."""
    parts = [node for part in status.parts for node in _part(part)]
    top = [element("h1", f"{status.service}: {_summary(status)}"), element("p", f"as of {_moment(status)}")]
    return page(f"{status.service}: {_summary(status)}", *top, *parts)


def _part(part: StatusPart) -> Iterator[Any]:
    yield element("h2", part.title)
    if part.unread:
        yield element("p", f"Not known: {one_line(part.unread)}")
    elif part.rows:
        yield element("ul", *map(_row, part.rows))
    else:
        yield element("p", f"{_NOTHING.capitalize()}.")
    yield element("p", "More: ", element("code", part.command))


def _row(row: StatusRow) -> Any:
    subject = element("strong", one_line(row.subject)) if row.is_open else one_line(row.subject)
    detail = f" ({one_line(row.detail)})" if row.detail else ""
    return element("li", subject, f": {one_line(row.state)}{detail}")


def _moment(status: Status) -> str:
    return f"{status.at:%Y-%m-%d %H:%M} UTC"


def _summary(status: Status) -> str:
    unread = sum(bool(part.unread) for part in status.parts)
    unknown = f", {counted(unread, 'part')} not known" if unread else ""
    return f"{counted(status.open_rows, 'thing')} to look at{unknown}"
