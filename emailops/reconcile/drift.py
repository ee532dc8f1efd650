"""What a drift finds: each difference between the declared and the world, why it is there, and whose work it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from emailops.declaration.model import Declaration
from emailops.errors import Exit, worst
from emailops.kinds import mailchimp_audience, mailchimp_test_subscriber
from emailops.plan import Action, Change, Control, Difference, Finding, Plan, Reason, digest
from emailops.reconcile.applied import Applied

_NOT_TIME = ("waiver-unused", "ignore-unused")
_TOLD_BY_THE_PLAN = "attestation-expired"


class Why(Enum):
    """Why something differs; the name is the word in JSON."""

    changed_outside = "changed outside"
    never_applied = "never applied"
    unclear = "differs, and no apply is noted that could tell since when"
    gone = "gone"
    refused = "the provider refuses it"
    stranger = "a stranger: nothing here declares it"
    expired = "its attestation is too old"
    outdated = "it has changed since it was attested"
    not_attested = "nobody has attested it"


@dataclass(frozen=True, slots=True)
class Drifted:
    """One difference. `is_of_people` is one that only people's word would settle; any other is of the world."""

    subject: str
    scope: str
    why: Why
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
        return tuple(one for one in self.drifted if not one.is_of_people)

    @property
    def people(self) -> tuple[Drifted, ...]:
        return tuple(one for one in self.drifted if one.is_of_people)

    @property
    def unknown(self) -> tuple[str, ...]:
        """What could not be read, the settings without a base included: each reason once."""
        settings = (f"settings: {self.plan.base.ref}",) if self.plan.base.kind == "unknown" else ()
        return (*self.plan.unknown, *settings)

    @property
    def exit_code(self) -> Exit:
        codes = [Exit.OK]
        if self.world or self.plan.settings:
            codes.append(Exit.DIFFERENT)
        if self.people or self.time or self.unknown:
            codes.append(Exit.PEOPLE)
        return worst(*codes)


def compare(plan: Plan, declaration: Declaration, applied: Applied, findings: Iterable[Finding]) -> Drift:
    """Word the differences of a plan: against what was last applied, and with what it leaves beside."""
    differing = (one for one in plan.changes if one.action is not Action.unknown)
    drifted = [_drifted(one, applied) for one in differing]
    time = tuple(one for one in findings if not one.is_error and one.rule not in (*_NOT_TIME, _TOLD_BY_THE_PLAN))
    return Drift(plan, (*drifted, *_strangers(plan, declaration)), time)


def _drifted(change: Change, applied: Applied) -> Drifted:
    name = str(change.resource)
    if change.control is Control.attested:
        why = _OF_ATTESTATIONS.get(change.reason, Why.not_attested)
        return Drifted(name, change.scope, why, detail=change.step.then if change.step else "", is_of_people=True)
    why = _why(change, applied.get(name, {}))
    shown = change.fields if change.action is not Action.create else ()
    return Drifted(name, change.scope, why, shown, _detail(change))


def _why(change: Change, noted: Mapping[str, str]) -> Why:
    """A field that is not as it was last applied was changed outside; one that still is waits for its apply."""
    if change.reason is Reason.refused:
        return Why.refused
    if change.reason is Reason.gone or (change.reason is Reason.missing and change.action is Action.person):
        return Why.gone
    if change.action is Action.create and change.resource.kind == mailchimp_test_subscriber.NAME and noted:
        return Why.gone
    if change.action in (Action.create, Action.adopt, Action.release) or change.reason is Reason.several:
        return Why.never_applied
    fields = [one for one in change.fields if one.name in noted]
    if any(digest(one.before) != noted[one.name] for one in fields):
        return Why.changed_outside
    return Why.never_applied if fields else Why.unclear


def _detail(change: Change) -> str:
    if change.step is not None:
        return change.step.why
    return change.notes[0] if change.notes else ""


def _strangers(plan: Plan, declaration: Declaration) -> Iterator[Drifted]:
    owned = bool(declaration.mailchimp and declaration.mailchimp.owns_everything)
    for one in plan.undeclared:
        if one.kind == mailchimp_audience.NAME and owned:
            for name in one.names:
                yield Drifted(one.kind, "", Why.stranger, detail=name)
        elif one.kind == mailchimp_test_subscriber.NAME:
            subscribers = f"{one.count} subscriber{'s' * (one.count != 1)} nobody declared"
            yield Drifted(one.account, "", Why.stranger, detail=" · ".join((subscribers, *one.names)))


_OF_ATTESTATIONS = {Reason.expired: Why.expired, Reason.outdated: Why.outdated}
