"""`{by_stage: {STAGE: SOURCE, ..., otherwise: SOURCE}}`: a source for some stages, one for the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emailops.declaration.sources.walk import OTHERWISE, Absent, Inner, Source, Stands, Walk
from emailops.declaration.values import Table


def resolve(walk: Walk, choices: Any) -> Any:
    for stage in (walk.stage, OTHERWISE) if isinstance(choices, Table) else ():
        if stage in choices:
            return walk.value(choices[stage], choices.places[stage])
    raise Absent(f"by_stage names no source for {walk.stage}, and none {OTHERWISE}")


def _inner(choices: Any, _: Stands) -> Iterator[Inner]:
    if isinstance(choices, Table):
        for stage, written in choices.items():
            yield Inner((), written, (choices, stage), stage)


SOURCE = Source(
    resolve,
    inner=_inner,
    argument={
        "type": "object",
        "description": "for each stage where it comes from; `otherwise` is for those that are not named",
        "minProperties": 1,
        "additionalProperties": {"$ref": "#/$defs/source"},
        "examples": [{"production": {"value": "help@permits.example"}, "otherwise": "redirect_to"}],
    },
    is_text_if_each=True,
)
