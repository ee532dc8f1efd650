"""Everything for which an apply is refused before its first write: the gates, each by its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from emailops.declaration.ids import PENDING, is_pending, with_ids
from emailops.declaration.model import Declaration
from emailops.declaration.reviewed import DeclaredFact, facts
from emailops.declaration.vocabulary import ApplyFrom
from emailops.engine.declared_ledger import declares_git, remote_of
from emailops.errors import GateError, UsageError
from emailops.kinds import KINDS
from emailops.kinds.world import Observation
from emailops.plan import Action, Change, Plan
from emailops.resource import Control
from emailops.run import Run
from emailops.store import git

CONSENT_IS_OLD = "make a new plan, and have it approved"


@dataclass(frozen=True, slots=True)
class Detail:
    """One field in which the world is not as it was planned."""

    resource: str
    field: str
    before: Any
    planned: Any
    now: Any
    message: str


def check_moved(run: Run, rollback: str) -> str:
    """The commit that is applied, empty outside Git.

    With `ledger: git`, raises GateError `moved` unless it is main's newest: a queued or replayed build would put an
    older world back.
    """
    if not declares_git(run):
        if rollback:
            raise UsageError("--rollback is for ledger: git", "with ledger: files any state may be applied")
        return git.head(run.git)
    remote = remote_of(run)
    commit = remote.head()
    if rollback:
        return commit
    changed = remote.uncommitted()
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        message = f"the checkout is not as committed: {changed[0]}{more}"
        raise GateError("moved", message, "commit and merge it, or apply from a clean checkout")
    branch, head = remote.main()
    if commit != head:
        message = f"this checkout is at {commit[:12]}, and {branch} of {remote.name} at {head[:12]}"
        raise GateError("moved", message, f"apply {branch}; --rollback REASON puts another state back on purpose")
    return commit


def check_pipeline(declaration: Declaration, run: Run) -> None:
    """Refuse an apply from a laptop where the policy wants a job. Raises GateError `pipeline`."""
    if declaration.policy.apply_from is ApplyFrom.pipeline and not run.is_pipeline:
        message = "policy.apply_from asks for a pipeline, and this is not one"
        raise GateError("pipeline", message, "let the job apply it; it sets EMAILOPS_PIPELINE or JENKINS_URL")


def rooms(seen: Observation) -> dict[str, int]:
    """Kind -> how many more of it the account may hold, where there is a limit."""
    return {kind: world.room for (kind, _), world in seen.worlds.items() if world.room is not None}


def check(
    plan: Plan,
    current: Plan,
    room: Mapping[str, int],
    *,
    limits: Mapping[str, int] | None = None,
    recovered: Collection[str] = (),
) -> None:
    """Refuse what was planned on other ground than there is now, or is too much. Raises GateError with each difference.

    A plan is consent to its changes as they were read. It is overtaken when a planned change would now do something
    else, or when the object under it is another one: its fingerprint holds id, name, creation date and managed fields.
    What is there already as planned is no difference: the apply finds it satisfied.

    `current` is what the plan would be now. `room` is kind -> how many more the account may hold, where that is
    limited. `limits` are KIND.ACTION -> the most.
    What an earlier run created is `recovered`: its id is recorded now, as an adoption would have.
    """
    if plan.review_only:
        message = f"the plan is for review only: {'; '.join(plan.unknown) or 'a managed kind could not be read'}"
        raise GateError("review-only", message, "make it again where the keys are", id=plan.digest)
    if plan.accounts != current.accounts:
        raise GateError("account", "the plan was made for other accounts or hosts", CONSENT_IS_OLD, id=plan.digest)
    details = list(_overtaken(plan, current, recovered))
    if plan.configuration != current.configuration:
        message = "another one is declared now"
        was = plan.configuration
        details.append(Detail("", "configuration", was, was, current.configuration, message))
    if details:
        message = f"the plan has been overtaken in {len(details)} place{'s' if len(details) > 1 else ''}"
        raise GateError("overtaken", message, CONSENT_IS_OLD, id=plan.digest, details=tuple(details))
    breaches = tuple(_breaches(to_make(plan, current), room, limits or {}))
    if breaches:
        message = breaches[0].message if len(breaches) == 1 else f"{len(breaches)} limits are exceeded"
        remedies = [
            "make room at Mailchimp, or plan --only a part"
            if breach.field == "room"
            else f"--lift {breach.field}=REASON"
            for breach in breaches
        ]
        raise GateError("limits", message, "; ".join(remedies), id=plan.digest, details=breaches)


def check_declared(plan: Plan, declaration: Declaration, ids: Mapping[str, str]) -> None:
    """Refuse a plan whose reviewed facts are not the ones that the state gives now. Raises GateError."""
    found = facts(declaration)
    details = []
    for planned in plan.declared:
        fact = DeclaredFact(planned.sort, planned.subject, planned.stage, planned.name)
        now = with_ids(found[fact], ids) if fact in found else None
        if not _same(planned.after, now, ids):
            name = " ".join(filter(None, (planned.subject, planned.stage, planned.name)))
            message = "another value is declared now"
            details.append(Detail(name, "value", planned.before, planned.after, now, message))
    if details:
        counted = "1 declared value is" if len(details) == 1 else f"{len(details)} declared values are"
        message = f"{counted} not as reviewed"
        raise GateError("overtaken", message, CONSENT_IS_OLD, id=plan.digest, details=tuple(details))


def limits_left(declaration: Declaration, lifted: Collection[str]) -> dict[str, int]:
    """KIND.ACTION -> the most that one apply may make, without the lifted ones. Raises UsageError."""
    limits = declaration.policy.limits
    for name in lifted:
        if name not in limits:
            known = f"policy.limits has {', '.join(limits)}" if limits else "policy.limits has none"
            raise UsageError(f"there is no limit {name!r} to lift", known)
    return {name: most for name, most in limits.items() if name not in lifted}


def to_make(plan: Plan, current: Plan) -> Iterator[Change]:
    """The planned changes that the world still needs, as they are worked out now."""
    planned = {change.resource for change in plan.managed}
    return (change for change in current.managed if change.resource in planned)


def _breaches(changes: Iterator[Change], room: Mapping[str, int], limits: Mapping[str, int]) -> Iterator[Detail]:
    counts = Counter((change.resource.kind, change.action) for change in changes)
    for kind, left in room.items():
        creates, recorded = counts[kind, Action.create], KINDS[kind].recorded
        if creates > left:
            noun = f"{recorded.noun}s" if recorded else f"of {kind}"
            message = f"{creates} {noun} to create, and the account has room for {left} more"
            yield Detail(kind, "room", None, creates, left, message)
    for (kind, action), count in counts.items():
        most = limits.get(f"{kind}.{action.name}")
        if most is not None and count > most:
            message = f"{count} of {kind} to {action.name}, and the limit is {most}"
            yield Detail(kind, f"{kind}.{action.name}", None, count, most, message)


def _overtaken(plan: Plan, current: Plan, recovered: Collection[str]) -> Iterator[Detail]:
    by_resource = {change.resource: change for change in current.changes if change.control is Control.managed}
    for planned in plan.managed:
        change = by_resource.get(planned.resource)
        name = str(planned.resource)
        if change is None or _came_along(planned, change, recovered):
            continue
        is_adopted = planned.action is Action.adopt and change.action is Action.update and name in recovered
        if change.action is not planned.action and not is_adopted:
            message = f"planned to {planned.action.name}; now it is to {change.action.name}: {_why(change)}"
            yield Detail(name, "action", None, planned.action.name, change.action.name, message)
        elif change.fields != planned.fields:
            yield from _changed_fields(planned, change)
        elif change.fingerprint != planned.fingerprint:
            message = "another object is there than the one that was planned for"
            yield Detail(name, "fingerprint", planned.fingerprint, planned.fingerprint, change.fingerprint, message)


def _came_along(planned: Change, change: Change, recovered: Collection[str]) -> bool:
    """Whether it was to be created in something that an earlier run made after all, and came with that already.

    A new audience brings merge fields. They become what was planned: every field is to have a planned value.
    """
    if planned.action is not Action.create or change.action is not Action.update:
        return False
    wanted = {field.name: field.after for field in planned.fields}
    is_as_planned = all(field.name in wanted and wanted[field.name] == field.after for field in change.fields)
    return is_as_planned and any(str(required) in recovered for required in planned.requires)


def _why(change: Change) -> str:
    """The reason, and what a person has to choose between."""
    shown = [f"{each.value} ({each.note})" for each in change.step.enter] if change.step else list(change.notes)
    return f"{change.reason.value}: {'; '.join(shown)}" if shown else change.reason.value


def _changed_fields(planned: Change, change: Change) -> Iterator[Detail]:
    then = {field.name: field for field in planned.fields}
    now = {field.name: field for field in change.fields}
    for name in sorted(then.keys() | now.keys()):
        if then.get(name) != now.get(name):
            before = then[name].before if name in then else now[name].after
            wanted = then[name].after if name in then else now[name].after
            found = now[name].before if name in now else then[name].after
            message = (
                "the provider holds something else now"
                if name in then and name in now
                else "changed since it was planned"
            )
            yield Detail(str(planned.resource), name, before, wanted, found, message)


def _same(planned: Any, now: Any, ids: Mapping[str, str]) -> bool:
    """Whether a value is the reviewed one; an id that was pending then may be there now, and no other."""
    if is_pending(planned):
        return bool(planned == now or now == ids.get(planned[PENDING]))
    if isinstance(planned, dict) and isinstance(now, dict):
        return planned.keys() == now.keys() and all(_same(planned[key], now[key], ids) for key in planned)
    if isinstance(planned, list) and isinstance(now, list):
        return len(planned) == len(now) and all(_same(*pair, ids) for pair in zip(planned, now, strict=True))
    return bool(planned == now)
