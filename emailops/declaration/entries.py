"""Entries of sections as their files say them."""

from __future__ import annotations

from emailops.declaration.model import Declaration
from emailops.declaration.values import Table
from emailops.resource import Place


def as_written(declaration: Declaration, section: str, name: str) -> Table:
    """The entry as its file says it, without its base."""
    path = declaration.sections[section].field_places[name].path
    document = declaration.documents[path]
    if path == f"{section}/{name}.yaml":
        return document if isinstance(document, Table) else Table(Place(path, 1, 1))
    entries: Table = document if path == f"{section}.yaml" else document.table(section)
    return entries.table(name)
