"""The tables of receipts, in the same database as the sends (https://docs.sqlalchemy.org/en/21/core/).

Times of Notify's are ISO 8601 in UTC, with microseconds, so that they sort as text. Our own are seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, Column, Double, Index, Integer, MetaData, Table, Text, UniqueConstraint, text

TABLES = MetaData()
_AUTOMATIC = BigInteger().with_variant(Integer, "sqlite")
_SAID = text("meant is not null")
_WHERE_SAID: Mapping[str, Any] = {"sqlite_where": _SAID, "postgresql_where": _SAID}
RECEIPTS = Table(
    "receipts",
    TABLES,
    Column("number", _AUTOMATIC, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("reference", Text),
    Column("meant", Text),
    Column("recipient", Text, nullable=False),
    Column("address", Text),
    Column("template", Text, nullable=False),
    Column("template_version", Integer, nullable=False),
    Column("created", Text, nullable=False),
    Column("sent", Text),
    Column("completed", Text),
    Column("token", Text, nullable=False),
    Column("received", Double, nullable=False),
    UniqueConstraint("id", "status"),
    Index("receipts_by_recipient", "recipient", "received"),
    Index("receipts_by_meant", "meant", **_WHERE_SAID),
    Index("receipts_by_reference", "reference", "received"),
    Index("receipts_by_time", "received", "status", "account"),
)
COMPLAINTS = Table(
    "complaints",
    TABLES,
    Column("id", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("message", Text, nullable=False, index=True),
    Column("reference", Text),
    Column("recipient", Text, nullable=False, index=True),
    Column("address", Text),
    Column("complained", Text),
    Column("token", Text, nullable=False),
    Column("received", Double, nullable=False, index=True),
)
TOKEN_USES = Table(
    "token_uses", TABLES, Column("token", Text, primary_key=True), Column("used", Double, nullable=False)
)
FOLLOW_UPS = Table(
    "follow_ups",
    TABLES,
    Column("number", _AUTOMATIC, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("recipient", Text, nullable=False, index=True),
    Column("address", Text),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due", Double, nullable=False),
    Column("said", Text, nullable=False),
    Column("ended", Double),
    UniqueConstraint("id", "status"),
    Index("follow_ups_due", "state", "due"),
)
