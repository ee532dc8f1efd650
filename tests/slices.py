"""How much of a long table `make test` runs; the rest is left to a target that takes longer."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import pytest

Row = TypeVar("Row")
IS_WHOLE = bool(os.environ.get("HOSTILE"))


def part(rows: Sequence[Row], every: int) -> list[Row]:
    """All rows, or every so many of them; a number that divides no dimension of the table meets each of its values.

    `make hostile` runs all.
    """
    return list(rows) if IS_WHOLE else list(rows[::every])


def brisk(rows: Iterable[Any], chosen: Sequence[Any]) -> list[Any]:
    """All rows for `parametrize`, of which `make test` runs those that are chosen, and `make test-extra` the others."""
    found = [row if row in chosen else pytest.param(row, marks=pytest.mark.slow) for row in rows]
    assert all(row in found for row in chosen), "a chosen row is gone"
    return found
