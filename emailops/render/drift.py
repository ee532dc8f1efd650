"""A drift as text, JSON and Markdown: what of the world differs, what waits for people, what a day has made wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from emailops.engine.drift import Drift, Drifted
from emailops.plan import Difference, Reason, declared_as_json, fields_as_json, ignored_as_json
from emailops.render import phrases
from emailops.render.console import Line
from emailops.render.declared import groups, sections
from emailops.render.escape import one_line
from emailops.render.markdown import code, fenced, prose
from emailops.render.sections import ignored
from emailops.render.text import section_lines
from emailops.render.word_difference import has_lines, signed_lines
from emailops.render.words import value

_WORLD, _PEOPLE = "the world differs", "people's work"
_LONGEST = 60


def text(drift: Drift, prefix: str) -> list[Line]:
    """The world first, in red; people's work and what time has made wrong in amber."""
    plan = drift.plan
    lines: list[Line] = [("heading", f"{plan.service} · {phrases.seen(plan)}"), ("", "")]
    if drift.world or plan.declared:
        lines.append(("error", f"{_WORLD}:"))
        lines += _drifted(drift.world, "removed")
        lines += section_lines(sections(plan.declared))
        lines.append(("", ""))
    if drift.people or drift.time:
        lines.append(("person", f"{_PEOPLE}:"))
        lines += _by_reason(drift.people)
        lines += [("person", f"  ! {_finding(finding, prefix)}") for finding in drift.time]
        lines.append(("", ""))
    if drift.unknown:
        lines.append(("heading", "not known:"))
        lines += [("unknown", f"  ? {reason}") for reason in drift.unknown]
        lines.append(("", ""))
    lines += section_lines(ignored(plan))
    style = "error" if drift.world or plan.declared else "person" if drift.exit_code else "create"
    lines.append((style, f"{_verdict(drift)} · next: {_next(drift)}"))
    return [(style, one_line(line)) for style, line in lines]


def as_json(drift: Drift, prefix: str) -> dict[str, Any]:
    """By schemas/drift.schema.json."""
    plan = drift.plan
    return {
        "format": 1,
        "service": plan.service,
        "at": plan.observed_at,
        "verdict": _colour(drift),
        "drifted": [
            {
                "subject": drifted.subject,
                "scope": drifted.scope,
                "reason": drifted.reason.name,
                "of": "people" if drifted.is_of_people else "world",
                "fields": fields_as_json(drifted.fields),
                "detail": drifted.detail,
            }
            for drifted in drift.drifted
        ],
        "declared": [declared_as_json(change) for change in plan.declared],
        "time": [
            {
                "path": _path(prefix, finding.path),
                "line": finding.line,
                "rule": finding.rule,
                "message": finding.message,
            }
            for finding in drift.time
        ],
        "ignored": [ignored_as_json(hides) for hides in plan.ignored],
        "unknown": list(drift.unknown),
    }


def markdown(drift: Drift, prefix: str) -> Iterator[str]:
    """For an issue or a chat: the verdict, then each difference."""
    plan = drift.plan
    yield f"### {prose(plan.service)}: {prose(_verdict(drift))}"
    yield ""
    yield f"Providers as of {phrases.freshness(plan)}. Next: {prose(_next(drift))}"
    if drift.world or plan.declared:
        yield from ("", f"#### {_WORLD.capitalize()}", "")
        for drifted in drift.world:
            yield f"- {code(drifted.subject)} {prose(drifted.reason.value)}{_aside(drifted)}"
            for field in drifted.fields:
                yield from _field_markdown(field)
        for group in groups(plan.declared):
            names, where = ", ".join(map(code, group.names)), ", ".join(group.stages)
            of = f" of {prose(', '.join(group.subjects))}" if group.subjects != group.names else ""
            yield f"- {names}{of}{f' at {prose(where)}' if where else ''}: {Reason.never_applied.value}"
    if drift.people or drift.time:
        yield from ("", f"#### {_PEOPLE.capitalize()}", "")
        for drifted in drift.people:
            yield f"- [ ] {code(drifted.subject)} {prose(drifted.reason.value)}: {code(drifted.detail)}"
        yield from (f"- [ ] {prose(_finding(finding, prefix))}" for finding in drift.time)
    if drift.unknown:
        yield from ("", "#### Not known", "", *(f"- {prose(reason)}" for reason in drift.unknown))
    if plan.ignored:
        yield from ("", f"{phrases.hidden_count(plan).capitalize()}:", "")
        yield from (f"- {prose(line)}" for line in phrases.hidden(plan))


def _drifted(some: Sequence[Drifted], style: str) -> Iterator[Line]:
    for drifted in some:
        yield style, f"  {drifted.subject}      {drifted.reason.value}"
        yield from (("", f"      {line}") for field in drifted.fields for line in _field(field))
        if drifted.detail:
            yield "faint", f"      {drifted.detail}"


def _by_reason(some: Sequence[Drifted]) -> Iterator[Line]:
    """Attestations that wait for one reason stand together: their steps are in the plan."""
    for reason in dict.fromkeys(drifted.reason for drifted in some):
        subjects = [drifted.subject for drifted in some if drifted.reason is reason]
        yield "person", f"  ! {len(subjects)} to attest: {reason.value}"
        yield from (("", f"      {subject}") for subject in subjects)


def _field(field: Difference) -> Iterator[str]:
    """A line, or of a text of several lines how what is there differs from what is declared."""
    if has_lines(field.before, field.after):
        yield f"{field.name}  what is there, beside what is declared:"
        yield from (f"  {sign} {words}".rstrip() for sign, words in signed_lines(field.after, field.before))
    else:
        before, after = (_short(content) for content in (field.before, field.after))
        yield f"{field.name}  {before} there, {after} declared"


def _field_markdown(field: Difference) -> Iterator[str]:
    said, *lines = _field(field)
    yield f"  - {prose(said) if lines else code(said)}"
    if lines:
        yield from fenced((line[2:] for line in lines), "diff", "    ")


def _short(content: Any) -> str:
    shown = value(content)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."


def _aside(drifted: Drifted) -> str:
    return f": {prose(drifted.detail)}" if drifted.detail else ""


def _finding(finding: Any, prefix: str) -> str:
    return f"{_path(prefix, finding.path)}:{finding.line}  {finding.rule}: {finding.message}"


def _path(prefix: str, path: str) -> str:
    return str(PurePosixPath(prefix) / path)


def _colour(drift: Drift) -> str:
    if drift.world or drift.plan.declared:
        return "red"
    return "amber" if drift.exit_code else "green"


def _verdict(drift: Drift) -> str:
    counts = (
        (len(drift.world), "of the world"),
        (len(drift.plan.declared), "declared and never applied"),
        (len(drift.people), "for people"),
        (len(drift.time), "by time"),
        (len(drift.unknown), "not known"),
    )
    counted = ", ".join(f"{count} {what}" for count, what in counts if count)
    return f"{_colour(drift)}: {counted or 'as declared'}"


def _next(drift: Drift) -> str:
    if drift.world or drift.plan.declared:
        return "emailops plan shows what an apply would do; or declare it, or ignore it for a time"
    if drift.people or drift.time:
        return "emailops todo"
    return "run it where all keys are" if drift.unknown else "nothing to do"
