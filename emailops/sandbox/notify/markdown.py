"""Notify's Markdown as HTML: headings, lists, inset text, rules and links. All else is text, and escaped.

https://docs.notifications.service.gov.uk/rest-api.html#send-an-email; how Notify reads it is in notifications-utils,
notifications_utils/markdown.py: emphasis is none, a bullet needs no space behind it, and a list needs a line before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
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
    r"\\(?P<escaped>[*\[\](.])"
    r"|\[(?P<words>[^\[\]]+)\]\((?P<to>https?://[^\s()<>\"\\]+)\)"
    r"|(?P<url>https?://[^\s<\\]*+(?!\\))",
    re.IGNORECASE,
)
_BEHIND_URL = ".,:\"')]"


class _BlockType(StrEnum):
    RULE = "rule"
    HEADING = "heading"
    INSET = "inset"
    BULLETS = "bullets"
    NUMBERS = "numbers"
    TEXT = "text"


_LISTS = {_BlockType.BULLETS: (_BULLET, "ul"), _BlockType.NUMBERS: (_NUMBER, "ol")}


def as_html(body: str) -> str:
    return _html(body.splitlines(), DEEPEST)


@dataclass(frozen=True, slots=True)
class _Block:
    type: _BlockType
    lines: list[str]


def _html(lines: Sequence[str], deepest: int) -> str:
    return "\n".join(_block(block.type, block.lines, deepest) for block in _blocks(lines, deepest))


def _blocks(lines: Sequence[str], deepest: int) -> list[_Block]:
    found: list[_Block] = []
    is_apart = True
    for line in lines:
        if not line.strip():
            is_apart = True
            continue
        before = found[-1].type if found else None
        block_type = _type_of(line, None if is_apart else before, deepest)
        is_open = not is_apart and block_type in (_BlockType.INSET, _BlockType.TEXT)
        goes_on = block_type == before and (block_type in _LISTS or is_open)
        if goes_on:
            found[-1].lines.append(line)
        else:
            found.append(_Block(block_type, [line]))
        is_apart = False
    return found


def _type_of(line: str, before: _BlockType | None, deepest: int) -> _BlockType:
    """What a line is, right behind a block of the type `before`, which it may just go on with."""
    if _RULE.fullmatch(line):
        return _BlockType.RULE
    if _HEADING.match(line):
        return _BlockType.HEADING
    if deepest and _INSET.match(line):
        return _BlockType.INSET
    if before is not None and before in (_BlockType.INSET, _BlockType.TEXT):
        return before
    if _BULLET.match(line):
        return _BlockType.BULLETS
    if _NUMBER.match(line):
        return _BlockType.NUMBERS
    return before if before is not None and before in _LISTS else _BlockType.TEXT


def _block(block_type: _BlockType, lines: list[str], deepest: int) -> str:
    if block_type == _BlockType.RULE:
        return "<hr>"
    if block_type == _BlockType.HEADING and (marks := _HEADING.match(lines[0])):
        name = {1: "h2", 2: "h3"}.get(len(marks[1]), "p")
        return f"<{name}>{_inline(lines[0][marks.end() :].rstrip(' #'))}</{name}>"
    if block_type == _BlockType.INSET:
        return f"<blockquote>\n{_html([_INSET.sub('', line, count=1) for line in lines], deepest - 1)}\n</blockquote>"
    if block_type in _LISTS:
        return _list(*_LISTS[block_type], lines)
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
    """Links, and what was escaped, as it is; where a part of a web address was escaped it is no link."""
    parts, end = [], 0
    for found in _LINK.finditer(text):
        parts.append(escape(text[end : found.start()]))
        end = found.end()
        if found["escaped"]:
            parts.append(escape(found["escaped"]))
            continue
        url = (found["url"] or "").rstrip(_BEHIND_URL)
        if found["url"] and url.endswith("//"):
            end = found.start()
            continue
        end -= len(found["url"] or "") - len(url)
        address, words = found["to"] or url, found["words"] or url
        parts.append(f'<a href="{escape(address)}">{escape(words)}</a>')
    return "".join([*parts, escape(text[end:])])
