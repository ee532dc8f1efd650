"""The pages that people read, taken apart: fenced blocks with what is said about them, headings, links.

https://spec.commonmark.org/0.31.2/ and, for anchors, what GitHub makes of a heading.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
PAGES = [
    path.relative_to(ROOT).as_posix()
    for path in (
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "state/README.md")),
        *sorted((ROOT / "docs").glob("*.md")),
    )
]
SHOWN = re.compile(r"<!-- scene: ([a-z-]+) -->")
"""Names the scene in which all blocks after it run, up to the next one."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its lines, the line that its first one stands on, and the scene it runs in.

    Two blocks with the same `begun` run in one scene, one after the other.
    """

    language: str
    lines: tuple[str, ...]
    first: int
    scene: str
    begun: int


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(text: str) -> Iterator[Block]:
    """In the order of the page. Before the first word on a scene, `scene` is empty."""
    scene, begun = "", 0
    for token in _tokens(text):
        if token.type == "html_block" and (found := SHOWN.search(token.content)):
            scene, begun = found[1], begun + 1
        if token.type == "fence" and token.map:
            lines = tuple(token.content.splitlines())
            yield Block(token.info.strip(), lines, token.map[0] + 1, scene, begun)


def anchors(text: str) -> set[str]:
    """What a link may name after `#`."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in _headings(text):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


def links(text: str) -> Iterator[str]:
    """Where links and pictures lead, in Markdown and in HTML."""
    for token in _tokens(text):
        for child in (token, *(token.children or ())):
            for attribute in ("href", "src"):
                if isinstance(leads := child.attrGet(attribute), str):
                    yield leads
            if child.type in ("html_block", "html_inline"):
                yield from re.findall(r'(?:href|src|srcset)="([^"]+)"', child.content)


def code_spans(text: str) -> Iterator[str]:
    """What stands between single backticks."""
    for token in _tokens(text):
        yield from (child.content for child in token.children or () if child.type == "code_inline")


def _headings(text: str) -> Iterator[str]:
    tokens = _tokens(text)
    for token, inner in pairwise(tokens):
        if token.type == "heading_open":
            yield "".join(child.content for child in inner.children or ())


@cache
def _tokens(text: str) -> list[Token]:
    return MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
