"""Values, numbers and moments as every format writes them."""

from __future__ import annotations

from typing import Any

from emailops.declaration.ids import PENDING, is_pending
from emailops.render.escape import one_line


def value(content: Any) -> str:
    """A value on one line."""
    if content is None:
        return "nothing"
    if is_pending(content):
        return f"waits for apply: {content[PENDING]}"
    if isinstance(content, bool):
        return "yes" if content else "no"
    if isinstance(content, str):
        shown = one_line(content)
        # Space at an end is there, and nobody would see it.
        return f'"{shown}"' if shown != shown.strip() else shown or "an empty text"
    if isinstance(content, list):
        return ", ".join(map(_item, content)) or "an empty list"
    if isinstance(content, dict):
        return ", ".join(f"{key}: {value(inner)}" for key, inner in content.items()) or "an empty mapping"
    return str(content)


def _item(content: Any) -> str:
    """A record of a list shows where it ends."""
    return f"({value(content)})" if isinstance(content, dict | list) and not is_pending(content) else value(content)


def brief(content: Any) -> str:
    """The same, but of a text of several lines how many they are."""
    if isinstance(content, str) and "\n" in content:
        return counted(content.count("\n") + 1, "line")
    return value(content)


def counted(number: int, thing: str) -> str:
    """`1 request`, `2 requests`."""
    return f"{number} {thing}{'s' * (number != 1)}"


def moment(iso: str) -> str:
    """`2026-11-24T06:00:00Z` as a person writes it."""
    return f"{iso[:10]} {iso[11:16]} UTC"
