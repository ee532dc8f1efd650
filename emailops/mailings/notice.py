"""A notice: one message of a Notify template to each recipient, exactly once, however often it is run.

1. `begin`: the whole source is read and checked, and becomes a run in the send ledger, or leaves no trace.
2. `Dispatch` sends what the ledger has; it may be killed at any instant, and any number of workers may do it.
3. A run that has ended holds no address. Running the same again finds that it is done.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import UTC
from hashlib import sha256
from pathlib import Path

from emailops.canonical import digest
from emailops.clients.notify import Preview
from emailops.declaration.mailings import Mailing, fields_in
from emailops.errors import Exit, GateError, InvalidInput, LedgerError, ProviderError, UsageError, worst
from emailops.mailings import manifest
from emailops.mailings.answers import items
from emailops.mailings.dispatch import Carriage, Dispatch
from emailops.mailings.drafts import RUN, Drafts, Fixed, missing_placeholders
from emailops.mailings.means import Errand, Post, common, post
from emailops.mailings.patterns import LocalTime
from emailops.mailings.rows import Line, Mistakes, lines_of, opened
from emailops.mailings.send_ledger import LAST, Draft, MailRun, RunState, SendLedger, SendState
from emailops.private import hide_all

SHOWN = 20
"""Failed recipients that a report names."""
HARMLESS = "test"
AT_LIMIT = "day-limit"
_NAMED = re.compile(r"[A-Za-z0-9._-]{1,100}")
"""How another tool may have named a run whose references begin with its name."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What whoever runs it says: the file or what standard input gave, the run to go on with, and whether once more."""

    file: Path | None = None
    content: bytes | None = field(default=None, repr=False)
    resume: str = ""
    again: bool = False


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
    _check_file(errand, wanted)
    sent_by = post(errand)
    _check_template(errand, sent_by)
    total = failed = 0
    first: Draft | None = None
    for draft in _drafts(errand, wanted, sent_by, str(uuid.UUID(int=0))):
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
        begun = _known(ledger, errand, id_)
        if begun is None:
            raise InvalidInput(f"there is no run {id_} of {errand.mailing.name}", "emailops mailings --runs lists them")
        if begun.state is RunState.open:
            ledger.end(begun, RunState.abandoned)
        return ended(ledger, begun, found_done=True)


def begin(errand: Errand, wanted: Wanted, sent_by: Post, ledger: SendLedger) -> MailRun:
    """The run that this is about: the one to resume, the open one of the same occasion, or a new one, checked whole."""
    if wanted.resume:
        known = _known(ledger, errand, wanted.resume)
        if known is not None:
            return known
        return _begin_foreign(errand, wanted, sent_by, ledger)
    _check_file(errand, wanted)
    occasion = _occasion(errand, wanted)
    every = ledger.runs(errand.mailing.name, errand.stage.name)
    runs = [run for run in every if run.state is not RunState.abandoned]
    same = [run for run in runs if run.occasion == occasion]
    for run in runs:
        if run.state is RunState.open:
            if run in same:
                return run
            raise _is_open(run, ledger)
    if same and not wanted.again:
        return same[-1]
    # Counted in the list that was looked at: of two workers that begin at the same time, the ledger takes one.
    repeat = sum(run.occasion == occasion for run in every)
    return _begun(
        errand, wanted, sent_by, ledger, str(uuid.uuid4()), (occasion, repeat), asked_first=errand.mailing.once
    )


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


def _begun(
    errand: Errand,
    wanted: Wanted,
    sent_by: Post,
    ledger: SendLedger,
    id_: str,
    turn: tuple[str, int],
    *,
    asked_first: bool,
) -> MailRun:
    _check_template(errand, sent_by)
    mailing, stage = errand.mailing.name, errand.stage.name
    occasion, repeat = turn
    when = errand.run.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    new = MailRun(0, id_, mailing, stage, occasion, repeat, sent_by.template.id, when, 0, RunState.open)
    try:
        noted = ledger.begin(new, _drafts(errand, wanted, sent_by, id_), asked_first=asked_first)
    except LedgerError:
        # Another worker may have begun the same run at the same time, and be done with it.
        met = [run for run in ledger.runs(mailing, stage) if run.occasion == occasion and run.repeat == repeat]
        if not met:
            raise
        return met[0]
    if noted.occasion != occasion:
        raise _is_open(noted, ledger)
    return noted


def _begin_foreign(errand: Errand, wanted: Wanted, sent_by: Post, ledger: SendLedger) -> MailRun:
    """A run that another tool began: its id is in the references, so Notify knows who has the message."""
    names = (*errand.mailing.reference, *fields_in(errand.mailing.reference_text))
    if RUN not in names:
        message = f"there is no run {wanted.resume} of {errand.mailing.name} in the send ledger"
        raise InvalidInput(message, "emailops mailings --runs lists them")
    id_ = wanted.resume if errand.mailing.reference_text and _NAMED.fullmatch(wanted.resume) else _uuid(wanted.resume)
    return _begun(errand, wanted, sent_by, ledger, id_, (f"run {id_}", 0), asked_first=True)


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise UsageError(f"--resume {text!r} is not the id of a run", "it is a UUID") from None


def _known(ledger: SendLedger, errand: Errand, id_: str) -> MailRun | None:
    """A run of this mailing at this stage. Raises GateError for one of another."""
    run = ledger.run(id_)
    if run is not None and (run.mailing, run.stage) != (errand.mailing.name, errand.stage.name):
        message = f"run {id_} is of {run.mailing} at {run.stage}"
        raise GateError("stage", message, f"emailops mail {run.mailing} --stage {run.stage} --resume {id_}")
    return run


def _is_open(run: MailRun, ledger: SendLedger) -> GateError:
    counts = ledger.counts(run)
    left = counts.get(SendState.waiting, 0) + counts.get(SendState.intent, 0)
    message = f"run {run.id} of {run.begun[:10]} has {left} of {run.total} messages left"
    return GateError("open-run", message, f"--resume {run.id} finishes it, --abandon {run.id} ends it")


def _check_template(errand: Errand, sent_by: Post) -> None:
    """Raises InvalidInput for a template that asks for more than the mailing gives."""
    missing = missing_placeholders(sent_by.placeholders, errand.mailing)
    if missing:
        named = ", ".join(f"(({name}))" for name in missing)
        message = f"the template {sent_by.template.name} has {named}, for which {errand.mailing.name} gives nothing"
        raise InvalidInput(message, "add it to the mailing's placeholders")


def _drafts(errand: Errand, wanted: Wanted, sent_by: Post, run: str) -> Iterator[Draft]:
    words = {**errand.words, **common(errand)}
    when = LocalTime(errand.run.now, errand.run.today, errand.mailing.source.text("timezone"))
    is_file = errand.mailing.endpoint is None
    mistakes = Mistakes(_source_name(wanted) if is_file else "the source")
    drafts = Drafts(
        errand.mailing, Fixed(run, sent_by.template.id, words, when, sent_by.placeholders), mistakes, is_file=is_file
    )
    with ExitStack() as open_:
        yield from drafts.of(_lines(errand, wanted, drafts, mistakes, open_))


def _lines(errand: Errand, wanted: Wanted, drafts: Drafts, mistakes: Mistakes, open_: ExitStack) -> Iterable[Line]:
    endpoint = errand.mailing.endpoint
    if endpoint is not None:
        found = items(endpoint, errand.stage.name, errand.words, errand.run)
        return (Line(number, values) for number, values in enumerate(found, 1))
    path = _path(errand.mailing, wanted)
    if errand.mailing.export:
        if wanted.content is not None:
            raise UsageError("an export has its manifest beside it", "--from FILE")
        manifest.check(path, errand)
    header, lines = lines_of(open_.enter_context(opened(path, wanted.content)), path.suffix, mistakes)
    if header is not None:
        drafts.check_header(header)
    return lines


def _check_file(errand: Errand, wanted: Wanted) -> None:
    if errand.mailing.endpoint is not None and wanted.file is not None:
        raise UsageError(f"{errand.mailing.name} reads an API, and takes no --from", "leave it out")


def _path(mailing: Mailing, wanted: Wanted) -> Path:
    if wanted.file is None:
        raise UsageError(f"{mailing.name} needs a file", "--from FILE, or --from - for standard input")
    return wanted.file


def _source_name(wanted: Wanted) -> str:
    return "standard input" if wanted.file is None or wanted.content is not None else str(wanted.file)


def _occasion(errand: Errand, wanted: Wanted) -> str:
    """What this run is for. The same parameters, the same content of a file, and where it counts the same day."""
    told: dict[str, object] = {"parameters": dict(errand.words)}
    if errand.mailing.daily:
        told["day"] = errand.run.today.isoformat()
    if wanted.content is not None:
        told["content"] = sha256(wanted.content).hexdigest()
    elif wanted.file is not None:
        told["content"] = manifest.digest_of(wanted.file)
    return digest(told)


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
