"""Who is at work on a campaign: one run at a time makes it, fills it and sends it.

A claim is taken in one statement, so of two runs that begin at the same moment one has it. A run that was killed leaves
its claim, and it ends by itself. Until then Mailchimp may still be at work on the last request: whoever looked before
and found no campaign, or one that is not sent, would send it a second time.
"""

from __future__ import annotations

import uuid

from sqlalchemy import Column, Double, Engine, MetaData, Table, Text, delete, select

from emailops.private import Secret
from emailops.store import database

SETTLED = 130.0
"""Seconds by Mailchimp's clock after which a request whose answer was lost has shown what it did, or never will."""
_KEPT = 24 * 3600.0
TABLES = MetaData()
CLAIMS = Table(
    "campaign_claims",
    TABLES,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("at", Double, nullable=False),
)


class CampaignClaims:
    """In the database of sends. Raises LedgerError."""

    def __init__(self, url: Secret) -> None:
        self._engine: Engine = database.opened(url, TABLES)
        self._owner = uuid.uuid4().hex

    def close(self) -> None:
        database.settle(self._engine)
        self._engine.dispose()

    def take(self, name: str, now: float) -> float:
        """0 once it is ours; else in how many seconds the claim of another run ends."""
        with database.transaction(self._engine) as connection:
            connection.execute(delete(CLAIMS).where(CLAIMS.c.at < now - _KEPT))
            insert = database.insert(connection, CLAIMS).values(name=name, owner=self._owner, at=now)
            ours = {"owner": self._owner, "at": now}
            taken = insert.on_conflict_do_update(
                index_elements=["name"], set_=ours, where=CLAIMS.c.at <= now - SETTLED
            ).returning(CLAIMS.c.name)
            if connection.execute(taken).first() is not None:
                return 0.0
            at = connection.execute(select(CLAIMS.c.at).where(CLAIMS.c.name == name)).scalar_one()
        return float(at) + SETTLED - now

    def release(self, name: str) -> None:
        """What became of it is known: the next run need not wait."""
        with database.transaction(self._engine) as connection:
            connection.execute(delete(CLAIMS).where(CLAIMS.c.name == name, CLAIMS.c.owner == self._owner))
