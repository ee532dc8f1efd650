"""What a person does next: after a run of `rotate`, of `leaver` and `starter`. And the fingerprints of a machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from emailops.questions.rotation import Phase
from emailops.render.console import Line
from emailops.render.escape import one_line
from emailops.tasks.leaver import Checklist
from emailops.tasks.rotate import Turn


def text(turn: Turn, prefix: str) -> list[Line]:
    """Where the rotation stands, what was written and found, what to do next."""
    names = turn.old if turn.old == turn.new else f"{turn.old} to {turn.new}"
    lines: list[Line] = [("heading", f"{names} · {turn.told}")]
    found = [("", f"  found      {found}") for found in turn.found]
    return _lines(lines, found, turn.written, turn.steps, prefix)


def checklist(made: Checklist, prefix: str) -> list[Line]:
    """What the state says of a person now, and what is left to do."""
    heading = ("heading", f"{made.handle} · {len(made.steps)} steps for people")
    return _lines([heading], [("", f"  now        {line}") for line in made.changed], made.written, made.steps, prefix)


def checklist_as_json(made: Checklist) -> dict[str, Any]:
    """The same for a program."""
    return {**asdict(made), "steps": _steps_as_json(made.steps)}


def _lines(
    first: list[Line], middle: list[Line], written: Sequence[str], steps: Sequence[tuple[str, str]], prefix: str
) -> list[Line]:
    paths = [f"{prefix}/{path}" if prefix else path for path in written]
    lines = [*first, *middle, *(("update", f"  wrote      {path}") for path in paths)]
    lines += [("person", f"  {number:<2} {do:9} {with_what}") for number, (do, with_what) in enumerate(steps, 1)]
    if paths:
        lines.append(("", f"next: commit {' '.join(paths)}, and open a pull request"))
    return [(style, one_line(line)) for style, line in lines]


def _steps_as_json(steps: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"do": do, "with": with_what} for do, with_what in steps]


def as_json(turns: Sequence[Turn]) -> dict[str, Any]:
    """The same for a program."""
    return {
        "rotations": [
            {
                **asdict(turn),
                "number": turn.phases.index(turn.phase) + 1 if turn.phase in turn.phases else len(turn.phases) + 1,
                "over": turn.phase == Phase.over.name,
                "steps": _steps_as_json(turn.steps),
            }
            for turn in turns
        ]
    }


def fingerprints(found: Mapping[str, str]) -> list[Line]:
    """One line a variable."""
    if not found:
        return [("", "no variable of this machine holds a key")]
    width = max(map(len, found))
    return [("", f"{one_line(name):{width}}  {told}") for name, told in found.items()]
