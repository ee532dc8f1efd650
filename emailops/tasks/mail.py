"""Runs what is declared under `mailings`: one mailing, at one stage, with what that stage may use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from emailops.declaration.vocabulary import MailingKind
from emailops.engine.declared import valid
from emailops.engine.observe import mask
from emailops.mailings import notice
from emailops.mailings.means import Errand, check_time, errand
from emailops.run import Run

MAILED = (MailingKind.campaign, MailingKind.notice)


@dataclass(frozen=True, slots=True)
class Job:
    """Which mailing at which stage, its parameters, and when a timer wanted it."""

    name: str
    stage: str
    words: tuple[str, ...] = ()
    due: int | None = None


def errand_for(run: Run, asked: Job, kinds: Iterable[MailingKind]) -> Errand:
    """The mailing, if it may run at this stage from here, now. Raises FindingsError, UsageError and GateError."""
    declaration = valid(run)
    found = errand(declaration, asked.name, asked.stage, asked.words, run, mask(declaration), tuple(kinds))
    check_time(found, asked.due)
    return found


def notice_sent(found: Errand, wanted: notice.Wanted, told: Callable[[int], object] = int) -> notice.Ended:
    """A notice sent as far as it can be now."""
    return notice.send(found, wanted, told)
