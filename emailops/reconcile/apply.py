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
from emailops.declaration.settings import PENDING, is_pending, with_ids
from emailops.errors import EmailopsError, Exit, GateError, LostAnswer, Refused, worst
from emailops.kinds import mailchimp_audience, mailchimp_test_subscriber
from emailops.ledger import Ledger
from emailops.plan import Action, Change, Control, Outcome, Plan, Resource
from emailops.private import Address
from emailops.reconcile import base as bases

CONSENT_IS_OLD = "make a new plan, and have it approved"


class Writer(Protocol):
    """What a provider's writer can do for a managed change."""

    def create_audience(self, attributes: Mapping[str, Any]) -> str: ...

    def update_audience(self, id_: str, attributes: Mapping[str, Any]) -> None: ...

    def subscribe(self, audience_id: str, address: Address) -> None: ...


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
    """What became of a plan. `left` is what the verifying read still finds; None where it could not be made.

    `wrote` says whether anything may have been written, at a provider or in the ledger, however the changes ended.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...]
    left: Plan | None
    wrote: bool = False
    interrupted: bool = False
    failure: str = ""

    @property
    def converged(self) -> bool:
        return self.left is not None and not self.left.managed

    @property
    def exit_code(self) -> Exit:
        statuses = {outcome.status for outcome in self.outcomes}
        codes = [Exit.OK]
        if self.interrupted:
            codes.append(Exit.INTERRUPTED)
        if statuses & {"failed", "ambiguous", "not-attempted", "skipped"} or self.failure:
            codes.append(Exit.PARTIAL if self.wrote else Exit.ERROR)
        if self.left is not None and self.left.managed:
            codes.append(Exit.DIFFERENT)
        if self.left is not None and self.left.steps:
            codes.append(Exit.PEOPLE)
        return worst(*codes)


def check(plan: Plan, now: Plan, room: int | None) -> None:
    """Refuse what was planned on other ground than there is now, or has no room. Raises GateError with each difference.

    `room` is how many more audiences the account may hold; None is no limit.
    """
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
    creates = [
        c for c in _to_make(plan, now) if c.action is Action.create and c.resource.kind == mailchimp_audience.NAME
    ]
    if room is not None and len(creates) > room:
        message = f"{len(creates)} audiences to create, and the account has room for {room} more"
        raise GateError("limits", message, "make room at Mailchimp, or plan --only a part", id=plan.digest)


def check_settings(plan: Plan, declaration: Declaration, ids: Mapping[str, str]) -> None:
    """Refuse a plan whose reviewed settings are not the ones that the state gives now. Raises GateError."""
    values = bases.table(declaration)
    details = []
    for planned in plan.settings:
        key = (planned.consumer, planned.stage, planned.setting)
        now = with_ids(values[key], ids) if key in values else None
        if not _same(planned.after, now, ids):
            name = f"{planned.consumer} {planned.stage} {planned.setting}"
            details.append(Detail(name, "value", planned.before, planned.after, now, "the setting is another one now"))
    if details:
        message = f"{len(details)} settings are not the reviewed ones"
        raise GateError("overtaken", message, CONSENT_IS_OLD, id=plan.digest, details=tuple(details))


@dataclass(slots=True)
class Applying:
    """One run's collaborators; `ids` grows as changes give new ones."""

    declaration: Declaration
    writer: Writer | None
    ledger: Ledger
    stopped: Callable[[], bool]
    addresses: Mapping[Resource, Address]
    ids: dict[str, str]
    wrote: bool = False

    def run(self, plan: Plan, now: Plan) -> tuple[Outcome, ...]:
        """Make the changes that `check` let through, one after the other; a failed one does not stop the others."""
        attributes = {one.resource: one.attributes for one in resources(self.declaration)}
        for one in now.ignored:
            attributes[one.resource] = {k: v for k, v in attributes[one.resource].items() if k != one.field.name}
        to_make = {change.resource: change for change in _to_make(plan, now)}
        outcomes: list[Outcome] = []
        for planned in plan.managed:
            change = to_make.get(planned.resource)
            if change is None:
                outcomes.append(Outcome(planned.resource, "satisfied", "is already as planned"))
            elif self.stopped():
                outcomes.append(Outcome(planned.resource, "not-attempted", "the run was stopped before"))
            elif unmet := self._unmet(change, outcomes):
                outcomes.append(Outcome(planned.resource, "skipped", unmet))
            else:
                outcomes.append(self._attempt(change, attributes.get(change.resource, {})))
        return tuple(outcomes)

    def _unmet(self, change: Change, outcomes: Sequence[Outcome]) -> str:
        """Why what this change requires is not there, or an empty text."""
        statuses = {outcome.resource: outcome.status for outcome in outcomes}
        for resource in change.requires:
            if str(resource) not in self.ids:
                return f"requires {resource}, which is {statuses.get(resource, 'not part of this plan')}"
        return ""

    def _attempt(self, change: Change, attributes: Mapping[str, Any]) -> Outcome:
        """One change at its provider and in the ledger."""
        created = ""
        try:
            if change.action is Action.release:
                self.ledger.forget(str(change.resource))
                self.wrote = True
                return Outcome(change.resource, "done", f"the record of {change.id} is removed; nothing else changes")
            if self.writer is None:
                return Outcome(change.resource, "failed", "there is no key to write with")
            if change.resource.kind == mailchimp_test_subscriber.NAME:
                return self._subscribe(change, self.writer)
            if change.action is Action.create:
                created = self.writer.create_audience(attributes)
                self.wrote = True
            id_ = created or str(change.id)
            if change.action in (Action.create, Action.adopt):
                self._record(change, id_)
            if change.action in (Action.update, Action.adopt) and change.fields:
                self.writer.update_audience(id_, attributes)
                self.wrote = True
        except LostAnswer as error:
            self.wrote = True
            return Outcome(change.resource, "ambiguous", error.message)
        except EmailopsError as error:
            rescue = f"; emailops adopt {change.resource} {created}" if created else ""
            made = f"created as {created}, but " if created else ""
            why = f"{error.message}; {error.remedy}" if error.remedy else error.message
            return Outcome(change.resource, "failed", f"{made}{why}{rescue}")
        return Outcome(change.resource, "done", f"id {id_}")

    def _subscribe(self, change: Change, writer: Writer) -> Outcome:
        address = self.addresses.get(change.resource)
        if address is None:
            return Outcome(change.resource, "failed", "its address is not at hand; see EMAILOPS_PEOPLE")
        try:
            writer.subscribe(self.ids[str(change.requires[0])], address)
            self.wrote = True
        except Refused as error:
            if not error.title.startswith("Forgotten"):
                raise
            self.ledger.record(change.scope, str(change.resource), mailchimp_test_subscriber.FORGOTTEN)
            self.wrote = True
            return Outcome(
                change.resource, "failed", "erased for good once: only the person can come back, by the form"
            )
        return Outcome(change.resource, "done", "subscribed")

    def _record(self, change: Change, id_: str) -> None:
        old = [name for name, new in self.declaration.moved.items() if new == str(change.resource)]
        self.ledger.record(change.scope, str(change.resource), id_, instead_of=old)
        self.wrote = True
        self.ids[str(change.resource)] = id_


def verified(outcomes: Sequence[Outcome], left: Plan) -> tuple[Outcome, ...]:
    """The outcomes after the verifying read: a write whose answer was lost may turn out to have been done."""
    open_ = {change.resource for change in left.changes if change.control is Control.managed}
    return tuple(
        replace(one, status="done", detail="its answer was lost; the verifying read finds it done")
        if one.status == "ambiguous" and one.resource not in open_
        else one
        for one in outcomes
    )


def _to_make(plan: Plan, now: Plan) -> Iterator[Change]:
    """The planned changes that the world still needs, as they are worked out now."""
    planned = {change.resource for change in plan.managed}
    return (change for change in now.managed if change.resource in planned)


def _overtaken(plan: Plan, now: Plan) -> Iterator[Detail]:
    current = {change.resource: change for change in now.changes if change.control is Control.managed}
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


def _same(planned: Any, now: Any, ids: Mapping[str, str]) -> bool:
    """Whether a value is the reviewed one; an id that was pending then may be there now, and no other."""
    if is_pending(planned):
        return bool(planned == now or now == ids.get(planned[PENDING]))
    if isinstance(planned, dict) and isinstance(now, dict):
        return planned.keys() == now.keys() and all(_same(planned[key], now[key], ids) for key in planned)
    if isinstance(planned, list) and isinstance(now, list):
        return len(planned) == len(now) and all(_same(*pair, ids) for pair in zip(planned, now, strict=True))
    return bool(planned == now)
