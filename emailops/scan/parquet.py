"""Parquet, column by column, where pyarrow is installed (https://arrow.apache.org/docs/python/parquet.html)."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from emailops.errors import InvalidInput
from emailops.private import hide_all
from emailops.scan.cells import Cells
from emailops.scan.columns import Columns
from emailops.scan.dump_source import DumpSource, opened_file
from emailops.scan.scanned import Heard, percent
from emailops.scan.signs import FORMS
from emailops.scan.tally import Tally

_ROWS = 1_024
_BUFFER = 65_536
"""So much of a column is read at a time: else pyarrow holds all that a group of rows has, and that may be very many."""
_SIGN = "|".join(form.decode().replace("\\", "\\\\") for form in FORMS)


def read_parquet(source: DumpSource, base: Path, columns: Columns, heard: Heard) -> Tally:
    """What a file of columns holds; an offset is the number of a row. Raises InvalidInput without pyarrow."""
    try:
        arrow, compute, parquet = (import_module(f"pyarrow{name}") for name in ("", ".compute", ".parquet"))
    except ImportError:
        raise InvalidInput(f"{source.name} is Parquet, and nothing here reads it", "pip install pyarrow") from None
    tally = Tally(size=source.size)
    cells = Cells(columns, tally)
    with opened_file(source.name, base) as (file, _):
        try:
            arrow.set_memory_pool(arrow.system_memory_pool())  # the usual one keeps what it had
            table = parquet.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False)
            tally.tables[source.table] = tuple(table.schema_arrow.names)
            texts = [field.name for field in table.schema_arrow if _is_text(str(field.type))]
            row = 0
            for batch in table.iter_batches(_ROWS, columns=texts, use_threads=False) if texts else ():
                for name, column in zip(batch.schema.names, batch.columns, strict=True):
                    for number, value in _texts(column, compute):
                        if isinstance(value, str | bytes):
                            content = value.encode(errors="replace") if isinstance(value, str) else value
                            cells.read(source.table, name, content, row + number)
                        else:
                            cells.read_document(source.table, name, value, row + number)
                row += batch.num_rows
                heard(f"{source.name}: {percent(row, table.metadata.num_rows)}")
        except (arrow.ArrowException, OSError) as error:
            said = hide_all(str(error).partition(". ")[0].partition("\n")[0])
            tally.leave_unread(f"it cannot be read to its end: {said or type(error).__name__}", 0)
    return tally


def _is_text(kind: str) -> bool:
    """Whether a type holds text somewhere: it may be a list of structures of texts."""
    return "string" in kind or "binary" in kind or "json" in kind


def _texts(column: Any, compute: Any) -> Iterator[tuple[int, Any]]:
    """The values in which an address may stand, each with the number of its row."""
    if str(column.type).startswith("dictionary"):
        column = column.dictionary_decode()
    if str(column.type) in ("string", "large_string", "binary", "large_binary"):
        rows = compute.indices_nonzero(compute.match_substring_regex(column, _SIGN))
        yield from zip(rows.to_pylist(), column.take(rows).to_pylist(), strict=True)
        return
    yield from ((number, value) for number, value in enumerate(column.to_pylist()) if value is not None)
