"""`{table: {NAME: SOURCE, ...}}`: a mapping of further sources."""

from __future__ import annotations

from typing import Any

from emailops.declaration.sources.walk import Absent, Source, Stands, Walk
from emailops.declaration.values import Table


def resolve(walk: Walk, rows: Any) -> dict[str, Any]:
    """Name -> value; a value that this stage does not have is the empty one of its source."""
    found = {}
    for name, written in rows.items() if isinstance(rows, Table) else ():
        found[name] = walk.part(name, _row, walk, written, (rows, name))
    return found


def _row(walk: Walk, written: Any, stands: Stands) -> Any:
    try:
        return walk.value(written, stands)
    except Absent as absent:
        if absent.empty is None:
            raise
        return absent.empty


SOURCE = Source(
    resolve,
    argument={
        "type": "object",
        "description": "a mapping whose values come from sources of their own",
        "additionalProperties": {"$ref": "#/$defs/source"},
        "examples": [{"welcome": "template reset_password"}],
    },
)
