"""The lines of the few places that findings speak of: counted once more, or on the way where nothing is read twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from emailops.scan.blocks import SIZE, Broken, Read
from emailops.scan.tally import Tally

Lines = Callable[[Iterable[int]], Mapping[int, int]]
"""Gives the line of each offset."""


def counted_lines(read: Read, offsets: Iterable[int]) -> dict[int, int]:
    """Read from the beginning to the last of the offsets."""
    left = sorted(set(offsets), reverse=True)
    numbers: dict[int, int] = {}
    position, number = 0, 1
    while left:
        try:
            piece = read(SIZE)
        except Broken:
            piece = b""
        while left and (left[-1] < position + len(piece) or not piece):
            offset = left.pop()
            numbers[offset] = number + piece.count(b"\n", 0, max(offset - position, 0))
        position += len(piece)
        number += piece.count(b"\n") if left else 0
    return numbers


class LinesOnTheWay:
    """Counts lines block by block, and keeps those of the first places of a tally."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._number = 1

    def pass_by(self, tally: Tally, block: bytes, offset: int) -> None:
        """A block was read; what it held is in the tally."""
        for column in tally.columns.values():
            for first in column.first.values():
                if first not in self._numbers and offset <= first < offset + len(block):
                    self._numbers[first] = self._number + block.count(b"\n", 0, first - offset)
        self._number += block.count(b"\n")

    def of(self, offsets: Iterable[int]) -> dict[int, int]:
        """The line of each offset; the last one for what was read no further."""
        return {offset: self._numbers.get(offset, self._number) for offset in offsets}
