"""Makes the managed changes of a plan, and accounts for every one of them.

A plan is consent, never the source of values: each touched resource is read again and worked out from the state. If one
is neither as it was planned nor as it is wanted, all of it is refused before the first write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from emailops.declaration.model import Declaration
from emailops.declaration.resources import resources
from emailops.declaration.settings import is_pending, with_ids
from emailops.errors import EmailopsError, Exit, GateError, LostAnswer, worst
from emailops.ledger import Ledger
from emailops.plan import Action, Change, Outcome, Plan
from emailops.reconcile import base as bases

CONSENT_IS_OLD = "make a new plan, and have it approved"


class Writer(Protocol):
    """What a provider's writer can do for a managed change."""

    def create_audience(self, attributes: Mapping[str, Any]) -> str: ...

    def update_audience(self, id_: str, attributes: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class Detail:
    """One field in which the world is not as it was planned."""

    resource: str
    field: str
    before: Any
    planned: Any
    now: Any
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a plan. `left` is what the verifying read still finds; None where it could not be made."""

    plan: Plan
    outcomes: tuple[Outcome, ...]
    left: Plan | None
    interrupted: bool = False
    failure: str = ""

    @property
    def converged(self) -> bool:
        return self.left is not None and not self.left.managed

    @property
    def exit_code(self) -> Exit:
        statuses = {outcome.status for outcome in self.outcomes}
        written = statuses & {"done", "ambiguous"}
        codes = [Exit.OK]
        if self.interrupted:
            codes.append(Exit.INTERRUPTED)
        if statuses & {"failed", "ambiguous", "not-attempted", "skipped"} or self.failure:
            codes.append(Exit.PARTIAL if written else Exit.ERROR)
        if self.left is not None and self.left.managed:
            codes.append(Exit.DIFFERENT)
        if self.left is not None and self.left.steps:
            codes.append(Exit.PEOPLE)
        return worst(*codes)


def check(plan: Plan, now: Plan) -> None:
    """Refuse what was planned on other ground than there is now. Raises GateError, each difference in its details."""
    if plan.review_only:
        message = f"the plan is for review only: {'; '.join(plan.unknown) or 'a managed kind could not be read'}"
        raise GateError("review-only", message, "make it again where the keys are", id=plan.digest)
    if plan.accounts != now.accounts:
        raise GateError("account", "the plan was made for other accounts or hosts", CONSENT_IS_OLD, id=plan.digest)
    details = list(_overtaken(plan, now))
    if plan.configuration != now.configuration:
        message = "the declared configuration is another one"
        details.append(Detail("", "configuration", "", plan.configuration, now.configuration, message))
    if details:
        message = f"the plan has been overtaken in {len(details)} place{'s' if len(details) > 1 else ''}"
        raise GateError("overtaken", message, CONSENT_IS_OLD, id=plan.digest, details=tuple(details))
    creates = [change for change in _to_make(plan, now) if change.action is Action.create]
    short = [note for change in creates for note in change.notes if "too few" in note]
    if short:
        remedy = "make room at Mailchimp, or plan --only a part"
        raise GateError("limits", f"{len(creates)} audiences to create, {short[0]}", remedy, id=plan.digest)


def check_settings(plan: Plan, declaration: Declaration, ids: Mapping[str, str]) -> None:
    """Refuse a plan whose reviewed settings are not the ones that the state gives now. Raises GateError."""
    values = bases.table(declaration)
    details = []
    for planned in plan.settings:
        key = (planned.consumer, planned.stage, planned.setting)
        now = with_ids(values[key], ids) if key in values else None
        if not _same(planned.after, now):
            name = f"{planned.consumer} {planned.stage} {planned.setting}"
            details.append(Detail(name, "value", planned.before, planned.after, now, "the setting is another one now"))
    if details:
        message = f"{len(details)} settings are not the reviewed ones"
        raise GateError("overtaken", message, CONSENT_IS_OLD, id=plan.digest, details=tuple(details))


def run(
    plan: Plan,
    now: Plan,
    declaration: Declaration,
    writer: Writer | None,
    ledger: Ledger,
    stopped: Callable[[], bool],
) -> tuple[Outcome, ...]:
    """Make the changes that `check` let through, one after the other; a failed one does not stop the others."""
    attributes = {one.resource: one.attributes for one in resources(declaration)}
    to_make = {change.resource: change for change in _to_make(plan, now)}
    outcomes: list[Outcome] = []
    for planned in plan.managed:
        change = to_make.get(planned.resource)
        if change is None:
            outcomes.append(Outcome(planned.resource, "satisfied", "is already as planned"))
        elif stopped():
            outcomes.append(Outcome(planned.resource, "not-attempted", "the run was stopped before"))
        elif unmet := [one for one in outcomes if one.resource in change.requires and one.status not in _MET]:
            outcomes.append(
                Outcome(planned.resource, "skipped", f"requires {unmet[0].resource}, which {unmet[0].status}")
            )
        else:
            outcomes.append(_attempt(change, attributes.get(change.resource, {}), writer, ledger, declaration))
    return tuple(outcomes)


def verified(outcomes: Sequence[Outcome], left: Plan) -> tuple[Outcome, ...]:
    """The outcomes after the verifying read: a write whose answer was lost may turn out to have been done."""
    open_ = {change.resource for change in left.managed}
    return tuple(
        replace(one, status="done", detail="its answer was lost; the verifying read finds it done")
        if one.status == "ambiguous" and one.resource not in open_
        else one
        for one in outcomes
    )


_MET = ("done", "satisfied")


def _to_make(plan: Plan, now: Plan) -> Iterator[Change]:
    """The planned changes that the world still needs, as they are worked out now."""
    planned = {change.resource for change in plan.managed}
    return (change for change in now.managed if change.resource in planned)


def _overtaken(plan: Plan, now: Plan) -> Iterator[Detail]:
    current = {change.resource: change for change in now.changes}
    for planned in plan.managed:
        change = current.get(planned.resource)
        name = str(planned.resource)
        if change is None:
            continue
        if change.action is not planned.action:
            message = f"planned to {planned.action.name}; now it is to {change.action.name}: {change.reason.value}"
            yield Detail(name, "action", None, planned.action.name, change.action.name, message)
        elif change.fields != planned.fields:
            yield from _changed_fields(planned, change)
        elif change.fingerprint != planned.fingerprint:
            message = "another object is there than the one that was planned for"
            yield Detail(name, "fingerprint", planned.fingerprint, planned.fingerprint, change.fingerprint, message)


def _changed_fields(planned: Change, change: Change) -> Iterator[Detail]:
    then = {field.name: field for field in planned.fields}
    now = {field.name: field for field in change.fields}
    for name in sorted(then.keys() | now.keys()):
        if then.get(name) != now.get(name):
            before = then[name].before if name in then else now[name].after
            wanted = then[name].after if name in then else now[name].after
            found = now[name].before if name in now else then[name].after
            message = "the world has moved" if name in then and name in now else "changed since it was planned"
            yield Detail(str(planned.resource), name, before, wanted, found, message)


def _attempt(
    change: Change, attributes: Mapping[str, Any], writer: Writer | None, ledger: Ledger, declaration: Declaration
) -> Outcome:
    """One change at its provider and in the ledger."""
    resource = change.resource
    id_ = change.id
    try:
        if change.action is Action.release:
            ledger.forget(str(resource))
            return Outcome(resource, "done", f"the record of {id_} is removed; the audience stays")
        if writer is None:
            return Outcome(resource, "failed", "there is no key to write with")
        if change.action is Action.create:
            id_ = writer.create_audience(attributes)
        if change.action in (Action.create, Action.adopt):
            _record(change, str(id_), ledger, declaration)
        if change.action in (Action.update, Action.adopt) and change.fields:
            writer.update_audience(str(id_), attributes)
    except LostAnswer as error:
        return Outcome(resource, "ambiguous", error.message)
    except EmailopsError as error:
        created = f"created as {id_}, but " if change.action is Action.create and id_ else ""
        rescue = f"; emailops adopt {resource} {id_}" if created else ""
        return Outcome(resource, "failed", f"{created}{error.message}{rescue}")
    return Outcome(resource, "done", f"id {id_}")


def _record(change: Change, id_: str, ledger: Ledger, declaration: Declaration) -> None:
    ledger.record(change.scope, str(change.resource), id_)
    for old, new in declaration.moved.items():
        if new == str(change.resource):
            ledger.forget(old)


def _same(planned: Any, now: Any) -> bool:
    """Whether a value is the reviewed one; an id that was pending then may be there now."""
    if is_pending(planned):
        return isinstance(now, str) or planned == now
    if isinstance(planned, dict) and isinstance(now, dict):
        return planned.keys() == now.keys() and all(_same(planned[key], now[key]) for key in planned)
    if isinstance(planned, list) and isinstance(now, list):
        return len(planned) == len(now) and all(map(_same, planned, now))
    return bool(planned == now)
