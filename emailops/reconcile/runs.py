"""The runs that commands start: plan, adopt and attest, each from reading the state to its result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from emailops.declaration.model import Declaration
from emailops.declaration.names import near
from emailops.declaration.resources import moved_ids, resources
from emailops.errors import InvalidInput, ProviderError
from emailops.kinds import KINDS, attested
from emailops.kinds.contract import World
from emailops.kinds.mailchimp_audience import NAME as AUDIENCE
from emailops.kinds.mailchimp_audience import describe
from emailops.ledger import Ledger
from emailops.ledger.notes import Intent
from emailops.plan import Desired, Observed, Plan
from emailops.reconcile import base as bases
from emailops.reconcile.declared import read, valid
from emailops.reconcile.ledgers import ledger_of
from emailops.reconcile.noting import Account, under_lease
from emailops.reconcile.observe import observe
from emailops.reconcile.plan import make
from emailops.settings import Settings
from emailops.store import files


def plan(settings: Settings, *, scope: str | None = None, only: str | None = None, ref: str | None = None) -> Plan:
    """What would change. Reads the state, the base and the providers."""
    declaration = valid(settings)
    ledger = ledger_of(settings)
    base = bases.find(settings.state, ledger, ref)
    made = make(declaration, observe(declaration, settings), base, settings, scope=scope, only=only)
    return _with_begun(made, ledger.intents())


def _with_begun(made: Plan, intents: Mapping[str, Intent]) -> Plan:
    """What an earlier run began and nobody knows the end of, said where a reviewer sees it."""
    changes = [
        change.with_notes((f"begun at {intent.clock:%Y-%m-%d %H:%M} UTC, and its answer was lost: apply settles it",))
        if (intent := intents.get(str(change.resource))) and change.is_managed
        else change
        for change in made.changes
    ]
    return replace(made, changes=tuple(changes))


def adopt(settings: Settings, name: str, id_: str | None) -> str:
    """Record an existing audience's id for a declared resource; without one, forget one that is gone.

    Returns the sentence to print.
    """
    declaration = valid(settings)
    desired = _declared(declaration, name)
    if desired.resource.kind != AUDIENCE:
        raise InvalidInput(f"a {desired.resource.kind} is not to be adopted", f"only a {AUDIENCE} has an id to record")
    world = observe(declaration, settings).world(AUDIENCE, desired.account)
    if world.unknown:
        raise ProviderError(world.unknown, "set the key, then run it again")
    ledger = ledger_of(settings)
    with under_lease(ledger, settings, "adopt") as account:
        if id_ is None:
            return _forget(declaration, world, ledger, desired, account)
        found = next((one for one in world.objects if one.id == id_), None)
        if found is None:
            raise InvalidInput(f"there is no audience {id_} in the account", "emailops plan shows what is there")
        owner = next((other for other, known in declaration.ids.items() if known == id_ and other != name), None)
        if owner:
            raise InvalidInput(f"{id_} is recorded for {owner}", "one audience is one resource")
        ledger.record(desired.scope, name, id_)
        account.recorded(name, id_)
        return f"{name} is {describe(found)}. {_sentence(ledger, desired.scope)}; emailops plan shows what differs."


def attestable(settings: Settings, names: Sequence[str]) -> tuple[Declaration, list[Desired]]:
    """Declared resources that a person can attest. Raises InvalidInput for one that nobody needs to."""
    declaration = valid(settings)
    found = [_declared(declaration, name) for name in names]
    for desired in found:
        if desired.attested is None:
            message = f"nothing of {desired.resource} is attested"
            raise InvalidInput(message, "emailops kinds says how each kind is read and changed")
    return declaration, found


def attest(settings: Settings, declaration: Declaration, found: Sequence[Desired], by: str) -> list[Path]:
    """Write the attestations of what `attestable` found. Raises InvalidInput for a handle that nobody has."""
    if by not in declaration.people:
        raise InvalidInput(f"there is no person or role {by!r}", f"name one of {', '.join(declaration.people)}")
    return [_attest(settings, desired, by) for desired in found]


def _attest(settings: Settings, desired: Desired, by: str) -> Path:
    path = settings.state / "attestations" / desired.resource.kind / f"{desired.resource.name}.yaml"
    attestation = {
        "attested": dict(desired.attested or {}),
        "by": by,
        "on": settings.today.isoformat(),
        "digest": attested.digest_of(desired),
    }
    files.write(path, yaml.safe_dump(attestation, sort_keys=False, allow_unicode=True, width=120))
    return path


def declared_resource(settings: Settings, name: str) -> Desired:
    """One declared resource, for showing."""
    return _declared(read(settings).declaration, name)


def observed(settings: Settings, desired: Desired) -> tuple[Observed | None, str]:
    """What its provider holds of a declared resource now; without it, why there is nothing to show."""
    if KINDS[desired.resource.kind].assess is None:
        return None, "no key can read it"
    declaration = read(settings).declaration
    world = observe(declaration, settings).world(desired.resource.kind, desired.account)
    id_ = desired.id or moved_ids(declaration).get(str(desired.resource))
    for one in world.objects:
        if one.id == id_ or (not one.id and one.name == desired.resource.name):
            return one, ""
    return None, world.unknown or world.partly or "it is not there"


def _declared(declaration: Declaration, name: str) -> Desired:
    found = next((one for one in resources(declaration) if str(one.resource) == name), None)
    if found is None:
        close = near(name, (str(one.resource) for one in resources(declaration)))
        remedy = f"did you mean {close}?" if close else "write KIND/NAME; emailops kinds lists the kinds"
        raise InvalidInput(f"there is no resource {name!r}", remedy)
    return found


def _forget(declaration: Declaration, world: World, ledger: Ledger, desired: Desired, account: Account) -> str:
    name = str(desired.resource)
    recorded = moved_ids(declaration).get(name)
    if recorded is None:
        raise InvalidInput(f"no id is recorded for {name}", "the next plan creates it already")
    if any(one.id == recorded for one in world.objects):
        raise InvalidInput(f"{recorded} is still in the account", "only an id that is gone can be given up")
    for one, id_ in declaration.ids.items():
        if id_ == recorded:
            ledger.forget(one)
            account.results[one] = "forgotten"
    return f"{recorded} is forgotten. {_sentence(ledger, desired.scope)}; the next plan creates {name}."


def _sentence(ledger: Ledger, scope: str) -> str:
    place = ledger.place(scope)
    return place[:1].upper() + place[1:]
