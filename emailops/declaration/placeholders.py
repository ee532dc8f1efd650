"""Placeholders in an audience's texts: `{lot}` stands for a word of its entry, `{{` and `}}` for a brace itself."""

from __future__ import annotations

import re
from collections.abc import Mapping

_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
_ESCAPED = {"{{": "{", "}}": "}"}


def filled(text: str, words: Mapping[str, str]) -> str:
    """The text with its placeholders filled in; one that stands for nothing is left as it is."""
    if "{" not in text and "}" not in text:
        return text
    return _BRACES.sub(lambda found: _ESCAPED.get(found[0]) or words.get(found[1], found[0]), text)


def unfilled(text: str, words: Mapping[str, str]) -> str:
    """The first placeholder that stands for nothing; empty where there is none."""
    names = (found for found in _BRACES.finditer(text) if found[0] not in _ESCAPED)
    return next((found[0] for found in names if found[1] not in words), "")


def escaped(text: str) -> str:
    """The text that `filled` makes into exactly this one."""
    return text.replace("{", "{{").replace("}", "}}")
