"""What a spreadsheet would run, were it to stand in a cell (https://owasp.org/www-community/attacks/CSV_Injection)."""

from __future__ import annotations

_BEGINS = ("=", "+", "-", "@", "\t", "\r")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet takes the text for a formula."""
    return text.startswith(_BEGINS)
