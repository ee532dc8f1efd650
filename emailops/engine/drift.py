"""What a drift finds: each difference between the declared and the world, why it is there, and whose work it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from emailops.canonical import digest
from emailops.declaration.model import Declaration
from emailops.engine.last_applied import Applied
from emailops.errors import Exit, worst
from emailops.kinds import KINDS
from emailops.plan import Action, Change, Difference, Plan, Reason
from emailops.resource import Control, Finding

_TOLD_BY_THE_PLAN = "attestation-expired"


@dataclass(frozen=True, slots=True)
class Drifted:
    """One difference. `is_of_people` is one that only people's word would settle; any other is of the world."""

    subject: str
    scope: str
    reason: Reason
    fields: tuple[Difference, ...] = ()
    detail: str = ""
    is_of_people: bool = False


@dataclass(frozen=True, slots=True)
class Drift:
    """Everything that differs, what could not be read, and what time alone has made wrong."""

    plan: Plan
    drifted: tuple[Drifted, ...]
    time: tuple[Finding, ...]

    @property
    def world(self) -> tuple[Drifted, ...]:
        return tuple(drifted for drifted in self.drifted if not drifted.is_of_people)

    @property
    def people(self) -> tuple[Drifted, ...]:
        return tuple(drifted for drifted in self.drifted if drifted.is_of_people)

    @property
    def unknown(self) -> tuple[str, ...]:
        """What could not be read, the settings without a base included: each reason once."""
        settings = (f"settings: {self.plan.settings_unknown}",) if self.plan.settings_unknown else ()
        return (*self.plan.unknown, *settings)

    @property
    def exit_code(self) -> Exit:
        codes = [Exit.OK]
        if self.world or self.plan.declared:
            codes.append(Exit.DIFFERENT)
        if self.people or self.time or self.unknown:
            codes.append(Exit.PEOPLE)
        return worst(*codes)


def compare(plan: Plan, declaration: Declaration, applied: Applied, findings: Iterable[Finding]) -> Drift:
    """Word the differences of a plan: against what was last applied, and with what it leaves beside."""
    drifted = [_drifted(change, applied) for change in plan.changes if change.action is not Action.unknown]
    time = tuple(finding for finding in findings if finding.is_of_time and finding.rule != _TOLD_BY_THE_PLAN)
    return Drift(plan, (*drifted, *_strangers(plan, declaration)), time)


def _drifted(change: Change, applied: Applied) -> Drifted:
    name = str(change.resource)
    if change.control is Control.attested:
        then = change.step.then if change.step else ""
        return Drifted(name, change.scope, change.reason, detail=then, is_of_people=True)
    shown = change.fields if change.action is not Action.create else ()
    return Drifted(name, change.scope, _reason(change, applied.get(name, {})), shown, _detail(change))


def _reason(change: Change, noted: Mapping[str, str]) -> Reason:
    """A field that is not as it was last applied was changed outside; one that still is waits for its apply."""
    if change.action is Action.create:
        return Reason.gone if noted else Reason.never_applied
    if change.action in (Action.adopt, Action.release):
        return Reason.never_applied
    if not change.fields:
        return change.reason
    fields = [field for field in change.fields if field.name in noted]
    if any(digest(field.before) != noted[field.name] for field in fields):
        return Reason.changed_outside
    return Reason.never_applied if fields else Reason.unclear


def _detail(change: Change) -> str:
    if change.step is not None:
        return change.step.why
    return change.notes[0] if change.notes else ""


def _strangers(plan: Plan, declaration: Declaration) -> Iterator[Drifted]:
    for others in plan.undeclared:
        asked = KINDS[others.kind].asked
        for subject, detail in asked.strangers(declaration, others) if asked and asked.strangers else ():
            yield Drifted(subject, "", Reason.stranger, detail=detail)
