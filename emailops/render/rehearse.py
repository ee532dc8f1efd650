"""A rehearsal as text and JSON: what the apply did in the sandbox, and what a second plan would still change."""

from __future__ import annotations

from typing import Any

from emailops.plan import Action, Outcome, Status, ignored_as_json
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
_GOOD = (Status.done, Status.satisfied)


def text(rehearsed: Rehearsed) -> list[Line]:
    """What went wrong or was left out, then the verdict."""
    lines: list[Line] = [
        ("create" if one.status in _GOOD else "error", f"  {one.status:<13}  {one.resource}      {one.detail}")
        for one in _shown(rehearsed)
    ]
    lines += [("unknown", f"  not rehearsed  {one.resource}      {one.reason.value}") for one in rehearsed.left_out]
    lines += [
        ("error", f"  the second plan would {one.action.name} {one.resource}") for one in rehearsed.second.managed
    ]
    lines += section_lines(ignored(rehearsed.second))
    lines += [("faint", LEFT_OUT), ("heading", _verdict(rehearsed))]
    return [(style, one_line(line)) for style, line in lines]


def as_json(rehearsed: Rehearsed) -> dict[str, Any]:
    """The outcomes, and what is left."""
    return {
        "outcomes": [
            {"resource": str(one.resource), "status": one.status, "detail": one.detail} for one in _shown(rehearsed)
        ],
        "not_rehearsed": [str(one.resource) for one in rehearsed.left_out],
        "ignored": [ignored_as_json(one) for one in rehearsed.second.ignored],
        "second": [{"resource": str(one.resource), "action": one.action.name} for one in rehearsed.second.managed],
        "verdict": _verdict(rehearsed),
    }


def _shown(rehearsed: Rehearsed) -> list[Outcome]:
    """The outcomes, but for changes that rest on nothing that was observed."""
    unknown = {one.resource for one in rehearsed.left_out}
    return [one for one in rehearsed.report.outcomes if one.resource not in unknown]


def _verdict(rehearsed: Rehearsed) -> str:
    actions = {one.resource: one.action for one in rehearsed.report.plan.managed}
    shown = _shown(rehearsed)
    made = [actions[one.resource] for one in shown if one.status in _GOOD]
    counts = [f"{made.count(action)} {word}" for action, word in _DONE.items() if action in made]
    if bad := len(shown) - len(made):
        counts.append(f"{bad} not done")
    left = len(rehearsed.second.managed)
    again = f"{left} managed change{'s' * (left != 1)}" if left else "no managed change"
    return f"{', '.join(counts) or 'nothing to make'}, second plan has {again}"
