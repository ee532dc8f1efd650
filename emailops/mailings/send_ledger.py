"""The send ledger: each message of a run, noted before it is sent and after (https://docs.sqlalchemy.org/en/21/core/).

    waiting -> intent -> sent        Notify took it
                      -> failed      Notify refuses this recipient
                      -> waiting     nothing was sent
                      -> unknown     nobody can say any more; a person decides

An intent is committed before its request begins. So whatever is killed at whatever instant leaves at most intents, and
of these Notify itself says by reference whether they went out. An address stands here only until its message ends.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Integer, Row, bindparam, case, func, or_, select, update

from emailops.mailings.pace import Pace
from emailops.mailings.send_tables import RUNS, SENDS, TABLES
from emailops.mailings.sends import LAST, Draft, MailRun, Message, Result, RunState, SendState
from emailops.private import Address, Secret
from emailops.store import database


class SendLedger:
    """One database of sends. Used by one thread; each call is a transaction of its own. Raises LedgerError."""

    def __init__(self, url: Secret) -> None:
        self._engine: Engine = database.opened(url, TABLES)
        self.pace = Pace(self._engine)

    def close(self) -> None:
        """Give the connections back; what SQLite wrote beside its file goes into it, and is gone beside it."""
        database.settle(self._engine)
        self._engine.dispose()

    def runs(self, mailing: str, stage: str) -> tuple[MailRun, ...]:
        """Every run of a mailing at a stage, the oldest first."""
        wanted = select(RUNS).where(RUNS.c.mailing == mailing, RUNS.c.stage == stage).order_by(RUNS.c.number)
        with database.transaction(self._engine) as connection:
            return tuple(_begun(row) for row in connection.execute(wanted))

    def every_run(self) -> tuple[MailRun, ...]:
        """Every run of every mailing, the oldest first."""
        with database.transaction(self._engine) as connection:
            return tuple(_begun(row) for row in connection.execute(select(RUNS).order_by(RUNS.c.number)))

    def run(self, id: str) -> MailRun | None:
        """The run with this id."""
        with database.transaction(self._engine) as connection:
            row = connection.execute(select(RUNS).where(RUNS.c.id == id)).first()
            return _begun(row) if row else None

    def begin(self, run: MailRun, drafts: Iterable[Draft], *, asked_first: bool) -> MailRun:
        """Note a run with all its messages, or nothing: whatever the drafts raise leaves no trace.

        Where the mailing has an open run at this stage, that one, and nothing is noted: of two that begin at the same
        moment one is the first. With `asked_first` each message is an intent of long ago, so that Notify is asked for
        it before it is sent.
        """
        state = SendState.intent if asked_first else SendState.waiting
        with database.transaction(self._engine) as connection:
            database.in_turn(connection, f"{run.mailing} {run.stage}")
            is_open = (RUNS.c.mailing == run.mailing, RUNS.c.stage == run.stage, RUNS.c.state == RunState.open)
            if (other := connection.execute(select(RUNS).where(*is_open)).first()) is not None:
                return _begun(other)
            fields = {"id": run.id, "mailing": run.mailing, "stage": run.stage, "occasion": run.occasion}
            more = {
                "repeat": run.repeat,
                "template": run.template,
                "begun": run.begun,
                "total": 0,
                "state": run.state,
                "said": "",
            }
            number = connection.execute(RUNS.insert().values(**fields, **more).returning(RUNS.c.number)).scalar_one()
            rows = (_values(number, draft, state) for draft in drafts)
            total = database.insert_many(connection, SENDS, rows)
            connection.execute(update(RUNS).where(RUNS.c.number == number).values(total=total))
            row = connection.execute(select(RUNS).where(RUNS.c.number == number)).one()
            return _begun(row)

    def turn(
        self,
        run: MailRun,
        results: Sequence[Result],
        *,
        claim: int,
        after: int,
        worker: str,
        at: float,
        last: int = LAST,
    ) -> list[Message]:
        """Note results, and claim that many waiting messages beyond the number `after`, all at once."""
        with database.transaction(self._engine) as connection:
            self._note(connection, run, results)
            return self._claim(connection, run, claim, (after, last), worker, at) if claim > 0 else []

    def note_stop(self, run: MailRun, said: str) -> None:
        """Why a worker stopped, for whoever waits for it; empty when the run goes on."""
        with database.transaction(self._engine) as connection:
            connection.execute(update(RUNS).where(RUNS.c.number == run.number).values(said=said))

    def spans(self, run: MailRun, size: int) -> list[tuple[int, int]]:
        """The first and the last number of each so many messages that have no end yet."""
        open_ = SENDS.c.state.in_([SendState.waiting, SendState.intent])
        wanted = select(SENDS.c.number).where(SENDS.c.run == run.number, open_).order_by(SENDS.c.number)
        with database.transaction(self._engine) as connection:
            pages = connection.execute(wanted).scalars().partitions(size)
            return [(page[0], page[-1]) for page in pages]

    def intents(self, run: MailRun, *, after: int, most: int, last: int = LAST) -> list[Message]:
        """The next messages beyond the number `after` of which only an intent is known."""
        is_open = (SENDS.c.run == run.number, SENDS.c.number > after, SENDS.c.number <= last)
        is_intent = SENDS.c.state == SendState.intent
        with database.transaction(self._engine) as connection:
            found = connection.execute(select(SENDS).where(*is_open, is_intent).order_by(SENDS.c.number).limit(most))
            return [_message(row) for row in found]

    def counts(self, run: MailRun) -> dict[SendState, int]:
        """How many messages of a run are in each state."""
        wanted = select(SENDS.c.state, func.count()).where(SENDS.c.run == run.number).group_by(SENDS.c.state)
        with database.transaction(self._engine) as connection:
            return {SendState(state): number for state, number in connection.execute(wanted)}

    def failures(self, run: MailRun, most: int) -> list[tuple[int, str, str]]:
        """(row, digest of the address, why) of the first messages that failed or of which nobody knows."""
        wanted = (
            select(SENDS.c.number, SENDS.c.recipient, SENDS.c.said)
            .where(SENDS.c.run == run.number, SENDS.c.state.in_([SendState.failed, SendState.unknown]))
            .order_by(SENDS.c.number)
            .limit(most)
        )
        with database.transaction(self._engine) as connection:
            return [(number, recipient, said or "") for number, recipient, said in connection.execute(wanted)]

    def end(self, run: MailRun, state: RunState) -> None:
        """Close a run; no address of it stays."""
        with database.transaction(self._engine) as connection:
            connection.execute(update(RUNS).where(RUNS.c.number == run.number).values(state=state))
            connection.execute(
                update(SENDS)
                .where(SENDS.c.run == run.number, SENDS.c.address.is_not(None))
                .values(address=None, personalisation=None)
            )
        database.compact(self._engine)

    def forget(self, address: Address) -> int:
        """Whatever is not sent to somebody yet is not sent any more; how many messages that were."""
        open_ = SENDS.c.state.in_([SendState.waiting, SendState.intent])
        text = address.reveal()
        theirs = (or_(SENDS.c.address == text, func.lower(SENDS.c.address) == text.lower()), open_)
        gone = {"state": SendState.failed, "said": "erased on request", "address": None, "personalisation": None}
        with database.transaction(self._engine) as connection:
            # Locked in the order in which workers note theirs: else one could wait for the other for ever.
            locked = select(SENDS.c.run).where(*theirs).order_by(SENDS.c.run, SENDS.c.number).with_for_update()
            connection.execute(locked).all()
            return int(connection.execute(update(SENDS).where(*theirs).values(**gone)).rowcount)

    def _claim(
        self, connection: Connection, run: MailRun, claim: int, span: tuple[int, int], worker: str, at: float
    ) -> list[Message]:
        free = (
            select(SENDS.c.number)
            .where(SENDS.c.run == run.number, SENDS.c.number > span[0], SENDS.c.number <= span[1])
            .where(SENDS.c.state == SendState.waiting, SENDS.c.address.is_not(None))
            .order_by(SENDS.c.number)
            .limit(claim)
            .with_for_update(skip_locked=True)
        )
        numbers = list(connection.execute(free).scalars())
        if not numbers:
            return []
        taken = (
            update(SENDS)
            .where(SENDS.c.run == run.number, SENDS.c.number.in_(numbers))
            .values(state=SendState.intent, worker=worker, at=at, tries=SENDS.c.tries + 1)
            .returning(SENDS)
        )
        return sorted((_message(row) for row in connection.execute(taken)), key=lambda message: message.number)

    def _note(self, connection: Connection, run: MailRun, results: Sequence[Result]) -> None:
        """Only where the intent is still the one that the result is of: somebody may have settled it since."""
        if not results:
            return
        stays = bindparam("stays_", type_=Integer) == 1
        noted = (
            update(SENDS)
            .where(
                SENDS.c.run == run.number,
                SENDS.c.number == bindparam("number_"),
                SENDS.c.state == SendState.intent,
                SENDS.c.tries == bindparam("tries_"),
            )
            .values(
                state=bindparam("state_"),
                lost=SENDS.c.lost + bindparam("lost_"),
                message=bindparam("id_"),
                said=bindparam("said_"),
                address=case((stays, SENDS.c.address), else_=None),
                personalisation=case((stays, SENDS.c.personalisation), else_=None),
            )
        )
        connection.execute(
            noted,
            [
                {
                    "number_": result.message.number,
                    "tries_": result.message.tries,
                    "state_": result.state.value,
                    "stays_": int(result.state in (SendState.waiting, SendState.intent)),
                    "lost_": int(result.is_lost),
                    "id_": result.id or None,
                    "said_": result.said or None,
                }
                # Always in one order: two workers that note the same messages would wait for each other for ever.
                for result in sorted(results, key=lambda result: result.message.number)
            ],
        )


def _values(run: int, draft: Draft, state: SendState) -> tuple[Any, ...]:
    known = (run, draft.number, draft.recipient, draft.reference)
    if draft.said:
        return (*known, SendState.failed.value, 0, 0, 0.0, None, None, None, None, draft.said)
    return (*known, state.value, 0, 0, 0.0, None, draft.address.reveal(), draft.personalisation, None, None)


def _begun(row: Row[Any]) -> MailRun:
    fields = dict(row._mapping)
    return MailRun(**{**fields, "state": RunState(fields["state"])})


def _message(row: Row[Any]) -> Message:
    return Message(
        number=row.number,
        recipient=row.recipient,
        reference=row.reference,
        address=Address(row.address or ""),
        personalisation=json.loads(row.personalisation or "{}"),
        tries=row.tries,
        lost=row.lost,
        at=row.at or 0.0,
        worker=row.worker or "",
    )
