"""`{table: {NAME: SOURCE, ...}}`: a mapping of further sources."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from emailops.declaration.ids import OfStages
from emailops.declaration.sources.walk import Absent, Inner, NotYet, Source, Stands, Walk
from emailops.declaration.stage_names import StagedRows
from emailops.declaration.values import Table


def resolve(walk: Walk, rows: Any) -> dict[str, Any]:
    """Name -> value; what this stage does not have is the empty value of its source, or left out.

    Under the name of a framework stands what follows from it.
    """
    found: dict[str, Any] = OfStages() if isinstance(rows, StagedRows) else {}
    for name, written in rows.items() if isinstance(rows, Table) else ():
        with suppress(NotYet):
            found[name] = walk.of_framework(name, walk.part(name, _row, walk, written, (rows, name)))
    return found


def _row(walk: Walk, written: Any, stands: Stands) -> Any:
    try:
        return walk.value(written, stands)
    except Absent as absent:
        if absent.empty is None:
            raise
        return absent.empty


def _inner(rows: Any, _: Stands) -> Iterator[Inner]:
    if isinstance(rows, Table):
        for name, written in rows.items():
            yield Inner((name,), written, (rows, name))


SOURCE = Source(
    resolve,
    inner=_inner,
    argument={
        "type": "object",
        "description": (
            "a mapping whose values come from sources of their own; a name with {stage} gives a row for each stage"
        ),
        "additionalProperties": {"$ref": "#/$defs/source"},
        "examples": [{"welcome": "template reset_password"}],
    },
)
