"""A part of a dump, as another process or another machine reads it: it imports no more than that takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from emailops.scan.blocks import Broken, aligned, earlier_than, line_blocks, part_reader, statement_blocks
from emailops.scan.columns import Columns
from emailops.scan.dump_source import DumpFormat, opened_file
from emailops.scan.records import JsonLines
from emailops.scan.sql_rows import SqlRows
from emailops.scan.tally import Tally

SIZE = 64 * 1024 * 1024
"""What another machine reads at a time, and what is worth a process of its own."""


@dataclass(frozen=True, slots=True)
class Part:
    """From one offset of a file to another; both are moved to where a line or a statement ends."""

    path: str
    base: Path
    format: DumpFormat
    start: int
    end: int


def read_part(part: Part, columns: Columns, heard: Callable[[int], None] | None = None) -> Tally:
    """What one part of a file holds. `heard` is told how many bytes were read."""
    tally = Tally()
    with opened_file(part.path, part.base) as (file, size), opened_file(part.path, part.base) as (other, _):
        start, end = (aligned(file, offset, size) for offset in (part.start, part.end))
        if start >= end:
            return tally
        read = part_reader(file, start, end)
        if part.format is DumpFormat.jsonl:
            records = JsonLines(columns, tally, Path(part.path).name.partition(".")[0])
            look, blocks = records.read, line_blocks(read)
        else:
            rows = SqlRows(columns, tally, partial(earlier_than, other, start) if start else None)
            look, blocks = rows.read, statement_blocks(read, rows)
        try:
            for block, offset in blocks:
                look(block, start + offset)
                tally.size = offset + len(block)
                if heard:
                    heard(tally.size)
        except Broken as error:
            tally.leave_unread(str(error), start + tally.size)
    return tally
