"""`{list: [SOURCE, ...]}`: a flat list; of a source that gives a list, all items."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from emailops.declaration.sources.walk import Absent, Inner, NotYet, Source, Stands, Walk
from emailops.declaration.values import Items
from emailops.resource import Place


def resolve(walk: Walk, items: Any) -> list[Any]:
    """The items in order; what this stage does not have yet, or has none of, is left out."""
    found: list[Any] = []
    for written, place in zip(items, items.places, strict=True) if isinstance(items, Items) else ():
        number = len(found) + 1
        with suppress(NotYet):
            value = walk.part(str(number), _item, walk, written, place)
            if isinstance(value, list):
                walk.spread(str(number), number)
            found += value if isinstance(value, list) else [value]
    return found


def _item(walk: Walk, written: Any, place: Place) -> Any:
    try:
        return walk.value(written, place)
    except NotYet:
        raise
    except Absent as absent:
        if absent.empty is None:
            raise
        return absent.empty


def _inner(items: Any, _: Stands) -> Iterator[Inner]:
    if isinstance(items, Items):
        for number, (written, place) in enumerate(zip(items, items.places, strict=True), 1):
            yield Inner((str(number),), written, place)


SOURCE = Source(
    resolve,
    inner=_inner,
    argument={
        "type": "array",
        "description": "a flat list whose items come from sources of their own; of one that gives a list, all items",
        "items": {"$ref": "#/$defs/source"},
        "examples": [[{"value": "a fixed text"}, {"frameworks": ["open", "closing"]}]],
    },
)
