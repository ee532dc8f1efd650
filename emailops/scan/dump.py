"""`scan dump`: the addresses in dumps, judged column by column against what is declared of them.

A file that is not packed is read in parts, one a core; each part is read as if it were alone, and the sums are added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

from emailops.scan.blocks import Broken, aligned, earlier_than, line_blocks, part_reader, statement_blocks
from emailops.scan.columns import Columns
from emailops.scan.dump_findings import DumpRead, judged
from emailops.scan.dump_source import DumpFormat, DumpSource, opened, opened_file
from emailops.scan.exemptions import Exemptions, sifted
from emailops.scan.parquet import read_parquet
from emailops.scan.records import CsvRecords, JsonLines
from emailops.scan.scanned import Scanned
from emailops.scan.sql_rows import SqlRows
from emailops.scan.tally import Tally

PART = 64 * 1024 * 1024
"""A file that is smaller is read by this process alone: another one takes longer to start."""


@dataclass(frozen=True, slots=True)
class Part:
    """From one offset of a file to another; both are moved to where a line or a statement ends."""

    path: str
    base: Path
    format: DumpFormat
    start: int
    end: int


def scan(
    paths: Iterable[str],
    base: Path,
    environment: Mapping[str, str],
    columns: Columns,
    exemptions: Exemptions,
    today: date,
    *,
    cores: int = 1,
    cluster: Executor | None = None,
) -> Scanned:
    """What every dump holds. `cluster` reads parts instead of processes on this machine. Raises InvalidInput."""
    reads = [_read(path, base, environment, columns, cores, cluster) for path in dict.fromkeys(paths)]
    sightings, notes = judged(reads, columns)
    size = sum(read.tally.size for read in reads) // 1_000_000
    scanned = Scanned((), notes=tuple(notes), read={"dump": len(reads), "MB": size})
    return sifted(sightings, exemptions, today, scanned)


def read_part(part: Part, columns: Columns) -> Tally:
    """What one part of a file holds; another process, or another machine, may do it."""
    tally = Tally()
    with opened_file(part.path, part.base) as (file, size):
        start, end = (aligned(file, offset, size) for offset in (part.start, part.end))
        if start >= end:
            return tally
        if part.format is DumpFormat.jsonl:
            records = JsonLines(columns, tally, Path(part.path).name.partition(".")[0])
            for block, offset in line_blocks(part_reader(file, start, end)):
                records.read(block, start + offset)
        else:
            with opened_file(part.path, part.base) as (other, _):
                rows = SqlRows(columns, tally, partial(earlier_than, other, start) if start else None)
                for block, offset in statement_blocks(part_reader(file, start, end), rows):
                    rows.read(block, start + offset)
    tally.size = end - start
    return tally


def read_stream(source: DumpSource, columns: Columns) -> tuple[Tally, Callable[[int], int]]:
    """What a dump holds that is read once, from its beginning, and a function that gives the line of an offset."""
    tally = Tally()
    lines: list[tuple[int, int]] = [(0, 1)]
    wanted: dict[int, int] = {}
    rows = SqlRows(columns, tally) if source.format is DumpFormat.sql else None
    records = None
    if rows is None:
        kind = CsvRecords if source.format is DumpFormat.csv else JsonLines
        records = kind(columns, tally, source.table)
    blocks = statement_blocks(source.read, rows) if rows else line_blocks(source.read)
    try:
        for block, offset in blocks:
            (rows or records).read(block, offset)  # type: ignore[union-attr]
            _number(tally, block, offset, lines, wanted)
    except Broken as error:
        tally.unread.append((f"it cannot be read to its end: {error}", tally.size))
    if records is not None:
        records.close()
    return tally, lambda offset: wanted.get(offset, lines[-1][1])


def _number(tally: Tally, block: bytes, offset: int, lines: list[tuple[int, int]], wanted: dict[int, int]) -> None:
    """Remember the line of each first place in this block: it is not read again."""
    _, number = lines[-1]
    for column in tally.columns.values():
        for first in column.first.values():
            if first not in wanted and offset <= first < offset + len(block):
                wanted[first] = number + block.count(b"\n", 0, first - offset)
    tally.size = offset + len(block)
    lines[-1] = (tally.size, number + block.count(b"\n"))


def _read(
    path: str, base: Path, environment: Mapping[str, str], columns: Columns, cores: int, cluster: Executor | None
) -> DumpRead:
    with opened(path, base, environment) as source:
        if source.format is DumpFormat.parquet:
            return DumpRead(path, read_parquet(source, base, columns), lambda _: 1)
        is_in_parts = source.is_plain and source.format in (DumpFormat.sql, DumpFormat.jsonl)
        if not is_in_parts or (source.size < 2 * PART and cluster is None):
            return DumpRead(path, *read_stream(source, columns))
        parts = _parts(path, base, source, cores if cluster is None else max(cores, -(-source.size // PART)))
    tally = _together(parts, columns, cluster)
    return DumpRead(path, tally, partial(_line, path, base))


def _parts(path: str, base: Path, source: DumpSource, count: int) -> list[Part]:
    bounds = [source.size * number // count for number in range(count)] + [source.size]
    return [Part(path, base, source.format, start, end) for start, end in pairwise(bounds)]


def _together(parts: Sequence[Part], columns: Columns, cluster: Executor | None) -> Tally:
    """The sum of all parts. Without a cluster this process reads the first one itself."""
    first, others = (parts[:1], parts[1:]) if cluster is None else ([], parts)
    total = Tally()
    pool = (
        nullcontext(cluster)
        if cluster is not None
        else ProcessPoolExecutor(max(len(others), 1), mp_context=get_context("spawn"))
    )
    with pool as executor:
        waiting: list[Future[Tally]] = [executor.submit(read_part, part, columns) for part in others]
        for part in first:
            total.add(read_part(part, columns))
        for future in waiting:
            total.add(future.result())
    return total


def _line(path: str, base: Path, offset: int) -> int:
    """The line of an offset, for the few of which a finding speaks."""
    number = 1
    with opened_file(path, base) as (file, _):
        read = part_reader(file, 0, offset)
        while piece := read(PART // 64):
            number += piece.count(b"\n")
    return number
