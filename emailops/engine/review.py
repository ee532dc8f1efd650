"""Whether a plan is the one that was reviewed, and whether whoever approves it may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emailops.engine.declared_ledger import remote_of
from emailops.errors import GateError
from emailops.plan import Plan
from emailops.private import Address
from emailops.providers.github import GitHub
from emailops.run import Run
from emailops.store import git


def reviewed_change(run: Run, github: GitHub) -> str:
    """The change that the pull request behind this commit showed; empty where that is not known."""
    remote = remote_of(run)
    return github.reviewed(remote.url, remote.head())


def check_reviewed(plan: Plan, change: str) -> None:
    """Raises GateError `review` unless the plan makes exactly the change that was reviewed, or none at all."""
    if change == plan.change or changes_nothing(plan):
        return
    said = f"{change} was reviewed" if change else "what was reviewed is not known"
    message = f"{said}, and this plan makes {plan.change}"
    raise GateError("review", message, "have this plan approved: apply --approved DIGEST", id=plan.digest)


def changes_nothing(plan: Plan) -> bool:
    """Whether there is nothing to approve; without a base to compare with, what is declared may be anything."""
    return not (plan.managed or plan.declared or plan.base.kind == "unknown")


def check_approver(plan: Plan, run: Run, log: Sequence[Mapping[str, Any]], approver: str, break_glass: str) -> None:
    """Raises GateError `approver` for who wrote what they approve, where it may reach production.

    Known by handle, name or address, or by what stands before the @ of one. `log` are the audit lines, newest first.
    """
    if break_glass or not approver or not plan.reaches_production:
        return
    since = next((str(line["commit"]) for line in log if line.get("command") == "apply" and line.get("commit")), "")
    authors = git.authors(run.git, since)
    known = authors | {part for author in authors if "@" in author for part in author.partition("@")[0].split("+")}
    if _names(run, approver) & known:
        message = f"{approver} wrote some of what changed since the last apply"
        raise GateError("approver", message, "let someone else approve it, or --break-glass REASON", id=plan.digest)


def _names(run: Run, approver: str) -> set[str]:
    """An approver as Git may know them; the file of people's addresses helps where there is one."""
    people: Mapping[str, Address] = run.people() if run.environment.get("EMAILOPS_PEOPLE") else {}
    names = {approver.lower(), approver.lower().partition("@")[0]}
    return names | ({people[approver].reveal().lower()} if approver in people else set())
