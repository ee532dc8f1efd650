"""The minute's limit of a key, kept by all workers that share a database."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Double, Engine, case, literal_column, update

from emailops.mailings.send_tables import PACE
from emailops.store import database


class Pace:
    """By the database's own clock. Raises LedgerError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def slots(self, name: str, wanted: int, per_second: float) -> list[float]:
        """In how many seconds each of the next requests may begin, over all workers that share this database."""
        clock: ColumnElement[float] = literal_column(database.now(self._engine), Double())
        span = wanted / per_second
        next_ = case((PACE.c.next > clock, PACE.c.next), else_=clock) + span
        taken = update(PACE).where(PACE.c.name == name).values(next=next_).returning(PACE.c.next, clock)
        with database.transaction(self._engine) as connection:
            row = connection.execute(taken).first()
            if row is None:
                first = database.insert(connection, PACE).values(name=name, next=0)
                connection.execute(first.on_conflict_do_nothing(index_elements=["name"]))
                row = connection.execute(taken).one()
        begins = max(0.0, row[0] - span - row[1])
        return [begins + number / per_second for number in range(wanted)]

    def hold(self, name: str, seconds: float) -> None:
        """Let nobody begin a request for so long: Notify said that the minute is full."""
        clock: ColumnElement[float] = literal_column(database.now(self._engine), Double())
        with database.transaction(self._engine) as connection:
            connection.execute(
                update(PACE).where(PACE.c.name == name, PACE.c.next < clock + seconds).values(next=clock + seconds)
            )
