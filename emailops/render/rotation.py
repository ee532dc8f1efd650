"""One run of `rotate`, and the fingerprints of a machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from emailops.questions.rotation import Phase
from emailops.render.console import Line
from emailops.render.escape import one_line
from emailops.tasks.rotate import Turn


def text(turn: Turn, prefix: str) -> list[Line]:
    """Where the rotation stands, what was written and found, what to do next."""
    lines: list[Line] = [("heading", f"{turn.old} to {turn.new} · {turn.told}")]
    paths = [f"{prefix}/{path}" if prefix else path for path in turn.written]
    lines += [("update", f"  wrote      {path}") for path in paths]
    lines += [("", f"  found      {found}") for found in turn.found]
    lines += [("person", f"  {number} {do:9}  {with_what}") for number, (do, with_what) in enumerate(turn.steps, 1)]
    if paths:
        lines.append(("", f"next: commit {' '.join(paths)}, and open a pull request"))
    return [(style, one_line(line)) for style, line in lines]


def as_json(turns: Sequence[Turn]) -> dict[str, Any]:
    """The same for a program."""
    return {
        "rotations": [
            {
                **asdict(turn),
                "number": turn.phases.index(turn.phase) + 1 if turn.phase in turn.phases else len(turn.phases) + 1,
                "over": turn.phase == Phase.over.name,
                "steps": [{"do": do, "with": with_what} for do, with_what in turn.steps],
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
