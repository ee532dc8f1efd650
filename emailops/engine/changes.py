"""Makes the managed changes of a plan, and accounts for every one of them.

A plan is consent, never the source of values: each touched resource is read again and worked out from the state. How a
change is made is its kind's matter; what becomes of the run when it fails, of the ledger and of the rest is told here.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from emailops.declaration.model import Declaration
from emailops.engine.create import Recovered, Timed, create
from emailops.engine.gates import to_make
from emailops.errors import EmailopsError, Exit, LedgerError, LostAnswer, worst
from emailops.kinds import KINDS, resources
from emailops.kinds.contract import Means, Recorded
from emailops.ledger import Ledger
from emailops.plan import Action, Change, Outcome, OutcomeStatus, Plan
from emailops.private import Address, hide_all
from emailops.resource import Control, Resource

BUG = "a bug ended the run; whether this was written is not known"
_UNDONE = {OutcomeStatus.failed, OutcomeStatus.ambiguous, OutcomeStatus.not_attempted, OutcomeStatus.skipped}


class Writer(Timed, Protocol):
    """What a run needs of a provider's writer; what its kinds need, they say themselves."""

    @property
    def request_ids(self) -> list[str]: ...


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
        if statuses & _UNDONE or self.failure:
            codes.append(Exit.PARTIAL if self.wrote else Exit.ERROR)
        if self.waiting:
            codes.append(Exit.PARTIAL if self.wrote else Exit.PEOPLE)
        if self.left is not None and any(change.resource not in self.waiting for change in self.left.managed):
            codes.append(Exit.DIFFERENT)
        if self.left is not None and self.left.steps:
            codes.append(Exit.PEOPLE)
        return worst(*codes)


@dataclass(slots=True)
class Changes:
    """One run's collaborators and its account; `ids` grows as changes give new ones, and `given` holds just those.

    `created` are the ids of the objects that this run has created, by resource.
    `ended` says why nothing more may be attempted, once something has ended the run from within.
    """

    declaration: Declaration
    writer: Writer | None
    ledger: Ledger
    stopped: Callable[[], bool]
    addresses: Mapping[Resource, Address]
    ids: dict[str, str]
    nonce: str = ""
    recovered: Recovered = field(default_factory=Recovered)
    wrote: bool = False
    ended: str = ""
    bug: str = ""
    outcomes: list[Outcome] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)
    created: dict[str, str] = field(default_factory=dict)

    def run(self, plan: Plan, current: Plan) -> tuple[Outcome, ...]:
        """Make the changes that the gates let through, one after the other; a failed one does not stop the others."""
        attributes = {desired.resource: desired.attributes for desired in resources(self.declaration)}
        for ignored in current.ignored:
            wanted = attributes[ignored.resource]
            attributes[ignored.resource] = {k: v for k, v in wanted.items() if k != ignored.field.name}
        needed = {change.resource: change for change in to_make(plan, current)}
        for planned in plan.managed:
            change = needed.get(planned.resource)
            outcome = self._outcome(planned, change, attributes.get(planned.resource, {}))
            self.outcomes.append(outcome)
            if outcome.status is not OutcomeStatus.satisfied:
                self._note(outcome)
        return tuple(self.outcomes)

    def _outcome(self, planned: Change, change: Change | None, attributes: Mapping[str, Any]) -> Outcome:
        """What becomes of one change."""
        name = str(planned.resource)
        if self.ended:
            return Outcome(planned.resource, OutcomeStatus.not_attempted, self.ended)
        if name in self.recovered.waiting:
            return Outcome(planned.resource, OutcomeStatus.ambiguous, self.recovered.waiting[name])
        if change is None and name not in self.recovered.ids:
            return Outcome(planned.resource, OutcomeStatus.satisfied, "is already as planned")
        if self.stopped():
            return Outcome(planned.resource, OutcomeStatus.not_attempted, "the run was stopped before")
        unmet = self._unmet(planned)
        if unmet:
            return Outcome(planned.resource, OutcomeStatus.skipped, unmet)
        try:
            return self._attempt(planned, change, attributes)
        except Exception:  # whatever it is, the account of what was done comes first
            self.bug = hide_all(traceback.format_exc())
            self.ended, self.wrote = "a bug ended the run before", True
            return Outcome(planned.resource, OutcomeStatus.ambiguous, BUG)

    def _unmet(self, change: Change) -> str:
        """Why what this change requires is not there, or an empty text."""
        missing = next((resource for resource in change.requires if str(resource) not in self.ids), None)
        if missing is None:
            return ""
        statuses = {outcome.resource: outcome.status for outcome in self.outcomes}
        return f"requires {missing}, which is {statuses.get(missing, 'not part of this plan')}"

    def _attempt(self, planned: Change, change: Change | None, attributes: Mapping[str, Any]) -> Outcome:
        """One change, and what went wrong with it. What goes wrong in the ledger ends the run."""
        name = str(planned.resource)
        try:
            return self._make(planned, change, attributes)
        except LostAnswer as error:
            self.wrote = True
            later = "; a later run settles it by its name" if planned.action is Action.create else ""
            return Outcome(planned.resource, OutcomeStatus.ambiguous, f"{error.message}{later}")
        except LedgerError as error:
            self.ended = f"the run ended before: {error.message}"
            status = OutcomeStatus.failed if name in self.created or name in self.given else OutcomeStatus.not_attempted
            return Outcome(planned.resource, status, self._with_rescue(name, error))
        except EmailopsError as error:
            return Outcome(planned.resource, OutcomeStatus.failed, self._with_rescue(name, error))

    def _make(self, planned: Change, change: Change | None, attributes: Mapping[str, Any]) -> Outcome:
        """One change at its provider and in the ledger."""
        id_ = self._recover(planned)
        if change is None:
            return Outcome(
                planned.resource, OutcomeStatus.done, f"id {id_}; an earlier run created it and lost the answer"
            )
        if change.action is Action.release:
            self.ledger.forget(str(change.resource))
            self.wrote = True
            said = f"the record of {change.id} is removed; nothing else changes"
            return Outcome(change.resource, OutcomeStatus.done, said)
        if self.writer is None:
            return Outcome(change.resource, OutcomeStatus.failed, "there is no key to write with")
        managed = KINDS[change.resource.kind].managed
        if managed is None:
            return Outcome(change.resource, OutcomeStatus.failed, "the tool cannot change this kind")
        said = managed.make(change, self._means(change, managed.recorded, self.writer, attributes))
        self.wrote = True
        return Outcome(change.resource, OutcomeStatus.done, said)

    def _means(
        self, change: Change, recorded: Recorded | None, writer: Writer, attributes: Mapping[str, Any]
    ) -> Means[Writer]:
        """What the kind makes the change with."""
        return Means(
            writer,
            attributes,
            self.ids,
            frozenset({*self.created, *self.recovered.ids}),
            self.addresses,
            create=partial(self._create, change, recorded, writer, attributes),
            record=partial(self._record, change),
            note=partial(self._note_word, change),
        )

    def _create(self, change: Change, recorded: Recorded | None, writer: Writer, attributes: Mapping[str, Any]) -> str:
        if recorded is None:
            raise TypeError(f"{change.resource.kind} records no ids, and cannot be created by the protocol")
        id_ = create(writer, self.ledger, recorded, change, attributes, self.nonce)
        self.created[str(change.resource)] = id_
        self.wrote = True
        return id_

    def _with_rescue(self, name: str, error: EmailopsError) -> str:
        """What went wrong; and, once something was created, the command that keeps its id."""
        why = f"{error.message}; {error.remedy}" if error.remedy else error.message
        id_ = self.created.get(name)
        return f"created as {id_}, but {why}; emailops adopt {name} {id_}" if id_ else why

    def _recover(self, planned: Change) -> str:
        """Note the id of what an earlier run created, if it did."""
        id_ = self.recovered.ids.get(str(planned.resource), "")
        if id_:
            self._record(planned, id_)
        return id_

    def _note_word(self, change: Change, word: str) -> None:
        self.ledger.record(change.scope, str(change.resource), word)
        self.wrote = True

    def _record(self, change: Change, id_: str) -> None:
        resource = str(change.resource)
        self.ledger.record(change.scope, resource, id_, instead_of=self.declaration.old_names.get(resource, ()))
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
            self.ended = self.ended or f"the run ended before: {error.message}"


def verified(outcomes: tuple[Outcome, ...], left: Plan) -> tuple[Outcome, ...]:
    """A change whose answer was lost is done after all when the verifying read no longer finds it."""
    open_ = {change.resource for change in left.changes if change.control is Control.managed}
    return tuple(
        replace(outcome, status=OutcomeStatus.done, detail="its answer was lost; the verifying read finds it done")
        if outcome.status is OutcomeStatus.ambiguous and outcome.resource not in open_
        else outcome
        for outcome in outcomes
    )
