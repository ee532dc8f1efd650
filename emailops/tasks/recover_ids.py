"""Rebuilds recorded ids from the account, by names: for a ledger that was lost."""

from __future__ import annotations

from dataclasses import dataclass

from emailops.declaration.resources import moved_ids, resources
from emailops.engine.audit import under_lease
from emailops.engine.declared import valid
from emailops.engine.declared_ledger import ledger_of
from emailops.engine.observe import observe
from emailops.errors import InvalidInput, ProviderError
from emailops.kinds.mailchimp_audience import NAME as AUDIENCE
from emailops.kinds.world import World
from emailops.plan import Desired, Observed
from emailops.run import Run


@dataclass(frozen=True, slots=True)
class Found:
    """Declared audiences without a recorded id: whose name stands once in the account, several times, or not at all."""

    one: tuple[tuple[Desired, Observed], ...]
    several: tuple[tuple[Desired, tuple[Observed, ...]], ...]
    none: tuple[Desired, ...]


def find(run: Run) -> Found:
    """What the account holds of the names; an audience that is recorded for another resource is not taken."""
    declaration = valid(run)
    ids = moved_ids(declaration)
    open_ = [one for one in resources(declaration) if one.resource.kind == AUDIENCE and str(one.resource) not in ids]
    if not open_:
        return Found((), (), ())
    world = observe(declaration, run).world(AUDIENCE, open_[0].account)
    if world.unknown:
        raise ProviderError(world.unknown, "set the key, then run it again")
    named = [(one, _named(world, one, set(ids.values()))) for one in open_]
    return Found(
        tuple((one, found[0]) for one, found in named if len(found) == 1),
        tuple((one, found) for one, found in named if len(found) > 1),
        tuple(one for one, found in named if not found),
    )


def record(run: Run, found: Found) -> None:
    """Note the ids that are beyond doubt. Raises InvalidInput where another run was faster."""
    ledger = ledger_of(run)
    with under_lease(ledger, run, "import") as account:
        since = moved_ids(valid(run))
        for desired, observed in found.one:
            if str(desired.resource) in since or observed.id in since.values():
                raise InvalidInput(f"another run has recorded {desired.resource}", "run it again")
            ledger.record(desired.scope, str(desired.resource), observed.id)
            account.recorded(str(desired.resource), observed.id)


def _named(world: World, desired: Desired, taken: set[str]) -> tuple[Observed, ...]:
    name = desired.attributes.get("name")
    return tuple(one for one in world.objects if one.name == name and one.id not in taken)
