"""What a consumer calls a stage, in the paths and names of its files: `{stage}`, `{Stage}`, `{STAGE}`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emailops.declaration.values import Items, Table

PLACEHOLDER = r"\{(?:stage|Stage|STAGE)\}"
_PLACEHOLDER = re.compile(PLACEHOLDER)
Of = tuple[Any, tuple[str, ...]]
"""A source, and the stages that read it."""


def is_staged(text: str) -> bool:
    """Whether a path or a name is another one at each stage."""
    return _PLACEHOLDER.search(text) is not None


def at_stages(text: str, stages: Sequence[str], names: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """What a path or a name becomes -> the stages for which it does; itself for all where it names no stage."""
    return {filled: tuple(of) for filled, of in named_at_stages(text, stages, names).items()}


def named_at_stages(
    text: str, stages: Sequence[str], names: Mapping[str, tuple[str, ...]]
) -> dict[str, dict[str, tuple[str, ...]]]:
    """The same, each stage with those of its names that make the text so."""
    if not is_staged(text):
        return {text: {stage: names.get(stage, (stage,)) for stage in stages}}
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for stage in stages:
        for name in names.get(stage, (stage,)):
            of = found.setdefault(_filled(text, name), {})
            of[stage] = (*of.get(stage, ()), name)
    return found


def by_stage(value: Any, stages: Sequence[str], names: Mapping[str, tuple[str, ...]]) -> Iterator[Of]:
    """A source as each of these stages reads it, where a row of one of its tables names the stage; else as it is."""
    if not _has_staged_rows(value):
        yield value, tuple(stages)
        return
    for stage in stages:
        yield _rows_filled(value, names.get(stage, (stage,))), (stage,)


def names_of(table: Table) -> dict[str, tuple[str, ...]]:
    """Stage -> what the consumer calls it, one name or several."""
    return {
        stage: value.texts() if isinstance(value, Items) else (value,)
        for stage, value in table.items()
        if isinstance(value, Items | str)
    }


class StagedRows(Table):
    """The rows of a table, of which some are named after a stage."""

    __slots__ = ()


def _has_staged_rows(value: Any) -> bool:
    if isinstance(value, Table):
        rows = value.get("table")
        own = isinstance(rows, Table) and any(map(is_staged, rows))
        return own or any(map(_has_staged_rows, value.values()))
    return isinstance(value, Items) and any(map(_has_staged_rows, value))


def _rows_filled(value: Any, names: Sequence[str], *, are_rows: bool = False) -> Any:
    if isinstance(value, Items):
        items = Items(value.place)
        for item, place in zip(value, value.places, strict=True):
            items.put(_rows_filled(item, names), place)
        return items
    if not isinstance(value, Table):
        return value
    table = (StagedRows if are_rows and any(map(is_staged, value)) else Table)(value.place)
    for field, inner in value.items():
        filled = _rows_filled(inner, names, are_rows=field == "table" and not are_rows)
        for name in dict.fromkeys(_filled(field, name) for name in names) if are_rows else (field,):
            table.put(name, filled, value.field_places[field], value.places[field])
    return table


def _filled(text: str, name: str) -> str:
    written = {
        "{stage}": name,
        "{Stage}": name[:1].upper() + name[1:],
        "{STAGE}": name.upper().replace("-", "_"),
    }
    return _PLACEHOLDER.sub(lambda found: written[found[0]], text)
