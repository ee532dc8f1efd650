"""What the text of a SQL dump says: which table rows belong to, what its columns are called, and what a value is.

https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2
"""

from __future__ import annotations

import re
from collections.abc import Iterator

COPY = b"\nCOPY "
COPY_LINE = re.compile(rb"COPY ([^\n(]+?)(?: \(([^\n]*)\))? FROM stdin[^\n]*;")
COPY_ENDED = b"\n\\.\n"
INSERT = re.compile(rb"INSERT INTO ([^\s(]+)\s*(?:\(([^)]*)\)\s*)?(?:OVERRIDING \w+ VALUE\s+)?VALUES\s*", re.IGNORECASE)
_CREATE = re.compile(rb"\nCREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?([^\s(]+) \(\n(.*?)\n\)", re.DOTALL)
_CREATED = re.compile(rb'^\s+("[^"]+"|`[^`]+`|[a-z_][\w$]*)\s', re.MULTILINE)
_NO_COLUMN = frozenset({"constraint", "primary", "unique", "check", "foreign", "exclude", "like", "key"})
_TOKEN = re.compile(rb"'(?:[^']|'')*(?:'|\Z)|[(),;]|[^'(),;]+")
_ESCAPING_TOKEN = re.compile(rb"'(?:[^'\\]|''|\\.)*(?:'|\Z)|[(),;]|[^'(),;]+", re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|x[0-9A-Fa-f]{1,2}|.)", re.DOTALL)
_ESCAPES = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v", b"N": b""}

Created = dict[str, tuple[str, ...]]
"""Table -> the names of its columns, as what creates it says."""


def created_in(block: bytes) -> Created:
    """The tables that a part of a dump creates."""
    created: Created = {}
    for found in _CREATE.finditer(b"\n" + block):
        columns = map(unquoted, _CREATED.findall(found[2] + b"\n"))
        created[table_name(found[1])] = tuple(name for name in columns if name.lower() not in _NO_COLUMN)
    return created


def last_table(block: bytes, *, is_first: bool) -> re.Match[bytes] | None:
    """The last COPY of a block, for who starts to read behind it."""
    at = len(block)
    while (at := block.rfind(COPY, 0, at)) >= 0:
        if found := COPY_LINE.match(block, at + 1):
            return found
    return COPY_LINE.match(block) if is_first else None


def table_of(found: re.Match[bytes]) -> tuple[str, tuple[str, ...]]:
    """The table that a COPY is for, and its columns."""
    return table_name(found[1]), names(found[2] or b"")


def table_name(name: bytes) -> str:
    """Without quotes, and without the usual schema."""
    parts = [unquoted(part) for part in name.decode(errors="replace").strip().encode().split(b".")]
    return ".".join(parts[1:] if parts[0] == "public" else parts)


def names(listed: bytes) -> tuple[str, ...]:
    """The names of columns in a list."""
    return tuple(unquoted(name) for name in listed.split(b","))


def unquoted(name: bytes) -> str:
    """A name without the quotes of any database."""
    return name.decode(errors="replace").strip().strip('"`[]')


def values(block: bytes, start: int, *, with_escapes: bool) -> Iterator[tuple[int, int, int]]:
    """The values of an INSERT's rows: number of the column, start and end of each."""
    depth = number = 0
    begun = start
    for found in (_ESCAPING_TOKEN if with_escapes else _TOKEN).finditer(block, start):
        sign = found[0]
        if sign == b"(":
            depth += 1
            if depth == 1:
                number, begun = 0, found.end()
        elif sign == b")":
            depth -= 1
            if depth == 0:
                yield number, begun, found.start()
        elif sign == b"," and depth == 1:
            yield number, begun, found.start()
            number, begun = number + 1, found.end()
        elif sign == b";" and depth == 0:
            return
    if depth:
        yield number, begun, len(block)


def literal(text: bytes) -> bytes:
    """What a literal says."""
    text = text.strip()
    start = text.find(b"'")
    if 0 <= start <= 2 and text.endswith(b"'"):
        text = text[start + 1 : -1].replace(b"''", b"'")
    return text


def copied_value(value: bytes) -> bytes:
    """What a value of COPY says."""
    return _ESCAPE.sub(_unescaped, value) if b"\\" in value else value


def _unescaped(found: re.Match[bytes]) -> bytes:
    escape = found[1]
    if escape in _ESCAPES:
        return _ESCAPES[escape]
    if escape[:1] == b"x" and len(escape) > 1:
        return bytes([int(escape[1:], 16)])
    return bytes([int(escape, 8) & 255]) if escape.isdigit() and escape[:1] < b"8" else escape
