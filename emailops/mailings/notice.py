"""A notice: one message of a Notify template to each recipient, exactly once, however often it is run.

1. `begin`: the whole source is read and checked, and becomes a run in the send ledger, or leaves no trace.
2. `Dispatch` sends what the ledger has; it may be killed at any instant, and any number of workers may do it.
3. A run that has ended holds no address. Running the same again finds that it is done.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace

from emailops.clients.notify import Preview
from emailops.errors import Exit, GateError, InvalidInput, ProviderError, worst
from emailops.mailings.carriage import Carriage
from emailops.mailings.dispatch import Dispatch
from emailops.mailings.means import Errand, Post, post
from emailops.mailings.run_start import Wanted, begin, check_file, check_template, drafts, known
from emailops.mailings.send_ledger import SendLedger
from emailops.mailings.sends import LAST, Draft, MailRun, RunState, SendState
from emailops.private import hide_all

SHOWN = 20
"""Failed recipients that a report names."""
HARMLESS = "test"
AT_LIMIT = "day-limit"


@dataclass(frozen=True, slots=True)
class Looked:
    """A dry run: how many messages there would be, and what the first would say."""

    mailing: str
    stage: str
    template: str
    total: int
    failed: int
    preview: Preview | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run stands now. `settles_in` is in how many seconds the last messages can be settled."""

    begun: MailRun
    counts: dict[SendState, int]
    failures: tuple[tuple[int, str, str], ...]
    found_done: bool = False
    at_limit: bool = False
    settles_in: int = 0
    error: Exception | None = None

    def stopped_by(self, said: str) -> Ended:
        """The same, once a worker has said why it stopped."""
        if not said:
            return self
        return replace(self, at_limit=True) if said == AT_LIMIT else replace(self, error=ProviderError(said))

    @property
    def left(self) -> int:
        """Messages that have no end yet."""
        return self.counts.get(SendState.waiting, 0) + self.counts.get(SendState.intent, 0)

    @property
    def exit_code(self) -> Exit:
        """5 where some recipients have it and some never will, 6 where only time remains."""
        sent = self.counts.get(SendState.sent, 0)
        failed = self.counts.get(SendState.failed, 0) + self.counts.get(SendState.unknown, 0)
        codes = [Exit.OK]
        if self.error is not None:
            codes.append(Exit.PARTIAL if sent else Exit.ERROR)
        elif self.left:
            codes.append(Exit.PEOPLE)
        if failed:
            codes.append(Exit.PARTIAL if sent or self.left else Exit.ERROR)
        return worst(*codes)


def look(errand: Errand, wanted: Wanted) -> Looked:
    """Read and check everything, and let Notify show the first message. Sends nothing, and notes nothing."""
    check_file(errand, wanted)
    sent_by = post(errand)
    check_template(errand, sent_by)
    total = failed = 0
    first: Draft | None = None
    for draft in drafts(errand, wanted, sent_by, str(uuid.UUID(int=0))):
        total, failed = total + 1, failed + bool(draft.said)
        first = first or (None if draft.said else draft)
    preview = _preview(sent_by, first) if first else None
    return Looked(errand.mailing.name, errand.stage.name, sent_by.template.name, total, failed, preview)


def send(errand: Errand, wanted: Wanted, told: Callable[[int], object]) -> Ended:
    """Begin the run or go on with it, and send until it is done, the day's limit is reached, or Notify stops it.

    Raises InvalidInput for a source with mistakes, GateError open-run, LedgerError, and ProviderError.
    """
    with closing(SendLedger(errand.run.database)) as ledger:
        sent_by = post(errand)
        begun = begin(errand, wanted, sent_by, ledger)
        return (
            ended(ledger, begun, found_done=True)
            if begun.state is not RunState.open
            else dispatched(errand, sent_by, ledger, begun, told)
        )


def dispatched(
    errand: Errand,
    sent_by: Post,
    ledger: SendLedger,
    run: MailRun,
    told: Callable[[int], object],
    *,
    span: tuple[int, int] = (1, LAST),
) -> Ended:
    """One worker at an open run, or at a part of it, until nothing is left for it to do."""
    if run.template != sent_by.template.id:
        message = f"run {run.id} was begun with the template {run.template}, and now it is another"
        raise GateError("open-run", message, f"--abandon {run.id} lets a new run begin")
    worker = Dispatch(ledger, run, mail(errand, sent_by), told=told, span=span)
    seconds = worker.run()
    counts = ledger.counts(run)
    if not counts.get(SendState.waiting) and not counts.get(SendState.intent):
        ledger.end(run, RunState.done)
    now = ended(ledger, run, found_done=False)
    return replace(now, at_limit=worker.stop.at_limit, settles_in=seconds, error=worker.stop.error)


def abandon(errand: Errand, id_: str) -> Ended:
    """End a run for good: what it has not sent is never sent, and no address of it stays."""
    with closing(SendLedger(errand.run.database)) as ledger:
        begun = known(ledger, errand, id_)
        if begun is None:
            raise InvalidInput(f"there is no run {id_} of {errand.mailing.name}", "emailops mailings --runs lists them")
        if begun.state is RunState.open:
            ledger.end(begun, RunState.abandoned)
        return ended(ledger, begun, found_done=True)


def mail(errand: Errand, sent_by: Post) -> Carriage:
    """How each message of a run goes."""
    return Carriage(
        client=sent_by.client,
        template=sent_by.template.name,
        reply_to=errand.mailing.source.text("reply_to") or None,
        pace=sent_by.pace,
        per_minute=errand.mailing.per_minute,
        clock=sent_by.clock.timestamp(),
        started=errand.run.clock(),
        run=errand.run,
    )


def _preview(sent_by: Post, first: Draft) -> Preview:
    """The first message, without what a template keeps secret and without addresses."""

    values = json.loads(first.personalisation)
    sensitive = sent_by.template.source.items_at("sensitive").texts()
    shown = {name: HARMLESS if name in sensitive else value for name, value in values.items()}
    seen = sent_by.client.preview(sent_by.template.name, shown)
    return Preview(hide_all(seen.subject), hide_all(seen.body))


def ended(ledger: SendLedger, begun: MailRun, *, found_done: bool) -> Ended:
    """How a run stands now."""
    return Ended(begun, ledger.counts(begun), tuple(ledger.failures(begun, SHOWN)), found_done)
