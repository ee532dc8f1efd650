"""Parquet, column by column, where pyarrow is installed (https://arrow.apache.org/docs/python/parquet.html)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emailops.errors import InvalidInput
from emailops.scan.cells import Cells
from emailops.scan.columns import Columns
from emailops.scan.dump_source import DumpSource, opened_file
from emailops.scan.scanned import Heard, percent
from emailops.scan.tally import Tally

_BATCH = 20_000


def read_parquet(source: DumpSource, base: Path, columns: Columns, heard: Heard) -> Tally:
    """What a file of columns holds; an offset is the number of a row. Raises InvalidInput without pyarrow."""
    try:
        from pyarrow import ArrowException, parquet  # noqa: PLC0415 (large, and not everybody's)
    except ImportError:
        raise InvalidInput(f"{source.name} is Parquet, and nothing here reads it", "pip install pyarrow") from None
    tally = Tally()
    cells = Cells(columns, tally)
    with opened_file(source.name, base) as (file, size):
        try:
            table = parquet.ParquetFile(file)
            tally.tables[source.table] = tuple(table.schema_arrow.names)
            row = 0
            for batch in table.iter_batches(_BATCH):
                for name, column in zip(batch.schema.names, batch.columns, strict=True):
                    for number, value in _texts(column):
                        if isinstance(value, str):
                            cells.read(source.table, name, value.encode(errors="replace"), row + number)
                        else:
                            cells.read_document(source.table, name, value, row + number)
                row += batch.num_rows
                heard(f"{source.name}: {percent(row, table.metadata.num_rows)}")
        except (ArrowException, OSError) as error:
            tally.unread.append((f"it cannot be read to its end: {type(error).__name__}", 0))
    tally.size = size
    return tally


def _texts(column: Any) -> Iterator[tuple[int, Any]]:
    """The values that may hold text, each with the number of its row."""
    if any(word in str(column.type) for word in ("string", "binary", "list", "struct", "map", "json", "dictionary")):
        for number, value in enumerate(column.to_pylist()):
            if value is not None:
                yield number, value.decode(errors="replace") if isinstance(value, bytes) else value
