"""Rebuilds recorded ids from the account, by names: for a ledger that was lost."""

from __future__ import annotations

from dataclasses import dataclass

from emailops.declaration.moved import moved_ids
from emailops.engine.audit import under_lease
from emailops.engine.declared import valid
from emailops.engine.declared_ledger import ledger_of
from emailops.engine.observe import observe
from emailops.errors import InvalidInput, ProviderError
from emailops.kinds import KINDS, resources
from emailops.kinds.contract import Recorded
from emailops.kinds.world import World
from emailops.resource import Desired, Observed
from emailops.run import Run


@dataclass(frozen=True, slots=True)
class Found:
    """Declared resources without a recorded id: whose name stands once in the account, several times, or not at all."""

    sole: tuple[tuple[Desired, Observed], ...]
    several: tuple[tuple[Desired, tuple[Observed, ...]], ...]
    none: tuple[Desired, ...]


def find(run: Run) -> Found:
    """What the accounts hold of the names; an object that is recorded for another resource is not taken."""
    declaration = valid(run)
    ids = moved_ids(declaration)
    unrecorded = [
        (desired, recorded)
        for desired in resources(declaration)
        if (recorded := KINDS[desired.resource.kind].recorded) and str(desired.resource) not in ids
    ]
    if not unrecorded:
        return Found((), (), ())
    seen = observe(declaration, run)
    taken = set(ids.values())
    named: list[tuple[Desired, tuple[Observed, ...]]] = []
    for desired, recorded in unrecorded:
        world = seen.world(desired.resource.kind, desired.account)
        if world.unknown:
            raise ProviderError(world.unknown, "set the key, then run it again")
        named.append((desired, _named(world, recorded, desired, taken)))
    return Found(
        tuple((desired, found[0]) for desired, found in named if len(found) == 1),
        tuple((desired, found) for desired, found in named if len(found) > 1),
        tuple(desired for desired, found in named if not found),
    )


def record(run: Run, found: Found) -> None:
    """Note the ids that are beyond doubt. Raises InvalidInput where another run was faster."""
    ledger = ledger_of(run)
    with under_lease(ledger, run, "import") as touched:
        since = moved_ids(valid(run))
        taken = set(since.values())
        for desired, observed in found.sole:
            if str(desired.resource) in since or observed.id in taken:
                raise InvalidInput(f"another run has recorded {desired.resource}", "run it again")
            ledger.record(desired.scope, str(desired.resource), observed.id)
            touched.recorded(str(desired.resource), observed.id)


def _named(world: World, recorded: Recorded, desired: Desired, taken: set[str]) -> tuple[Observed, ...]:
    name = recorded.name(desired.attributes)
    return tuple(held for held in world.named(name) if held.id not in taken)
