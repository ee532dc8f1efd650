"""`show` and `explain --ask`: one declared resource, and what its provider holds of it."""

from __future__ import annotations

from emailops.declaration.moved import moved_ids
from emailops.engine.declared import read, resource_named
from emailops.engine.observe import observe
from emailops.kinds import KINDS
from emailops.resource import Desired, Observed
from emailops.run import Run


def declared_resource(run: Run, name: str) -> Desired:
    """One declared resource, for showing."""
    return resource_named(read(run).declaration, name)


def observed(run: Run, desired: Desired) -> tuple[Observed | None, str]:
    """What its provider holds of a declared resource now; without it, why there is nothing to show."""
    asked = KINDS[desired.resource.kind].asked
    if asked is None:
        return None, "no key can read it"
    declaration = read(run).declaration
    world = observe(declaration, run).world(desired.resource.kind, desired.account)
    found = asked.find(desired, world, moved_ids(declaration))
    return (found, "") if found else (None, world.unknown or world.partly or "it is not there")
