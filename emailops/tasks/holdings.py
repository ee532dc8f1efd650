"""Who holds which version of the generated files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from emailops.declaration.model import Consumer, Declaration
from emailops.engine import declared
from emailops.engine.last_observed import with_texts
from emailops.errors import EmailopsError
from emailops.generate import MARKS, Generated, is_marked
from emailops.questions.todo import TimedMailing, timed
from emailops.resource import Finding
from emailops.run import Run
from emailops.store import generated as on_disk
from emailops.store.checkout import Checkout, Obstructed
from emailops.store.ignore_files import LeftOut
from emailops.tasks import readers

_LEFT = "the state no longer gives it; delete it there, once nothing reads it"


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
class Holding:
    """One file in a consumer's repository; `left_out` says whose packaging would leave it out."""

    consumer: str
    path: str
    status: HoldingStatus
    detail: str = ""
    proposed: bool = False
    left_out: tuple[LeftOut, ...] = ()


def holdings(run: Run, names: Sequence[str]) -> list[Holding]:
    """What each consumer's default branch holds of its files, and whether the branch of ours holds what is newer."""
    declaration = with_texts(declared.valid(run), run)
    return [
        holding for consumer in readers.named(declaration, names) for holding in _held_by(declaration, consumer, run)
    ]


def by_itself(run: Run) -> tuple[TimedMailing, ...]:
    """What the job that reads the timers begins, and when."""
    return timed(declared.valid(run))


def _held_by(declaration: Declaration, consumer: Consumer, run: Run) -> list[Holding]:
    files = readers.files_of(declaration, consumer)
    if not files:
        return []
    paths = [file.path for file in files]
    repository = consumer.source.text("repository")
    try:
        with readers.opened(repository, paths, run) as checkout:
            ready = [file for file in files if not file.pending]
            found = {seen.path: seen for seen in on_disk.check_checkout(checkout.folder, ready)}
            fit = [file for file in ready if not file.insertions or not _is_missing(found.get(file.path))]
            on_disk.write_into(fit, checkout.folder, force=True)
            checkout.stage([file.path for file in fit])
            tip = checkout.tip(readers.BRANCH)
            proposed = tip is not None and not checkout.differ(tip, [file.path for file in fit])
            left_out = readers.left_out(checkout, ready, run)
            paths_left = _left(declaration, repository, checkout)
    except EmailopsError as error:
        status = HoldingStatus.obstructed if isinstance(error, Obstructed) else HoldingStatus.unreachable
        return [Holding(consumer.name, path, status, readers.said(error)) for path in paths]
    held = [_holding(consumer.name, file, found.get(file.path), left_out, proposed=proposed) for file in files]
    return [*held, *(Holding(consumer.name, path, HoldingStatus.left, _LEFT) for path in paths_left)]


def _left(declaration: Declaration, repository: str, checkout: Checkout) -> list[str]:
    """Generated files in the repository that no consumer there gets any more."""
    others = readers.of_repository(declaration, repository)
    given = {file.path for other in others for file in readers.files_of(declaration, other)}
    return [path for path in checkout.holding(MARKS) if path not in given and is_marked(checkout.read(path))]


def _is_missing(finding: Finding | None) -> bool:
    return finding is not None and finding.rule == "generated-missing"


def _holding(
    consumer: str, file: Generated, finding: Finding | None, left_out: Sequence[LeftOut], *, proposed: bool
) -> Holding:
    if file.pending:
        return Holding(consumer, file.path, HoldingStatus.waiting, f"for an apply to make {', '.join(file.pending)}")
    by = tuple(left for left in left_out if left.path == file.path)
    if finding is None:
        return Holding(consumer, file.path, HoldingStatus.current, left_out=by)
    status = HoldingStatus(finding.rule.removeprefix("generated-"))
    return Holding(consumer, file.path, status, finding.message, proposed, by)
