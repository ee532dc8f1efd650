"""Who holds which version of the generated files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emailops.render import left_out
from emailops.render.console import Line
from emailops.render.escape import one_line
from emailops.tasks.holdings import Holding, HoldingStatus

_STYLES: dict[str, str] = {
    HoldingStatus.edited: "error",
    HoldingStatus.obstructed: "error",
    HoldingStatus.unreachable: "error",
    HoldingStatus.left: "person",
}


def lines(held: Sequence[Holding]) -> list[Line]:
    """A table: consumer, file, what it holds; what failed for a whole repository is said once."""
    shown = list({(holding.consumer, holding.status.is_failure or holding.path): holding for holding in held}.values())
    paths = ["" if holding.status.is_failure else one_line(holding.path) for holding in shown]
    width = max((len(holding.consumer) for holding in shown), default=0)
    path_width = max(map(len, paths), default=0)
    table: list[Line] = []
    for holding, path in zip(shown, paths, strict=True):
        branch = "; the branch emailops/settings holds the new one" if holding.proposed else ""
        words = f"{holding.status}{_after(holding.detail)}{branch}"
        table.append((_STYLES.get(holding.status, ""), f"{holding.consumer:<{width}}  {path:<{path_width}}  {words}"))
        table += left_out.lines(holding.left_out)
    given = [holding for holding in held if holding.status is not HoldingStatus.left]
    current = sum(holding.status is HoldingStatus.current for holding in given)
    left = f", {len(held) - len(given)} left over" if len(held) > len(given) else ""
    table += [("", ""), ("", f"{current} of {len(given)} files are up to date{left}")]
    return [*table, *left_out.advice([holding.left_out for holding in held])]


def as_json(held: Sequence[Holding]) -> dict[str, Any]:
    """A row a file: who holds which version of it."""
    rows = [
        {
            "consumer": holding.consumer,
            "path": holding.path,
            "status": holding.status,
            "detail": holding.detail,
            "on_branch": holding.proposed,
            "left_out": left_out.as_json(holding.left_out),
        }
        for holding in held
    ]
    return {"format": 1, "files": rows}


def _after(detail: str) -> str:
    return f": {one_line(detail)}" if detail else ""
