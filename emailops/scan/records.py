"""Dumps of one table: CSV with a header, and JSON lines. A record is read whole where an address may stand in it."""

from __future__ import annotations

import csv
import io
import json

from emailops.scan.cells import Cells
from emailops.scan.columns import Columns
from emailops.scan.signs import coded_places
from emailops.scan.tally import Tally

NOT_JSON = "lines are not JSON, a value each: their addresses count for no column"
_DELIMITERS = ",;\t|"


class CsvRecords:
    """Reads blocks of whole lines, in order; a record may reach over several (https://www.rfc-editor.org/rfc/rfc4180)."""

    def __init__(self, columns: Columns, tally: Tally, table: str) -> None:
        csv.field_size_limit(2**31 - 1)
        self._cells = Cells(columns, tally)
        self._tally = tally
        self._table = table
        self._names: tuple[str, ...] = ()
        self._delimiter = ","
        self._rest = b""
        self._rest_at = 0

    def read(self, block: bytes, offset: int) -> None:
        """Count the addresses of a block that begins at an offset of the dump."""
        offset -= len(self._rest)
        block = self._rest + block
        self._rest = b""
        start = 0
        if not self._names:
            start = self._begin(block)
        signs = _Signs(block)
        while start < len(block):
            at = signs.next(start)
            if at < 0:
                start = self._skip(block, start)
                break
            begun = self._record_at(block, start, at)
            end = self._end(block, begun, at)
            if end < 0 and len(block) - begun < 64 * 1024 * 1024:
                start = begun
                break
            end = len(block) if end < 0 else end
            self._record(block[begun:end], offset + begun)
            start = end
        self._rest, self._rest_at = block[start:], offset + start

    def close(self) -> None:
        """Read what is left: a record whose quotes never end."""
        if self._rest.strip():
            self._record(self._rest, self._rest_at)
        self._rest = b""

    def _begin(self, block: bytes) -> int:
        end = self._end(block, 0, 0)
        end = len(block) if end < 0 else end
        head = block[:end].decode("utf-8-sig", errors="replace")
        self._delimiter = max(_DELIMITERS, key=head.count)
        self._names = tuple(next(csv.reader(io.StringIO(head, newline=""), delimiter=self._delimiter), [""])) or ("",)
        self._tally.tables[self._table] = self._names
        if _Signs(block[:end]).next(0) >= 0:
            # Its first line is no header: it holds an address already.
            self._names = tuple(f"column {number}" for number in range(1, len(self._names) + 1))
            return 0
        return end

    def _record_at(self, block: bytes, start: int, at: int) -> int:
        """Where the record begins that holds this place: behind a line's end that does not stand in quotes."""
        begun, quotes, position = start, 0, start
        while (line := block.find(b"\n", position, at)) >= 0:
            quotes += block.count(b'"', position, line)
            position = line + 1
            if quotes % 2 == 0:
                begun = position
        return begun

    def _end(self, block: bytes, begun: int, at: int) -> int:
        """Behind the record; -1 where the block ends before it does."""
        quotes, position = block.count(b'"', begun, at), at
        while (line := block.find(b"\n", position)) >= 0:
            quotes += block.count(b'"', position, line)
            position = line + 1
            if quotes % 2 == 0:
                return position
        return -1

    def _skip(self, block: bytes, start: int) -> int:
        """Behind the last record that ends in this block, which holds nothing."""
        if block.count(b'"', start) % 2 == 0:
            return len(block)
        return self._record_at(block, start, len(block))

    def _record(self, record: bytes, offset: int) -> None:
        is_coded = bool(coded_places(record))
        text = record.decode(errors="surrogateescape").replace("\0", "")
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter):
            for number, value in enumerate(row):
                if is_coded or "@" in value:
                    name = self._names[number] if number < len(self._names) else f"column {number + 1}"
                    self._cells.read(self._table, name, value.encode(errors="surrogateescape"), offset)


class JsonLines:
    """Reads blocks of whole lines, a JSON value each (https://jsonlines.org)."""

    def __init__(self, columns: Columns, tally: Tally, table: str) -> None:
        self._cells = Cells(columns, tally)
        self._tally = tally
        self._table = table
        tally.tables[table] = ()

    def read(self, block: bytes, offset: int) -> None:
        """Count the addresses of a block that begins at an offset of the dump."""
        start, signs = 0, _Signs(block)
        while (at := signs.next(start)) >= 0:
            begun = block.rfind(b"\n", start, at) + 1 or start
            end = block.find(b"\n", at)
            end = len(block) if end < 0 else end
            line = block[begun:end]
            try:
                document = json.loads(line)
            except (ValueError, RecursionError):
                self._tally.leave_unread(NOT_JSON, begun + offset)
                self._cells.read(self._table, "", line.lstrip(b"[{"), offset + begun)
            else:
                self._cells.read_document(self._table, "", document, offset + begun)
            start = end

    def close(self) -> None:
        """Nothing is left."""


class _Signs:
    """Where an address may stand in a block. Each form of @ is looked for once, however many there are of another."""

    def __init__(self, block: bytes) -> None:
        self._block = block
        self._at = block.find(b"@")
        self._coded = coded_places(block)[::-1]

    def next(self, start: int) -> int:
        """The first place at or behind `start`; -1 for none."""
        if 0 <= self._at < start:
            self._at = self._block.find(b"@", start)
        while self._coded and self._coded[-1] < start:
            self._coded.pop()
        return min((at for at in (self._at, *self._coded[-1:]) if at >= 0), default=-1)
