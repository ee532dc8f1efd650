"""Runs what is declared under `mailings`: one mailing, at one stage, with what that stage may use."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from emailops.declaration.mailings import Mailing, Timer, mailing
from emailops.declaration.names import require
from emailops.declaration.values import Table
from emailops.declaration.vocabulary import ApplyFrom, MailingKind
from emailops.engine.declared import valid
from emailops.engine.gates import check_pipeline
from emailops.engine.observe import mask
from emailops.mailings.means import Errand, check_time, errand
from emailops.mailings.send_ledger import SendLedger
from emailops.mailings.sends import MailRun, SendState
from emailops.private import Secret
from emailops.run import Run

_HOUR = timedelta(hours=1)
MAILED = (MailingKind.campaign, MailingKind.notice)


@dataclass(frozen=True, slots=True)
class Job:
    """Which mailing at which stage, its parameters, and when a timer wanted it."""

    name: str
    stage: str
    words: tuple[str, ...] = ()
    due: int | None = None


@dataclass(frozen=True, slots=True)
class TimetableRow:
    """One mailing at one stage: from where it may run, and when the job runs it."""

    name: str
    kind: MailingKind | None
    stage: str
    place: ApplyFrom
    timer: Timer | None
    purpose: str


def errand_for(run: Run, job: Job, kinds: Iterable[MailingKind]) -> Errand:
    """The mailing, if it may run at this stage from here, now. Raises FindingsError, UsageError and GateError."""
    declaration = valid(run)
    found = errand(declaration, job.name, job.stage, job.words, run, mask(declaration), tuple(kinds))
    check_time(found, job.due)
    return found


def queue_of(run: Run, reference: str) -> Secret:
    """The URL of a queue, which may hold a password, from where a secret is. Raises InvalidInput."""
    return run.required(reference, "the queue is not here")


def timed(run: Run) -> tuple[Mailing, ...]:
    """Every mailing that has a timer."""
    return tuple(mailing for mailing in valid(run).mailings.values() if mailing.timers)


def erasing(run: Run, stage: str) -> Errand:
    """What an erasure may reach: the audiences of one stage. Raises GateError `pipeline` where policy wants a job."""
    declaration = valid(run)
    require("stage", stage, declaration.stages)
    check_pipeline(declaration, run)
    nothing = mailing("", Table(declaration.root.place), {}, declaration.root.place)
    return Errand(declaration, nothing, declaration.stages[stage], {}, run, mask(declaration))


def timetable(run: Run, now: int | None) -> list[TimetableRow]:
    """Every mailing at each of its stages; with a time, only those whose hour it is."""
    declaration = valid(run)
    rows = [
        TimetableRow(
            name, mailing.kind, stage, mailing.stages[stage], mailing.timers.get(stage), mailing.source.text("purpose")
        )
        for name, mailing in declaration.mailings.items()
        for stage in declaration.stage_order
        if stage in mailing.stages
    ]
    if now is None:
        return rows
    moment = datetime.fromtimestamp(now, UTC)
    return [row for row in rows if row.timer and (due := row.timer.due(moment)) and moment - due < _HOUR]


def runs(run: Run) -> list[tuple[MailRun, dict[SendState, int]]]:
    """Every run that the send ledger knows, the newest first, and how many of its messages are in each state."""
    with closing(SendLedger(run.database)) as ledger:
        return [(known, ledger.counts(known)) for known in reversed(ledger.every_run())]
