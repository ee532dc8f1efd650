"""Which of our files a repository's own packaging leaves out, and what brings them back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from emailops.render.console import Line
from emailops.render.escape import one_line
from emailops.store.ignore_files import LeftOut

_ADVICE = """\
deliver adds such a line itself for a consumer that says unignore: true
a file that is read in a checkout alone says packaged: false, and is then looked for in .gitignore only"""


def lines(left_out: Sequence[LeftOut]) -> list[Line]:
    """A line a file: where it is left out, and what to write there."""
    return [
        ("person", f"    {one_line(left.path)}: {one_line(left.why)}; {one_line(left.remedy)}") for left in left_out
    ]


def advice(found: Iterable[Sequence[LeftOut]]) -> list[Line]:
    """What may be declared about it, once for all."""
    return [("", line) for line in _ADVICE.splitlines()] if any(found) else []


def as_json(left_out: Sequence[LeftOut]) -> list[dict[str, Any]]:
    """By file: the line that leaves it out, and the lines to add."""
    return [
        {"path": left.path, "by": left.by, "line": left.line, "pattern": left.pattern, "add": list(left.added)}
        for left in left_out
    ]
