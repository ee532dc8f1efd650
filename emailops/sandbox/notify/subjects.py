"""The subject of an email: one line, with the quotes of a printed text."""

from __future__ import annotations

import re

_INVISIBLE = re.compile("[\u180e\u200b-\u200d\u2060\ufeff]")
# A quote opens at the start, behind white space, and behind what itself opens something.
_OPENS = r"(^|(?<=[\s(\[{<“‘—–-]))"
_QUOTES = (
    (re.compile(_OPENS + '"'), "“"),
    (re.compile('"'), "”"),
    (re.compile(_OPENS + "'"), "‘"),
    (re.compile("'"), "’"),
)


def subject_line(text: str) -> str:
    """Without what cannot be seen, each run of white space one blank, and typographic quotes."""
    line = " ".join(_INVISIBLE.sub("", text).split())
    for straight, curly in _QUOTES:
        line = straight.sub(curly, line)
    return line
