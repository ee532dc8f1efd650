"""How a run begins: the whole source is read and checked, and becomes a run in the send ledger, or leaves no trace.

The same again is the same run: of the same parameters, the same content of a file, and where it counts the same day.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC
from hashlib import sha256
from pathlib import Path

from emailops.canonical import digest
from emailops.declaration.mailings import Mailing, fields_in
from emailops.errors import GateError, InvalidInput, LedgerError, UsageError
from emailops.mailings import manifest
from emailops.mailings.answers import items
from emailops.mailings.drafts import RUN, Drafts, Fixed, missing_placeholders
from emailops.mailings.means import Errand, Post, common
from emailops.mailings.patterns import LocalTime
from emailops.mailings.rows import Line, Mistakes, lines_of, opened
from emailops.mailings.send_ledger import SendLedger
from emailops.mailings.sends import Draft, MailRun, RunState, SendState

_NAMED = re.compile(r"[A-Za-z0-9._-]{1,100}")
"""How another tool may have named a run whose references begin with its name."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What whoever runs it says: the file or what standard input gave, the run to go on with, and whether once more."""

    file: Path | None = None
    content: bytes | None = field(default=None, repr=False)
    resume: str = ""
    again: bool = False


def begin(errand: Errand, wanted: Wanted, sent_by: Post, ledger: SendLedger) -> MailRun:
    """The run that this is about: the one to resume, the open one of the same occasion, or a new one, checked whole."""
    if wanted.resume:
        begun = known(ledger, errand, wanted.resume)
        if begun is not None:
            return begun
        return _begin_foreign(errand, wanted, sent_by, ledger)
    check_file(errand, wanted)
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
    check_template(errand, sent_by)
    mailing, stage = errand.mailing.name, errand.stage.name
    occasion, repeat = turn
    when = errand.run.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    new = MailRun(0, id_, mailing, stage, occasion, repeat, sent_by.template.id, when, 0, RunState.open)
    messages: Iterable[Draft] = drafts(errand, wanted, sent_by, id_)
    if errand.mailing.endpoint is not None:
        # An API may take minutes; nobody else writes into a SQLite file while a run is noted.
        messages = list(messages)
    try:
        noted = ledger.begin(new, messages, asked_first=asked_first)
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


def known(ledger: SendLedger, errand: Errand, id_: str) -> MailRun | None:
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


def check_template(errand: Errand, sent_by: Post) -> None:
    """Raises InvalidInput for a template that asks for more than the mailing gives."""
    missing = missing_placeholders(sent_by.placeholders, errand.mailing)
    if missing:
        named = ", ".join(f"(({name}))" for name in missing)
        message = f"the template {sent_by.template.name} has {named}, for which {errand.mailing.name} gives nothing"
        raise InvalidInput(message, "add it to the mailing's placeholders")


def drafts(errand: Errand, wanted: Wanted, sent_by: Post, run: str) -> Iterator[Draft]:
    """Each message of the source, checked as it is read. Raises InvalidInput with every mistake, and ProviderError."""
    words = {**errand.words, **common(errand)}
    when = LocalTime(errand.run.now, errand.run.today, errand.mailing.source.text("timezone"))
    is_file = errand.mailing.endpoint is None
    mistakes = Mistakes(_source_name(wanted) if is_file else "the source")
    checked = Drafts(
        errand.mailing, Fixed(run, sent_by.template.id, words, when, sent_by.placeholders), mistakes, is_file=is_file
    )
    with ExitStack() as open_:
        yield from checked.of(_lines(errand, wanted, checked, mistakes, open_))


def _lines(errand: Errand, wanted: Wanted, checked: Drafts, mistakes: Mistakes, open_: ExitStack) -> Iterable[Line]:
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
        checked.check_header(header)
    return lines


def check_file(errand: Errand, wanted: Wanted) -> None:
    """Raises UsageError for a file where the mailing reads an API."""
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
