"""A plan as one HTML page, a build's artefact: whole without any style or script, since Jenkins drops them.

https://www.jenkins.io/doc/book/security/configuring-content-security-policy/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree

from emailops.plan import Action, Change, Control, Plan
from emailops.render import plan as words

Node = ElementTree.Element | str

_PLAIN_URL = re.compile(r"https://[A-Za-z0-9./_?=&%-]+")
_SIGNS = {"+": "ins", "-": "del"}
_STYLE = """
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
body { overflow-wrap: anywhere }
h1 { font-size: 1.4rem } h2 { font-size: 1.2rem; margin-top: 2rem } h3 { font-size: 1rem; margin-bottom: 0 }
table { border-collapse: collapse; width: 100% }
caption { text-align: left; font-weight: bold; padding: .5rem 0 }
th, td { border: 1px solid #8888; padding: .3rem .6rem; text-align: left; vertical-align: top }
code, pre { font-family: ui-monospace, monospace; font-size: .9em }
pre { white-space: pre-wrap; border-left: .2rem solid #8888; padding-left: .8rem; margin: .3rem 0 }
dt { font-weight: bold } dd { margin: 0 0 .5rem 1.5rem }
ul, ol { padding-left: 1.5rem }
ins { text-decoration: none; background: #2da44e33 } del { text-decoration: none; background: #cf222e33 }
th { overflow-wrap: normal }
@media (max-width: 40rem) { th, td { padding: .2rem } table { font-size: .8rem } }
@media print { body { max-width: none; margin: 0 } }
"""


def text(plan: Plan, next_: str) -> str:
    """The whole page; `next_` is the command or act that follows."""
    head = _element(
        "head",
        _element("meta", charset="utf-8"),
        _element("meta", name="viewport", content="width=device-width"),
        _element("title", f"Plan {plan.service}: {words.counts(plan)}"),
        _element("style", _STYLE),
    )
    parts = (_top, _delicate, _steps, _taken, _unknown, _hidden, _settings, _changes, _beside)
    main = _element("main", *(node for part in parts for node in part(plan)), *_end(plan, next_))
    page = _element("html", head, _element("body", main), lang="en")
    ElementTree.indent(page, "")
    return f"<!doctype html>\n{ElementTree.tostring(page, encoding='unicode', method='html')}\n"


def _element(tag: str, *content: Node, **attributes: str) -> ElementTree.Element:
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
    return "\n".join(words.one_line(line) for line in content.split("\n"))


def _code(content: str) -> ElementTree.Element:
    return _element("code", words.one_line(content))


def _list(items: Iterable[Iterable[Node]]) -> ElementTree.Element:
    return _element("ul", *(_element("li", *item) for item in items))


def _table(caption: str, heads: tuple[str, ...], rows: Iterable[Iterable[Iterable[Node]]]) -> ElementTree.Element:
    head = _element("tr", *(_element("th", one, scope="col") for one in heads))
    body = [_element("tr", *(_element("td", *cell) for cell in row)) for row in rows]
    return _element(
        "table", _element("caption", caption), _element("thead", head), _element("tbody", *body), border="1"
    )


def _lines(nodes: Iterable[Node]) -> list[Node]:
    """Each on a line of its own."""
    return [part for index, node in enumerate(nodes) for part in ([_element("br"), node] if index else [node])]


def _top(plan: Plan) -> list[Node]:
    nodes: list[Node] = [_element("h1", words.head(plan)), _element("p", _element("strong", words.counts(plan)))]
    if plan.review_only:
        nodes.append(_element("p", f"For review only: {words.why_review_only(plan)}."))
    return nodes


def _delicate(plan: Plan) -> list[Node]:
    found = [
        (f"{one.scope}: {one.action.value} {one.action.name} ", _code(str(one.resource)), f", {one.reason.value}")
        for one in words.delicate(plan)
    ]
    return [_element("h2", "Touches production"), _list(found)] if found else []


def _steps(plan: Plan) -> list[Node]:
    steps = [_step(changes[0]) if len(changes) == 1 else _page(changes) for changes in words.pages(plan)]
    return [_element("h2", "For a person"), *steps] if steps else []


def _step(change: Change) -> Node:
    step = change.step
    if step is None:
        return ""
    facts = _fact("open", _address(step.open))
    if change.control is Control.verified and change.fields:
        shown = "\n".join(line for field in change.fields for line in words.reviewed(field))
        facts += _fact("there, beside what was reviewed", _element("pre", shown))
    if step.enter:
        facts += _fact("enter", _element("ol", *(_element("li", *_entry(*one)) for one in step.enter)))
    command, rest = words.command_and_words(step.then)
    facts += _fact("then", *([_code(command)] if command else []), rest)
    return _section(_code(str(change.resource)), f"{step.when}: {step.why}", facts)


def _page(changes: Sequence[Change]) -> Node:
    """Steps that one look at one page settles."""
    step = changes[0].step
    if step is None:
        return ""
    facts = [
        *_fact("open", _address(step.open)),
        *_fact("enter", _list(map(_entered, changes))),
        *_fact("then", _code(words.attest_command(changes))),
    ]
    heading = f"{len(changes)} {changes[0].resource.kind} on one page"
    return _section(heading, f"{step.when}: {step.why}", facts)


def _entered(change: Change) -> list[Node]:
    entries = change.step.enter if change.step else ()
    separated = [[", " if index else ": ", *_entry(*one)] for index, one in enumerate(entries)]
    return [_code(change.resource.name), *(node for entry in separated for node in entry)]


def _section(heading: Node, why: str, facts: Iterable[Node]) -> Node:
    return _element("section", _element("h3", heading), _element("p", why), _element("dl", *facts))


def _fact(name: str, *shown: Node) -> list[Node]:
    return [_element("dt", name), _element("dd", *shown)]


def _address(url: str) -> Node:
    return _element("a", url, href=url) if _PLAIN_URL.fullmatch(url) else _code(url)


def _entry(entry: str, note: str) -> list[Node]:
    if "\n" in entry:
        return [note, _element("pre", entry)]
    return [_code(entry), f" {note}".rstrip()]


def _taken(plan: Plan) -> list[Node]:
    taken = [(_code(str(one.resource)), f" attested by {one.by} on {one.on}") for one in plan.taken]
    return [_element("h2", "Taken since the base"), _list(taken)] if taken else []


def _unknown(plan: Plan) -> list[Node]:
    reasons = list(plan.unknown)
    if plan.settings_unknown:
        reasons.append(f"settings: {plan.settings_unknown}")
    return [_element("h2", "Not known"), _list((reason,) for reason in reasons)] if reasons else []


def _hidden(plan: Plan) -> list[Node]:
    rows = [(line,) for line in words.hidden(plan)]
    return [_element("h2", words.hidden_count(plan)), _list(rows)] if rows else []


def _settings(plan: Plan) -> list[Node]:
    rows = [
        (
            _lines(map(_code, settings)),
            [", ".join(stages)],
            _lines(_element(_SIGNS.get(sign, "span"), _code(f"{sign} {entry}")) for sign, entry in diff),
            [", ".join(consumers)],
        )
        for settings, stages, consumers, diff in words.group_settings(plan)
    ]
    heads = ("setting", "stages", "difference", "read by")
    return [_element("h2", "Settings"), _table("What consumers read", heads, rows)] if rows else []


def _changes(plan: Plan) -> list[Node]:
    changes = words.at_providers(plan)
    rows = [
        (
            [one.scope],
            [f"{one.action.value} {one.action.name}"],
            [_code(str(one.resource))],
            _lines([one.reason.value, *one.notes, *_fields(one)]),
        )
        for one in changes
    ]
    heads = ("scope", "action", "resource", "what")
    return [_element("h2", "Changes"), _table("At the providers", heads, rows)] if rows else []


def _fields(change: Change) -> list[Node]:
    if change.action is Action.create:
        return []
    return [_code(f"{one.name}: {words.value(one.before)} -> {words.value(one.after)}") for one in change.fields]


def _beside(plan: Plan) -> list[Node]:
    counted = [
        (f"{one.count} {one.kind} not declared here{': ' if one.names else ''}{', '.join(one.names)}",)
        for one in plan.undeclared
    ]
    return [_element("h2", "Beside, and left alone"), _list(counted)] if counted else []


def _end(plan: Plan, next_: str) -> list[Node]:
    facts = (("change", _code(plan.change)), ("digest", _code(plan.digest)), ("next", _code(next_)))
    rows = [node for name, shown in facts for node in _fact(name, shown)]
    return [_element("h2", "To approve"), _element("dl", *rows)]
