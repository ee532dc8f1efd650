"""`adopt`: an audience that exists becomes the declared one, or one that is gone is given up."""

from __future__ import annotations

from emailops.declaration.model import Declaration
from emailops.declaration.moved import moved_ids
from emailops.engine.audit import Touched, under_lease
from emailops.engine.declared import resource_named, valid
from emailops.engine.declared_ledger import ledger_of
from emailops.engine.observe import observe
from emailops.errors import InvalidInput, ProviderError
from emailops.kinds import KINDS
from emailops.kinds.contract import Recorded
from emailops.kinds.world import World
from emailops.ledger import Ledger
from emailops.resource import Desired
from emailops.run import Run


def adopt(run: Run, name: str, id_: str | None) -> str:
    """Record an existing audience's id for a declared resource; without one, forget one that is gone.

    Returns the sentence to print.
    """
    declaration = valid(run)
    desired = resource_named(declaration, name)
    recorded = KINDS[desired.resource.kind].recorded
    if recorded is None:
        kinds = ", ".join(f"a {name}" for name, kind in KINDS.items() if kind.recorded)
        raise InvalidInput(f"a {desired.resource.kind} cannot be adopted", f"only {kinds} has an id to record")
    world = observe(declaration, run).world(desired.resource.kind, desired.account)
    if world.unknown:
        raise ProviderError(world.unknown, "set the key, then run it again")
    ledger = ledger_of(run)
    with under_lease(ledger, run, "adopt") as touched:
        if id_ is None:
            return _forget(declaration, world, ledger, desired, touched)
        described = _described(declaration, world, recorded, name, id_)
        ledger.record(desired.scope, name, id_)
        touched.recorded(name, id_)
        return f"{name} is {described}. {_sentence(ledger, desired.scope)}; emailops plan shows what differs."


def _described(declaration: Declaration, world: World, recorded: Recorded, name: str, id_: str) -> str:
    """The object that is to be adopted. Raises InvalidInput for one that is not there, or is another resource's."""
    found = world.of_id(id_)
    if found is None:
        message = f"there is no {recorded.noun} {id_} in the account"
        raise InvalidInput(message, "emailops plan shows what is there")
    owner = next((other for other, known in declaration.ids.items() if known == id_ and other != name), None)
    if owner:
        raise InvalidInput(f"{id_} is recorded for {owner}", f"one {recorded.noun} is one resource")
    return recorded.describe(found)


def _forget(declaration: Declaration, world: World, ledger: Ledger, desired: Desired, touched: Touched) -> str:
    name = str(desired.resource)
    gone = moved_ids(declaration).get(name)
    if gone is None:
        raise InvalidInput(f"no id is recorded for {name}", "the next plan creates it already")
    if world.of_id(gone) is not None:
        raise InvalidInput(f"{gone} is still in the account", "only an id that is gone can be given up")
    for resource, id_ in declaration.ids.items():
        if id_ == gone:
            ledger.forget(resource)
            touched.results[resource] = "forgotten"
    return f"{gone} is forgotten. {_sentence(ledger, desired.scope)}; the next plan creates {name}."


def _sentence(ledger: Ledger, scope: str) -> str:
    place = ledger.place(scope)
    return place[:1].upper() + place[1:]
