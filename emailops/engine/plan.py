"""Works out a plan: declared against observed, settings against their base. Built from readers, it cannot write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from emailops import __version__
from emailops.canonical import digest
from emailops.declaration.configuration import configuration
from emailops.declaration.model import Declaration
from emailops.declaration.moved import attestations, moved_ids
from emailops.declaration.names import near, require
from emailops.engine import baseline
from emailops.engine.baseline import Baseline
from emailops.engine.ignores import heeded
from emailops.engine.renames import as_renamed, old_name, refuse_renames
from emailops.errors import NotDeclared, UsageError
from emailops.kinds import KINDS, assess, attested, resources
from emailops.kinds.contract import Known, Noted, Verdict
from emailops.kinds.world import Observation, World
from emailops.plan import (
    OBSERVATION,
    Action,
    Change,
    DeclaredChange,
    Ignored,
    Origin,
    Plan,
    Reason,
    Sort,
    Taken,
    Undeclared,
    When,
    fields_as_json,
)
from emailops.private import hide_all
from emailops.questions.rotation import all_progress
from emailops.resource import Attestation, Control, Desired, Resource
from emailops.run import Run

_OF_A_CONSUMER = (Sort.setting, Sort.secret, Sort.consumer)


def make(
    declaration: Declaration,
    observation: Observation,
    base: Baseline,
    run: Run,
    *,
    scope: str | None = None,
    only: str | None = None,
) -> Plan:
    """The plan for `scope` (a stage or shared; None for all) and the resources that match `only`."""
    if scope is not None:
        require("stage", scope, declaration.scopes())
    if only is not None and hide_all(only) != only:
        message = "--only holds what looks like a secret or an address"
        raise UsageError(message, "write a pattern of resources: mailchimp-audience/*")
    noted = Noted(moved_ids(declaration), attestations(declaration), declaration.policy.attestation_days, run.today)
    found = _found(declaration, observation, noted, scope, only)
    if only is not None and not found.changes:
        _require_any(declaration, only)
    refuse_renames(found.desired, found.changes, observation)
    base = baseline.needed(base, declaration)
    changes = _with_origins(_with_room(found.changes, observation), base, observation, noted, scope, only)
    declared = [] if only else _declared(declaration, base, noted, run, scope)
    now = run.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    attested_before = {} if base.declaration is None else base.declaration.attestations
    return Plan(
        service=declaration.service,
        tool=__version__,
        made=now,
        scopes=(scope,) if scope else declaration.scopes(),
        only=only,
        base=base.base,
        observed_at=observation.at or now,
        observed_from=observation.source,
        accounts=observation.accounts,
        configuration=configuration(declaration),
        changes=tuple(changes),
        declared=tuple(declared),
        taken=() if base.declaration is None else tuple(_taken(found.desired, attested_before, noted)),
        counts=_counts(changes, declared, found.facts),
        undeclared=tuple(_undeclared(declaration, observation)),
        requests=observation.requests,
        unknown=tuple(dict.fromkeys([*_unread(observation), *_unobserved(found.desired, changes, observation)])),
        ignored=tuple(found.ignored),
        rotations=tuple((each.rotation.old.name, str(each)) for each in all_progress(declaration, run.today)),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What a declaration comes to on an observation: its resources, what differs, what is hidden, and the facts."""

    desired: list[Desired]
    changes: list[Change]
    ignored: list[Ignored]
    facts: list[Known]


def _found(
    declaration: Declaration, observation: Observation, noted: Noted, scope: str | None, only: str | None
) -> _Found:
    desired = [each for each in resources(declaration) if _is_meant(each.resource, each.scope, scope, only)]
    ignored: list[Ignored] = []
    verdicts = [verdict for each in desired for verdict in _assess(each, observation, noted, declaration, ignored)]
    changes = [_together(verdict.change, declaration, observation) for verdict in verdicts if verdict.change]
    changes += [
        change for change in _releases(declaration, noted) if _is_meant(change.resource, change.scope, scope, only)
    ]
    facts = [verdict.fact for verdict in verdicts]
    return _Found(desired, sorted(changes, key=_order(declaration)), ignored, facts)


def _together(change: Change, declaration: Declaration, observation: Observation) -> Change:
    """The change, as what other accounts hold makes it read."""
    asked = KINDS[change.resource.kind].asked
    reword = asked.together if asked and change.control is Control.verified else None
    return reword(declaration, observation, change) if reword else change


def _with_origins(
    changes: list[Change], base: Baseline, observation: Observation, noted: Noted, scope: str | None, only: str | None
) -> list[Change]:
    """Each change told whether the base's own plan, made on the same observation, has it, too."""
    before = base.declaration
    if before is None:
        return [_in_time(change) for change in changes]
    then = Noted(_ids_for(before, noted), attestations(before), before.policy.attestation_days, noted.today)
    known = scope if scope is None or scope in before.scopes() else None
    open_before = {_gist(change) for change in _found(before, observation, then, known, only).changes}
    origins = {True: Origin.before, False: Origin.this_change}
    return [_in_time(replace(change, origin=origins[_gist(change) in open_before])) for change in changes]


def _in_time(change: Change) -> Change:
    """Only a step of this change waits for its merge; any other is due already."""
    step = change.step
    if step is None or step.when is not When.before_merge or change.origin is Origin.this_change:
        return change
    return replace(change, step=replace(step, when=When.now))


def _ids_for(before: Declaration, noted: Noted) -> dict[str, str]:
    """The ids of now, under the names that the base has for them."""
    ids = dict(noted.ids)
    recorded = {id_: name for name, id_ in before.ids.items()}
    declared = {str(each.resource) for each in resources(before)}
    for name, id_ in noted.ids.items():
        old = recorded.get(id_, name)
        if old != name and name not in declared:
            ids[old] = ids.pop(name)
    return ids


def _gist(change: Change) -> str:
    """What a change comes to, without ages, places and other words that differ from one day to the next."""
    return digest(
        {
            "resource": str(change.resource),
            "action": change.action.name,
            "control": change.control.name,
            "reason": change.reason.name,
            "fields": fields_as_json(change.fields),
            "id": change.id,
        }
    )


def _declared(
    declaration: Declaration, base: Baseline, noted: Noted, run: Run, scope: str | None
) -> list[DeclaredChange]:
    """What is declared otherwise than in the base; for one stage, without what only other stages have."""
    changes = baseline.compare(base, declaration, noted.ids, run.repository_hosts, run.prefix)
    return [change for change in changes if scope is None or change.stage in (scope, "")]


def _require_any(declaration: Declaration, only: str) -> None:
    """Raises NotDeclared for a pattern that no resource fits: the plan would be empty, and look as if all were fine."""
    known = [str(desired.resource) for desired in resources(declaration)]
    if not any(fnmatchcase(name, only) for name in known):
        close = "" if set(only) & set("*?[") else near(only, known)
        remedy = f"did you mean {close}?" if close else "write a pattern of resources: mailchimp-audience/*"
        raise NotDeclared(f"--only {only} fits no resource", remedy)


def _is_meant(resource: Resource, of_scope: str, scope: str | None, only: str | None) -> bool:
    return (scope is None or of_scope == scope) and (only is None or fnmatchcase(str(resource), only))


def _assess(
    desired: Desired, observation: Observation, noted: Noted, declaration: Declaration, ignored: list[Ignored]
) -> Iterator[Verdict]:
    old = old_name(declaration, desired.resource)
    world = observation.world(desired.resource.kind, desired.account)
    for full in assess(desired, world, noted):
        verdict, hidden = heeded(full, desired, world, noted, declaration.ignores)
        ignored += hidden
        yield verdict if old is None else as_renamed(verdict, desired, old, noted)


def _taken(desired: list[Desired], before: Mapping[str, Attestation], noted: Noted) -> Iterator[Taken]:
    """The steps that attestations newer than the base have settled."""
    for each in desired:
        found = noted.attestations.get(str(each.resource))
        if each.attested is None or found is None or ((was := before.get(found[0])) and was.digest == found[1].digest):
            continue
        held = attested.standing(each, found, noted.attestation_days, noted.today)
        if held.state is attested.AttestationState.attested:
            yield Taken(each.resource, found[1].by, found[1].on)


def _releases(declaration: Declaration, noted: Noted) -> Iterator[Change]:
    declared = {str(desired.resource) for desired in resources(declaration)}
    for name, id_ in noted.ids.items():
        resource = Resource.parse(name)
        if name in declared or resource.kind not in KINDS:
            continue
        scope = declaration.scopes_of_ids.get(name, declaration.scopes()[-1])
        yield Change(
            resource,
            scope,
            Action.release,
            Control.managed,
            Reason.undeclared,
            id=id_,
            fingerprint=digest({"recorded": id_}),
            notes=("stays as it is at the provider; only the record of its id is removed",),
        )


def _with_room(changes: list[Change], observation: Observation) -> list[Change]:
    """Each new object told how many more the account may hold before it and after the whole plan."""
    for (kind, _), world in observation.worlds.items():
        creates = {c.resource for c in changes if c.action is Action.create and c.resource.kind == kind}
        if world.room is not None and creates:
            left = world.room - len(creates)
            rest = f"{left} left after this plan" if left >= 0 else f"{-left} too few for this plan"
            note = f"room for {world.room} more, {rest}"
            changes = [change.with_notes((note,)) if change.resource in creates else change for change in changes]
    return changes


def _counts(changes: list[Change], declared: list[DeclaredChange], facts: list[Known]) -> dict[str, int]:
    counts = {
        action.name: sum(change.action is action for change in changes)
        for action in Action
        if action is not Action.unknown
    }
    counts["consumers"] = len({change.subject for change in declared if change.sort in _OF_A_CONSUMER})
    return counts | {fact.value: facts.count(fact) for fact in Known if fact is not Known.none}


def _unread(observation: Observation) -> Iterator[str]:
    return (reason for world in observation.worlds.values() for reason in _reasons(world))


def _reasons(world: World) -> list[str]:
    return [reason for reason in (world.unknown, world.partly) if reason]


def _unobserved(desired: list[Desired], changes: list[Change], observation: Observation) -> Iterator[str]:
    """What an observation of the right account does not tell of, in one line."""
    accounts = {each.resource: each.account for each in desired}
    names = [
        str(change.resource)
        for change in changes
        if change.action is Action.unknown
        and not _reasons(observation.world(change.resource.kind, accounts[change.resource]))
    ]
    if observation.source == OBSERVATION and names:
        yield f"the observation says nothing about {', '.join(names)}"


def _undeclared(declaration: Declaration, observation: Observation) -> Iterator[Undeclared]:
    """What the accounts hold beside: never touched, and in a shared account only counted."""
    for (kind, account), world in observation.worlds.items():
        asked = KINDS[kind].asked if kind in KINDS else None
        if asked is None or asked.ours is None:
            continue
        ours = asked.ours(declaration, account)
        others = [held for held in world.objects if not ours.hold(held)]
        count = len(others) + (world.extent.others if world.extent else 0)
        if count:
            names = tuple(sorted(held.name for held in others)) if ours.shown else ()
            yield Undeclared(kind, account, count, names)
    yield from observation.strangers


def _order(declaration: Declaration) -> Callable[[Change], tuple[int, int, bytes]]:
    scopes = {scope: n for n, scope in enumerate(declaration.scopes())}
    kinds = {kind: n for n, kind in enumerate(KINDS)}
    return lambda change: (
        scopes.get(change.scope, len(scopes)),
        kinds.get(change.resource.kind, len(kinds)),
        str(change.resource).encode(),
    )
