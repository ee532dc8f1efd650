"""What people do with the ledger itself: begin its branch, break a lease, read the audit lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emailops.engine.declared_ledger import declares_git, git_ledger, ledger_of
from emailops.errors import InvalidInput
from emailops.ledger.branch import BRANCH
from emailops.ledger.directory import FilesLedger
from emailops.ledger.notes import Intent
from emailops.run import Run
from emailops.store.plumbing import Git


@dataclass(frozen=True, slots=True)
class History:
    """The audit lines, newest first, and the creates that were begun and not settled."""

    lines: Sequence[Mapping[str, Any]]
    intents: Sequence[Intent]


def remotes(run: Run) -> list[str]:
    """Where the branch could begin."""
    return Git(run.state, run.environment).run("remote").text.split()


def init(run: Run, to: str = "") -> str:
    """Make the ledger's branch from recorded/. Returns what to do next, as lines to print."""
    begun = FilesLedger(run.state).intents()
    if begun:
        message = f"{', '.join(begun)} was begun to be created, and its end is not known"
        raise InvalidInput(message, "settle it with emailops apply, then begin the branch")
    recorded = run.state / "recorded"
    files = {file.name: file.read_bytes() for file in sorted(recorded.glob("*.yaml"))}
    remote = git_ledger(run, to).init(files)
    folder = run.folder
    scopes = f"{len(files)} scope{'s' * (len(files) != 1)}"
    begun_with = f"{remote} has the branch {BRANCH} now, with the ids of {scopes}."
    left = [] if declares_git(run) else [f"  write in {folder}emailops.yaml: ledger: git"]
    left += [f"  git rm -r {folder}recorded"] if files else []
    first = f"{begun_with} Commit to main:" if left else begun_with
    return "\n".join([first, *left, f"Let only the account that applies push {BRANCH}, fast-forward only."])


def unlock(run: Run, nonce: str) -> str:
    return ledger_of(run).unlock(nonce, run.holder)


def log(run: Run, count: int) -> History:
    """The newest audit lines. Raises LedgerError where the ledger cannot be read."""
    ledger = ledger_of(run)
    return History(ledger.log()[:count], tuple(ledger.intents().values()))
