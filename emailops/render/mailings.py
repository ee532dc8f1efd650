"""Mailings: what a dry run would send, and how a run ended, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from emailops.mailings.campaign import Mailed, Route
from emailops.mailings.erasure import Erased
from emailops.mailings.export import Exported
from emailops.mailings.notice import AT_LIMIT, Ended, Looked
from emailops.mailings.sends import MailRun, RunState, SendState
from emailops.mailings.subscription import Subscribed
from emailops.render.console import Line
from emailops.render.escape import one_line
from emailops.render.words import counted
from emailops.tasks.mail import TimetableRow


def looked_text(looked: Looked) -> Iterator[Line]:
    """How many would get it, and what the first would read."""
    yield "heading", f"{looked.mailing} at {looked.stage} · template {looked.template} · dry run, nothing is sent"
    yield "", f"  {counted(looked.total - looked.failed, 'message')} would be sent"
    if looked.failed:
        yield "error", f"  {counted(looked.failed, 'recipient')} cannot be written to, and would be reported"
    if looked.preview is not None:
        yield "heading", "the first, as Notify would send it"
        yield "", f"  Subject: {one_line(looked.preview.subject)}"
        yield "", ""
        for line in looked.preview.body.splitlines():
            yield "", f"  {one_line(line)}"


def looked_as_json(looked: Looked) -> dict[str, Any]:
    """{"mailing", "stage", "template", "messages", "failed", "preview": {"subject", "body"} or null}."""
    preview = looked.preview
    return {
        "mailing": looked.mailing,
        "stage": looked.stage,
        "template": looked.template,
        "messages": looked.total - looked.failed,
        "failed": looked.failed,
        "preview": {"subject": preview.subject, "body": preview.body} if preview else None,
    }


def ended_text(ended: Ended) -> Iterator[Line]:
    """What was sent, what failed and why, what is left, and what to do next."""
    begun = ended.begun
    yield "heading", f"{begun.mailing} at {begun.stage} · run {begun.id} of {begun.begun[:10]}"
    for number, recipient, said in ended.failures:
        yield "error", f"  row {number}  {recipient}  {one_line(said)}"
    counts = [f"{ended.counts.get(state, 0)} {state}" for state in (SendState.sent, SendState.failed)]
    if ended.counts.get(SendState.unknown):
        counts.append(f"{ended.counts[SendState.unknown]} unknown")
    yield "heading", f"{' · '.join([*counts, f'{ended.left} left'])}      {_next(ended)}"


def ended_as_json(ended: Ended) -> dict[str, Any]:
    """{"mailing", "stage", "run", "begun", "total", "counts", "left", "failures", "reason", "exit_code"}.

    A failure is {"row", "recipient", "said"}: recipient is the digest of the address that logs show.
    """
    begun = ended.begun
    return {
        "mailing": begun.mailing,
        "stage": begun.stage,
        "run": begun.id,
        "begun": begun.begun,
        "total": begun.total,
        "counts": {state.value: ended.counts.get(state, 0) for state in SendState},
        "left": ended.left,
        "failures": [
            {"row": number, "recipient": recipient, "said": said} for number, recipient, said in ended.failures
        ],
        "reason": _reason(ended),
        "exit_code": int(ended.exit_code),
    }


def _next(ended: Ended) -> str:
    if ended.begun.state is RunState.abandoned:
        return "abandoned: no address of it is kept"
    if ended.found_done:
        return "done already: --again sends it once more"
    if ended.at_limit:
        return "next: the day's limit is reached; run it again tomorrow"
    if ended.settles_in:
        return f"next: Notify may still be at the last ones; run it again in {ended.settles_in} seconds"
    if ended.error is not None:
        return f"next: {one_line(str(ended.error))}; run it again when that is put right"
    return "next: run it again" if ended.left else "done"


def _reason(ended: Ended) -> str:
    """Why something is left, in a word or by the error's words."""
    if ended.at_limit:
        return AT_LIMIT
    if ended.settles_in:
        return "unsettled"
    return str(ended.error) if ended.error is not None else ""


def campaign_text(mailed: Mailed) -> Iterator[Line]:
    """A line a route, what a dry run would say, and how many there are."""
    yield "heading", f"{mailed.mailing} at {mailed.stage} · published {mailed.first} to {mailed.last}"
    for told in mailed.routes:
        style = {Route.failed: "error", Route.unknown: "unknown"}.get(told.status, "")
        yield style, f"  {told.status:<13} {told.route}      {one_line(told.problem or told.title)}"
        if told.status is Route.unsent:
            yield "", f"    subject   {one_line(told.subject)}"
            yield "", f"    audience  {told.audience}, {counted(told.items, 'item')}"
            for line in told.text.rstrip().splitlines():
                yield "faint", f"    | {one_line(line)}"
    if not mailed.routes:
        yield "", "  nothing was published on those days: nothing is sent"
        return
    counts = [(status, sum(told.status is status for told in mailed.routes)) for status in Route]
    shown = " · ".join(f"{number} {status}" for status, number in counts if number)
    next_ = {1: "correct what is named, and run it again", 5: "correct what is named, and run it again"}
    then = next_.get(mailed.exit_code, "run it again in three minutes" if mailed.exit_code else "")
    yield "heading", f"{shown}{f'      next: {then}' if then else ''}"


def campaign_as_json(mailed: Mailed) -> dict[str, Any]:
    """{"mailing", "stage", "from", "to", "routes", "exit_code"}.

    A route is {"route", "status", "items", "title", "subject", "audience", "problem"}.
    """
    names = ("route", "items", "title", "subject", "audience", "problem")
    return {
        "mailing": mailed.mailing,
        "stage": mailed.stage,
        "from": mailed.first.isoformat(),
        "to": mailed.last.isoformat(),
        "routes": [
            {**{name: getattr(told, name) for name in names}, "status": told.status.value} for told in mailed.routes
        ],
        "exit_code": int(mailed.exit_code),
    }


def subscribed_text(subscribed: Subscribed) -> Iterator[Line]:
    """An audience a line, with whom it refused and why."""
    dry = " · dry run, nobody is subscribed" if subscribed.dry_run else ""
    yield "heading", f"{subscribed.mailing} at {subscribed.stage}{dry}"
    said = ""
    for filled in subscribed.audiences:
        if filled.problem:
            yield (
                "error",
                f"  {filled.audience}      {'the same' if filled.problem == said else one_line(filled.problem)}",
            )
            said = filled.problem
            continue
        outcomes = [f"{number} {outcome}" for outcome, number in filled.outcomes.items()]
        gone = [f"{filled.archived} archived"] if filled.archived else []
        yield "", f"  {filled.audience}      {filled.found} found, {', '.join([f'{filled.new} new', *outcomes, *gone])}"
        for person, why in filled.refused:
            yield "", f"    {person}  {why}"
    code = subscribed.exit_code
    yield "heading", "done" if not code else "next: correct what is named, and run it again: nobody is subscribed twice"


def subscribed_as_json(subscribed: Subscribed) -> dict[str, Any]:
    """{"mailing", "stage", "dry_run", "audiences", "exit_code"}.

    An audience is {"audience", "found", "new", "outcomes", "refused": [{"person", "why"}], "archived", "problem"}.
    """
    return {
        "mailing": subscribed.mailing,
        "stage": subscribed.stage,
        "dry_run": subscribed.dry_run,
        "audiences": [
            {
                "audience": filled.audience,
                "found": filled.found,
                "new": filled.new,
                "outcomes": {str(outcome): number for outcome, number in filled.outcomes.items()},
                "refused": [{"person": person, "why": why} for person, why in filled.refused],
                "archived": filled.archived,
                "problem": filled.problem,
            }
            for filled in subscribed.audiences
        ],
        "exit_code": int(subscribed.exit_code),
    }


def exported_text(exported: Exported) -> Iterator[Line]:
    """How many, of which audience, and where."""
    yield "heading", f"{exported.mailing} at {exported.stage} · {exported.audience}"
    yield "", f"  {counted(exported.members, 'member')}, {exported.count} with the lists that join them"
    if exported.left_out:
        yield "error", f"  {exported.left_out} left out: a spreadsheet would run them as formulas"
    if exported.path is not None:
        yield "heading", f"written: {exported.path}, with its manifest beside it"


def exported_as_json(exported: Exported) -> dict[str, Any]:
    """{"mailing", "stage", "audience", "members", "count", "left_out", "file" or null, "exit_code"}."""
    return {
        "mailing": exported.mailing,
        "stage": exported.stage,
        "audience": exported.audience,
        "members": exported.members,
        "count": exported.count,
        "left_out": exported.left_out,
        "file": str(exported.path) if exported.path else None,
        "exit_code": int(exported.exit_code),
    }


def erased_text(erased: Erased, stage: str, *, dry_run: bool) -> Iterator[Line]:
    """From which audiences, by name and id; the person by Mailchimp's id of them and by the digest that logs show."""
    yield "heading", f"erase at {stage}{' · dry run, nobody is erased' if dry_run else ''}"
    yield "", f"  {erased.member}  Mailchimp's id of them"
    yield "", f"  {erased.person}  the hash by which logs know them"
    for name, id_ in erased.audiences:
        if name in erased.failed:
            yield "error", f"  not erased  {name}  {id_}  {one_line(erased.failed[name])}"
        else:
            yield "", f"  {'would be erased' if dry_run else 'erased'}  {name}  {id_}"
    if erased.messages:
        yield "", f"  {counted(erased.messages, 'message')} to them is not sent any more"
    if erased.elsewhere:
        yield "unknown", f"  {counted(erased.elsewhere, 'audience')} of other stages, or undeclared, left alone"
    next_ = "      next: run it again" if erased.failed else ""
    from_ = counted(len(erased.audiences) - len(erased.failed), "audience")
    yield "heading", f"{'they would be erased' if dry_run else 'erased'} from {from_}{next_}"


def erased_as_json(erased: Erased, stage: str, *, dry_run: bool) -> dict[str, Any]:
    """{"person", "member", "stage", "dry_run", "audiences": [{"name", "id"}], "failed": {name: why}, ...}."""
    return {
        "person": erased.person,
        "member": erased.member,
        "stage": stage,
        "dry_run": dry_run,
        "audiences": [{"name": name, "id": id_} for name, id_ in erased.audiences],
        "failed": dict(erased.failed),
        "elsewhere": erased.elsewhere,
        "messages": erased.messages,
        "exit_code": int(erased.exit_code),
    }


def timetable_text(rows: Sequence[TimetableRow]) -> Iterator[Line]:
    """A mailing a block, and a line for the stages at which it runs in one way."""
    if not rows:
        yield "", "no mailing"
    for (name, kind, purpose), of_one in groupby(rows, lambda row: (row.name, row.kind, row.purpose)):
        yield "heading", f"{name}      {kind}{f', {purpose}' if purpose else ''}"
        for (place, timer), alike in groupby(of_one, lambda row: (row.place, row.timer)):
            stages = ", ".join(row.stage for row in alike)
            yield "", f"  {stages}      from {place}{f'      timed {timer.text} UTC' if timer else ''}"


def timetable_as_json(rows: Sequence[TimetableRow]) -> list[dict[str, Any]]:
    """[{"name", "kind", "stage", "from", "timed" or null, "command"}]: command is what runs it."""
    return [
        {
            "name": row.name,
            "kind": str(row.kind),
            "stage": row.stage,
            "from": row.place.value,
            "timed": row.timer.text if row.timer else None,
            "command": _command(row),
        }
        for row in rows
    ]


def timetable_commands(rows: Sequence[TimetableRow]) -> list[str]:
    """COMMAND NAME STAGE of each, without anything that a shell would take for more."""
    return [f"{_command(row)} {row.name} {row.stage}" for row in rows]


def _command(row: TimetableRow) -> str:
    return {"subscribers": "subscribe", "export": "export"}.get(str(row.kind), "mail")


def runs_text(runs: Sequence[tuple[MailRun, dict[SendState, int]]]) -> Iterator[Line]:
    """A run a line."""
    if not runs:
        yield "", "no run"
    for run, counts in runs:
        shown = ", ".join(f"{number} {state}" for state, number in counts.items())
        yield "", f"{run.begun[:16]}  {run.id}  {run.state:<9}  {run.mailing} at {run.stage}: {shown or 'nobody'}"


def runs_as_json(runs: Sequence[tuple[MailRun, dict[SendState, int]]]) -> list[dict[str, Any]]:
    """[{"run", "mailing", "stage", "begun", "state", "total", "counts"}]."""
    return [
        {
            "run": run.id,
            "mailing": run.mailing,
            "stage": run.stage,
            "begun": run.begun,
            "state": run.state.value,
            "total": run.total,
            "counts": {state.value: number for state, number in counts.items()},
        }
        for run, counts in runs
    ]
