"""A stream cut into blocks that end with a line, or with a statement; and the part of a file that one reader takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from emailops.scan.signs import holds
from emailops.scan.sql_rows import SqlRows
from emailops.scan.sql_text import COPY, Created, created_in, last_table

SIZE = 128 * 1024
LONGEST = 16 * 1024 * 1024
"""A line that is longer is read in pieces."""
_NEAR = 65_536
_OVERLAP = 8_192
_STATEMENT_ENDS = b";\n"
_INSERT = b"\nINSERT INTO "


class Broken(Exception):
    """What cannot be read to its end; why. What was read before it is looked through all the same."""


Read = Callable[[int], bytes]


def line_blocks(read: Read, size: int = SIZE, longest: int = LONGEST) -> Iterator[tuple[bytes, int]]:
    """Blocks of whole lines, each with its offset."""
    return _cut(read, lambda block: block.rfind(b"\n") + 1, size, longest)


def statement_blocks(
    read: Read, rows: SqlRows, size: int = SIZE, longest: int = LONGEST
) -> Iterator[tuple[bytes, int]]:
    """The same for SQL: outside of COPY a block ends with a statement, if one ends within reach."""

    def cut(block: bytes) -> int:
        line = block.rfind(b"\n") + 1
        if rows.is_copying:
            return line
        at = block.rfind(_STATEMENT_ENDS)
        if at >= 0:
            return at + len(_STATEMENT_ENDS)
        return line if len(block) >= longest // 2 else 0

    return _cut(read, cut, size, longest)


def _cut(read: Read, cut: Callable[[bytes], int], size: int, longest: int) -> Iterator[tuple[bytes, int]]:
    rest, offset, why = b"", 0, None
    while True:
        try:
            piece = read(size)
        except Broken as error:
            piece, why = b"", error
        if not piece:
            break
        # A line that began in the piece before is put together with as much of this one as it needs.
        block = rest + piece if rest else piece
        end = cut(block)
        if not end and len(block) >= longest:
            end = _between_words(block)
        if not end:
            rest = block
            continue
        yield block[:end], offset
        offset += end
        rest = block[end:]
    if rest:
        yield rest, offset
    if why is not None:
        raise why


def _between_words(block: bytes) -> int:
    """Where an endless line is cut: not within an address, if anything stands between two."""
    start = max(0, len(block) - _NEAR)
    return max(block.rfind(sign, start) for sign in (b"\t", b",", b" ", b"\0")) + 1 or len(block)


def aligned(file: BinaryIO, offset: int, size: int) -> int:
    """Where the part begins that should begin here: behind a line, or behind a statement where statements stand.

    Whoever reads the part before works out the same.
    """
    if offset <= 0 or offset >= size:
        return min(max(offset, 0), size)
    before = max(0, offset - _NEAR)
    file.seek(before)
    block, wanted = file.read(offset - before + _NEAR), b"\n"
    if block.rfind(_INSERT) > block.rfind(COPY):
        wanted = _STATEMENT_ENDS
    block = block[offset - 1 - before :]
    while (at := block.find(wanted)) < 0:
        more = file.read(SIZE)
        if not more or len(block) > LONGEST:
            return size if not more else min(offset - 1 + len(block), size)
        block += more
    return min(offset - 1 + at + len(wanted), size)


def earlier_than(file: BinaryIO, offset: int) -> tuple[re.Match[bytes] | None, Created]:
    """The last COPY before an offset, and the tables that the beginning of the file creates."""
    end = offset
    found = None
    while found is None and end > 0:
        start = max(0, end - LONGEST // 4)
        file.seek(start)
        block = file.read(end - start)
        found = last_table(block, is_first=start == 0) if start == 0 or holds(block, COPY) else None
        end = start + _OVERLAP if start else 0
    created: Created = {}
    file.seek(0)
    if found is None:
        head = file.read(LONGEST)
        for sign in (_INSERT, COPY):
            head = head[: head.find(sign)] if sign in head else head
        created = created_in(head)
    return found, created


def part_reader(file: BinaryIO, start: int, end: int) -> Read:
    """Reads a file from one offset to another, whatever is added to it meanwhile; Broken where it becomes shorter."""
    file.seek(start)
    left = end - start

    def read(size: int) -> bytes:
        nonlocal left
        try:
            piece = file.read(min(size, left))
        except OSError as error:
            raise Broken((error.strerror or type(error).__name__).lower()) from None
        if left and not piece:
            raise Broken("it became shorter while it was read")
        left -= len(piece)
        return piece

    return read
