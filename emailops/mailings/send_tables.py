"""The tables of sends (https://docs.sqlalchemy.org/en/21/core/metadata.html)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Integer, MetaData, Table, Text, UniqueConstraint

TABLES = MetaData()
_AUTOMATIC = BigInteger().with_variant(Integer, "sqlite")
RUNS = Table(
    "runs",
    TABLES,
    Column("number", _AUTOMATIC, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("mailing", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("occasion", Text, nullable=False),
    Column("repeat", Integer, nullable=False),
    Column("template", Text, nullable=False),
    Column("begun", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("said", Text, nullable=False),
    UniqueConstraint("mailing", "stage", "occasion", "repeat"),
)
SENDS = Table(
    "sends",
    TABLES,
    Column("run", _AUTOMATIC, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("recipient", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("lost", Integer, nullable=False),
    Column("at", Double),
    Column("worker", Text),
    Column("address", Text),
    Column("personalisation", Text),
    Column("message", Text),
    Column("said", Text),
    sqlite_with_rowid=False,
)
PACE = Table("pace", TABLES, Column("name", Text, primary_key=True), Column("next", Double, nullable=False))
