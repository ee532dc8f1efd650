"""Whether a file mentions anything of which `scan usage` could speak: most files do not, and need no syntax tree."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

IDS = re.compile(rb"\b(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{10})\b")
"""What the id of a template, a reply-to address or an audience looks like."""
_WORD = re.compile(rb"[a-z0-9_]+")
_SENDS = re.compile(rb"notif|send_?e?mail")
"""A part of the name of every client and of each function that sends, in lower case."""


class Mentions:
    """Knows the names and ids that are declared, and what retired providers are known by."""

    def __init__(self, names: Iterable[str], ids: Collection[str], retired: Iterable[str]) -> None:
        words = {name.encode().lower(): _WORD.findall(name.encode().lower()) for name in names}
        self._words = {max(found, key=len) for found in words.values() if found}
        self._ids = {id_.encode() for id_ in ids}
        self._parts = [name for name, found in words.items() if not found]
        self._parts += [pattern.encode() for pattern in retired]

    def are_in(self, content: bytes) -> bool:
        """Whether one of them stands there, or a client that sends. A word of a name is enough."""
        lower = content.lower()
        return (
            not self._words.isdisjoint(_WORD.findall(lower))
            or _SENDS.search(lower) is not None
            or any(part in lower for part in self._parts)
            or not self._ids.isdisjoint(IDS.findall(lower))
        )
