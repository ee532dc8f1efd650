"""`{rows: {columns: {NAME: TYPE, ...}, records: [{NAME: VALUE, ...}, ...]}}`: records with the same columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from emailops.declaration.places import Path
from emailops.declaration.sources.walk import Inner, NotYet, Source, Stands, Walk
from emailops.declaration.values import Table, is_true

FRAMEWORK = "framework"
PLAIN = {
    "text": "a fixed text",
    "integer": "a whole number",
    "boolean": "true or false",
    FRAMEWORK: "the name of a framework, declared or not",
}
"""Types of a column whose values stand in the records themselves; any other is a source that takes a name."""
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")


def resolve(walk: Walk, rows: Any) -> list[Any]:
    """The records in order, but for those of which this stage does not have everything yet."""
    found: list[Any] = []
    if isinstance(rows, Table):
        for record in records(rows):
            with suppress(NotYet):
                found.append(walk.part(str(len(found) + 1), _record, walk, rows, record))
    return found


def records(rows: Table) -> list[Table]:
    """The records that are mappings."""
    return [record for record in rows.items_at("records") if isinstance(record, Table)]


def misfit(type_: str, text: Any) -> str:
    """What a value had to be that is none of this type; empty for one that fits, and where its source has to say."""
    if type_ == "integer" and not (isinstance(text, str) and _INTEGER.fullmatch(text)):
        return "a whole number"
    if type_ == "boolean" and text not in ("true", "false"):
        return "true or false"
    return "" if isinstance(text, str) else "a text"


def _record(walk: Walk, rows: Table, record: Table) -> Any:
    as_lists = _are_lists(rows)
    values = {
        column: walk.part(str(number) if as_lists else column, _value, walk, type_, record, column)
        for number, (column, type_) in enumerate(rows.table("columns").items(), 1)
        if column in record
    }
    found: Any = list(values.values()) if as_lists else values
    for column, type_ in rows.table("columns").items():
        if type_ == FRAMEWORK and column in record:
            found = walk.of_framework(record.text(column), found)
    return found


def _value(walk: Walk, type_: str, record: Table, column: str) -> Any:
    text = record[column]
    if type_ not in PLAIN:
        return walk.value(f"{type_} {text}", (record, column))
    walk.decided(lambda: record.places[column])
    if misfit(type_, text):
        return text
    return int(text) if type_ == "integer" else is_true(text) if type_ == "boolean" else text


def _inner(rows: Any, _: Stands) -> Iterator[Inner]:
    """Each value as the source that it stands for."""
    if isinstance(rows, Table):
        for number, record in enumerate(records(rows), 1):
            for at, (column, type_) in enumerate(rows.table("columns").items(), 1):
                if column in record:
                    path: Path = (str(number), str(at) if _are_lists(rows) else column)
                    written = f"{type_} {record[column]}" if type_ not in PLAIN else _fixed(record, column)
                    yield Inner(path, written, (record, column))


def _fixed(record: Table, column: str) -> Table:
    """The source of a fixed text that stands where the value of the column does."""
    fixed = Table(record.place)
    fixed.put("value", record[column], record.field_places[column], record.places[column])
    return fixed


def _are_lists(rows: Table) -> bool:
    return rows.text("as") == "lists"


SOURCE = Source(
    resolve,
    inner=_inner,
    argument={
        "type": "object",
        "description": "a list of records with the same columns",
        "properties": {
            "columns": {
                "type": "object",
                "description": "each column, and the type of its values",
                "minProperties": 1,
                "propertyNames": {"type": "string", "minLength": 1},
                "additionalProperties": {"$ref": "#/$defs/column"},
            },
            "as": {
                "enum": ["mappings", "lists"],
                "description": (
                    "mappings: each record is a mapping of column to value; lists: a list of its values, in the order "
                    "of the columns (default: mappings)"
                ),
            },
            "records": {
                "type": "array",
                "description": "the records; each holds a value for every column",
                "items": {
                    "type": "object",
                    "additionalProperties": {
                        "description": "a text, a name, a whole number, or true or false",
                        "anyOf": [{"type": type_} for type_ in ("string", "integer", "boolean")],
                    },
                },
            },
        },
        "required": ["columns", "records"],
        "additionalProperties": False,
        "examples": [{"columns": {"n": "integer", "id": "template"}, "records": [{"n": 4, "id": "reset_password"}]}],
    },
)
