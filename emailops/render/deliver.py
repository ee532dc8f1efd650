"""What was delivered, and who holds which version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from emailops.render.console import Line
from emailops.render.words import one_line

if TYPE_CHECKING:
    from emailops.tasks.deliver import Delivery, Holding

_STYLES = {
    "pushed": "update",
    "failed": "error",
    "held": "person",
    "edited": "error",
    "unreachable": "error",
    "left": "person",
}
_WORDS = {
    "pushed": "pushed",
    "waiting": "on its branch already, not merged yet",
    "current": "up to date",
    "held": "held back",
    "nothing": "gets no file",
    "failed": "failed",
}


def delivery(one: Delivery) -> list[Line]:
    why = one.failure if one.status == "failed" else one.detail
    lines = [(_STYLES.get(one.status, ""), f"{one.consumer}  {_WORDS[one.status]}{_after(why)}")]
    if one.failure and one.status != "failed":
        lines.append(("error", f"    no pull request: {one_line(one.failure)}"))
    if one.proposal:
        lines.append(("", f"    {one_line(one.proposal)}"))
    lines += [("person", f"    waits for an id that apply gives: {one_line(path)}") for path in one.held]
    return lines


def summary(done: Sequence[Delivery]) -> list[Line]:
    counts = Counter(one.status for one in done)
    parts = [f"{counts[status]} {_WORDS[status]}" for status in _WORDS if counts[status]]
    return [("", ""), ("", " · ".join(parts) or "there is no consumer")]


def deliveries_as_json(done: Sequence[Delivery]) -> dict[str, Any]:
    rows = [
        {
            "consumer": one.consumer,
            "status": one.status,
            "detail": one.detail,
            "held": list(one.held),
            "pull_request": one.proposal or None,
            "failure": one.failure or None,
        }
        for one in done
    ]
    return {"format": 1, "deliveries": rows}


def holdings(held: Sequence[Holding]) -> list[Line]:
    """A table: consumer, file, what it holds; what could not be reached is said once a consumer."""
    shown = list({(one.consumer, one.status == "unreachable" or one.path): one for one in held}.values())
    paths = ["" if one.status == "unreachable" else one_line(one.path) for one in shown]
    width = max((len(one.consumer) for one in shown), default=0)
    path_width = max(map(len, paths), default=0)
    lines: list[Line] = []
    for one, path in zip(shown, paths, strict=True):
        branch = "; the branch emailops/settings holds the new one" if one.proposed else ""
        words = f"{one.status}{_after(one.detail)}{branch}"
        lines.append((_STYLES.get(one.status, ""), f"{one.consumer:<{width}}  {path:<{path_width}}  {words}"))
    given = [one for one in held if one.status != "left"]
    current = sum(one.status == "current" for one in given)
    left = f", {len(held) - len(given)} left over" if len(held) > len(given) else ""
    return [*lines, ("", ""), ("", f"{current} of {len(given)} files are up to date{left}")]


def holdings_as_json(held: Sequence[Holding]) -> dict[str, Any]:
    rows = [
        {
            "consumer": one.consumer,
            "path": one.path,
            "status": one.status,
            "detail": one.detail,
            "on_branch": one.proposed,
        }
        for one in held
    ]
    return {"format": 1, "files": rows}


def _after(detail: str) -> str:
    return f": {one_line(detail)}" if detail else ""
