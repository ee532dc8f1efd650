"""Values, numbers and moments as every format writes them."""

from __future__ import annotations

from typing import Any

from emailops.declaration.ids import PENDING, is_pending


def value(content: Any) -> str:
    """A value on one line."""
    if content is None:
        return "nothing"
    if is_pending(content):
        return f"waits for apply: {content[PENDING]}"
    if isinstance(content, bool):
        return "yes" if content else "no"
    if isinstance(content, str):
        return one_line(content) or "an empty text"
    if isinstance(content, list):
        return ", ".join(map(value, content)) or "an empty list"
    if isinstance(content, dict):
        return ", ".join(f"{key}: {value(inner)}" for key, inner in content.items()) or "an empty mapping"
    return str(content)


def one_line(content: str) -> str:
    """The text with every character that could break out of its line, or hide, written as its escape."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in content)


def counted(number: int, thing: str) -> str:
    """`1 request`, `2 requests`."""
    return f"{number} {thing}{'s' * (number != 1)}"


def moment(iso: str) -> str:
    """`2026-11-24T06:00:00Z` as a person writes it."""
    return f"{iso[:10]} {iso[11:16]} UTC"
