"""Mailings: what a dry run would send, and how a run ended, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emailops.mailings.notice import Ended, Looked
from emailops.mailings.send_ledger import RunState, SendState
from emailops.render.console import Line
from emailops.render.escape import one_line
from emailops.render.words import counted


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
        return f"next: {one_line(str(ended.error))}; run it again when that is mended"
    return "next: run it again" if ended.left else "done"


def _reason(ended: Ended) -> str:
    """Why something is left, in a word or by the error's words."""
    if ended.at_limit:
        return "day-limit"
    if ended.settles_in:
        return "unsettled"
    return str(ended.error) if ended.error is not None else ""
