"""What a part of a dump or of a database holds, in a form that adds up: whoever read which part, the sum is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

_MOST_DOMAINS = 2_000
_MOST_PATHS = 200


@dataclass(slots=True)
class ColumnTally:
    """The addresses of one column: at `known` domains, by `strangers`' domains, and off the column's pattern.

    `first` is the offset of the first of each sort.
    """

    known: int = 0
    off_pattern: int = 0
    strangers: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)

    def note(self, sort: str, offset: int) -> None:
        """Remember where the first of its sort is."""
        before = self.first.get(sort)
        if before is None or offset < before:
            self.first[sort] = offset

    def stranger(self, domain: str, offset: int) -> None:
        """Count an address at a domain that is not declared."""
        counted = domain if domain in self.strangers or len(self.strangers) < _MOST_DOMAINS else "other domains"
        self.strangers[counted] += 1
        self.note("stranger", offset)

    def add(self, other: ColumnTally) -> None:
        """Take in what another part held."""
        self.known += other.known
        self.off_pattern += other.off_pattern
        self.strangers.update(other.strangers)
        for sort, offset in other.first.items():
            self.note(sort, offset)


@dataclass(slots=True)
class Tally:
    """By table and column; `tables` are those that were there, with their columns; `unread` says why, and where."""

    columns: dict[tuple[str, str], ColumnTally] = field(default_factory=dict)
    tables: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unread: list[tuple[str, int]] = field(default_factory=list)
    size: int = 0
    paths: Counter[tuple[str, str]] = field(default_factory=Counter)

    def column(self, table: str, path: str) -> ColumnTally:
        """The tally of a column. A JSON column with very many names in it is counted as a whole."""
        key = (table, path)
        found = self.columns.get(key)
        if found is None:
            head = (table, path.partition(".")[0])
            if key != head and self.paths[head] >= _MOST_PATHS:
                return self.column(*head)
            self.paths[head] += 1
            found = self.columns[key] = ColumnTally()
        return found

    def leave_unread(self, why: str, offset: int) -> None:
        """Remember why something was not read, and the first place."""
        first = dict(self.unread)
        self.unread = list((first | {why: min(offset, first.get(why, offset))}).items())

    def add(self, other: Tally) -> None:
        """Take in what another part held."""
        for (table, path), column in other.columns.items():
            self.column(table, path).add(column)
        for table, names in other.tables.items():
            self.tables[table] = self.tables.get(table) or names
        for why, offset in other.unread:
            self.leave_unread(why, offset)
        self.size += other.size


def most(strangers: Mapping[str, int], count: int = 3) -> str:
    """The domains with most addresses, in words."""
    ordered = sorted(strangers.items(), key=lambda held: (-held[1], held[0]))
    named = [f"{domain} ({number:,})" for domain, number in ordered[:count]]
    left = len(ordered) - len(named)
    return ", ".join([*named, *([f"{left:,} more"] if left else [])])
