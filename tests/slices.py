"""How much of a long table `make test` runs; the rest is left to a target that takes longer."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from typing import TypeVar

import pytest

Row = TypeVar("Row")
IS_WHOLE = bool(os.environ.get("HOSTILE"))


def part(rows: Sequence[Row], every: int) -> list[Row]:
    """All rows, or every so many of them; a number that divides no dimension of the table meets each of its values.

    `make hostile` runs all.
    """
    return list(rows) if IS_WHOLE else list(rows[::every])


def leave_rows(tests: Sequence[pytest.Item]) -> None:
    """Mark as `slow` the rows of each table but as many, evenly spread, as its mark `few` says."""
    tables: dict[tuple[str, str], list[pytest.Function]] = defaultdict(list)
    for test in tests:
        if isinstance(test, pytest.Function) and test.get_closest_marker("few"):
            tables[getattr(test.parent, "nodeid", ""), test.originalname].append(test)
    for rows in tables.values():
        few = next(rows[0].iter_markers("few")).args[0]
        kept = {number * len(rows) // few for number in range(few)}
        for row in (row for number, row in enumerate(rows) if number not in kept):
            row.add_marker(pytest.mark.slow)
