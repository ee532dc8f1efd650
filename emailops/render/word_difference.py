"""What changed in a text, for reading: the lines that differ, and within a line the words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

_WORD = re.compile(r"\(\([^()]*\)\)|\s+|\w+|[^\w\s]")
_ALIKE = 0.5
"""Lines that share less than this are shown as removed and added."""


def has_lines(*values: Any) -> bool:
    """Whether one of the values is a text of several lines, and each of them is a text or nothing."""
    return any(isinstance(each, str) and "\n" in each for each in values) and all(
        each is None or isinstance(each, str) for each in values
    )


def signed_lines(before: str | None, after: str | None) -> Iterator[tuple[str, str]]:
    """What changed as (sign, words); of a text that is new or gone, each line."""
    if before is None or after is None:
        sign, text = ("+", after) if before is None else ("-", before)
        yield from ((sign, line) for line in (text or "").split("\n"))
        return
    yield from ((line[:1], line[2:]) for line in changed(before, after))


def changed(before: str, after: str) -> Iterator[str]:
    """`- ` and `+ ` lines; where one line became another, `~ ` and its words as [old -> new], [-old] or [+new]."""
    was, now = before.split("\n"), after.split("\n")
    for what, start, end, new_start, new_end in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        removed, added = was[start:end], now[new_start:new_end]
        if what == "equal":
            continue
        both = min(len(removed), len(added))
        for old, new in zip(removed[:both], added[:both], strict=True):
            yield from _line(old, new)
        yield from (f"- {line}".rstrip() for line in removed[both:])
        yield from (f"+ {line}".rstrip() for line in added[both:])


def _line(old: str, new: str) -> Iterator[str]:
    was, now = _WORD.findall(old), _WORD.findall(new)
    matcher = SequenceMatcher(None, was, now, autojunk=False)
    if matcher.ratio() < _ALIKE:
        yield f"- {old}".rstrip()
        yield f"+ {new}".rstrip()
        return
    same = [block for block in matcher.get_matching_blocks() if not block.size or _says(was[block.a :][: block.size])]
    starts = [(0, 0), *((block.a + block.size, block.b + block.size) for block in same)]
    parts = []
    for (a, b), block in zip(starts, same, strict=False):
        parts.append(_pair("".join(was[a : block.a]), "".join(now[b : block.b])))
        parts.append("".join(was[block.a : block.a + block.size]))
    yield f"~ {''.join(parts)}"


def _says(words: list[str]) -> bool:
    """Whether it is more than the space between two words that changed."""
    return any(not word.isspace() for word in words)


def _pair(old: str, new: str) -> str:
    if old == new:
        return old
    return f"[{old} -> {new}]" if old and new else f"[-{old}]" if old else f"[+{new}]"
