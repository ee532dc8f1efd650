"""What a probe will send, and what it found, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from emailops.questions.proof import Fact, Proof
from emailops.render.console import Line
from emailops.render.escape import one_line
from emailops.tasks.probe import HARMLESS, Intended

_STYLES = {Proof.verified: "create", Proof.contradicted: "error", Proof.unknown: "unknown"}


def intention(intended: Intended) -> Iterator[Line]:
    """To whom, with which key, of which template."""
    key = intended.key
    yield "heading", f"probe {intended.stage.name} · key {key.name}, declared {key.kind} · service {key.account}"
    if intended.content is None:
        yield "error", f"  sends nothing: Notify refuses the key: {one_line(intended.refused)}"
        return
    yield "", f"  sends {len(intended.mails)} mail{'s' * (len(intended.mails) != 1)}"
    for number, (to, why) in enumerate(intended.mails, 1):
        yield "", f"    {number}  {to}      {why}"
    if not intended.stage.redirect_to:
        yield "", f"       {intended.stage.name} redirects nothing, so there is no safe address for a mail that arrives"
    template, filled = intended.content.template.name, ", ".join(intended.content.personalisation)
    with_ = f"{filled}: each is {HARMLESS!r}" if filled else "it has no placeholders"
    yield "", f"  of template {template}      {one_line(with_)}"


def text(facts: Sequence[Fact]) -> Iterator[Line]:
    """A fact a line, then how many of each."""
    rows = [(fact.result, fact.subject, f"{fact.field} {fact.declared}", one_line(fact.why)) for fact in facts]
    subjects, fields = (max(len(row[column]) for row in rows) for column in (1, 2))
    yield "heading", "found"
    for result, subject, field, why in rows:
        yield _STYLES[result], f"  {result:<12}  {subject:<{subjects}}  {field:<{fields}}      {why}"
    counts = _counts(facts)
    then = "      next: correct what is contradicted, at Notify or in the state" if counts[Proof.contradicted] else ""
    yield "heading", f"{', '.join(f'{number} {result}' for result, number in counts.items())}{then}"


def as_json(intended: Intended, facts: Sequence[Fact]) -> dict[str, Any]:
    """{"stage", "service", "key", "template", "mails", "facts", "counts"}.

    A mail is {"to", "why"}, a fact {"subject", "field", "declared", "result", "why"}; a result is verified,
    contradicted or unknown.
    """
    return {
        "stage": intended.stage.name,
        "service": intended.key.account,
        "key": intended.key.name,
        "template": intended.content.template.name if intended.content else None,
        "mails": [{"to": to, "why": why} for to, why in intended.mails],
        "facts": [asdict(fact) for fact in facts],
        "counts": _counts(facts),
    }


def _counts(facts: Sequence[Fact]) -> dict[str, int]:
    counted = Counter(fact.result for fact in facts)
    return {result: counted[result] for result in (Proof.verified, Proof.contradicted, Proof.unknown)}
