"""A rehearsal as text and JSON: what the apply did in the sandbox, and what a second plan would still change."""

from __future__ import annotations

from typing import Any

from emailops.plan import Action, Outcome, OutcomeStatus, ignored_as_json
from emailops.render.console import Line
from emailops.render.sections import ignored
from emailops.render.text import section_lines
from emailops.render.words import one_line
from emailops.tasks.rehearse import Rehearsed

LEFT_OUT = "left out: the members of audiences, and what only people can do or attest"
_DONE = {
    Action.create: "created",
    Action.update: "updated",
    Action.adopt: "adopted",
    Action.release: "released",
}
_GOOD = (OutcomeStatus.done, OutcomeStatus.satisfied)


def text(rehearsed: Rehearsed) -> list[Line]:
    """What went wrong or was left out, then the verdict."""
    lines: list[Line] = [
        (
            "create" if outcome.status in _GOOD else "error",
            f"  {outcome.status:<13}  {outcome.resource}      {outcome.detail}",
        )
        for outcome in _shown(rehearsed)
    ]
    lines += [
        ("unknown", f"  not rehearsed  {change.resource}      {change.reason.value}") for change in rehearsed.left_out
    ]
    lines += [
        ("error", f"  the second plan would {change.action.name} {change.resource}")
        for change in rehearsed.second.managed
    ]
    lines += section_lines(ignored(rehearsed.second))
    lines += [("faint", LEFT_OUT), ("heading", _verdict(rehearsed))]
    return [(style, one_line(line)) for style, line in lines]


def as_json(rehearsed: Rehearsed) -> dict[str, Any]:
    """The outcomes, and what is left."""
    return {
        "outcomes": [
            {"resource": str(outcome.resource), "status": outcome.status, "detail": outcome.detail}
            for outcome in _shown(rehearsed)
        ],
        "not_rehearsed": [str(change.resource) for change in rehearsed.left_out],
        "ignored": [ignored_as_json(hides) for hides in rehearsed.second.ignored],
        "second": [
            {"resource": str(change.resource), "action": change.action.name} for change in rehearsed.second.managed
        ],
        "verdict": _verdict(rehearsed),
    }


def _shown(rehearsed: Rehearsed) -> list[Outcome]:
    """The outcomes, but for changes that rest on nothing that was observed."""
    unknown = {change.resource for change in rehearsed.left_out}
    return [outcome for outcome in rehearsed.report.outcomes if outcome.resource not in unknown]


def _verdict(rehearsed: Rehearsed) -> str:
    actions = {change.resource: change.action for change in rehearsed.report.plan.managed}
    shown = _shown(rehearsed)
    made = [actions[outcome.resource] for outcome in shown if outcome.status in _GOOD]
    counts = [f"{made.count(action)} {word}" for action, word in _DONE.items() if action in made]
    if bad := len(shown) - len(made):
        counts.append(f"{bad} not done")
    left = len(rehearsed.second.managed)
    again = f"{left} managed change{'s' * (left != 1)}" if left else "no managed change"
    return f"{', '.join(counts) or 'nothing to make'}, second plan has {again}"
