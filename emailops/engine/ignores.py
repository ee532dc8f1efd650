"""Leaves alone what an entry of `ignore` hides: the field is taken out of what is wanted, and what it hides is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase

from emailops.declaration.model import Ignore
from emailops.kinds import KINDS
from emailops.kinds.contract import Noted, Verdict
from emailops.kinds.world import World
from emailops.plan import Action, Ignored
from emailops.resource import Control, Desired

_OF_SOMETHING_THERE = (Action.update, Action.adopt, Action.person)


def heeded(
    verdict: Verdict, desired: Desired, world: World, noted: Noted, entries: Iterable[Ignore]
) -> tuple[Verdict, tuple[Ignored, ...]]:
    """The verdict without what is ignored, and the differences that are hidden by it.

    Only what is there can be ignored: a new object is made as declared. The name by which an object was found counts.
    """
    change, asked = verdict.change, KINDS[desired.resource.kind].asked
    if change is None or asked is None or change.control is Control.attested:
        return verdict, ()
    if change.action not in _OF_SOMETHING_THERE or not change.fields:
        return verdict, ()
    matching = {
        entry.field: entry
        for entry in entries
        if fnmatchcase(str(desired.resource), entry.resource) and is_active(entry, noted.today)
    }
    if change.action is Action.adopt:
        matching.pop("name", None)
    if not matching:
        return verdict, ()
    hidden = tuple(
        Ignored(desired.resource, field, matching[field.name].why, matching[field.name].until)
        for field in change.fields
        if field.name in matching
    )
    rest = without(desired, matching)
    return (asked.assess(rest, world, noted) if rest.attributes else Verdict(None, verdict.fact)), hidden


def without(desired: Desired, fields: Collection[str]) -> Desired:
    """The same resource with some fields unmanaged."""
    return replace(
        desired, attributes={name: value for name, value in desired.attributes.items() if name not in fields}
    )


def is_active(entry: Ignore, today: date) -> bool:
    return entry.until >= today.isoformat()
