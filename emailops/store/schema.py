"""Checks values against the JSON Schemas in schemas/: quickly whether they fit, and at length what is wrong if not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from emailops.plan import Finding
from emailops.store.shape import compiled


def check(name: str, value: Any, *, partial: bool = False) -> Iterable[Finding]:
    """What is wrong with `value` by schemas/NAME.schema.json; a partial one (a base) may lack required keys."""
    if compiled(name, partial=partial)(value):
        return ()
    from emailops.store.wording import explain

    return explain(name, value, partial=partial)


def check_plain(name: str, value: Any) -> str:
    """The first thing wrong with plain JSON by a schema, or an empty text."""
    from emailops.store.wording import first_error

    return first_error(name, value)
