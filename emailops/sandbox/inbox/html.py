"""HTML in which a text is always a text: what is not made here is escaped, and what would mislead the eye is named."""

from __future__ import annotations

import re
from html import escape

_VOID = frozenset({"input", "link", "meta"})
_MISLEADING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINK = re.compile(r"https?://[^\s<>\"'`{}|\\^]*[^\s<>\"'`{}|\\^.,;:!?)\]]", re.IGNORECASE)


class Html(str):
    """A text that is HTML already."""

    __slots__ = ()


def tag(name: str, /, *inside: str | None, **attributes: str | bool | None) -> Html:
    """One element. Attributes that are None or False are left out; `class_` is class, `data_live` is data-live."""
    opening = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{plain(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return Html(f"<{name}{opening}>" if name in _VOID else f"<{name}{opening}>{joined(*inside)}</{name}>")


def joined(*parts: str | None) -> Html:
    return Html("".join(part if isinstance(part, Html) else plain(part or "") for part in parts))


def plain(text: str) -> Html:
    """The text as it is. Control characters, which are not seen, and those that turn the reading round, by name."""
    return Html(escape(_MISLEADING.sub(lambda found: f"[U+{ord(found[0]):04X}]", text.replace("\r\n", "\n"))))


def linked(text: str) -> Html:
    """The text, in which web addresses can be followed; nothing else ever is a link."""
    parts, end = [], 0
    for found in _LINK.finditer(text):
        link = tag("a", found[0], href=found[0], rel="noreferrer noopener", target="_blank")
        parts += [plain(text[end : found.start()]), link]
        end = found.end()
    return joined(*parts, plain(text[end:]))


def shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"
