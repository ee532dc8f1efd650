"""SQL dumps: rows of COPY and of INSERT, looked at only where an address may stand.

A block is gone through from @ to @. Of an address at a known domain in a plain column only the column is worked out;
whatever else there may be is read whole.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from emailops.scan.cells import Cells
from emailops.scan.columns import Columns
from emailops.scan.plain_columns import WHOLE, PlainColumn, count_rows
from emailops.scan.signs import coded_places, holds, places
from emailops.scan.sql_text import (
    COPY,
    COPY_ENDED,
    COPY_LINE,
    INSERT,
    Created,
    copied_value,
    created_in,
    literal,
    names,
    table_name,
    table_of,
    values,
)
from emailops.scan.tally import Tally

_INSERTS = (b"INSERT INTO ", b"insert into ")


@dataclass(slots=True)
class Copied:
    """The table whose rows are read, its columns' names, and which of them are plain and known to hold addresses."""

    table: str
    names: tuple[str, ...]
    plain: dict[int, PlainColumn]

    @property
    def tabs(self) -> int:
        """How many tabs a row has."""
        return len(self.names) - 1


Earlier = Callable[[], tuple[re.Match[bytes] | None, Created]]
"""What stands before the first block: the COPY in whose rows it may begin, and the tables."""


class SqlRows:
    """Reads blocks of whole lines, in order. `earlier` is asked only once something is found before the first COPY."""

    def __init__(self, columns: Columns, tally: Tally, earlier: Earlier | None = None) -> None:
        self._columns = columns
        self._tally = tally
        self._cells = Cells(columns, tally)
        self._earlier = earlier
        self._copied: Copied | None = None
        self._created: Created = {}
        self._statement: _Statement | None = None
        self._inserts: list[int] | None = None
        """Where those of the block begin, once anybody asks."""

    @property
    def is_copying(self) -> bool:
        """Whether the last block may have ended in rows of a COPY: every line is one."""
        return self._copied is not None

    def read(self, block: bytes, offset: int) -> None:
        """Count the addresses of a block that begins at an offset of the dump, and with a line."""
        start = 0
        self._statement = self._inserts = None
        coded, has_tables = coded_places(block), holds(block, COPY)
        if block.startswith(COPY[1:]):
            self._begin(block, 0)
        while True:
            header = block.find(COPY, start) if has_tables else -1
            end = len(block) if header < 0 else header + 1
            self._span(block, start, end, offset, [at for at in coded if start <= at < end])
            if header < 0:
                return
            start = header + 1
            self._begin(block, start)

    def close(self) -> None:
        """Nothing is left."""

    def learn(self, block: bytes) -> None:
        """Take the names of columns from what creates the tables."""
        if b"CREATE " in block:
            self._created |= created_in(block)

    def copied(self, table: str, columns: tuple[str, ...]) -> Copied:
        """The table whose rows come next."""
        self._tally.tables[table] = columns
        copied = Copied(table, columns, {})
        self._copied = copied
        return copied

    def _begin(self, block: bytes, start: int) -> None:
        if found := COPY_LINE.match(block, start):
            self._earlier = None
            self.copied(*table_of(found))

    def _ask(self) -> None:
        """What was read by somebody else says in which table this part begins."""
        if self._earlier is not None:
            found, self._created = self._earlier()
            self._earlier = None
            if found:
                self.copied(*table_of(found))

    def _span(self, block: bytes, start: int, end: int, offset: int, coded: list[int]) -> None:
        """The rows up to the next table's. In a row of COPY the column is the number of tabs before."""
        if self._copied is None:
            self.learn(block[start:end])
        if self._earlier is not None and (coded or block.find(b"@", start, end) >= 0):
            self._ask()
        done = self._read_coded(block, start, end, offset, coded)
        copied = self._copied
        plain = copied.plain if copied is not None else {}
        if plain and not done and count_rows(block[start:end], plain, self._cells.verdicts):
            return
        find, rfind, count, match = block.find, block.rfind, block.count, WHOLE.match
        position, lines = start, _Lines(block, start, end)
        while (at := find(b"@", position, end)) >= 0:
            position = at + 1
            line, ends = lines.around(at)
            # All of a clean dump's addresses, and most of any other's, come no further than this.
            column = plain.get(count(b"\t", line, at)) if plain else None
            if column is not None:
                begun = rfind(b"\t", line, at) + 1 or line
                found = match(block, begun, end)
                if found is not None and found.start(2) == position:
                    verdict = self._cells.verdicts.of(found)
                    if verdict is not None:
                        column.count(verdict, found, offset + begun)
                        continue
            position = max(position, self._read_at(block, line, at, ends, offset, done))

    def _read_coded(self, block: bytes, start: int, end: int, offset: int, coded: list[int]) -> set[int]:
        """Read every value that may hold a coded address; the places where those begin."""
        done: set[int] = set()
        last, lines = start, _Lines(block, start, end)
        for at in coded:
            if at >= last:
                line, ends = lines.around(at)
                last = self._read_at(block, line, at, ends, offset, done)
        return done

    def _read_at(self, block: bytes, line: int, at: int, ends: int, offset: int, done: set[int]) -> int:
        """Read the value of a line that holds this place; where it ends. `done` are those that were read before."""
        copied = self._copied
        if copied is not None and self._is_row(block, copied, line, ends):
            begun = max(block.rfind(b"\t", line, at) + 1, line)
            after = block.find(b"\t", at, ends)
            after = ends if after < 0 else after
            if begun not in done:
                done.add(begun)
                self._read_copied(block[begun:after], copied, block.count(b"\t", line, begun), offset + begun)
            return after
        return self._read_statement(block, line, at, ends, offset, done)

    def _is_row(self, block: bytes, copied: Copied, line: int, ends: int) -> bool:
        if not copied.names[0]:
            return True
        if block.count(b"\t", line, ends) != copied.tabs:
            return False
        if copied.tabs == 0 and block.rfind(COPY_ENDED, 0, line) > block.rfind(COPY, 0, line):
            self._copied = None
            return False
        return True

    def _read_copied(self, value: bytes, copied: Copied, number: int, offset: int) -> None:
        name = copied.names[number] if number < len(copied.names) and copied.names[0] else f"column {number + 1}"
        text = copied_value(value)
        self._cells.read(copied.table, name, text, offset)
        if number not in copied.plain and text[:1] not in (b"{", b"[") and not self._columns.inside(copied.table, name):
            declared = self._columns.of(copied.table, name)
            path = declared.name.partition(".")[2] if declared else name
            if (copied.table, path) in self._tally.columns:
                pattern = self._cells.pattern(copied.table, name)
                ends = tuple(f"@{re.escape(domain)}" for domain in self._columns.allowed.domains)
                is_known = pattern is not None and "|" not in pattern.pattern and pattern.pattern.endswith(ends)
                fits = re.compile(pattern.pattern.encode()) if pattern else None
                copied.plain[number] = PlainColumn(self._tally.columns[copied.table, path], fits, is_known)

    def _read_statement(self, block: bytes, line: int, at: int, ends: int, offset: int, done: set[int]) -> int:
        """An address outside of COPY: in an INSERT, else in whatever the line is."""
        if self._inserts is None:
            self._inserts = sorted(place for sign in _INSERTS if holds(block, sign) for place in places(block, sign))
        before = bisect_left(self._inserts, at)
        begun = self._inserts[before - 1] if before else -1
        found = INSERT.match(block, begun) if begun >= 0 else None
        if found is None or found.end() > at:
            return self._read_line(block, line, ends, offset, done)
        statement = self._statement
        if statement is None or statement.begun != offset + begun or statement.start > at:
            statement = self._statement = self._stated(block, found, offset + begun)
        while statement.stop <= at and (value := next(statement.values, None)):
            statement.number, statement.start, statement.stop = value
        if not statement.start <= at < statement.stop:
            return self._read_line(block, line, ends, offset, done)
        if statement.start not in done:
            done.add(statement.start)
            value_said = literal(block[statement.start : statement.stop])
            self._cells.read(statement.table, statement.name, value_said, offset + statement.start)
        return max(statement.stop, at + 1)

    def _stated(self, block: bytes, found: re.Match[bytes], begun: int) -> _Statement:
        table = table_name(found[1])
        columns = names(found[2]) if found[2] else self._created.get(table, ())
        self._tally.tables.setdefault(table, columns)
        return _Statement(begun, table, columns, values(block, found.end(), with_escapes=b"`" in found[1]))

    def _read_line(self, block: bytes, line: int, ends: int, offset: int, done: set[int]) -> int:
        if line not in done:
            done.add(line)
            self._cells.read("", "", block[line:ends], offset + line)
        return ends


class _Lines:
    """The lines around places that come in order: what was passed is not looked through again, since it may be long."""

    def __init__(self, block: bytes, start: int, end: int) -> None:
        self._block, self._end = block, end
        self._passed = self._begun = start
        self._ends = -1

    def around(self, at: int) -> tuple[int, int]:
        """Where the line of a place begins, and where it ends."""
        self._begun = self._block.rfind(b"\n", self._passed, at) + 1 or self._begun
        self._passed = at
        if at > self._ends:
            self._ends = self._block.find(b"\n", at, self._end)
            self._ends = self._end if self._ends < 0 else self._ends
        return self._begun, self._ends


@dataclass(slots=True)
class _Statement:
    """An INSERT that is being read: its values come one by one, since there may be very many."""

    begun: int
    table: str
    names: tuple[str, ...]
    values: Iterator[tuple[int, int, int]]
    number: int = 0
    start: int = 0
    stop: int = 0

    @property
    def name(self) -> str:
        return self.names[self.number] if self.number < len(self.names) else f"column {self.number + 1}"
