"""The addresses of one value of one column: of a plain one, of an array, or of JSON with the way to each text in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from emailops.scan.columns import Columns
from emailops.scan.plain_columns import WHOLE, Verdicts
from emailops.scan.recogniser import addresses
from emailops.scan.tally import Tally

_DEEPEST = 60
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")
"""What else a name in JSON may be, an address among it, is not repeated."""


class Cells:
    """Judges values one by one and counts what they hold."""

    def __init__(self, columns: Columns, tally: Tally) -> None:
        self._columns = columns
        self._tally = tally
        self.verdicts = Verdicts(columns.allowed)
        self._patterns = {
            name: re.compile(column.pattern) for name, column in columns.declared.items() if column.pattern
        }

    def pattern(self, table: str, path: str) -> re.Pattern[str] | None:
        """What every address of a column has to fit."""
        column = self._columns.of(table, path)
        return self._patterns.get(column.name) if column else None

    def read(self, table: str, path: str, value: bytes, offset: int) -> None:
        """Count every address of a value that begins at an offset."""
        if value[:1] in (b"{", b"["):
            try:
                document = json.loads(value)
            except (ValueError, RecursionError):
                pass
            else:
                self.read_document(table, path, document, offset)
                return
        self._read_text(table, path, value, offset)

    def read_document(self, table: str, path: str, document: Any, offset: int) -> None:
        """Count every address of a JSON value, by the names that lead to it."""
        for inner, text in _texts(document, path, 0):
            if "@" in text or "%" in text or "&" in text or "\\" in text or "\uff20" in text:
                self._read_text(table, inner, text.encode(errors="replace"), offset)

    def _read_text(self, table: str, path: str, text: bytes, offset: int) -> None:
        whole = WHOLE.fullmatch(text)
        verdict = self.verdicts.of(whole) if whole else None
        if whole and verdict is not None:
            self._count(table, path, verdict, whole[0].decode(), offset)
            return
        for spotted in addresses(text):
            rule = self._columns.allowed.rule(spotted)
            self._count(table, path, spotted.domain if rule else "", f"{spotted.local}@{spotted.domain}", offset)
        if whole:
            self.verdicts.learn(whole)

    def _count(self, table: str, path: str, stranger: str, address: str, offset: int) -> None:
        declared = self._columns.of(table, path)
        column = self._tally.column(table, declared.name.partition(".")[2] if declared else path)
        if stranger:
            column.stranger(stranger, offset)
            return
        column.known += 1
        column.note("known", offset)
        pattern = self._patterns.get(declared.name) if declared else None
        if pattern and not pattern.fullmatch(address):
            column.off_pattern += 1
            column.note("off_pattern", offset)


def _texts(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, str):
        yield path, value
    elif depth < _DEEPEST and isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner, path, depth + 1)
    elif depth < _DEEPEST and isinstance(value, dict):
        for name, inner in value.items():
            yield path, name
            known = name if _NAME.fullmatch(name) else "*"
            yield from _texts(inner, f"{path}.{known}" if path else known, depth + 1)
