"""Generated files into the consumers' repositories, on a branch of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from emailops.declaration.model import Consumer, Declaration
from emailops.engine import declared, gates
from emailops.engine.audit import under_lease
from emailops.engine.declared_ledger import ledger_of
from emailops.errors import EmailopsError, ProviderError, UsageError
from emailops.generate import Generated, changed_settings
from emailops.providers.github import GitHub
from emailops.run import Run
from emailops.store import generated as on_disk
from emailops.store.checkout import Checkout
from emailops.store.ignore_files import LeftOut, bring_back
from emailops.tasks import readers

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


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one consumer. `failure` is why nothing was pushed, or why there is no pull request.

    `held` are the files that wait for an id; `left_out` are those that the repository's packaging still leaves out.
    """

    consumer: str
    status: DeliveryStatus
    detail: str = ""
    held: tuple[Generated, ...] = ()
    proposal: str = ""
    failure: str = ""
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class _Commit:
    """What is staged, in words: path -> what changes in it, and what a person has to know besides."""

    what: str
    changes: Mapping[str, str]
    left_out: Sequence[LeftOut]

    @property
    def title(self) -> str:
        return f"Email settings: {self.what}"

    @property
    def body(self) -> str:
        rows = [f"- {path}: {words}" for path, words in self.changes.items()]
        rows += [f"- {left.path}: {left.why}; {left.remedy}" for left in self.left_out]
        return "\n".join([_INTRODUCTION, "", *rows])


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
        for consumer in readers.named(declaration, names):
            try:
                delivery = _delivered(declaration, consumer, run, github, force=force)
            except EmailopsError as error:
                delivery = Delivery(consumer.name, DeliveryStatus.failed, failure=readers.said(error))
            deliveries.append(delivery)
            touched.results[consumer.name] = delivery.status
            done(delivery)
    return deliveries


def _delivered(
    declaration: Declaration, consumer: Consumer, run: Run, github: GitHub | None, *, force: bool
) -> Delivery:
    own = readers.files_of(declaration, consumer)
    held = tuple(file for file in own if file.pending)
    ready = [file for file in own if not file.pending]
    if not ready:
        return Delivery(consumer.name, DeliveryStatus.held if held else DeliveryStatus.nothing, held=held)
    repository = consumer.source.text("repository")
    groups = [(consumer, ready), *_beside(declaration, consumer, repository)]
    paths = [file.path for _, group in groups for file in group]
    with readers.opened(repository, paths, run) as checkout:
        before = {path: _there(checkout, path) for path in paths}
        if all(before[file.path] == file.content for file in ready):
            left_out = readers.left_out(checkout, ready, run)
            if not (consumer.unignores and any(left.added for left in left_out)):
                return Delivery(consumer.name, DeliveryStatus.current, held=held, left_out=tuple(left_out))
        commit = _staged(checkout, groups, before, run, force=force)
        status = _pushed(checkout, [*paths, *commit.changes], commit, run)
    left_out = [left for left in commit.left_out if left.path in {file.path for file in ready}]
    delivery = Delivery(consumer.name, status, commit.what, held, left_out=tuple(left_out))
    return _proposed(delivery, github, repository, checkout.branch, commit) if github else delivery


def _staged(
    checkout: Checkout,
    groups: Sequence[tuple[Consumer, Sequence[Generated]]],
    before: Mapping[str, str | None],
    run: Run,
    *,
    force: bool,
) -> _Commit:
    """All files of a repository, with the lines that its ignore files need, taken into the next commit."""
    for _, group in groups:
        on_disk.write_into(group, checkout.folder, force=force)
    files = [file for _, group in groups for file in group]
    unignored = [file for consumer, group in groups if consumer.unignores for file in group]
    added = bring_back(checkout.folder, lambda: readers.left_out(checkout, unignored, run))
    checkout.stage([*(file.path for file in files), *added])
    changes = {file.path: _change(before[file.path], file) for file in files if before[file.path] != file.content}
    what = _in_short([*changes.values()]) or f"no longer left out by {', '.join(added)}"
    lines = {by: ", ".join(f"+ {line}" for line in lines) for by, lines in added.items()}
    return _Commit(what, {**changes, **lines}, readers.left_out(checkout, files, run))


def _proposed(delivery: Delivery, github: GitHub, repository: str, base: str, commit: _Commit) -> Delivery:
    try:
        return replace(delivery, proposal=github.propose(repository, readers.BRANCH, base, commit.title, commit.body))
    except ProviderError as error:
        return replace(delivery, failure=readers.said(error))


def _beside(
    declaration: Declaration, consumer: Consumer, repository: str
) -> list[tuple[Consumer, Sequence[Generated]]]:
    """What the other consumers of the repository get: the one branch holds it, too."""
    others = [other for other in readers.of_repository(declaration, repository) if other.name != consumer.name]
    return [(other, [file for file in readers.files_of(declaration, other) if not file.pending]) for other in others]


def _pushed(checkout: Checkout, paths: Sequence[str], commit: _Commit, run: Run) -> DeliveryStatus:
    tip = checkout.tip(readers.BRANCH)
    if tip is not None and not checkout.differ(tip, paths):
        return DeliveryStatus.waiting
    if tip is not None and not checkout.is_ours(tip):
        message = f"someone else has committed to {readers.BRANCH}"
        raise UsageError(message, "merge it, or delete the branch, and deliver again")
    checkout.push(readers.BRANCH, f"{commit.title}\n\n{commit.body}\n", run.now, instead_of=tip)
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
