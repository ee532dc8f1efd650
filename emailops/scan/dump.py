"""`scan dump`: the addresses in dumps, judged column by column against what is declared of them.

A file that is not packed is read in parts, one a core; each part is read as if it were alone, and the sums are added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import nullcontext
from datetime import date
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

from emailops.errors import InvalidInput
from emailops.scan.blocks import Broken, line_blocks, statement_blocks
from emailops.scan.columns import Columns
from emailops.scan.dump_findings import DumpRead, judged
from emailops.scan.dump_source import DumpFormat, DumpSource, opened
from emailops.scan.exemptions import Exemptions, sifted
from emailops.scan.line_numbers import Lines, LinesOnTheWay, counted_lines
from emailops.scan.parquet import read_parquet
from emailops.scan.parts import SIZE, Part, read_part
from emailops.scan.records import CsvRecords, JsonLines
from emailops.scan.scanned import Heard, Scanned, nobody, percent
from emailops.scan.sql_rows import SqlRows
from emailops.scan.tally import Tally

_AHEAD = 128 * 1024 * 1024
"""So much this process reads while others start: of a smaller dump it reads all."""


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
    heard: Heard = nobody,
) -> Scanned:
    """What every dump holds. `cluster` reads parts instead of processes on this machine. Raises InvalidInput."""
    reads = [_read(path, base, environment, columns, cores, cluster, heard) for path in dict.fromkeys(paths)]
    sightings, notes = judged(reads, columns)
    size = sum(read.tally.size for read in reads) // 1_000_000
    scanned = Scanned((), notes=tuple(notes), read={"dump": len(reads), "MB": size})
    return sifted(sightings, exemptions, today, scanned)


def _read(
    path: str,
    base: Path,
    environment: Mapping[str, str],
    columns: Columns,
    cores: int,
    cluster: Executor | None,
    heard: Heard,
) -> DumpRead:
    with opened(path, base, environment) as source:
        if source.format is DumpFormat.parquet:
            return DumpRead(path, read_parquet(source, base, columns, heard), _rows)
        is_in_parts = source.is_plain and source.format in (DumpFormat.sql, DumpFormat.jsonl)
        if not is_in_parts or (source.size < _AHEAD + SIZE and cluster is None):
            on_the_way = LinesOnTheWay() if source.is_read_once else None
            tally = _read_stream(source, columns, on_the_way, heard)
            return DumpRead(path, tally, on_the_way.of if on_the_way else _again(path, base, environment))
        is_here = cluster is None
        count = cores if is_here else max(cores, -(-source.size // SIZE))
        parts = _parts(path, base, source, count, ahead=_AHEAD if is_here else 0)
    return DumpRead(path, _together(parts, columns, cluster, heard), _again(path, base, environment))


def _read_stream(source: DumpSource, columns: Columns, on_the_way: LinesOnTheWay | None, heard: Heard) -> Tally:
    """What a dump holds that is read once, from its beginning."""
    tally = Tally()
    records: SqlRows | CsvRecords | JsonLines
    if source.format is DumpFormat.sql:
        records = SqlRows(columns, tally)
        blocks = statement_blocks(source.read, records)
    else:
        records = (CsvRecords if source.format is DumpFormat.csv else JsonLines)(columns, tally, source.table)
        blocks = line_blocks(source.read)
    try:
        for block, offset in blocks:
            records.read(block, offset)
            tally.size = offset + len(block)
            if on_the_way is not None:
                on_the_way.pass_by(tally, block, offset)
            heard(f"{source.name}: {source.far(tally.size)}")
    except Broken as error:
        tally.leave_unread(f"it cannot be read to its end: {error}", tally.size)
    records.close()
    return tally


def _again(path: str, base: Path, environment: Mapping[str, str]) -> Lines:
    """Gives lines by opening the dump once more."""

    def lines(offsets: Iterable[int]) -> Mapping[int, int]:
        try:
            with opened(path, base, environment) as source:
                return counted_lines(source.read, offsets)
        except InvalidInput:  # it is gone: what it held is told all the same
            return dict.fromkeys(offsets, 1)

    return lines


def _rows(numbers: Iterable[int]) -> Mapping[int, int]:
    return {number: number + 1 for number in numbers}


def _parts(path: str, base: Path, source: DumpSource, count: int, *, ahead: int) -> list[Part]:
    """Parts of one size, but for the first: so much larger it is."""
    bounds = [0, *(ahead + (source.size - ahead) * number // count for number in range(1, count + 1))]
    return [Part(path, base, source.format, start, end) for start, end in pairwise(bounds)]


def _together(parts: Sequence[Part], columns: Columns, cluster: Executor | None, heard: Heard = nobody) -> Tally:
    """The sum of all parts. Without a cluster this process reads the first one itself, and tells of it for all."""
    first, others = (parts[0], parts[1:]) if cluster is None else (None, parts)
    total = Tally()
    pool = (
        nullcontext(cluster)
        if cluster is not None
        else ProcessPoolExecutor(max(len(others), 1), mp_context=get_context("spawn"))
    )
    with pool as executor:
        waiting: list[Future[Tally]] = [executor.submit(read_part, part, columns) for part in others]
        if first is not None:
            total.add(
                read_part(first, columns, lambda size: heard(f"{first.path}: {percent(size, first.end - first.start)}"))
            )
        for number, _ in enumerate(as_completed(waiting), start=1):
            heard(f"{parts[0].path}: {number} of {len(waiting)} parts")
        for future in waiting:
            total.add(future.result())
    return total
