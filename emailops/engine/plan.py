"""Works out a plan: declared against observed, settings against their base. Built from readers, it cannot write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase

from emailops import __version__
from emailops.declaration.model import Declaration
from emailops.declaration.resources import attestations, configuration, moved_ids, resources
from emailops.engine import baseline
from emailops.engine.baseline import Baseline
from emailops.engine.ignores import heeded
from emailops.errors import InvalidInput, UsageError
from emailops.kinds import KINDS, assess, attested
from emailops.kinds.contract import Noted, Verdict
from emailops.kinds.world import Observation, World
from emailops.plan import (
    OBSERVATION,
    Action,
    Change,
    Control,
    Desired,
    Ignored,
    Plan,
    Reason,
    Resource,
    SettingChange,
    Taken,
    Undeclared,
    digest,
)
from emailops.run import Run

_AUDIENCE = "mailchimp-audience"
_TEMPLATE = "notify-template"


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
    if scope is not None and scope not in declaration.scopes():
        raise UsageError(f"there is no stage {scope!r}", f"name one of {', '.join(declaration.scopes())}")
    desired = [one for one in resources(declaration) if _is_meant(one.resource, one.scope, scope, only)]
    noted = Noted(moved_ids(declaration), attestations(declaration), declaration.policy.attestation_days, run.today)
    ignored: list[Ignored] = []
    verdicts = [verdict for one in desired for verdict in _assess(one, observation, noted, declaration, ignored)]
    changes = [verdict.change for verdict in verdicts if verdict.change]
    changes += [one for one in _releases(declaration, noted) if _is_meant(one.resource, one.scope, scope, only)]
    _refuse_renames(declaration, observation, changes)
    changes = _with_room(sorted(changes, key=_order(declaration)), observation)
    base = baseline.needed(base, declaration)
    setting_changes = [] if only else _settings(declaration, base, noted, scope)
    now = run.now.strftime("%Y-%m-%dT%H:%M:%SZ")
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
        settings=tuple(setting_changes),
        taken=() if base.attested is None else tuple(_taken(desired, base.attested, noted)),
        counts=_counts(changes, setting_changes, verdicts),
        undeclared=tuple(_undeclared(declaration, observation, noted)),
        requests=observation.requests,
        unknown=tuple(dict.fromkeys([*_unread(observation), *_unobserved(desired, changes, observation)])),
        ignored=tuple(ignored),
    )


def _is_meant(resource: Resource, of_scope: str, scope: str | None, only: str | None) -> bool:
    return (scope is None or of_scope == scope) and (only is None or fnmatchcase(str(resource), only))


def _assess(
    one: Desired, observation: Observation, noted: Noted, declaration: Declaration, ignored: list[Ignored]
) -> Iterator[Verdict]:
    old = _old_name(declaration, one.resource)
    world = observation.world(one.resource.kind, one.account)
    for full in assess(one, world, noted):
        verdict, hidden = heeded(full, one, world, noted, declaration.ignores)
        ignored += hidden
        yield verdict if old is None else _as_renamed(verdict, one, old, noted)


def _as_renamed(verdict: Verdict, one: Desired, old: str, noted: Noted) -> Verdict:
    """The id moves to the new name whatever else differs; what cannot be read or is gone stays as it is."""
    if verdict.change and verdict.change.action is not Action.update:
        return verdict
    id_ = noted.ids[str(one.resource)]
    change = Change(
        one.resource,
        one.scope,
        Action.adopt,
        Control.managed,
        Reason.renamed,
        verdict.change.fields if verdict.change else (),
        id=id_,
        fingerprint=verdict.change.fingerprint if verdict.change else digest({"moved": old, "id": id_}),
        notes=(f"keeps the id of {old}",),
    )
    return Verdict(change, verdict.fact)


def _old_name(declaration: Declaration, resource: Resource) -> str | None:
    """The name under which the id of a renamed resource is still recorded."""
    if str(resource) in declaration.ids:
        return None
    return next(
        (old for old, new in declaration.moved.items() if new == str(resource) and old in declaration.ids), None
    )


def _taken(desired: list[Desired], before: Mapping[str, str], noted: Noted) -> Iterator[Taken]:
    """The steps that attestations newer than the base have settled."""
    for one in desired:
        found = noted.attestations.get(str(one.resource))
        if one.attested is None or found is None or before.get(found[0]) == found[1].digest:
            continue
        if (
            attested.standing(one, found, noted.attestation_days, noted.today).state
            is attested.AttestationState.attested
        ):
            yield Taken(one.resource, found[1].by, found[1].on)


def _releases(declaration: Declaration, noted: Noted) -> Iterator[Change]:
    declared = {str(one.resource) for one in resources(declaration)}
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


def _refuse_renames(declaration: Declaration, observation: Observation, changes: list[Change]) -> None:
    """A release whose audience has the name of one to come is a rename that was not written down."""
    account = declaration.mailchimp.account_id if declaration.mailchimp else ""
    names = {one.id: one.name for one in observation.world(_AUDIENCE, account).objects}
    wanted = {
        one.attributes.get("name"): one.resource
        for one in resources(declaration)
        if one.resource.kind == _AUDIENCE and any(c.resource == one.resource for c in changes)
    }
    for change in changes:
        if change.action is Action.release and (name := names.get(str(change.id))) in wanted:
            message = f"{change.resource} is gone from the state, and {wanted[name]} wants its name {name!r}"
            remedy = f"write in emailops.yaml: moved: {{{change.resource}: {wanted[name]}}}"
            raise InvalidInput(message, remedy)


def _with_room(changes: list[Change], observation: Observation) -> list[Change]:
    """Each new audience told how many more the account may hold before it and after the whole plan."""
    world = next((world for (kind, _), world in observation.worlds.items() if kind == _AUDIENCE), World())
    creates = {change.resource for change in changes if _is_new_audience(change)}
    if world.room is None or not creates:
        return changes
    left = world.room - len(creates)
    rest = f"{left} left after this plan" if left >= 0 else f"{-left} too few for this plan"
    note = f"room for {world.room} more, {rest}"
    return [change.with_notes((note,)) if change.resource in creates else change for change in changes]


def _is_new_audience(change: Change) -> bool:
    return change.action is Action.create and change.resource.kind == _AUDIENCE


def _settings(declaration: Declaration, base: Baseline, noted: Noted, scope: str | None) -> list[SettingChange]:
    if base.values is None:
        return []
    changes = baseline.compare(base.values, baseline.table(declaration), noted.ids, declaration.moved)
    order = {stage: n for n, stage in enumerate(declaration.stage_order)}
    meant = [one for one in changes if scope is None or one.stage == scope]
    return sorted(meant, key=lambda one: (one.consumer, order.get(one.stage, len(order)), one.setting))


def _counts(changes: list[Change], settings: list[SettingChange], verdicts: list[Verdict]) -> dict[str, int]:
    counts = {
        action.name: sum(change.action is action for change in changes)
        for action in Action
        if action is not Action.unknown
    }
    counts["consumers"] = len({one.consumer for one in settings})
    return counts | {
        fact: sum(verdict.fact == fact for verdict in verdicts) for fact in ("verified", "attested", "unknown")
    }


def _unread(observation: Observation) -> Iterator[str]:
    return (reason for world in observation.worlds.values() for reason in _reasons(world))


def _reasons(world: World) -> list[str]:
    return [reason for reason in (world.unknown, world.partly) if reason]


def _unobserved(desired: list[Desired], changes: list[Change], observation: Observation) -> Iterator[str]:
    """What an observation of the right account does not tell of, in one line."""
    accounts = {one.resource: one.account for one in desired}
    names = [
        str(one.resource)
        for one in changes
        if one.action is Action.unknown and not _reasons(observation.world(one.resource.kind, accounts[one.resource]))
    ]
    if observation.source == OBSERVATION and names:
        yield f"the observation does not tell of {', '.join(names)}"


def _undeclared(declaration: Declaration, observation: Observation, noted: Noted) -> Iterator[Undeclared]:
    """What the accounts hold beside: never touched, and in a shared account only counted."""
    ids = set(noted.ids.values()) | {template.id for template in declaration.all_templates()}
    names = {audience.attributes.get("name") for audience in declaration.audiences()}
    for (kind, account), world in observation.worlds.items():
        if kind not in (_AUDIENCE, _TEMPLATE):
            continue
        others = [one for one in world.objects if one.id not in ids and not (kind == _AUDIENCE and one.name in names)]
        count = len(others) + (world.extent.others if world.extent else 0)
        if count:
            ours = kind == _TEMPLATE or bool(declaration.mailchimp and declaration.mailchimp.owns_everything)
            yield Undeclared(kind, account, count, tuple(sorted(one.name for one in others)) if ours else ())
    yield from observation.strangers


def _order(declaration: Declaration) -> Callable[[Change], tuple[int, int, bytes]]:
    scopes = {scope: n for n, scope in enumerate(declaration.scopes())}
    kinds = {kind: n for n, kind in enumerate(KINDS)}
    return lambda change: (
        scopes.get(change.scope, len(scopes)),
        kinds.get(change.resource.kind, len(kinds)),
        str(change.resource).encode(),
    )
