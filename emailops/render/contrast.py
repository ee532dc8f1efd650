"""What `compare` found, as text and JSON."""

from __future__ import annotations

from typing import Any

from emailops.questions.contrast import Contrast, Contrasts, grouped
from emailops.render.console import Line
from emailops.render.escape import one_line
from emailops.render.words import counted, value


def text(found: Contrasts) -> list[Line]:
    """By what the values are of: - is what the first has, + what the second has."""
    lines: list[Line] = [("heading", f"{found.first} and {found.second} · {_summary(found)}")]
    last = ""
    for contrast, of in grouped(found.found):
        if contrast.path[0] != last:
            last = contrast.path[0]
            lines.append(("heading", last))
        whose = f"      {', '.join(of)}" if of else ""
        lines.append(("", f"  {' '.join(contrast.path[2:])}{whose}"))
        if contrast.first is not None:
            lines.append(("removed", f"    - {value(contrast.first)}"))
        if contrast.second is not None:
            lines.append(("create", f"    + {value(contrast.second)}"))
    return [(style, one_line(line)) for style, line in lines]


def as_json(found: Contrasts) -> dict[str, Any]:
    """Each value that differs."""
    return {
        "sort": found.sort,
        "first": found.first,
        "second": found.second,
        "alike": found.alike,
        "different": [_row(contrast) for contrast in found.found],
    }


def _row(contrast: Contrast) -> dict[str, Any]:
    return {"path": list(contrast.path), "first": contrast.first, "second": contrast.second}


def _summary(found: Contrasts) -> str:
    if not found.found:
        return f"alike in all of {counted(found.alike, 'value')}"
    only_first = sum(contrast.second is None for contrast in found.found)
    only_second = sum(contrast.first is None for contrast in found.found)
    both = len(found.found) - only_first - only_second
    parts = [
        (both, f"{both} different"),
        (only_first, f"{only_first} only of {found.first} (-)"),
        (only_second, f"{only_second} only of {found.second} (+)"),
    ]
    return ", ".join(words for number, words in parts if number) + f", {found.alike} alike"
