"""The database of sends and receipts: a SQLite file, or PostgreSQL where several machines work on one thing.

Whatever it raises is a LedgerError, and names no value: a row may hold an address.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, MetaData, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as Exhausted

from emailops import written
from emailops.errors import LedgerError
from emailops.private import Secret

_SQLITE, _POSTGRESQL = "sqlite", "postgresql"
_LOCK = 20_261_129
"""Whoever makes the tables holds this lock of PostgreSQL's."""
_TURN = 1129
"""The first half of the locks that are taken for a name."""
_OWN = ".emailops"
_OWNER_ONLY = 0o600
_SECONDS = 30
_BREATH = 0.02
_READS = "emailops_reads"
_ROWS = 20_000
_FILE = "file"
_IN_WORDS = {
    "SQLITE_BUSY": "another run holds it",
    "SQLITE_CANTOPEN": "its folder cannot be written",
    "SQLITE_CORRUPT": "it is damaged",
    "SQLITE_FULL": "its disk is full",
    "SQLITE_NOTADB": "it is not a SQLite file",
    "SQLITE_READONLY": "it can only be read",
}
_INSERTS: Mapping[str, Any] = {_SQLITE: sqlite.insert, _POSTGRESQL: postgresql.insert}


def opened(url: Secret, tables: MetaData) -> Engine:
    """The engine of a database in which these tables are. Raises LedgerError."""
    parsed = _parsed(url)
    with _translated():
        engine = _sqlite(parsed) if parsed.get_backend_name() == _SQLITE else _postgresql(parsed)
    with transaction(engine) as connection:
        if engine.dialect.name == _POSTGRESQL:
            connection.execute(text(f"select pg_advisory_xact_lock({_LOCK})"))
        tables.create_all(connection)
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that is on disk when this ends, or has left nothing. Raises LedgerError."""
    with _translated(), engine.begin() as connection:
        yield connection
    written.note()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads, and so waits for no writer. Raises LedgerError."""
    with _translated(), engine.execution_options(**{_READS: True}).begin() as connection:
        yield connection


def insert(connection: Connection, table: Table) -> Any:
    """An insert that can say what to do where a row of that key is there: look and note in one statement."""
    return _INSERTS[connection.dialect.name](table)


def insert_many(connection: Connection, table: Table, rows: Iterator[tuple[Any, ...]]) -> int:
    """Insert rows that have a value for each of their columns, past what SQLAlchemy costs a row; how many they were."""
    driver: Any = connection.connection.driver_connection
    names = ", ".join(table.columns.keys())
    total = 0
    try:
        if connection.dialect.name == _SQLITE:
            marks = ", ".join("?" for _ in table.columns)
            while chunk := list(islice(rows, _ROWS)):
                driver.executemany(f"insert into {table.name} ({names}) values ({marks})", chunk)  # noqa: S608 (names)
                total += len(chunk)
            return total
        with driver.cursor() as cursor, cursor.copy(f"copy {table.name} ({names}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)
                total += 1
    except connection.dialect.loaded_dbapi.Error as error:
        raise DBAPIError(None, None, error) from None
    return total


def in_turn(connection: Connection, name: str) -> None:
    """Until this transaction ends nobody else comes past here for that name; with SQLite nobody writes anyway."""
    if connection.dialect.name == _POSTGRESQL:
        connection.execute(text("select pg_advisory_xact_lock(:lock, hashtext(:name))"), {"lock": _TURN, "name": name})


def now(engine: Engine) -> str:
    """SQL for the database's own clock, in seconds since 1970: one for all machines that share it."""
    if engine.dialect.name == _SQLITE:
        return "((julianday('now') - 2440587.5) * 86400.0)"
    return "cast(extract(epoch from clock_timestamp()) as double precision)"


def compact(engine: Engine) -> None:
    """Write a SQLite file anew: where rows grew, pages hold copies of what was there before."""
    _on_sqlite(engine, "vacuum")


def settle(engine: Engine) -> None:
    """Let what SQLite wrote beside its file go into it, and be gone beside it."""
    _on_sqlite(engine, "pragma wal_checkpoint(truncate)")


def is_shared(url: Secret) -> bool:
    """Whether other machines can reach it. Raises LedgerError."""
    return _parsed(url).get_backend_name() == _POSTGRESQL


def is_there(url: Secret) -> bool:
    """Whether there is something to open; whoever opens a SQLite file that is not there makes one. Raises LedgerError.

    Of PostgreSQL only opening it tells.
    """
    parsed = _parsed(url)
    return parsed.get_backend_name() != _SQLITE or Path(parsed.database or "").is_file()


def _on_sqlite(engine: Engine, statement: str) -> None:
    """Nothing where others are at the file: whoever comes last does it. Nothing where it is gone, either."""
    if engine.dialect.name == _SQLITE:
        with suppress(sqlite3.OperationalError, OSError), engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute(statement)


def _when_free(connection: sqlite3.Connection, statement: str) -> None:
    """SQLite gives up at once, whatever its timeout, while another opens the file first, or closes it last."""
    for _ in range(int(_SECONDS / _BREATH)):
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(_BREATH)
        else:
            return
    connection.execute(statement)


def _parsed(url: Secret) -> URL:
    try:
        parsed = make_url(url.reveal())
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() not in (_SQLITE, _POSTGRESQL):
        message = "EMAILOPS_DATABASE is not the URL of a database that emailops works with"
        raise LedgerError(message, "write sqlite:////PATH/sends.sqlite or postgresql://USER:PASSWORD@HOST/DATABASE")
    if parsed.password:
        Secret(str(parsed.password))
    return parsed


def _sqlite(url: URL) -> Engine:
    """Writes are on disk when a transaction ends, and what is deleted is overwritten."""
    path = Path(url.database or "")
    if not url.database or url.database == ":memory:":
        raise LedgerError("EMAILOPS_DATABASE names no file", "a database in memory forgets who got a message")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.parent.name == _OWN and not (path.parent / ".gitignore").exists():
        (path.parent / ".gitignore").write_text("*\n", encoding="utf-8")
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, _OWNER_ONLY))
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": _SECONDS})

    @event.listens_for(engine, "do_connect")
    def _connecting(*_: object) -> None:
        """SQLite would make a file that is gone anew, and empty."""
        _file(path)

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, record: Any) -> None:
        record.info[_FILE] = _file(path)
        connection.isolation_level = None  # transactions are begun below
        for pragma in ("journal_mode=wal", "synchronous=full", "secure_delete=on"):
            _when_free(connection, f"pragma {pragma}")

    @event.listens_for(engine, "checkout")
    def _lent(_: object, record: Any, __: object) -> None:
        """SQLite would write on into a file that is gone, where nobody ever finds it."""
        if record.info[_FILE] != _file(path):
            raise DisconnectionError

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        only_reads = connection.get_execution_options().get(_READS)
        connection.exec_driver_sql("begin" if only_reads else "begin immediate")

    return engine


def _file(path: Path) -> tuple[int, int]:
    """Which file it is, whatever was written into it. Raises OSError."""
    found = path.stat()
    return found.st_dev, found.st_ino


def _postgresql(url: URL) -> Engine:
    options = {"connect_timeout": _SECONDS}
    return create_engine(
        url.set(drivername="postgresql+psycopg"), hide_parameters=True, pool_pre_ping=True, connect_args=options
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except NoSuchModuleError as error:
        raise LedgerError(
            "the database's driver is not installed", "pip install 'emailops[mailings]' or 'emailops[receipts]'"
        ) from error
    except (DBAPIError, Exhausted) as error:
        # The text of a driver's error may repeat a row.
        said = getattr(error, "orig", None) or error
        why = getattr(said, "sqlite_errorname", type(said).__name__)
        why = _IN_WORDS.get(why, why)
        message = f"the database cannot be reached or written ({why})"
        raise LedgerError(message, "see EMAILOPS_DATABASE, its disk and its server; then run it again") from None
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise LedgerError(
            f"the database's file cannot be used: {why}", "see EMAILOPS_DATABASE, and its folder"
        ) from None
