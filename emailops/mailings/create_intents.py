"""Creates of campaigns that were begun: noted before the request, and gone once the campaign is seen.

Mailchimp may work on a create for 120 seconds after its connection broke. Whoever looks before and finds no campaign
must not make a second one: each would be sent.
"""

from __future__ import annotations

from sqlalchemy import Column, Double, Engine, MetaData, Table, Text, delete, select

from emailops.private import Secret
from emailops.store import database

SETTLED = 130.0
"""Seconds by Mailchimp's clock after which a create that shows nowhere was never made."""
TABLES = MetaData()
CREATES = Table("creates", TABLES, Column("name", Text, primary_key=True), Column("at", Double, nullable=False))


class CreateIntents:
    """In the database of sends. Raises LedgerError."""

    def __init__(self, url: Secret) -> None:
        self._engine: Engine = database.opened(url, TABLES)

    def close(self) -> None:
        database.settle(self._engine)
        self._engine.dispose()

    def settles_in(self, name: str, now: float) -> float:
        """In how many seconds it is sure what became of a create; 0 where none was begun, or it is sure."""
        with database.transaction(self._engine) as connection:
            at = connection.execute(select(CREATES.c.at).where(CREATES.c.name == name)).scalar()
        return 0.0 if at is None else max(0.0, at + SETTLED - now)

    def note(self, name: str, now: float) -> None:
        """A create begins now."""
        with database.transaction(self._engine) as connection:
            connection.execute(delete(CREATES).where(CREATES.c.name == name))
            connection.execute(CREATES.insert().values(name=name, at=now))

    def clear(self, name: str) -> None:
        """What became of it is known."""
        with database.transaction(self._engine) as connection:
            connection.execute(delete(CREATES).where(CREATES.c.name == name))
