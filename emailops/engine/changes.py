"""Makes the managed changes of a plan, and accounts for every one of them.

A plan is consent, never the source of values: each touched resource is read again and worked out from the state.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from emailops.declaration.model import Declaration
from emailops.declaration.resources import resources
from emailops.engine.create import Creator, Settled, create
from emailops.engine.gates import to_make
from emailops.errors import EmailopsError, Exit, LedgerError, LostAnswer, Refused, worst
from emailops.kinds import mailchimp_test_subscriber
from emailops.ledger import Ledger
from emailops.plan import Action, Change, Control, Outcome, Plan, Resource
from emailops.private import Address, hide_all

BUG = "a bug ended the run; whether this was written is not known"


class Writer(Creator, Protocol):
    """What a provider's writer can do for a managed change."""

    @property
    def request_ids(self) -> list[str]: ...

    def update_audience(self, id_: str, attributes: Mapping[str, Any]) -> None: ...

    def subscribe(self, audience_id: str, address: Address) -> None: ...


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a plan. `left` is what the verifying read still finds; None where it was not made.

    `wrote` says whether anything may have been written, at a provider or in the ledger, however the changes ended.
    `waiting` are changes for which only time is missing; `bug` is the traceback of a run that our own mistake ended.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...]
    left: Plan | None
    wrote: bool = False
    interrupted: bool = False
    failure: str = ""
    waiting: frozenset[Resource] = frozenset()
    bug: str = ""
    run: Mapping[str, Any] = field(default_factory=dict)

    @property
    def converged(self) -> bool:
        return self.left is not None and not self.left.managed

    @property
    def exit_code(self) -> Exit:
        statuses = {outcome.status for outcome in self.outcomes if outcome.resource not in self.waiting}
        codes = [Exit.OK]
        if self.bug:
            codes.append(Exit.BUG)
        if self.interrupted:
            codes.append(Exit.INTERRUPTED)
        if statuses & {"failed", "ambiguous", "not-attempted", "skipped"} or self.failure:
            codes.append(Exit.PARTIAL if self.wrote else Exit.ERROR)
        if self.waiting:
            codes.append(Exit.PARTIAL if self.wrote else Exit.PEOPLE)
        if self.left is not None and any(one.resource not in self.waiting for one in self.left.managed):
            codes.append(Exit.DIFFERENT)
        if self.left is not None and self.left.steps:
            codes.append(Exit.PEOPLE)
        return worst(*codes)


@dataclass(slots=True)
class Changes:
    """One run's collaborators and its account; `ids` grows as changes give new ones, and `given` holds just those.

    `made` is the id of the object that the change at hand has created.
    `over` says why nothing more may be attempted, once something has ended the run from within.
    """

    declaration: Declaration
    writer: Writer | None
    ledger: Ledger
    stopped: Callable[[], bool]
    addresses: Mapping[Resource, Address]
    ids: dict[str, str]
    nonce: str = ""
    settled: Settled = field(default_factory=Settled)
    wrote: bool = False
    over: str = ""
    bug: str = ""
    outcomes: list[Outcome] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)
    made: str = ""

    def run(self, plan: Plan, now: Plan) -> tuple[Outcome, ...]:
        """Make the changes that the gates let through, one after the other; a failed one does not stop the others."""
        attributes = {one.resource: one.attributes for one in resources(self.declaration)}
        for one in now.ignored:
            attributes[one.resource] = {k: v for k, v in attributes[one.resource].items() if k != one.field.name}
        needed = {change.resource: change for change in to_make(plan, now)}
        for planned in plan.managed:
            change = needed.get(planned.resource)
            outcome = self._account(planned, change, attributes.get(planned.resource, {}))
            self.outcomes.append(outcome)
            if outcome.status != "satisfied":
                self._note(outcome)
        return tuple(self.outcomes)

    def _account(self, planned: Change, change: Change | None, attributes: Mapping[str, Any]) -> Outcome:
        """What becomes of one change."""
        name = str(planned.resource)
        if self.over:
            return Outcome(planned.resource, "not-attempted", self.over)
        if name in self.settled.waiting:
            return Outcome(planned.resource, "ambiguous", self.settled.waiting[name])
        if change is None and name not in self.settled.ids:
            return Outcome(planned.resource, "satisfied", "is already as planned")
        if self.stopped():
            return Outcome(planned.resource, "not-attempted", "the run was stopped before")
        unmet = self._unmet(planned)
        if unmet:
            return Outcome(planned.resource, "skipped", unmet)
        try:
            return self._attempt(planned, change, attributes)
        except Exception:  # whatever it is, the account of what was done comes first
            self.bug = hide_all(traceback.format_exc())
            self.over, self.wrote = "a bug ended the run before", True
            return Outcome(planned.resource, "ambiguous", BUG)

    def _unmet(self, change: Change) -> str:
        """Why what this change requires is not there, or an empty text."""
        statuses = {outcome.resource: outcome.status for outcome in self.outcomes}
        for resource in change.requires:
            if str(resource) not in self.ids:
                return f"requires {resource}, which is {statuses.get(resource, 'not part of this plan')}"
        return ""

    def _attempt(self, planned: Change, change: Change | None, attributes: Mapping[str, Any]) -> Outcome:
        """One change, and what went wrong with it. What goes wrong in the ledger ends the run."""
        name = str(planned.resource)
        self.made = ""
        try:
            return self._make(planned, change, attributes)
        except LostAnswer as error:
            self.wrote = True
            later = "; a later run settles it by its name" if planned.action is Action.create else ""
            return Outcome(planned.resource, "ambiguous", f"{error.message}{later}")
        except LedgerError as error:
            self.over = f"the run ended before: {error.message}"
            status = "failed" if self.made or name in self.given else "not-attempted"
            return Outcome(planned.resource, status, self._with_rescue(name, error))
        except EmailopsError as error:
            return Outcome(planned.resource, "failed", self._with_rescue(name, error))

    def _make(self, planned: Change, change: Change | None, attributes: Mapping[str, Any]) -> Outcome:
        """One change at its provider and in the ledger."""
        id_ = self._settle(planned)
        if change is None:
            return Outcome(planned.resource, "done", f"id {id_}; an earlier run created it and lost the answer")
        if change.action is Action.release:
            self.ledger.forget(str(change.resource))
            self.wrote = True
            return Outcome(change.resource, "done", f"the record of {change.id} is removed; nothing else changes")
        if self.writer is None:
            return Outcome(change.resource, "failed", "there is no key to write with")
        if change.resource.kind == mailchimp_test_subscriber.NAME:
            return self._subscribe(change, self.writer)
        if change.action is Action.create:
            self.made = id_ = create(self.writer, self.ledger, change, attributes, self.nonce)
            self.wrote = True
        id_ = id_ or str(change.id)
        if change.action in (Action.create, Action.adopt):
            self._record(change, id_)
        if change.action in (Action.update, Action.adopt) and change.fields:
            self.writer.update_audience(id_, attributes)
            self.wrote = True
        return Outcome(change.resource, "done", f"id {id_}")

    def _with_rescue(self, name: str, error: EmailopsError) -> str:
        """What went wrong; and, once something was made, the command that keeps its id."""
        why = f"{error.message}; {error.remedy}" if error.remedy else error.message
        return f"created as {self.made}, but {why}; emailops adopt {name} {self.made}" if self.made else why

    def _settle(self, planned: Change) -> str:
        """Note the id of what an earlier run created, if it did."""
        id_ = self.settled.ids.get(str(planned.resource), "")
        if id_:
            self._record(planned, id_)
        return id_

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
        resource = str(change.resource)
        old_names = [old for old, new in self.declaration.moved.items() if new == resource]
        self.ledger.record(change.scope, resource, id_, instead_of=old_names)
        self.ids[resource] = self.given[resource] = id_
        self.wrote = True

    def _note(self, outcome: Outcome) -> None:
        """A result that cannot be noted ends the run: what follows could not be noted either."""
        result = {"resource": str(outcome.resource), "status": outcome.status}
        if str(outcome.resource) in self.ids:
            result["id"] = self.ids[str(outcome.resource)]
        try:
            self.ledger.note(result)
        except EmailopsError as error:
            self.over = self.over or f"the run ended before: {error.message}"


def verified(outcomes: tuple[Outcome, ...], left: Plan) -> tuple[Outcome, ...]:
    """A change whose answer was lost is done after all when the verifying read no longer finds it."""
    open_ = {change.resource for change in left.changes if change.control is Control.managed}
    return tuple(
        replace(one, status="done", detail="its answer was lost; the verifying read finds it done")
        if one.status == "ambiguous" and one.resource not in open_
        else one
        for one in outcomes
    )
