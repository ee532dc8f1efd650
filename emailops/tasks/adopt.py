"""`adopt`: an audience that exists becomes the declared one, or one that is gone is given up."""

from __future__ import annotations

from emailops.declaration.model import Declaration
from emailops.declaration.resources import moved_ids
from emailops.engine.audit import Account, under_lease
from emailops.engine.declared import resource_named, valid
from emailops.engine.declared_ledger import ledger_of
from emailops.engine.observe import observe
from emailops.errors import InvalidInput, ProviderError
from emailops.kinds.mailchimp_audience import NAME as AUDIENCE
from emailops.kinds.mailchimp_audience import describe
from emailops.kinds.world import World
from emailops.ledger import Ledger
from emailops.plan import Desired
from emailops.run import Run


def adopt(run: Run, name: str, id_: str | None) -> str:
    """Record an existing audience's id for a declared resource; without one, forget one that is gone.

    Returns the sentence to print.
    """
    declaration = valid(run)
    desired = resource_named(declaration, name)
    if desired.resource.kind != AUDIENCE:
        raise InvalidInput(f"a {desired.resource.kind} is not to be adopted", f"only a {AUDIENCE} has an id to record")
    world = observe(declaration, run).world(AUDIENCE, desired.account)
    if world.unknown:
        raise ProviderError(world.unknown, "set the key, then run it again")
    ledger = ledger_of(run)
    with under_lease(ledger, run, "adopt") as account:
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
