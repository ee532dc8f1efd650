"""What is wrong with a value by its schema: asked quickly first, and at length only where something is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from emailops.resource import Finding
from emailops.schema import JSON, TEXTS, fits


def check(name: str, value: Any, *, partial: bool = False) -> Iterable[Finding]:
    """What is wrong with `value` by schemas/NAME.schema.json; a partial one (a base) may lack required fields."""
    if fits(name, TEXTS, partial=partial)(value):
        return ()
    from emailops.store.mistakes import explain

    return explain(name, value, partial=partial)


def first_mistake(name: str, document: Any) -> str:
    """The first thing wrong with plain JSON by a schema, or an empty text."""
    try:
        if fits(name, JSON)(document):
            return ""
        from emailops.store.mistakes import first_error

        return first_error(name, document)
    except RecursionError:
        return "nested too deeply"
