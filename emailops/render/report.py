"""What an apply did, as text and as JSON: every planned change accounted for, then whether the world is as declared."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from emailops.canonical import short
from emailops.engine.changes import Report
from emailops.errors import GateError
from emailops.plan import OutcomeStatus, ignored_as_json
from emailops.render.console import Line
from emailops.render.escape import one_line
from emailops.render.sections import ignored
from emailops.render.text import section_lines
from emailops.render.words import value

_AGAIN = "next: apply the same plan again"
_DIGESTS = ("configuration", "fingerprint")
_STYLES = {OutcomeStatus.done: "create", OutcomeStatus.satisfied: "faint"}


def text(report: Report) -> list[Line]:
    """One line an outcome, then what the verifying read found."""
    lines: list[Line] = [
        (
            _STYLES.get(outcome.status, "error"),
            f"  {outcome.status:<13}  {outcome.resource}      {one_line(outcome.detail)}",
        )
        for outcome in report.outcomes
    ]
    if report.left is not None:
        lines += section_lines(ignored(report.left))
    lines.append(("heading", _verdict(report)))
    return lines


def as_json(report: Report) -> dict[str, Any]:
    """By schemas/report.schema.json."""
    return {
        "plan": report.plan.digest,
        "outcomes": [
            {"resource": str(outcome.resource), "status": outcome.status, "detail": outcome.detail}
            for outcome in report.outcomes
        ],
        "converged": report.converged,
        "left": None if report.left is None else [str(change.resource) for change in report.left.managed],
        "ignored": [ignored_as_json(hides) for hides in report.left.ignored] if report.left else [],
        "wrote": report.wrote,
        "interrupted": report.interrupted,
        "failure": report.failure or ("a bug in emailops" if report.bug else ""),
        "exit_code": int(report.exit_code),
        "gate": None,
    }


def gate_as_json(gate: GateError) -> dict[str, Any]:
    """The same shape for a run that a gate refused before the first write."""
    return {
        "plan": gate.id,
        "outcomes": [],
        "converged": False,
        "left": None,
        "ignored": [],
        "wrote": False,
        "interrupted": False,
        "failure": gate.message,
        "exit_code": int(gate.exit_code),
        "gate": {"name": gate.name, "id": gate.id, "details": [_detail(detail) for detail in gate.details]},
    }


def _detail(detail: Any) -> dict[str, Any]:
    """Its fields as they are: a value that is masked cannot be copied."""
    return {field.name: getattr(detail, field.name) for field in fields(detail)}


def gate_text(gate: GateError) -> list[str]:
    """Each difference in full: before, planned, now."""
    if gate.name == "limits":
        return [f"  {one_line(detail.message)}" for detail in gate.details if len(gate.details) > 1]
    lines = []
    for detail in gate.details:
        lines.append(f"  {detail.resource or 'the state'}  {detail.field}: {one_line(detail.message)}")
        lines += [
            f"      {label:<8} {short(content) if detail.field in _DIGESTS else value(content)}"
            for label, content in (("before", detail.before), ("planned", detail.planned), ("now", detail.now))
        ]
    return lines


def _verdict(report: Report) -> str:
    done = sum(outcome.status in (OutcomeStatus.done, OutcomeStatus.satisfied) for outcome in report.outcomes)
    account = f"{done} of {len(report.outcomes)} done or satisfied" if report.outcomes else "nothing to make"
    if report.left is None:
        why = report.failure or ("the run was stopped" if report.interrupted else "a bug ended the run")
        return f"{account} · not verified: {one_line(why)} · next: emailops plan"
    if report.failure:
        return f"{account} · {one_line(report.failure)} · next: emailops plan"
    if report.waiting and all(change.resource in report.waiting for change in report.left.managed):
        number = len(report.waiting)
        return f"{account} · {number} may still come of {'itself' if number == 1 else 'themselves'} · {_AGAIN}, then"
    if not report.converged:
        is_open = any(outcome.status is OutcomeStatus.ambiguous for outcome in report.outcomes)
        left = f"{len(report.left.managed)} left to change"
        return f"{account} · {left} · {f'{_AGAIN}, to settle it' if is_open else 'next: emailops plan'}"
    steps = len(report.left.steps)
    rest = (
        f"{steps} step{'s' * (steps != 1)} left for a person · next: emailops plan" if steps else "next: nothing to do"
    )
    return f"{account} · converged · {rest}"
