"""Draws docs/pictures/flow.svg from docs/pictures/flow.txt: boxes on a grid, and arrows between them.

https://www.w3.org/TR/SVG2/. The picture has a ground of its own, so that it can be read on a light page and a dark one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from tests.docs.pages import ROOT

WIDTH, HEIGHT = 216, 66
ACROSS, DOWN = 34, 52
LEFT, TOP = 44, 24
_BOX = re.compile(r"box (\w+) +\| (\d) \| (\d)(?:-(\d))? +\| (\w+) +\| (.+?) +\| (.+)")
_ARROW = re.compile(r"arrow (\w+) > (\w+)")


@dataclass(frozen=True)
class Box:
    """Where it stands, and what stands in it."""

    row: int
    left: int
    right: int
    sort: str
    title: str
    says: str

    @property
    def x(self) -> int:
        return LEFT + (self.left - 1) * (WIDTH + ACROSS)

    @property
    def width(self) -> int:
        return WIDTH + (self.right - self.left) * (WIDTH + ACROSS)

    @property
    def y(self) -> int:
        return TOP + (self.row - 1) * (HEIGHT + DOWN)

    @property
    def middle(self) -> int:
        return self.x + self.width // 2


def picture(source: str = "") -> str:
    """The SVG of a source, or of flow.txt. A line that cannot be read is a ValueError."""
    source = source or (ROOT / "docs/pictures/flow.txt").read_text(encoding="utf-8")
    boxes: dict[str, Box] = {}
    arrows, words = [], {}
    for line in source.splitlines():
        if found := _BOX.fullmatch(line):
            row, left, right = int(found[2]), int(found[3]), int(found[4] or found[3])
            boxes[found[1]] = Box(row, left, right, found[5], found[6], found[7])
        elif found := _ARROW.fullmatch(line):
            arrows.append(_path(boxes[found[1]], boxes[found[2]]))
        elif line.startswith(("title ", "says ")):
            words[line.partition(" ")[0]] = line.partition(" ")[2]
        elif line and not line.startswith("#"):
            raise ValueError(f"what is {line!r}?")
    return _drawn(boxes, arrows, words)


def _path(start: Box, end: Box) -> str:
    """Right along a row, down from row to row, or back up along the left side."""
    middle = HEIGHT // 2
    if start.row == end.row:
        return f"M{start.x + start.width} {start.y + middle}H{end.x - 3}"
    if start.row > end.row:
        lane = end.x - ACROSS + 8
        return f"M{start.x} {start.y + middle}H{lane}V{end.y + middle}H{end.x - 3}"
    down = start.middle if end.width > WIDTH else end.middle
    between = start.y + HEIGHT + DOWN // 2
    return f"M{start.middle} {start.y + HEIGHT}V{between}H{down}V{end.y - 3}"


def _drawn(boxes: dict[str, Box], arrows: list[str], words: dict[str, str]) -> str:
    width = max(box.x + box.width for box in boxes.values()) + LEFT - 20
    height = max(box.y for box in boxes.values()) + HEIGHT + TOP
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title says">',
        f'<title id="title">{escape(words["title"])}</title>',
        f'<desc id="says">{escape(words["says"])}</desc>',
        _STYLE,
        f'<rect class="ground" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="10"/>',
        *(f'<path class="arrow" d="{path}" marker-end="url(#head)"/>' for path in arrows),
        *map(_box, boxes.values()),
    ]
    return "\n".join(drawn) + "\n</svg>\n"


def _box(box: Box) -> str:
    return (
        f'<g class="{box.sort}"><rect x="{box.x}" y="{box.y}" width="{box.width}" height="{HEIGHT}" rx="6"/>'
        f'<text class="title" x="{box.middle}" y="{box.y + 28}">{escape(box.title)}</text>'
        f'<text class="says" x="{box.middle}" y="{box.y + 49}">{escape(box.says)}</text></g>'
    )


_STYLE = """\
<defs><marker id="head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="8" markerHeight="8" orient="auto">\
<path class="head" d="M0 0L8 4L0 8z"/></marker></defs>
<style>
text { font-family: system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif; text-anchor: middle; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 }
.says { font-size: 13.5px }
.ground { fill: #ffffff; stroke: #d1d9e0 }
.arrow { fill: none; stroke: #59636e; stroke-width: 1.6 }
.head { fill: #59636e }
.file rect { fill: #dafbe1; stroke: #1a7f37 }
.tool rect { fill: #ddf4ff; stroke: #0969da }
.person rect { fill: #fff8c5; stroke: #9a6700 }
.world rect { fill: #f6f8fa; stroke: #59636e }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc }
.ground { fill: #0d1117; stroke: #3d444d }
.arrow { stroke: #9198a1 }
.head { fill: #9198a1 }
.file rect { fill: #12261e; stroke: #3fb950 }
.tool rect { fill: #121d2f; stroke: #4493f8 }
.person rect { fill: #272115; stroke: #d29922 }
.world rect { fill: #151b23; stroke: #9198a1 }
}
</style>"""
