"""`{json_text: SOURCE}`: a mapping or a list as one JSON text (https://www.rfc-editor.org/rfc/rfc8259)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emailops.declaration.ids import JsonText
from emailops.declaration.sources.walk import Absent, Inner, Source, Stands, Walk


def resolve(walk: Walk, written: Any) -> JsonText:
    try:
        return JsonText(walk.value(written, walk.stands))
    except Absent as absent:
        if absent.empty is None:
            raise
        raise Absent(absent.why, empty=JsonText(absent.empty)) from absent


def _inner(written: Any, stands: Stands) -> Iterator[Inner]:
    yield Inner((), written, stands)


SOURCE = Source(
    resolve,
    inner=_inner,
    argument={
        "description": "a mapping or a list, as one JSON text: the reader takes it apart",
        "$ref": "#/$defs/source",
        "examples": ["redirects"],
    },
    is_text=True,
)
