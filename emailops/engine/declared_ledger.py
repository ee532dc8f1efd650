"""The ledger that a state declares, made from this run's surroundings."""

from __future__ import annotations

from emailops.declaration.values import Table
from emailops.ledger import Ledger
from emailops.ledger.branch import BRANCH, GitLedger
from emailops.ledger.directory import FilesLedger
from emailops.run import Run
from emailops.store.remote import Remote
from emailops.store.tree import ROOT
from emailops.store.yaml import parse


def ledger_of(run: Run) -> Ledger:
    """The ledger that the state declares; `files` where it says nothing."""
    at = f"{run.now:%Y-%m-%dT%H:%M:%SZ}"
    return git_ledger(run) if declares_git(run) else FilesLedger(run.state, at)


def git_ledger(run: Run, remote: str = "") -> GitLedger:
    """The ledger on the branch of a remote: the one of this name, else the one that has the branch."""
    at = f"{run.now:%Y-%m-%dT%H:%M:%SZ}"
    return GitLedger(remote_of(run, remote), run.clock, at)


def remote_of(run: Run, name: str = "") -> Remote:
    return Remote(run.state, run.environment, holding=BRANCH, name=name)


def declares_git(run: Run) -> bool:
    """Whether emailops.yaml says `ledger: git`; a file that cannot be read says so elsewhere."""
    try:
        content = (run.state / ROOT).read_bytes()
    except OSError:
        return False
    if b"ledger" not in content:
        return False
    root, _ = parse(ROOT, content)
    return isinstance(root, Table) and root.get("ledger") == "git"
