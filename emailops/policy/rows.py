"""Rules for settings that are rows of records: what their schema cannot say."""

from __future__ import annotations

from collections.abc import Iterator

from emailops.declaration.model import Declaration
from emailops.declaration.names import near
from emailops.declaration.sources import every_inner
from emailops.declaration.sources.rows import misfit, records
from emailops.declaration.values import Table
from emailops.policy.problem import Problem


def row_columns(declaration: Declaration) -> Iterator[Problem]:
    """Each record of rows holds a value for every column, and for nothing else.

    A job that reads a column from every record stops at the first that lacks it, and one that is spelt wrong is read by
    nobody.
    """
    for consumer, name, rows in _all_rows(declaration):
        columns = rows.table("columns")
        for record in records(rows):
            for column in columns:
                if column not in record:
                    message = f"a record of {name} of {consumer} has no {column}"
                    yield Problem(f"consumer/{consumer}", record.place, message, f"add {column}: {columns[column]}")
            for column in record:
                if column not in columns:
                    close = near(column, columns)
                    remedy = f"did you mean {close}?" if close else "add it to the columns, or remove it"
                    message = f"{name} of {consumer} has no column {column!r}"
                    yield Problem(f"consumer/{consumer}", record.field_places[column], message, remedy)


def row_type(declaration: Declaration) -> Iterator[Problem]:
    """Each value of a record is of the type of its column.

    A job multiplies weeks by 7: of the text "4", that makes "4444444".
    """
    for consumer, name, rows in _all_rows(declaration):
        for column, type_ in rows.table("columns").items():
            for record in records(rows):
                if column in record and (wanted := misfit(type_, record[column])):
                    message = f"{column} of {name} of {consumer} is {record[column]!r}, which is not {wanted}"
                    remedy = f"write {wanted}, or give the column another type"
                    yield Problem(f"consumer/{consumer}", record.places[column], message, remedy)


def _all_rows(declaration: Declaration) -> Iterator[tuple[str, str, Table]]:
    """(consumer, setting, rows) of every setting, inner ones, too."""
    for consumer in declaration.consumers.values():
        for _, setting in consumer.settings():
            for inner in every_inner(setting):
                if isinstance(inner.written, Table) and "rows" in inner.written:
                    yield consumer.name, setting.name, inner.written.table("rows")
