"""A document as Markdown for one comment on a pull request: counts first, then its sections, all escaped.

https://github.github.com/gfm/
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence

from emailops.render.escape import one_line
from emailops.render.rows import Code, Diff, Entry, Form, Link, Note, Piece, Row, Section
from emailops.render.sections import Document

MARKER = "<!-- emailops plan -->"
"""The first line, by which the one comment is found again."""
LONGEST = 60_000
"""Characters; a comment on GitHub holds 65,536."""
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9./_:?=&%-]+")
_PROVIDERS_PAGE = re.compile(
    r"(https://(?:us[0-9]{1,3}\.admin\.mailchimp\.com|www\.notifications\.service\.gov\.uk)/[A-Za-z0-9./_?=&%-]*)"
)
_NARROW = 36
"""Characters of a block of code that a telephone shows."""
_BREAKS = re.compile(r" (?=-> )|   (?=\(was )|(?<= /) |(?<=: )")
_INNER_BREAKS = re.compile(r"(?<=/)(?=[^/])|(?=\.[a-z])")
"""Where a line may go on in the next one; and where a name that is too long by itself may."""
_ALIVE = re.compile(r"@|#|\bwww(?=\.)|:(?=//)|\bGH-(?=[0-9])", re.IGNORECASE)
_NOTHING = "&#8203;"
"""A space of no width."""
_BOXES = {"!": "[ ] ", "✓": "[x] "}


def text(document: Document, link: str = "") -> str:
    """The document; `link` leads to the whole where it has to be cut."""
    top = "\n".join(_top(document))
    end = "\n".join(["", f"change {code(document.change)}", "", f"next: {prose(document.next)}", ""])
    room = LONGEST - len(top) - len(end) - len(_cut(10**6, link)) - 2
    written = [_section(section) for section in document.sections]
    shown, left_out = [top], 0
    for lines, missing in _fitting(written, room):
        left_out += missing
        shown += lines
    return "\n".join([*shown, *([_cut(left_out, link)] if left_out else []), end])


def code(content: str) -> str:
    """An inline code span that nothing in `content` can end."""
    content = one_line(content)
    fence = "`" * (_longest_run(content) + 1)
    pad = " " if content.startswith("`") or content.endswith("`") else ""
    return f"{fence}{pad}{content}{pad}{fence}" if content else ""


def prose(content: str) -> str:
    """Words in which no Markdown, HTML, mention, reference or link comes alive, but for links to providers' pages."""
    parts = _PROVIDERS_PAGE.split(one_line(content))
    return "".join(f"<{part}>" if index % 2 else _still(part) for index, part in enumerate(parts))


def _still(content: str) -> str:
    escaped = re.sub(r"([\\`*_{}\[\]()+!|~>])", r"\\\1", html.escape(content, quote=False))
    return _ALIVE.sub(rf"\g<0>{_NOTHING}", escaped)


def fenced(lines: Iterable[str], language: str, indent: str) -> Iterator[str]:
    """A block of code that none of its lines can end."""
    shown = [one_line(line) for line in lines]
    fence = "`" * max(3, 1 + max(map(_longest_run, shown), default=0))
    yield f"{indent}{fence}{language}"
    yield from (f"{indent}{line}".rstrip() for line in shown)
    yield f"{indent}{fence}"


def _longest_run(content: str) -> int:
    return max((len(run) for run in re.findall(r"`+", content)), default=0)


def _cut(left_out: int, link: str) -> str:
    whole = f"the whole plan: <{link}>" if _PLAIN_URL.fullmatch(link) else "the whole plan is in the build"
    return f"\n**{left_out} rows did not fit here**; {whole}"


Written = tuple[list[str], list[str], list[str]]
"""A section: its opening, a text a row, its closing."""


def _fitting(sections: Sequence[Written], room: int) -> Iterator[tuple[list[str], int]]:
    """The lines of each section for which there is room, and how many of its rows are left out.

    Each may take an equal share, and what a short one leaves over goes to the longer ones.
    """
    rooms: dict[int, int] = {}
    for index in sorted(range(len(sections)), key=lambda index: _length(*sections[index])):
        rooms[index] = min(_length(*sections[index]), room // (len(sections) - len(rooms)))
        room -= rooms[index]
    for index, (opening, rows, closing) in enumerate(sections):
        left = rooms[index] - _length(opening, closing)
        fitting: list[str] = []
        for row in rows:
            left -= _length([row])
            if left < 0:
                break
            fitting.append(row)
        yield ([*opening, *fitting, *closing] if fitting else []), len(rows) - len(fitting)


def _length(*lines: Sequence[str]) -> int:
    return sum(len(line) + 1 for part in lines for line in part)


def _top(document: Document) -> Iterator[str]:
    yield MARKER
    yield f"### {prose(document.title)}"
    yield ""
    yield f"**{prose(document.counts)}**"
    if document.caution:
        yield ""
        yield prose(document.caution)


def _section(section: Section) -> Written:
    title = prose(section.title[:1].upper() + section.title[1:])
    rows = ["\n".join(_row(row)) for row in section.rows]
    if section.folded:
        return ["", f"<details><summary>{title}: {len(rows)}</summary>", ""], rows, ["", "</details>"]
    return ["", f"#### {title}", ""], rows, []


def _row(row: Row) -> Iterator[str]:
    box = _BOXES.get(row.mark.symbol)
    sign = _sign(f"{row.mark.symbol} {row.mark.word}".strip()) if box is None else ""
    said = ": ".join(filter(None, [", ".join(map(code, row.names)), prose(row.words)]))
    at = f"({', '.join(map(code, row.at))})" if row.at else ""
    yield f"- {box or ''}{' '.join(filter(None, [sign, said, at]))}"
    for detail in row.details:
        match detail:
            case Note():
                words = "".join(map(_piece, detail.pieces))
                # An empty item would make a heading of the line above it.
                yield f"  - {f'{detail.label}: ' if detail.label else ''}{words if words.strip() else _NOTHING}"
            case Diff():
                yield from _diff(detail)
            case Form():
                yield from (line for entry in detail.entries for line in _entry(entry))


def _sign(content: str) -> str:
    """A sign in which no list begins."""
    return f"\\{content}" if content.startswith("-") else prose(content)


def _piece(piece: Piece) -> str:
    match piece:
        case Code():
            return code(piece.text)
        case Link():
            return f"<{piece.url}>" if _PLAIN_URL.fullmatch(piece.url) else code(piece.url)
    return prose(piece)


def _diff(diff: Diff) -> Iterator[str]:
    """With each sign at the start of its line, where a diff is coloured."""
    if diff.label:
        yield f"  - {diff.label}:"
    lines = (line for sign, words in diff.lines for line in _broken(sign, words))
    yield from fenced(lines, "diff", "    " if diff.label else "  ")


def _broken(sign: str, words: str) -> Iterator[str]:
    """A line, or where it is longer than a telephone is wide several: a block of code does not wrap."""
    start = f"{sign} " if sign else ""
    parts = _folded(words) if len(words) > _NARROW and sign else [words]
    for number, part in enumerate(parts):
        yield f"{start}{'  ' * bool(number)}{part}"


def _folded(words: str) -> Iterator[str]:
    """Broken between its parts, and a part that does not fit inside it, too."""
    for part in _BREAKS.split(words):
        line = ""
        for piece in _INNER_BREAKS.split(part) if len(part) > _NARROW else [part]:
            if line and len(line) + len(piece) > _NARROW:
                yield line.rstrip()
                line = ""
            line += piece
        yield line.rstrip()


def _entry(entry: Entry) -> Iterator[str]:
    name = " ".join(filter(None, [prose(entry.act), f"{code(entry.name)}:" if entry.name else ""])) + " "
    if "\n" in entry.value:
        yield f"  - {name}{prose(entry.note)}:"
        yield from fenced(entry.value.split("\n"), "text", "    ")
    else:
        yield f"  - {name}{code(entry.value)} {prose(entry.note)}".rstrip()
