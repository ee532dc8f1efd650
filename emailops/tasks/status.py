"""`status`: the one page for a Monday, put together from what the other commands know."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from emailops.declaration.model import Declaration
from emailops.engine.declared import valid
from emailops.errors import EmailopsError, Exit
from emailops.private import hide_all
from emailops.questions.rotation import all_progress
from emailops.questions.todo import NOBODY, todo
from emailops.run import Run
from emailops.tasks import ledger_administration
from emailops.tasks.drift import drift
from emailops.tasks.holdings import Holding, HoldingStatus, holdings

_APPLIES = 5
_WEEK = timedelta(days=7)
_SOON = timedelta(days=7)
_WORDS_OF_GIT = re.compile(r"\bgit [a-z-]+: |\bfatal: |\bunable to access '[^']*': ")
"""What stands before the reason why a repository cannot be reached; which one it is stands in the row."""


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One line: what it is about, how that stands, and what is to be said of it. `is_open`: somebody has to act."""

    subject: str
    state: str
    detail: str = ""
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class StatusPart:
    """One part of the page. `command` tells more; `unread` says why nothing is known of it, or not all."""

    title: str
    rows: tuple[StatusRow, ...]
    command: str
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """The whole page, of one moment in UTC."""

    service: str
    at: datetime
    parts: tuple[StatusPart, ...]

    @property
    def open_rows(self) -> int:
        return sum(row.is_open for part in self.parts for row in part.rows)

    @property
    def exit_code(self) -> Exit:
        """PEOPLE where somebody has to act, or something could not be read."""
        return Exit.PEOPLE if self.open_rows or any(part.unread for part in self.parts) else Exit.OK


def status(run: Run) -> Status:
    """Everything; what cannot be read is said, and stops nothing else. Raises FindingsError for an invalid state."""
    declaration = valid(run)
    week = run.now - _WEEK
    parts = (
        _part("The world", "emailops drift", lambda: _world(run)),
        _part("For people", "emailops todo", lambda: _people(declaration, run)),
        _part("Keys that are being replaced", "emailops rotate KEY", lambda: _rotations(declaration, run)),
        _part("Last runs", "emailops log", lambda: _runs(run)),
        _part("Who holds which files", "emailops consumers", lambda: _consumers(declaration, run)),
        _part("Mailings that run", "emailops mailings", lambda: _mailings(run)),
        _part("Messages of seven days", f"emailops messages failures --since {week:%Y-%m-%d}", lambda: _messages(run)),
    )
    return Status(declaration.service, run.now, parts)


class _Unread(EmailopsError):
    """There is nothing to read it from."""


def _part(title: str, command: str, read: Callable[[], Iterable[StatusRow]]) -> StatusPart:
    rows: list[StatusRow] = []
    try:
        rows += read()
    except EmailopsError as error:
        return StatusPart(title, tuple(rows), command, hide_all(error.message))
    except ModuleNotFoundError as error:
        return StatusPart(title, tuple(rows), command, f"{error.name} is not installed")
    return StatusPart(title, tuple(rows), command)


def _world(run: Run) -> Iterator[StatusRow]:
    found, _ = drift(run)
    for drifted in found.world:
        yield StatusRow(drifted.subject, drifted.reason.value, drifted.detail, is_open=True)
    for change in found.plan.declared:
        yield StatusRow(f"{change.subject} {change.name}".strip(), "changed, not applied", is_open=True)
    for reason in found.unknown:
        yield StatusRow("not known", reason, is_open=True)
    if found.people:
        yield StatusRow("people's work", f"{len(found.people)} to look at or attest", is_open=True)
    if not (found.world or found.plan.declared or found.unknown):
        yield StatusRow("the providers", "hold what is declared")


def _people(declaration: Declaration, run: Run) -> Iterator[StatusRow]:
    todos = todo(declaration, run.today)
    for each in todos:
        if each.due is not None and each.due <= run.today + _SOON:
            whose = "no owner" if each.owner == NOBODY else each.owner
            when = "overdue since" if each.due < run.today else "due"
            yield StatusRow(each.resource, f"{when} {each.due}", f"{whose}: {each.what}", is_open=True)
    later = Counter(each.due is None for each in todos if each.due is None or each.due > run.today + _SOON)
    yield StatusRow("later", f"{later[False]} due within a month, {later[True]} without a day")


def _rotations(declaration: Declaration, run: Run) -> Iterator[StatusRow]:
    for progress in all_progress(declaration, run.today):
        yield StatusRow(progress.rotation.old.name, str(progress), is_open=True)


def _runs(run: Run) -> Iterator[StatusRow]:
    history = ledger_administration.log(run, _APPLIES)
    for intent in history.intents:
        yield StatusRow(str(intent.resource), "begun, and its end is not known", is_open=True)
    for line in history.lines:
        counts = Counter(str(result.get("status", "")) for result in line.get("results", ()))
        became = ", ".join(f"{number} {state}" for state, number in counts.items()) or "nothing to make"
        yield StatusRow(f"{line.get('at', '')} {line.get('command', 'a run')}", became, str(line.get("ended", "")))


def _consumers(declaration: Declaration, run: Run) -> Iterator[StatusRow]:
    held = holdings(run, [])
    failed: dict[str, list[Holding]] = {}
    for holding in held:
        if holding.status.is_failure:
            repository = declaration.consumers[holding.consumer].source.text("repository")
            failed.setdefault(repository, []).append(holding)
        elif holding.status is not HoldingStatus.current:
            proposed = "; its new version is proposed" if holding.proposed else ""
            said = hide_all(f"{holding.detail}{proposed}")
            yield StatusRow(f"{holding.consumer} {holding.path}", str(holding.status), said, is_open=True)
    for first, *others in failed.values():
        names = ", ".join(dict.fromkeys(holding.consumer for holding in (first, *others)))
        yield StatusRow(names, str(first.status), hide_all(_WORDS_OF_GIT.sub("", first.detail)), is_open=True)
    current = sum(holding.status is HoldingStatus.current for holding in held)
    yield StatusRow("files", f"{current} of {len(held)} are up to date")


def _mailings(run: Run) -> Iterator[StatusRow]:
    _need_database(run, "sends")
    from emailops.mailings.send_ledger import SendLedger  # noqa: PLC0415 (an extra)
    from emailops.mailings.sends import RunState, SendState  # noqa: PLC0415 (an extra)

    with closing(SendLedger(run.database)) as ledger:
        for mailing in ledger.every_run():
            if mailing.state is RunState.open:
                counts = ledger.counts(mailing)
                sent = f"{counts.get(SendState.sent, 0):,} of {mailing.total:,} sent"
                said = f"begun {mailing.begun[:16]}{': ' if mailing.said else ''}{mailing.said}"
                yield StatusRow(f"{mailing.mailing} at {mailing.stage}", sent, hide_all(said), is_open=True)


def _messages(run: Run) -> Iterator[StatusRow]:
    _need_database(run, "receipts")
    from emailops.receipts.follow_ups import FollowUps, FollowUpState  # noqa: PLC0415 (an extra)
    from emailops.receipts.store import ReceiptStore  # noqa: PLC0415 (an extra)

    since = (run.now - _WEEK).timestamp()
    with closing(ReceiptStore(run.database)) as store:
        last = store.last_received()
        if last is None:
            raise _Unread("no receipt has come yet", "emailops receipts serve takes them from Notify")
        for told, number in sorted(store.counts(since).items()):
            yield StatusRow(told, f"{number:,}", is_open=told.endswith("failure"))
        if complaints := len(store.complaints(since)):
            yield StatusRow("complaints", f"{complaints:,}", "somebody marked a message as spam", is_open=True)
        open_ones = FollowUps(store).count()
        for state in (FollowUpState.waiting, FollowUpState.claimed, FollowUpState.given_up):
            if number := open_ones.get(state, 0):
                yield StatusRow("accounts to make inactive", f"{number:,} {state}", is_open=True)
        yield StatusRow("last receipt", f"{last.astimezone(UTC):%Y-%m-%d %H:%M}")


def _need_database(run: Run, of: str) -> None:
    from emailops.store import database  # noqa: PLC0415 (an extra)

    if not database.is_there(run.database):
        raise _Unread(f"there is no database of {of} here", "EMAILOPS_DATABASE says where it is")
