"""Rules for what consumers read as fixed texts, and for tables that name frameworks: what nothing else would check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from emailops.declaration.declared_ids import declared_ids
from emailops.declaration.model import Consumer, Declaration, Setting
from emailops.declaration.names import near
from emailops.declaration.sources import every_inner, uses
from emailops.declaration.sources.rows import records
from emailops.declaration.values import Table
from emailops.policy.problem import Problem, warning
from emailops.resource import Place

Column = list[tuple[str, Mapping[str, Place], str]]
"""Texts, each with places, and the field whose place it has among them: hardly any is ever asked for."""


def value_is_id(declaration: Declaration) -> Iterator[Problem]:
    """No fixed text is an id that is declared: the setting names what it means, and the tool puts the id in.

    A fixed id is the same at every stage. One of a production audience stood in a preview file, and only the delivery
    found it; one of a template nobody would have found.
    """
    known = declared_ids(declaration)
    for consumer, setting in _settings(declaration):
        for text, place in _fixed(setting):
            if found := known.get(text.strip().lower()):
                named = found.source.partition(" ")[2]
                message = f"{setting.name} of {consumer.name} is the id of {named}, as a fixed text"
                yield Problem(f"consumer/{consumer.name}", place, message, f"write {found.source}")


def value_shadows_secret(declaration: Declaration) -> Iterator[Problem]:
    """No setting has the name of a secret of its consumer.

    Whichever of the two is loaded last wins: a fixed text in the place of a key, or a key that a file overwrites.
    """
    for consumer, setting in _settings(declaration):
        if setting.name in consumer.source.table("secrets"):
            message = f"{consumer.name} gets {setting.name} as a setting and as a secret"
            remedy = "give the setting another name, or remove it"
            yield Problem(f"consumer/{consumer.name}", setting.place, message, remedy)


def table_framework(declaration: Declaration) -> Iterator[Problem]:
    """A table of frameworks, or a column of rows, spells them as they are declared.

    A mistyped iteration is mailed by nobody. A framework without audiences need not be declared, so only a name that is
    close to a declared one is taken for a mistake.
    """
    known = dict.fromkeys(declaration.frameworks, "")
    for consumer, setting in _settings(declaration) if known else ():
        for column in (*_names(setting), *_columns(setting, "framework", "text")):
            for word, places, field in column:
                if word not in known:
                    known[word] = near(word, declaration.frameworks)
                if close := known[word]:
                    message = f"{setting.name} of {consumer.name} names a framework {word!r} that nobody declares"
                    yield Problem(f"consumer/{consumer.name}", places[field], message, f"did you mean {close}?")


def table_repeats(declaration: Declaration) -> Iterator[Problem]:
    """No two rows of a table hold the same fixed text, and no two records of rows the same framework.

    Where a row was copied and not edited, one iteration is mailed in the name of the other.
    """
    for consumer, setting in _settings(declaration):
        for column in _columns(setting, "framework"):
            first: dict[str, tuple[Mapping[str, Place], str]] = {}
            for text, places, field in column:
                before, name = first.setdefault(text, (places, field))
                if before[name] != places[field]:
                    message = f"two rows of {setting.name} of {consumer.name} hold {text!r}"
                    remedy = f"edit one of them, if it was copied from line {before[name].line}"
                    yield warning(f"consumer/{consumer.name}", places[field], message, remedy)


def _settings(declaration: Declaration) -> Iterator[tuple[Consumer, Setting]]:
    for consumer in declaration.consumers.values():
        for _, setting in consumer.settings():
            yield consumer, setting


def _fixed(setting: Setting) -> Iterator[tuple[str, Place]]:
    """The fixed texts of a setting, inner ones, too."""
    for use in uses(setting):
        if use.word == "value" and isinstance(use.argument, str):
            yield use.argument, use.place


def _names(setting: Setting) -> Iterator[Column]:
    """The names in every table of a setting."""
    for table in _inside(setting, "table"):
        places = table.field_places
        yield [(name, places, name) for name in table]


def _columns(setting: Setting, *types: str) -> Iterator[Column]:
    """The fixed texts of every table of a setting, and the values of every column of rows of one of these types."""
    for table in _inside(setting, "table"):
        fixed = (row for row in table.values() if isinstance(row, Table) and "value" in row)
        yield [(row["value"], row.places, "value") for row in fixed if isinstance(row["value"], str)]
    for rows in _inside(setting, "rows"):
        for name, type_ in rows.table("columns").items():
            if type_ in types:
                yield [(record.text(name), record.places, name) for record in records(rows) if record.text(name)]


def _inside(setting: Setting, word: str) -> Iterator[Table]:
    """What follows the word, wherever it stands in a setting."""
    for inner in every_inner(setting):
        if isinstance(inner.written, Table) and word in inner.written:
            yield inner.written.table(word)
