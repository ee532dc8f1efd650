"""The rows of a file: CSV, JSON or JSON lines, each with its line, read one at a time.

What is wrong with a file is found by line, and all of it before anything is sent.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from emailops.errors import InvalidInput

LONGEST_CELL = 100_000
"""Characters; a whole message has at most 2 MB."""
MOST = 20
"""Mistakes that are shown."""
_NO_TEXT = {
    b"\xff\xfe": ("UTF-16", "save it as UTF-8"),
    b"\xfe\xff": ("UTF-16", "save it as UTF-8"),
    b"\x00\x00\xfe\xff": ("UTF-32", "save it as UTF-8"),
    b"PK\x03\x04": ("a spreadsheet, or an archive", "save it as CSV, in UTF-8"),
    b"\xd0\xcf\x11\xe0": ("an old spreadsheet", "save it as CSV, in UTF-8"),
    b"\x1f\x8b": ("compressed", "unpack it first"),
}
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_CSV_ERRORS = {
    "field limit": f"a cell has more than {LONGEST_CELL} characters",
    "new-line character": "a line end stands alone there, as old programs write it",
    "expected after": "it is not CSV: something stands behind a quotation mark",
    "unexpected end": "it is not CSV: a quotation mark is never closed",
}
_JSON_LARGEST = 200_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One row: `number` is its line in a file, or its place in an answer."""

    number: int
    values: dict[str, Any] = field(repr=False)


@dataclass(slots=True)
class Mistakes:
    """What is wrong with a source, each with its line; none of it repeats what a cell holds."""

    where: str
    found: list[tuple[int, str]] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, what: str) -> None:
        """Note a mistake; only the first ones are shown."""
        self.count += 1
        if len(self.found) < MOST:
            self.found.append((line, what))

    def settle(self) -> None:
        """Raises InvalidInput where there is any."""
        if not self.count:
            return
        lines = [f"{self.where}:{line}: {what}" for line, what in sorted(self.found)]
        rest = [f"and {self.count - len(self.found)} more"] if self.count > len(self.found) else []
        head = f"{self.where} has {self.count} mistake{'s' * (self.count != 1)}: nothing was sent"
        raise InvalidInput("\n".join([head, *lines, *rest]), "correct them, and run it again")


@contextmanager
def opened(path: Path, content: bytes | None = None) -> Iterator[IO[bytes]]:
    """A file, or what standard input gave. Raises InvalidInput."""
    try:
        file: IO[bytes] = io.BytesIO(content) if content is not None else path.open("rb")
    except OSError as error:
        why = (error.strerror or "it cannot be read").lower()
        raise InvalidInput(f"{path} cannot be read: {why}", "see its path") from None
    with file:
        yield file


def lines_of(file: IO[bytes], ending: str, mistakes: Mistakes) -> tuple[tuple[str, ...] | None, Iterator[Line]]:
    """The header of a CSV (None for JSON), and its lines. Raises InvalidInput for what cannot be read at all."""
    head = file.read(4)
    file.seek(0)
    for mark, (name, remedy) in _NO_TEXT.items():
        if head.startswith(mark):
            raise InvalidInput(f"{mistakes.where}:1: it is {name}", remedy)
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if ending == ".jsonl" or (ending != ".json" and first == b"{"):
        return None, _json_lines(file, mistakes)
    if ending == ".json" or first == b"[":
        return None, _json(file, mistakes)
    return _csv(file, mistakes)


def _texts(file: IO[bytes], where: str) -> Iterator[str]:
    """Each line as text. Raises InvalidInput with the line that is not UTF-8."""
    for number, line in enumerate(file, 1):
        if b"\0" in line:
            raise InvalidInput(
                f"{where}:{number}: it holds a NUL, which no text has", "correct that line, and run it again"
            )
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise InvalidInput(f"{where}:{number}: it is not UTF-8", "save it as UTF-8") from None


def _csv(file: IO[bytes], mistakes: Mistakes) -> tuple[tuple[str, ...], Iterator[Line]]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(_texts(file, mistakes.where), strict=True)
    records = _records(reader, mistakes.where)
    _, cells = next(records, (1, []))
    header = tuple(cell.strip() for cell in cells)
    if not any(header):
        raise InvalidInput(f"{mistakes.where}:1: there is no header", "write the columns' names on the first line")
    if len(header) == 1 and (name := next((name for sign, name in _SEPARATORS.items() if sign in header[0]), "")):
        raise InvalidInput(f"{mistakes.where}:1: {name} stand between its cells", "save it with commas")
    for name in header:
        if header.count(name) > 1 or not name:
            what = f"the column {name!r} stands twice" if name else "a column has no name"
            raise InvalidInput(f"{mistakes.where}:1: {what}", "give each column a name of its own")
    return header, _lines(records, header, mistakes)


def _lines(records: Iterator[tuple[int, list[str]]], header: tuple[str, ...], mistakes: Mistakes) -> Iterator[Line]:
    width, blank = len(header), 0
    for number, cells in records:
        if not any(cells):
            blank = blank or number
            continue
        if blank:
            mistakes.add(blank, "the line is blank")
            blank = 0
        if len(cells) != width:
            mistakes.add(number, f"it has {len(cells)} cells, the header has {width}")
            continue
        yield Line(number, dict(zip(header, cells)))  # noqa: B905 (as long as each other, and a million times)


def _records(reader: Any, where: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line on which it begins: a cell may hold line ends. Raises InvalidInput."""
    number = 1
    try:
        for cells in reader:
            yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        said = str(error)
        what = next((words for part, words in _CSV_ERRORS.items() if part in said), f"it is not CSV: {said}")
        raise InvalidInput(f"{where}:{reader.line_num or 1}: {what}", "correct that line, and run it again") from None


def _json_lines(file: IO[bytes], mistakes: Mistakes) -> Iterator[Line]:
    for number, text in enumerate(_texts(file, mistakes.where), 1):
        if text.strip():
            yield _object(number, _parsed(text, f"{mistakes.where}:{number}"), mistakes)


def _json(file: IO[bytes], mistakes: Mistakes) -> Iterator[Line]:
    content = file.read(_JSON_LARGEST + 1)
    if len(content) > _JSON_LARGEST:
        raise InvalidInput(f"{mistakes.where} is too large for JSON", "write JSON lines: an object a line")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidInput(f"{mistakes.where}:{line}: it is not UTF-8", "save it as UTF-8") from None
    rows = _parsed(text, mistakes.where)
    if not isinstance(rows, list):
        raise InvalidInput(f"{mistakes.where} is not a list of objects", 'write [{"email address": ...}, ...]')
    return (_object(number, row, mistakes) for number, row in enumerate(rows, 1))


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        line = f"{where}:{error.lineno}" if isinstance(error, json.JSONDecodeError) and "\n" in text.strip() else where
        raise InvalidInput(f"{line}: it is not JSON", "see that line") from None


def _refused(name: str) -> Any:
    """NaN and Infinity, which JSON has not."""
    raise ValueError(name)


def _object(number: int, row: Any, mistakes: Mistakes) -> Line:
    if not isinstance(row, dict):
        mistakes.add(number, "it is no object")
        return Line(number, {})
    return Line(number, row)
