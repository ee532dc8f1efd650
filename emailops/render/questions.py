"""What people asked, answered as text, JSON and Markdown; each answer with the file and line that it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import PurePosixPath
from typing import Any

from emailops.kinds.attested import AttestationState, Standing
from emailops.questions.explain import ExplainedResource, ExplainedSetting, Value
from emailops.questions.todo import TimedMailing, Todo
from emailops.questions.trace import Trace
from emailops.render.console import Line
from emailops.render.escape import one_line
from emailops.render.markdown import code, prose
from emailops.render.words import brief
from emailops.resource import Observed, Place


def trace_text(trace: Trace, prefix: str) -> Iterator[Line]:
    """A step a line; `prefix` leads from here to the state."""
    yield "heading", one_line(f"{trace.consumer} · {trace.template} · {trace.stage}")
    width = max(len(step.what) for step in trace.steps)
    for step in trace.steps:
        yield "", f"  {step.what:<{width}}  {one_line(step.says)}      {_at(prefix, step.place)}"
    to = one_line(trace.sent_to.reveal()) if trace.sent_to else "the address in its personalisation"
    sent = f"sent to {to}" if trace.answer or trace.sent_to else "not sent"
    answer = f" · {trace.answer.status}" if trace.answer else ""
    yield "heading", f"{sent}{answer} · ends: {trace.ends}"


def trace_as_json(trace: Trace, prefix: str) -> dict[str, Any]:
    """{"consumer", "template", "stage", "steps", "sent_to", "answer", "ends", "final_status", "callback"}."""
    callback = trace.callback
    return {
        "consumer": trace.consumer,
        "template": trace.template,
        "stage": trace.stage,
        "steps": [{"what": step.what, "says": step.says, **_place(prefix, step.place)} for step in trace.steps],
        "sent_to": trace.sent_to.reveal() if trace.sent_to else None,
        "answer": asdict(trace.answer) if trace.answer else None,
        "ends": trace.ends,
        "final_status": trace.final_status,
        "callback": callback and {"url": callback.url, "to": callback.to.reveal(), "status": callback.status},
    }


def text_lines(content: Any) -> Iterator[Line]:
    """The lines of a text that has several, below what is said of it."""
    if isinstance(content, str) and "\n" in content:
        yield from (("", f"        | {one_line(line)}".rstrip()) for line in content.split("\n"))


Seen = tuple[Observed | None, str]
"""What a provider holds of a resource, or why there is nothing to show."""


def resource_text(explained: ExplainedResource, prefix: str, seen: Seen | None = None) -> Iterator[Line]:
    """Declared, observed when asked, recorded, attested."""
    desired = explained.desired
    yield "heading", f"{desired.resource}      {desired.scope}      {_at(prefix, desired.place)}"
    yield "", "  declared"
    yield from _values(explained.values, prefix)
    if seen is not None:
        yield from _seen(*seen)
    if explained.recorded:
        yield "", "  recorded"
        yield from _values((explained.recorded,), prefix)
    if explained.attested:
        yield from _standing(explained.attested, str(desired.resource), prefix)


def resource_as_json(explained: ExplainedResource, prefix: str, seen: Seen | None = None) -> dict[str, Any]:
    """{"resource", "scope", "path", "line", "column", "declared", "observed", "recorded", "attested"}."""
    desired, held = explained.desired, explained.attested
    return {
        "resource": str(desired.resource),
        "scope": desired.scope,
        **_place(prefix, desired.place),
        "declared": [_value(each, prefix) for each in explained.values],
        "observed": _seen_as_json(*seen) if seen else None,
        "recorded": _value(explained.recorded, prefix) if explained.recorded else None,
        "attested": _standing_as_json(held, prefix) if held else None,
    }


def setting_text(explained: Sequence[ExplainedSetting], prefix: str) -> Iterator[Line]:
    """A block for each consumer and each group of stages where the setting is the same."""
    for number, setting in enumerate(explained):
        if number:
            yield "", ""
        of_class = f"{setting.class_name}." if setting.class_name else ""
        yield (
            "heading",
            f"{of_class}{one_line(setting.setting)}      {setting.consumer}      {', '.join(setting.stages)}",
        )
        yield "", f"  written to  {', '.join(setting.files)}"
        yield "", "  source"
        yield from _values(setting.sources, prefix)
        if setting.absent:
            yield "unknown", f"  no value: {one_line(setting.absent)}"
        else:
            yield "", "  value"
            yield from _values(setting.values, prefix)
        if setting.pending:
            yield "unknown", f"  waiting for apply: {len(setting.pending)} id{'s' * (len(setting.pending) != 1)}"


def setting_as_json(explained: Sequence[ExplainedSetting], prefix: str) -> dict[str, Any]:
    """{"settings": [{"consumer", "setting", "class", "stages", "files", "sources", "values", "pending", "absent"}]}."""
    return {
        "settings": [
            {
                "consumer": setting.consumer,
                "setting": setting.setting,
                "class": setting.class_name,
                "stages": list(setting.stages),
                "files": list(setting.files),
                "sources": [_value(source, prefix) for source in setting.sources],
                "values": [_value(part, prefix) for part in setting.values],
                "pending": list(setting.pending),
                "absent": setting.absent,
            }
            for setting in explained
        ]
    }


def todo_text(
    todos: Sequence[Todo], today: date, prefix: str, by_itself: Sequence[TimedMailing] = ()
) -> Iterator[Line]:
    """Under a heading each: what is overdue, what is due soon, what has no day, and what the job does by itself."""
    for heading, some in _by_urgency(todos, today):
        yield "heading", heading
        for todo in some:
            yield "person", f"  {_when(todo, today)}      {one_line(todo.resource)}      {todo.owner}"
            yield "", f"      do     {one_line(todo.what)}"
            yield "", f"      why    {one_line(todo.why)}"
            yield "", f"      where  {_at(prefix, todo.place)}"
            if todo.command:
                yield "", f"      then   {todo.command}"
        yield "", ""
    yield from timed_text(by_itself)
    yield "heading", _counts(todos, today)


def timed_text(by_itself: Sequence[TimedMailing]) -> Iterator[Line]:
    """Which mailings the job begins, and when."""
    if by_itself:
        yield "heading", "the job begins by itself"
        yield from (("", f"  {each.mailing} at {each.stage}      {each.when} UTC") for each in by_itself)
        yield "", ""


def timed_as_json(by_itself: Sequence[TimedMailing]) -> list[dict[str, str]]:
    """[{"mailing", "stage", "when"}]."""
    return [each._asdict() for each in by_itself]


def todo_as_json(todos: Sequence[Todo], prefix: str, by_itself: Sequence[TimedMailing] = ()) -> dict[str, Any]:
    """{"todo": [{"due", "owner", "what", "why", "resource", "path", "line", "command"}], "timed": [...]}."""
    return {
        "todo": [
            {
                "due": todo.due.isoformat() if todo.due else None,
                "owner": todo.owner,
                "what": todo.what,
                "why": todo.why,
                "resource": todo.resource,
                "path": _path(prefix, todo.place),
                "line": todo.place.line,
                "command": todo.command,
            }
            for todo in todos
        ],
        "timed": timed_as_json(by_itself),
    }


def todo_markdown(
    todos: Sequence[Todo], today: date, prefix: str, by_itself: Sequence[TimedMailing] = ()
) -> Iterator[str]:
    """A task list a heading, for an issue or a pull request."""
    yield f"**{prose(_counts(todos, today))}**"
    for heading, some in _by_urgency(todos, today):
        yield from ("", f"#### {prose(heading.capitalize())}", "")
        for todo in some:
            where = code(_at(prefix, todo.place))
            then = f", then {code(todo.command)}" if todo.command else ""
            yield f"- [ ] {prose(_when(todo, today))}: {code(todo.resource)}, {prose(todo.owner)}: {prose(todo.what)}"
            yield f"  - {prose(todo.why)}"
            yield f"  - {where}{then}"
    if by_itself:
        yield from ("", "#### The job begins by itself", "")
        yield from (f"- {code(each.mailing)} at {prose(each.stage)}: {code(each.when)} UTC" for each in by_itself)


def _by_urgency(todos: Sequence[Todo], today: date) -> Iterator[tuple[str, list[Todo]]]:
    groups = {
        "overdue": [todo for todo in todos if todo.due and todo.due < today],
        "due within a month": [todo for todo in todos if todo.due and todo.due >= today],
        "without a day": [todo for todo in todos if todo.due is None],
    }
    return ((heading, some) for heading, some in groups.items() if some)


def _counts(todos: Sequence[Todo], today: date) -> str:
    counted = ", ".join(f"{len(some)} {heading}" for heading, some in _by_urgency(todos, today))
    return f"{counted or 'nothing to do'} · as of {today}"


def _when(todo: Todo, today: date) -> str:
    if todo.due is None:
        return "no day"
    days = (todo.due - today).days
    if days == 0:
        return f"{todo.due}, today"
    counted = f"{abs(days)} day{'s' * (abs(days) != 1)}"
    return f"{todo.due}, overdue by {counted}" if days < 0 else f"{todo.due}, in {counted}"


def _seen(observed: Observed | None, reason: str) -> Iterator[Line]:
    if observed is None:
        yield "unknown", f"  observed    nothing: {one_line(reason)}"
        return
    yield "", "  observed"
    held = {"id": observed.id or None, "created": observed.created or None, **observed.attributes}
    shown = {name: content for name, content in held.items() if content is not None}
    width = max(map(len, shown), default=0)
    for name, content in shown.items():
        yield "", f"    {one_line(name):<{width}}  {brief(content)}"
        yield from text_lines(content)


def _seen_as_json(observed: Observed | None, reason: str) -> dict[str, Any]:
    if observed is None:
        return {"unknown": reason}
    return {"id": observed.id, "created": observed.created, **observed.attributes}


def _standing(held: Standing, resource: str, prefix: str) -> Iterator[Line]:
    attestation = held.attestation
    if attestation is None:
        yield "unknown", f"  attested    by nobody yet; emailops attest {resource}"
        return
    days = f"{held.age} day{'s' * (held.age != 1)} ago" if held.expires else "on a day that cannot be read"
    counts = {
        AttestationState.attested: f"counts until {held.expires}",
        AttestationState.outdated: f"outdated: it has changed since; emailops attest {resource}",
        AttestationState.expired: f"expired: it counted until {held.expires}; emailops attest {resource}",
    }[held.state]
    where = _path(prefix, _attestation(held))
    yield "", f"  attested    by {attestation.by} on {attestation.on}, {days}; {counts}      {where}"
    fields = {one_line(str(name)): brief(content) for name, content in attestation.fields.items()}
    width = max(map(len, fields), default=0)
    yield from (("", f"    {name:<{width}}  {content}") for name, content in fields.items())


def _standing_as_json(held: Standing, prefix: str) -> dict[str, Any]:
    attestation = held.attestation
    if attestation is None:
        return {"state": held.state}
    return {
        "state": held.state,
        "by": attestation.by,
        "on": attestation.on,
        "age": held.age if held.expires else None,
        "expires": held.expires.isoformat() if held.expires else None,
        "fields": attestation.fields,
        "path": _path(prefix, _attestation(held)),
    }


def _attestation(held: Standing) -> Place:
    return Place(f"attestations/{held.made_for}.yaml", 1, 1)


def _values(values: Sequence[Value], prefix: str) -> Iterator[Line]:
    rows = [(one_line(each.name), brief(each.value), _at(prefix, each.place), each.value) for each in values]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)] if rows else [0, 0]
    for name, content, at, whole in rows:
        named = f"{name:<{widths[0]}}  " if widths[0] else ""
        yield "", f"    {named}{content:<{min(widths[1], 60)}}      {at}"
        yield from text_lines(whole)


def _value(each: Value, prefix: str) -> dict[str, Any]:
    return {"name": each.name, "value": each.value, **_place(prefix, each.place)}


def _at(prefix: str, place: Place) -> str:
    return one_line(f"{_path(prefix, place)}:{place.line}")


def _path(prefix: str, place: Place) -> str:
    return str(PurePosixPath(prefix) / place.path)


def _place(prefix: str, place: Place) -> dict[str, Any]:
    return {"path": _path(prefix, place), "line": place.line, "column": place.column}
