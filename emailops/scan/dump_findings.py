"""What is wrong with what dumps, or a database, hold: by table and column, without a single address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from emailops.declaration.vocabulary import DumpAddresses
from emailops.resource import Severity
from emailops.scan.columns import Column, Columns
from emailops.scan.line_numbers import Lines
from emailops.scan.records import NOT_JSON
from emailops.scan.scanned import Sighting
from emailops.scan.tally import ColumnTally, Tally, most


@dataclass(frozen=True, slots=True)
class DumpRead:
    """A dump that was read."""

    path: str
    tally: Tally
    lines: Lines


def judged(reads: Sequence[DumpRead], columns: Columns) -> tuple[list[Sighting], list[str]]:
    """Findings, and what is worth a word: exceptions that were declared, columns that were not there."""
    sightings = [sighting for read in reads for sighting in _with_lines(read, list(_of_read(read, columns)))]
    tables = {table: names for read in reads for table, names in read.tally.tables.items()}
    holding = {
        column.name
        for read in reads
        for table, path in read.tally.columns
        if (column := columns.of(table, path)) is not None
    }
    absent: list[str] = []
    exempt: list[str] = []
    for name, column in columns.declared.items():
        table, _, path = name.partition(".")
        read = next((read for read in reads if table in read.tally.tables), None)
        if column.addresses is DumpAddresses.real:
            exempt += [f"{name} may hold real addresses: {column.why}"] if name in holding else []
        elif read is None:
            absent.append(name)
        elif name not in holding and column.addresses is DumpAddresses.invented:
            sightings.append(_holds_none(read, name, path, tables[table]))
    notes = [*exempt, *([f"not in here: {', '.join(absent)}"] if absent else [])]
    return sightings, notes


def _with_lines(read: DumpRead, sightings: list[Sighting]) -> Iterator[Sighting]:
    """With the line of each, whose offset stood in its place."""
    lines = read.lines({sighting.line for sighting in sightings})
    return (replace(sighting, line=lines[sighting.line]) for sighting in sightings)


def _of_read(read: DumpRead, columns: Columns) -> Iterator[Sighting]:
    for why, offset in read.tally.unread:
        remedy = "make the dump again; what was read before is judged"
        if why == NOT_JSON:
            remedy = "write one value a line, as jq --compact-output does"
        yield _sighting(read, offset, "dump-unread", read.path, why, remedy)
    for (table, path), tally in sorted(read.tally.columns.items()):
        declared = columns.of(table, path)
        if declared is None or declared.addresses is not DumpAddresses.real:
            yield from _of_column(read, f"{table}.{path}".strip("."), declared, tally)


def _of_column(read: DumpRead, name: str, declared: Column | None, tally: ColumnTally) -> Iterator[Sighting]:
    where = declared.name if declared else name or "what stands outside of the tables"
    strangers = sum(tally.strangers.values())
    if declared and declared.addresses is DumpAddresses.none:
        first = min(tally.first.values())
        message = f"{where} holds {_count(strangers + tally.known)}, and is declared to hold none"
        yield _sighting(read, first, "dump-emptied", where, message, "let the clean-up empty it")
        return
    if strangers:
        message = f"{where} holds {_count(strangers)} that may be people's, at {most(tally.strangers)}"
        remedy = "clean the column" if declared else "clean the column, and declare in dumps what it holds"
        yield _sighting(read, tally.first["stranger"], "dump-address", where, message, remedy)
    if tally.off_pattern:
        message = f"{where} holds {_count(tally.off_pattern)} that the declared pattern does not fit"
        remedy = "let the clean-up write what dumps declares, or correct its pattern"
        yield _sighting(read, tally.first["off_pattern"], "dump-pattern", where, message, remedy)
    if declared is None and name and tally.known and not strangers:
        message = f"{where} holds {_count(tally.known)}, and dumps does not declare it"
        remedy = f"declare it: {name}: {{addresses: invented, holds: TEXT, loaded_by: [STAGE]}}"
        yield _sighting(read, tally.first["known"], "dump-undeclared", where, message, remedy, Severity.warning)


def _holds_none(read: DumpRead, name: str, path: str, names: tuple[str, ...]) -> Sighting:
    column = path.partition(".")[0]
    if names and column not in names:
        message = f"{name} is declared, and there is no such column"
    else:
        message = f"{name} is declared to hold addresses, and holds none"
    remedy = "see that the dump is whole; then correct dumps"
    return _sighting(read, 1, "dump-column-empty", name, message, remedy, Severity.warning)


def _sighting(
    read: DumpRead, place: int, rule: str, subject: str, message: str, remedy: str, severity: Severity = Severity.error
) -> Sighting:
    return Sighting(read.path, place, 1, rule, subject, message, remedy, severity)


def _count(number: int) -> str:
    return f"{number:,} address{'' if number == 1 else 'es'}"
