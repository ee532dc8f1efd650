"""Rules for differences that are left alone for a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatchcase

from emailops.declaration.model import Declaration
from emailops.kinds import resources
from emailops.policy.problem import Problem, warning


def ignore_unused(declaration: Declaration) -> Iterator[Problem]:
    """What is ignored is a field of something that is declared.

    An entry that fits nothing hides nothing today, and the wrong thing on the day that something bears its name.
    """
    fields = (
        {str(desired.resource): desired.attributes for desired in resources(declaration)} if declaration.ignores else {}
    )
    for entry in declaration.ignores:
        matching = [held for name, held in fields.items() if fnmatchcase(name, entry.resource)]
        if not matching:
            message = f"nothing that is declared fits {entry.resource}"
            place = entry.source.at("resource")
            yield warning(entry.resource, place, message, "remove the entry, or name a resource")
        elif not any(entry.field in held for held in matching):
            message = f"no {entry.field} is compared of {entry.resource}"
            known = ", ".join(sorted({name for held in matching for name in held})) or "none"
            remedy = f"write a field that a plan can show: {known}"
            yield warning(entry.resource, entry.source.at("field"), message, remedy)


def ignore_until(declaration: Declaration, today: date) -> Iterator[Problem]:
    """What is ignored is ignored until the day that was agreed.

    A difference that nobody has to look at again is one that nobody knows of any more.
    """
    for entry in declaration.ignores:
        if entry.until < today.isoformat():
            message = f"{entry.field} of {entry.resource} was to be ignored until {entry.until}"
            remedy = "remove the entry, or decide again and write a later day"
            yield warning(entry.resource, entry.source.at("until"), message, remedy)
