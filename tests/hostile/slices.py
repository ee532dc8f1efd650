"""How much of a long table is run: all of it by `make hostile`, some of it by `make test`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

Row = TypeVar("Row")
IS_WHOLE = bool(os.environ.get("HOSTILE"))


def part(rows: Sequence[Row], every: int) -> list[Row]:
    """All rows, or every so many of them; a number that divides no dimension of the table meets each of its values."""
    return list(rows) if IS_WHOLE else list(rows[::every])
