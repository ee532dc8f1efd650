"""A resource under a new name: its id goes with it where `moved:` says so, and is asked about where nothing does."""

from __future__ import annotations

from collections.abc import Sequence

from emailops.canonical import digest
from emailops.declaration.model import Declaration
from emailops.errors import InvalidInput
from emailops.kinds import KINDS
from emailops.kinds.contract import Noted, Verdict
from emailops.kinds.world import Observation
from emailops.plan import Action, Change, Reason
from emailops.resource import Control, Desired, Resource


def as_renamed(verdict: Verdict, desired: Desired, old: str, noted: Noted) -> Verdict:
    """The id moves to the new name whatever else differs; what cannot be read or is gone stays as it is."""
    if verdict.change and verdict.change.action is not Action.update:
        return verdict
    id_ = noted.ids[str(desired.resource)]
    change = Change(
        desired.resource,
        desired.scope,
        Action.adopt,
        Control.managed,
        Reason.renamed,
        verdict.change.fields if verdict.change else (),
        id=id_,
        fingerprint=verdict.change.fingerprint if verdict.change else digest({"moved": old, "id": id_}),
        notes=(f"keeps the id of {old}",),
    )
    return Verdict(change, verdict.fact)


def old_name(declaration: Declaration, resource: Resource) -> str | None:
    """The name under which the id of a renamed resource is still recorded."""
    if str(resource) in declaration.ids:
        return None
    return next((old for old in declaration.old_names.get(str(resource), ()) if old in declaration.ids), None)


def refuse_renames(desired: Sequence[Desired], changes: Sequence[Change], observation: Observation) -> None:
    """A release whose object has the name of one to come is a rename that was not written down."""
    changed = {change.resource for change in changes}
    for kind, recorded in ((name, kind.recorded) for name, kind in KINDS.items() if kind.recorded):
        names = {held.id: held.name for world in observation.worlds_of(kind) for held in world.objects}
        to_come = [each for each in desired if each.resource.kind == kind and each.resource in changed]
        wanted = {recorded.name(each.attributes): each.resource for each in to_come}
        for change in changes:
            name = names.get(str(change.id)) if change.resource.kind == kind else None
            if change.action is Action.release and name is not None and name in wanted:
                message = f"{change.resource} is gone from the state, and {wanted[name]} wants its name {name!r}"
                remedy = f"write in emailops.yaml: moved: {{{change.resource}: {wanted[name]}}}"
                raise InvalidInput(message, remedy)
