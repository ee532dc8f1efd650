"""JSON on which all readers agree: no object holds a field twice, and no number is one that only some can read."""

from __future__ import annotations

import json
from typing import Any


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of these fields. Raises ValueError where one stands twice: readers disagree on which of two counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the field {next(name for name in names if names.count(name) > 1)} stands twice")
    return found


def integers_only(content: bytes | str) -> Any:
    """The value, which canonical JSON can say again. Raises ValueError, or RecursionError for too deep a nesting."""
    return json.loads(content, parse_float=_refused, parse_constant=_refused, object_pairs_hook=once_each)


def _refused(text: str) -> Any:
    raise ValueError(f"{text} is not an integer")
