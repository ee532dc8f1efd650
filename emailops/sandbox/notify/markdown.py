"""Notify's Markdown as HTML: headings, lists, inset text, rules and links. All else is text, and escaped.

https://docs.notifications.service.gov.uk/rest-api.html#send-an-email; how Notify reads it is in notifications-utils,
notifications_utils/markdown.py: emphasis is none, a bullet needs no space behind it, and a list needs a line before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

DEEPEST = 6  # inset text in inset text

_RULE = re.compile(r" *([-*_])(?: *\1){2,} *")
_HEADING = re.compile(r" *(#{1,6}) *(?=[^ #])")
_INSET = re.compile(r" *\^ ?")
_BULLET = re.compile(r" *[•*-] *")
_NUMBER = re.compile(r" *\d+\. *")
_LINK = re.compile(
    r"\[(?P<words>[^\[\]]+)\]\((?P<to>https?://[^\s()<>\"]+)\)|(?P<url>https?://[^\s<]*[^\s<.,:\"')\]])",
    re.IGNORECASE,
)
_LISTS = {"bullets": (_BULLET, "ul"), "numbers": (_NUMBER, "ol")}


def as_html(body: str) -> str:
    return _html(body.splitlines(), DEEPEST)


@dataclass(frozen=True, slots=True)
class _Block:
    kind: str
    lines: list[str]


def _html(lines: Sequence[str], deepest: int) -> str:
    return "\n".join(_block(block.kind, block.lines, deepest) for block in _blocks(lines, deepest))


def _blocks(lines: Sequence[str], deepest: int) -> list[_Block]:
    found: list[_Block] = []
    is_apart = True
    for line in lines:
        if not line.strip():
            is_apart = True
            continue
        before = found[-1].kind if found else ""
        kind = _kind(line, "" if is_apart else before, deepest)
        goes_on = kind == before and (kind in _LISTS or (not is_apart and kind in ("inset", "text")))
        if goes_on:
            found[-1].lines.append(line)
        else:
            found.append(_Block(kind, [line]))
        is_apart = False
    return found


def _kind(line: str, before: str, deepest: int) -> str:
    """What a line is, right behind a block of the kind `before`, which it may just go on with."""
    if _RULE.fullmatch(line):
        return "rule"
    if _HEADING.match(line):
        return "heading"
    if deepest and _INSET.match(line):
        return "inset"
    if before in ("inset", "text"):
        return before
    if _BULLET.match(line):
        return "bullets"
    if _NUMBER.match(line):
        return "numbers"
    return before if before in _LISTS else "text"


def _block(kind: str, lines: list[str], deepest: int) -> str:
    if kind == "rule":
        return "<hr>"
    if kind == "heading" and (marks := _HEADING.match(lines[0])):
        name = {1: "h2", 2: "h3"}.get(len(marks[1]), "p")
        return f"<{name}>{_inline(lines[0][marks.end() :].rstrip(' #'))}</{name}>"
    if kind == "inset":
        return f"<blockquote>\n{_html([_INSET.sub('', line, count=1) for line in lines], deepest - 1)}\n</blockquote>"
    if kind in _LISTS:
        return _list(*_LISTS[kind], lines)
    return f"<p>{_inline_lines(lines)}</p>"


def _list(mark: re.Pattern[str], name: str, lines: list[str]) -> str:
    items: list[list[str]] = []
    for line in lines:
        if found := mark.match(line):
            items.append([line[found.end() :]])
        else:
            items[-1].append(line)
    return "\n".join([f"<{name}>", *(f"<li>{_inline_lines(item)}</li>" for item in items), f"</{name}>"])


def _inline_lines(lines: list[str]) -> str:
    return "<br>\n".join(_inline(line.strip()) for line in lines)


def _inline(text: str) -> str:
    parts, end = [], 0
    for found in _LINK.finditer(text):
        address, words = found["to"] or found["url"], found["words"] or found["url"]
        parts += [escape(text[end : found.start()]), f'<a href="{escape(address)}">{escape(words)}</a>']
        end = found.end()
    return "".join([*parts, escape(text[end:])])
