"""What receipts set off, as a queue in the database: waits, is done, or is given up.

    waiting -> claimed -> done       what was declared was done, or there was nothing to do
                       -> waiting    it failed, and is due again later
                       -> given up   it failed for as long as is declared; a person decides

Whoever claims one has it for a time. If that machine dies, it is due again by itself. Several machines may claim from
one PostgreSQL: each row is handed to one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, func, select, update

from emailops.private import Address
from emailops.receipts.store import ReceiptStore
from emailops.receipts.tables import FOLLOW_UPS
from emailops.store import database


class FollowUpState(StrEnum):
    """How far one has come."""

    waiting = "waiting"
    claimed = "claimed"
    done = "done"
    given_up = "given-up"

    @property
    def is_open(self) -> bool:
        return self in _OPEN


class FollowUpOutcome(StrEnum):
    """How a try ended: nothing is left to do, it is tried again later, or a person decides."""

    done = "done"
    retried = "retried"
    given_up = "given-up"


_OPEN = (FollowUpState.waiting, FollowUpState.claimed)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What one receipt set off. `due` is when to try, or until when somebody has it; `said` how it went last."""

    number: int
    id: str
    status: str
    account: str
    recipient: str
    address: Address | None
    state: FollowUpState
    tries: int
    due: float
    said: str
    ended: float | None


class FollowUps:
    """The queue of a store, of its account. Raises LedgerError."""

    def __init__(self, store: ReceiptStore) -> None:
        self._engine = store.engine
        self._ours = store.of_account(FOLLOW_UPS)

    def claim(self, now: float, until: float, most: int) -> tuple[FollowUp, ...]:
        """Those that are due, the longest due first: ours alone until then. Each counts as a try."""
        due = (
            select(FOLLOW_UPS.c.number)
            .where(FOLLOW_UPS.c.state.in_(_OPEN), FOLLOW_UPS.c.due <= now, self._ours)
            .order_by(FOLLOW_UPS.c.due)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        with database.transaction(self._engine) as connection:
            numbers = list(connection.execute(due).scalars())
            if not numbers:
                return ()
            taken = (
                update(FOLLOW_UPS)
                .where(FOLLOW_UPS.c.number.in_(numbers))
                .values(state=FollowUpState.claimed.value, due=until, tries=FOLLOW_UPS.c.tries + 1)
                .returning(FOLLOW_UPS)
            )
            rows = connection.execute(taken)
            return tuple(sorted(map(_follow_up, rows), key=lambda follow_up: follow_up.number))

    def end(self, follow_up: FollowUp, state: FollowUpState, said: str, now: float) -> bool:
        """Note that it is done or given up, and forget the address; whether it was still ours."""
        return self._note(follow_up, state=state.value, said=said, ended=now, address=None)

    def put_back(self, follow_up: FollowUp, due: float, said: str) -> bool:
        """Let it wait until then; whether it was still ours."""
        return self._note(follow_up, state=FollowUpState.waiting.value, said=said, due=due)

    def count(self) -> Mapping[FollowUpState, int]:
        """How many are in each state."""
        wanted = select(FOLLOW_UPS.c.state, func.count()).where(self._ours).group_by(FOLLOW_UPS.c.state)
        with database.reading(self._engine) as connection:
            return {FollowUpState(state): number for state, number in connection.execute(wanted)}

    def next_due(self) -> float | None:
        """When the next one is due; None where none waits."""
        wanted = select(func.min(FOLLOW_UPS.c.due)).where(FOLLOW_UPS.c.state.in_(_OPEN), self._ours)
        with database.reading(self._engine) as connection:
            found: float | None = connection.execute(wanted).scalar_one()
            return found

    def of(self, id: str) -> tuple[FollowUp, ...]:
        """What the receipts of one message set off."""
        with database.reading(self._engine) as connection:
            return tuple(map(_follow_up, connection.execute(select(FOLLOW_UPS).where(FOLLOW_UPS.c.id == id))))

    def given_up(self, most: int = 1000) -> tuple[FollowUp, ...]:
        """Those about which a person has to decide, the newest first."""
        wanted = select(FOLLOW_UPS).where(FOLLOW_UPS.c.state == FollowUpState.given_up.value, self._ours)
        with database.reading(self._engine) as connection:
            rows = connection.execute(wanted.order_by(FOLLOW_UPS.c.number.desc()).limit(most))
            return tuple(map(_follow_up, rows))

    def _note(self, follow_up: FollowUp, **values: Any) -> bool:
        """Only where nobody has claimed it since."""
        ours = (FOLLOW_UPS.c.number == follow_up.number) & (FOLLOW_UPS.c.tries == follow_up.tries)
        is_claimed = FOLLOW_UPS.c.state == FollowUpState.claimed.value
        with database.transaction(self._engine) as connection:
            return connection.execute(update(FOLLOW_UPS).where(ours & is_claimed).values(**values)).rowcount == 1


def _follow_up(row: Row[Any]) -> FollowUp:
    fields = {**row._mapping, "state": FollowUpState(row.state)}
    return FollowUp(**{**fields, "address": None if row.address is None else Address(row.address)})
