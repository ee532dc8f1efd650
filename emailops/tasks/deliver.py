"""Generated files into the consumers' repositories, on a branch of their own; and who holds which version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from enum import StrEnum

from emailops.declaration.model import Consumer, Declaration
from emailops.declaration.moved import moved_ids
from emailops.declaration.reviewed import host_of
from emailops.engine import declared, gates
from emailops.engine.audit import under_lease
from emailops.engine.declared_ledger import ledger_of
from emailops.errors import EmailopsError, InvalidInput, ProviderError, UsageError
from emailops.generate import MARKS, Generated, changed_settings, generate, is_marked
from emailops.providers.github import GitHub
from emailops.resource import Finding
from emailops.run import Run
from emailops.store import generated as on_disk
from emailops.store.checkout import Checkout, Obstructed, fetched

BRANCH = "emailops/settings"
"""One branch a repository: what has not been merged yet is brought up to date, never doubled."""
_LEFT = "the state no longer gives it; delete it there, once nothing reads it"
_INTRODUCTION = "These files are generated from the declared email configuration. Change that, and not these."


class DeliveryStatus(StrEnum):
    """What became of a consumer's files.

    waiting: the branch holds exactly these files already. held: every file waits for an id. nothing: it gets no file.
    """

    pushed = "pushed"
    waiting = "waiting"
    current = "current"
    held = "held"
    nothing = "nothing"
    failed = "failed"


class HoldingStatus(StrEnum):
    """How a consumer's repository holds a file.

    left: the state gives it no longer. obstructed: something stands in the way of the consumer's files.
    """

    current = "current"
    outdated = "outdated"
    edited = "edited"
    missing = "missing"
    waiting = "waiting"
    obstructed = "obstructed"
    unreachable = "unreachable"
    left = "left"

    @property
    def is_failure(self) -> bool:
        """Whether it is of the whole repository, so that nothing could be told of a file."""
        return self in (HoldingStatus.obstructed, HoldingStatus.unreachable)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one consumer. `failure` is why nothing was pushed, or why there is no pull request."""

    consumer: str
    status: DeliveryStatus
    detail: str = ""
    held: tuple[str, ...] = ()
    proposal: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """One file in a consumer's repository."""

    consumer: str
    path: str
    status: HoldingStatus
    detail: str = ""
    proposed: bool = False


def deliver(
    run: Run,
    names: Sequence[str],
    github: GitHub | None,
    *,
    force: bool,
    rollback: str,
    done: Callable[[Delivery], None],
) -> list[Delivery]:
    """Push each consumer's files under the lease; one that fails does not stop the others. `done` hears of each."""
    ledger = ledger_of(run)
    deliveries = []
    gates.check_moved(run, rollback)
    with under_lease(ledger, run, "deliver", rollback=rollback) as touched:
        gates.check_moved(run, rollback)
        declaration = declared.valid(run)
        for consumer in _named(declaration, names):
            try:
                delivery = _delivered(declaration, consumer, run, github, force=force)
            except EmailopsError as error:
                delivery = Delivery(consumer.name, DeliveryStatus.failed, failure=_said(error))
            deliveries.append(delivery)
            touched.results[consumer.name] = delivery.status
            done(delivery)
    return deliveries


def holdings(run: Run, names: Sequence[str]) -> list[Holding]:
    """What each consumer's default branch holds of its files, and whether the branch of ours holds what is newer."""
    declaration = declared.valid(run)
    return [version for consumer in _named(declaration, names) for version in _held_by(declaration, consumer, run)]


def _named(declaration: Declaration, names: Sequence[str]) -> list[Consumer]:
    unknown = [name for name in names if name not in declaration.consumers]
    if unknown:
        known = ", ".join(declaration.consumers)
        raise UsageError(f"there is no consumer {unknown[0]!r}", f"name some of {known}")
    return [consumer for consumer in declaration.consumers.values() if not names or consumer.name in names]


def _files(declaration: Declaration, consumer: Consumer) -> list[Generated]:
    return generate(declaration, moved_ids(declaration), [consumer.name])


def _delivered(
    declaration: Declaration, consumer: Consumer, run: Run, github: GitHub | None, *, force: bool
) -> Delivery:
    own = _files(declaration, consumer)
    held = tuple(file.path for file in own if file.pending)
    ready = [file for file in own if not file.pending]
    if not ready:
        return Delivery(consumer.name, DeliveryStatus.held if held else DeliveryStatus.nothing, held=held)
    repository = consumer.source.text("repository")
    groups = [ready, *_beside(declaration, consumer, repository)]
    files = [file for group in groups for file in group]
    paths = [file.path for file in files]
    with _fetched(repository, paths, run) as checkout:
        before = {file.path: _there(checkout, file.path) for file in files}
        if all(before[file.path] == file.content for file in ready):
            return Delivery(consumer.name, DeliveryStatus.current, held=held)
        for group in groups:
            on_disk.write_into(group, checkout.folder, force=force)
        checkout.stage(paths)
        changes = {file.path: _change(before[file.path], file) for file in files if before[file.path] != file.content}
        what = _in_short([*changes.values()])
        title = f"Email settings: {what}"
        body = "\n".join([_INTRODUCTION, "", *(f"- {path}: {words}" for path, words in changes.items())])
        status = _pushed(checkout, paths, f"{title}\n\n{body}\n", run)
    delivery = Delivery(consumer.name, status, what, held)
    return _proposed(delivery, github, (repository, BRANCH, checkout.branch, title, body)) if github else delivery


def _fetched(repository: str, paths: Sequence[str], run: Run) -> AbstractContextManager[Checkout]:
    """A checkout. Raises InvalidInput, before anything is asked, for a host that the job does not list."""
    host = host_of(repository)
    if run.repository_hosts and host not in run.repository_hosts:
        message = f"EMAILOPS_REPOSITORY_HOSTS does not list {host}"
        raise InvalidInput(message, "list it there if files may go to it, or correct the consumer's repository")
    return fetched(repository, paths, run.environment)


def _proposed(delivery: Delivery, github: GitHub, proposal: tuple[str, str, str, str, str]) -> Delivery:
    try:
        return replace(delivery, proposal=github.propose(*proposal))
    except ProviderError as error:
        return replace(delivery, failure=_said(error))


def _beside(declaration: Declaration, consumer: Consumer, repository: str) -> list[list[Generated]]:
    """What the other consumers of the repository get: the one branch holds it, too."""
    others = [other for other in _of_repository(declaration, repository) if other.name != consumer.name]
    return [[file for file in _files(declaration, other) if not file.pending] for other in others]


def _of_repository(declaration: Declaration, repository: str) -> list[Consumer]:
    return [consumer for consumer in declaration.consumers.values() if consumer.source.text("repository") == repository]


def _pushed(checkout: Checkout, paths: Sequence[str], message: str, run: Run) -> DeliveryStatus:
    tip = checkout.tip(BRANCH)
    if tip is not None and not checkout.differ(tip, paths):
        return DeliveryStatus.waiting
    if tip is not None and not checkout.is_ours(tip):
        raise UsageError(f"someone else has committed to {BRANCH}", "merge it, or delete the branch, and deliver again")
    checkout.push(BRANCH, message, run.now, instead_of=tip)
    return DeliveryStatus.pushed


def _there(checkout: Checkout, path: str) -> str | None:
    file = checkout.folder / path
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else None


def _change(before: str | None, file: Generated) -> str:
    return "new" if before is None else changed_settings(before, file)


def _in_short(changes: Sequence[str]) -> str:
    """What changes, for a title: the first words, and in how many files."""
    words = [change for change in changes if change != "new"]
    new = len(changes) - len(words)
    parts = [f"{words[0]} in {len(words)} files" if len(words) > 1 else words[0]] if words else []
    parts += [f"{new} new file{'s' * (new != 1)}"] if new else []
    return ", ".join(parts)


def _held_by(declaration: Declaration, consumer: Consumer, run: Run) -> list[Holding]:
    files = _files(declaration, consumer)
    if not files:
        return []
    paths = [file.path for file in files]
    repository = consumer.source.text("repository")
    try:
        with _fetched(repository, paths, run) as checkout:
            ready = [file for file in files if not file.pending]
            found = {seen.path: seen for seen in on_disk.check_checkout(checkout.folder, ready)}
            on_disk.write_into(ready, checkout.folder, force=True)
            checkout.stage([file.path for file in ready])
            tip = checkout.tip(BRANCH)
            proposed = tip is not None and not checkout.differ(tip, [file.path for file in ready])
            paths_left = _left(declaration, repository, checkout)
            left = [Holding(consumer.name, path, HoldingStatus.left, _LEFT) for path in paths_left]
    except EmailopsError as error:
        status = HoldingStatus.obstructed if isinstance(error, Obstructed) else HoldingStatus.unreachable
        return [Holding(consumer.name, path, status, _said(error)) for path in paths]
    return [*(_holding(consumer.name, file, found.get(file.path), proposed=proposed) for file in files), *left]


def _left(declaration: Declaration, repository: str, checkout: Checkout) -> list[str]:
    """Generated files in the repository that no consumer there gets any more."""
    given = {file.path for other in _of_repository(declaration, repository) for file in _files(declaration, other)}
    return [path for path in checkout.holding(MARKS) if path not in given and is_marked(checkout.read(path))]


def _said(error: EmailopsError) -> str:
    """What went wrong and what to do about it, on one line."""
    return "; ".join([*error.message.splitlines(), *error.remedy.splitlines()])


def _holding(consumer: str, file: Generated, finding: Finding | None, *, proposed: bool) -> Holding:
    if file.pending:
        return Holding(consumer, file.path, HoldingStatus.waiting, f"waiting for apply: {', '.join(file.pending)}")
    if finding is None:
        return Holding(consumer, file.path, HoldingStatus.current)
    status = HoldingStatus(finding.rule.removeprefix("generated-"))
    return Holding(consumer, file.path, status, finding.message, proposed)
