"""`scan database`: the addresses in a live PostgreSQL, read only, table by table over several connections.

The server writes what the columns of text, JSON and arrays hold, and it is read as a dump is.
https://www.postgresql.org/docs/current/sql-copy.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from typing import Any

from emailops.errors import InvalidInput
from emailops.private import Secret, hide_all
from emailops.scan.blocks import SIZE
from emailops.scan.columns import Columns
from emailops.scan.dump_findings import DumpRead, judged
from emailops.scan.exemptions import Exemptions, sifted
from emailops.scan.scanned import Heard, Scanned, Unread, nobody
from emailops.scan.sql_rows import SqlRows
from emailops.scan.tally import Tally

_TABLES = """
SELECT n.nspname, c.relname, c.relkind::text, greatest(c.reltuples, 0)::bigint,
       array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE readable),
       array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE base.typname = 'bytea'),
       array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_type base ON base.oid = CASE WHEN t.typbasetype <> 0 THEN t.typbasetype ELSE t.oid END
LEFT JOIN pg_type item ON item.oid = base.typelem AND base.typcategory = 'A'
CROSS JOIN LATERAL (SELECT
    base.typcategory = 'S' OR base.typname IN ('json', 'jsonb', 'xml', 'tsvector', 'hstore') OR base.typcategory = 'C'
    OR item.typcategory = 'S' OR item.typname IN ('json', 'jsonb', 'xml') OR item.typcategory = 'C' AS readable) AS r
WHERE c.relkind IN ('r', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg\\_%'
GROUP BY n.nspname, c.relname, c.relkind, c.reltuples
ORDER BY c.reltuples DESC, 1, 2
"""


@dataclass(frozen=True, slots=True)
class TableToRead:
    """A table, the columns that may hold addresses, and about how many rows it has."""

    schema: str
    name: str
    columns: tuple[str, ...]
    rows: int
    every_column: tuple[str, ...]

    @property
    def shown(self) -> str:
        """As dumps names it."""
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Manner:
    """How a database is read: `seconds` for each table, and about so many rows of it, or all."""

    seconds: int
    sample: int | None


def scan(
    url: Secret,
    columns: Columns,
    exemptions: Exemptions,
    today: date,
    manner: Manner,
    *,
    connections: int = 2,
    cluster: Executor | None = None,
    heard: Heard = nobody,
) -> Scanned:
    """What every table holds. Raises InvalidInput where the database refuses, and for a URL of another database."""
    name, tables, unread, notes = _tables(url, manner)
    asking: list[Any] = []
    with nullcontext(cluster) if cluster else ThreadPoolExecutor(connections) as executor:
        # Only threads of this process can share the list of what they ask.
        shared = () if cluster else (asking,)
        waiting = [executor.submit(read_table, url.reveal(), table, columns, manner, *shared) for table in tables]
        try:
            for number, _ in enumerate(as_completed(waiting), start=1):
                heard(f"{number} of {len(tables)} tables")
        except BaseException:
            _stop(waiting, asking)
            raise
        tallies = [future.result() for future in waiting]
    total = Tally()
    reads = []
    for table, tally in zip(tables, tallies, strict=True):
        reads += [DumpRead(f"{name}/{table.shown}", tally, _no_lines)] if tally.unread else []
        if not tally.unread:
            total.add(tally)
    sightings, words = judged([DumpRead(name, total, _no_lines), *reads], columns)
    if manner.sample and any(table.rows > manner.sample for table in tables):
        notes.append(f"of each table about {manner.sample:,} rows were read, and no more")
    read = {"table": len(tables), "MB": sum(tally.size for tally in tallies) // 1_000_000}
    return sifted(sightings, exemptions, today, Scanned((), unread=tuple(unread), notes=(*notes, *words), read=read))


def read_table(
    url: str, table: TableToRead, columns: Columns, manner: Manner, asking: list[Any] | None = None
) -> Tally:
    """What one table holds; why it could not be read to its end is in the tally. Another machine may do it.

    Its connection is added to those that are `asking`.
    """
    psycopg = _psycopg()
    tally = Tally()
    rows = SqlRows(columns, tally)
    rows.copied(table.shown, table.columns)
    tally.tables[table.shown] = table.every_column
    try:
        with _connected(url, manner) as connection:
            if asking is not None:
                asking.append(connection)
            for block in _copied(connection, _query(table, manner)):
                rows.read(block, tally.size)
                tally.size += len(block)
    except psycopg.errors.UndefinedTable:
        tally.leave_unread("it was dropped while the database was read", 0)
    except psycopg.errors.QueryCanceled:
        tally.leave_unread(f"reading it took longer than {manner.seconds} seconds: see --timeout", 0)
    except psycopg.Error as error:
        tally.leave_unread(f"it cannot be read: {_said(error)}", 0)
    return tally


def _tables(url: Secret, manner: Manner) -> tuple[str, list[TableToRead], list[Unread], list[str]]:
    psycopg = _psycopg()
    tables: list[TableToRead] = []
    unread: list[Unread] = []
    notes: list[str] = []
    try:
        with _connected(url.reveal(), manner) as connection:
            name = str(connection.info.dbname)
            for schema, table, kind, rows, readable, binary, every in connection.execute(_TABLES).fetchall():
                found = TableToRead(schema, table, tuple(readable or ()), rows, tuple(every))
                if kind == "f":
                    unread.append(Unread(found.shown, "a table of another server"))
                elif readable:
                    tables.append(found)
                unread += [Unread(f"{found.shown}.{column}", "bytes, not text") for column in binary or ()]
    except psycopg.Error as error:
        raise InvalidInput(
            f"the database cannot be read: {_said(error)}", "see its URL, and that it lets you in"
        ) from None
    return name, tables, unread, notes


@contextmanager
def _connected(url: str, manner: Manner) -> Iterator[Any]:
    """A connection that can write nothing, whatever it is asked."""
    with _psycopg().connect(url, connect_timeout=10, application_name="emailops scan") as connection:
        connection.read_only = True
        connection.execute(f"SET statement_timeout = {manner.seconds * 1000:d}")
        connection.execute("SET client_encoding = 'UTF8'")
        yield connection


def _query(table: TableToRead, manner: Manner) -> Any:
    sql = import_module("psycopg.sql")
    sample = sql.SQL("")
    if manner.sample and table.rows > manner.sample:
        sample = sql.SQL(" TABLESAMPLE SYSTEM ({})").format(sql.Literal(round(100 * manner.sample / table.rows, 6)))
    return sql.SQL("COPY (SELECT {} FROM ONLY {}{}) TO STDOUT").format(
        sql.SQL(", ").join(map(sql.Identifier, table.columns)), sql.Identifier(table.schema, table.name), sample
    )


def _copied(connection: Any, query: Any) -> Iterator[bytes]:
    """The rows as the server sends them, so many at a time that each block is worth a look.

    They come straight from libpq: psycopg's own iterator takes three times as long for each.
    https://www.psycopg.org/psycopg3/docs/api/pq.html
    """
    psycopg, wire = _psycopg(), connection.pgconn
    begun = wire.exec_(query.as_bytes(connection))
    if begun.status != psycopg.pq.ExecStatus.COPY_OUT:
        raise psycopg.errors.error_from_result(begun)
    held: list[Any] = []
    held_size = 0
    while (row := wire.get_copy_data(0))[0] > 0:
        held.append(row[1])
        held_size += row[0]
        if held_size >= SIZE:
            yield b"".join(held)
            held, held_size = [], 0
    yield b"".join(held)
    while (ended := wire.get_result()) is not None:
        if ended.error_message:
            raise psycopg.errors.error_from_result(ended)


def _stop(waiting: Iterable[Future[Tally]], asking: Iterable[Any]) -> None:
    """Ask for nothing more, and let the server stop what it does: it may wait for a lock as long as it likes."""
    for future in waiting:
        future.cancel()
    for connection in asking:
        with suppress(_psycopg().Error):
            connection.cancel()


def _no_lines(offsets: Iterable[int]) -> Mapping[int, int]:
    return dict.fromkeys(offsets, 1)


def _said(error: Exception) -> str:
    """The server's own words, without what they may hold of a secret or an address."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return hide_all(lines[0] if lines else type(error).__name__)


def _psycopg() -> Any:
    try:
        return import_module("psycopg")
    except ImportError:
        raise InvalidInput("a database needs psycopg", "pip install 'emailops[scan]'") from None
