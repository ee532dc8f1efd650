"""Texts in ASCII: in double quotes, with escapes that YAML, HCL and Python read alike, and as JSON."""

from __future__ import annotations

import json
from typing import Any

_SHELLS_OWN = str.maketrans({"'": "\\u0027", "$": "\\u0024", "`": "\\u0060"})


def json_text(value: Any) -> str:
    """A value as JSON on one line; what a shell would take for its own is written by its number."""
    return json.dumps(value, separators=(",", ":")).translate(_SHELLS_OWN)


def double_quoted(text: str, *, escaped: str = "", two_digits: bool = False) -> str:
    """The text in quotes; `escaped` are further characters to write by their numbers, of two digits where that will do.

    HCL knows no number of two digits.
    """
    return '"' + "".join(_written(character, escaped, two_digits=two_digits) for character in text) + '"'


def unquoted(quoted: str) -> str:
    """The text again. Raises ValueError for what was not written so."""
    return quoted[1:-1].encode("ascii").decode("unicode-escape")


def _written(character: str, escaped: str, *, two_digits: bool) -> str:
    if character in '"\\':
        return "\\" + character
    if " " <= character <= "~" and character not in escaped:
        return character
    code = ord(character)
    if two_digits and code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
