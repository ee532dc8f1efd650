"""The declared columns of dumps, and which of them a place in a row belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from emailops.declaration.vocabulary import DumpAddresses
from emailops.scan.allowed import Allowed


@dataclass(frozen=True, slots=True)
class Column:
    """A declared column. `name` is table.column, with the path inside JSON; `pattern` fits each address whole."""

    name: str
    addresses: DumpAddresses
    pattern: str
    why: str


@dataclass(frozen=True, slots=True)
class Columns:
    """All declared columns by name, and the addresses that may stand anywhere; it goes to other processes."""

    declared: Mapping[str, Column]
    allowed: Allowed

    def of(self, table: str, path: str) -> Column | None:
        """The declared column that a place belongs to: the nearest one above it."""
        name = f"{table}.{path}"
        while name != table:
            if name in self.declared:
                return self.declared[name]
            name = name.rpartition(".")[0]
        return None

    def inside(self, table: str, column: str) -> bool:
        """Whether something inside a JSON column is declared by itself."""
        return any(name.startswith(f"{table}.{column}.") for name in self.declared)
