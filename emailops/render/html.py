"""A document as one HTML page, a build's artefact: whole without any style or script, since Jenkins drops them.

https://www.jenkins.io/doc/book/security/configuring-content-security-policy/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from emailops.render.escape import one_line
from emailops.render.rows import Code, Detail, Diff, Entry, Form, Link, Note, Piece, Row, Section
from emailops.render.sections import Document

Node = ElementTree.Element | str

_PLAIN_URL = re.compile(r"https://[A-Za-z0-9./_?=&%-]+")
_SIGNS = {"+": "ins", "-": "del"}
_STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
body { overflow-wrap: anywhere }
h1 { font-size: 1.4rem } h2 { font-size: 1.2rem; margin-top: 2rem } summary { font-size: 1.2rem; margin-top: 2rem }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; white-space: pre-wrap }
pre { white-space: pre-wrap; border-left: .2rem solid #8888; padding-left: .8rem; margin: .3rem 0 }
dt { font-weight: bold } dd { margin: 0 0 .5rem 1.5rem }
ul, ol { padding-left: 1.5rem }
ins { text-decoration: none; background: #2da44e33 } del { text-decoration: none; background: #cf222e33 }
@media print { body { max-width: none; margin: 0 } }
"""


def text(document: Document) -> str:
    """The whole page."""
    content = (*_top(document), *map(_section, document.sections), *_end(document))
    return page(f"{document.title}: {document.counts}", *content)


def page(title: str, *content: Node) -> str:
    """A page with this content; every page looks alike."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width"),
        element("title", title),
        element("style", _STYLE),
    )
    whole = element("html", head, element("body", element("main", *content)), lang="en")
    ElementTree.indent(whole, "")
    return f"<!doctype html>\n{ElementTree.tostring(whole, encoding='unicode', method='html')}\n"


def _top(document: Document) -> Iterator[Node]:
    yield element("h1", document.title)
    yield element("p", element("strong", document.counts))
    if document.caution:
        yield element("p", document.caution)


def _end(document: Document) -> Iterator[Node]:
    yield element("h2", "To approve")
    facts = (("change", _code(document.change)), ("digest", _code(document.digest)), ("next", document.next))
    nodes = (node for name, fact in facts for node in (element("dt", name), element("dd", fact)))
    yield element("dl", *nodes)


def _section(section: Section) -> Node:
    title = section.title[:1].upper() + section.title[1:]
    rows = element("ul", *map(_row, section.rows))
    if section.folded:
        # A heading in here would stand below the triangle where Jenkins drops the styles.
        return element("details", element("summary", element("strong", f"{title}: {len(section.rows)}")), rows)
    return element("section", element("h2", title), rows)


def _row(row: Row) -> Node:
    mark = f"{row.mark.symbol} {row.mark.word}".strip()
    names = [part for name in row.names for part in (", ", _code(name))][1:]
    between = ": " if names and row.words else ""
    at = [" (", *[part for place in row.at for part in (", ", _code(place))][1:], ")"] if row.at else []
    return element("li", f"{mark} ".lstrip(), *names, f"{between}{row.words}", *at, *map(_detail, row.details))


def _detail(detail: Detail) -> Node:
    match detail:
        case Note():
            label: list[Node] = [element("strong", f"{detail.label}:"), " "] if detail.label else []
            return element("p", *label, *map(_piece, detail.pieces))
        case Diff():
            name = [element("p", element("strong", f"{detail.label}:"))] if detail.label else []
            return element("div", *name, *_diff(detail))
        case Form():
            return element("ul", *(element("li", *_entry(entry)) for entry in detail.entries))


def _piece(piece: Piece) -> Node:
    match piece:
        case Code():
            return _code(piece.text)
        case Link():
            is_plain = _PLAIN_URL.fullmatch(piece.url)
            return element("a", piece.url, href=piece.url) if is_plain else _code(piece.url)
    return piece


def _diff(diff: Diff) -> Iterator[Node]:
    """A line each, of code that breaks where it is too long for the page, without styles, too."""
    for index, (sign, words) in enumerate(diff.lines):
        line = one_line(f"{sign} {words}" if sign else words)
        yield from ([element("br")] if index else [])
        yield element("code", element(_SIGNS[sign], line) if sign in _SIGNS else line)


def _entry(entry: Entry) -> Iterator[Node]:
    yield f"{entry.act} "
    if entry.name:
        yield from (_code(entry.name), ": ")
    if "\n" in entry.value:
        yield from (f"{entry.note}:", element("pre", entry.value))
    else:
        yield from (_code(entry.value), f" {entry.note}".rstrip())


def element(tag: str, *content: Node, **attributes: str) -> ElementTree.Element:
    """An element; whatever text is in it is escaped when it is written, and stays visible."""
    made = ElementTree.Element(tag, attributes)
    last: ElementTree.Element | None = None
    for node in content:
        if not isinstance(node, str):
            made.append(node)
            last = node
        elif last is None:
            made.text = f"{made.text or ''}{_visible(node)}"
        else:
            last.tail = f"{last.tail or ''}{_visible(node)}"
    return made


def _visible(content: str) -> str:
    return "\n".join(one_line(line) for line in content.split("\n"))


def _code(content: str) -> ElementTree.Element:
    return element("code", one_line(content))
