"""Steps for people as rows: the page to open, what to enter, and what records it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from emailops.plan import Change, Difference, Step
from emailops.render.rows import Code, Detail, Diff, Entry, Form, Link, Mark, Note, Piece, Row
from emailops.render.word_difference import has_lines, signed_lines
from emailops.render.words import value
from emailops.resource import Control

_COMMAND = re.compile(r"(emailops [a-z-]+(?: [a-z-]+/[^\s,;]+| --from [^\s,;]+| --[a-z-]+)*)")


def rows(changes: Sequence[Change]) -> tuple[Row, ...]:
    """A row a page; steps that one look at one page settles stand together."""
    pages: dict[tuple[object, ...], list[tuple[Change, Step]]] = {}
    for change in changes:
        if change.step is not None:
            pages.setdefault(_page(change, change.step), []).append((change, change.step))
    return tuple(_step(*page[0]) if len(page) == 1 else _steps(page) for page in pages.values())


def reviewed(field: Difference) -> Iterator[tuple[str, str]]:
    """What a verified field holds beside what was reviewed, as (sign, words); of a text, the words that differ."""
    if not has_lines(field.before, field.after):
        yield "", f"{field.name}  {value(field.before)} there, {value(field.after)} reviewed"
        return
    yield "", field.name
    yield from signed_lines(field.after, field.before)


def _page(change: Change, step: Step) -> tuple[object, ...]:
    """What steps have in common that one look at one page settles."""
    if change.control is not Control.attested:
        return (change.resource, change.control)
    return (change.resource.kind, step.when, step.why, step.open)


def _step(change: Change, step: Step) -> Row:
    form = Form(tuple(Entry(each.act.value, "", each.value, each.note) for each in step.enter))
    details: list[Detail] = [Note("why", (step.why,))]
    if change.control is Control.verified and change.fields:
        lines = tuple(line for field in change.fields for line in reviewed(field))
        details.append(Diff(lines, "there, beside what was reviewed"))
    details += [Note("open", (Link(step.open),)), form]
    details += [Note(outcome, _command_and_words(act)) for outcome, act in step.ways]
    if step.then:
        details.append(Note("then", _command_and_words(step.then)))
    return Row(_mark(), (str(change.resource),), step.when, tuple(details))


def _steps(page: Sequence[tuple[Change, Step]]) -> Row:
    change, step = page[0]
    entries = (
        Entry(each.act.value, change.resource.name, each.value, each.note)
        for change, step in page
        for each in step.enter
    )
    command = f"emailops attest {' '.join(str(change.resource) for change, _ in page)}"
    details = (
        Note("why", (step.why,)),
        Note("open", (Link(step.open),)),
        Form(tuple(entries)),
        Note("then", (Code(command),)),
    )
    return Row(_mark(), (change.resource.kind,), f"{len(page)} on one page, {step.when}", details)


def _command_and_words(then: str) -> tuple[Piece, ...]:
    """What follows a step, with each command in it to be copied."""
    parts = _COMMAND.split(then)
    return tuple(Code(part) if number % 2 else part for number, part in enumerate(parts) if part)


def _mark() -> Mark:
    return Mark("!", "person")
