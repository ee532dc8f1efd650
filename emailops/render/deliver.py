"""What was delivered, and who holds which version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from emailops.render.console import Line
from emailops.render.escape import one_line
from emailops.tasks.deliver import Delivery, DeliveryStatus, Holding, HoldingStatus

_STYLES: dict[str, str] = {
    DeliveryStatus.pushed: "update",
    DeliveryStatus.failed: "error",
    DeliveryStatus.held: "person",
    HoldingStatus.edited: "error",
    HoldingStatus.obstructed: "error",
    HoldingStatus.unreachable: "error",
    HoldingStatus.left: "person",
}
_WORDS = {
    DeliveryStatus.pushed: "pushed",
    DeliveryStatus.waiting: "on its branch already, not merged yet",
    DeliveryStatus.current: "up to date",
    DeliveryStatus.held: "held back",
    DeliveryStatus.nothing: "gets no file",
    DeliveryStatus.failed: "failed",
}


def delivered(delivery: Delivery) -> list[Line]:
    """What became of one consumer, with the reason and the pull request."""
    why = delivery.failure if delivery.status is DeliveryStatus.failed else delivery.detail
    lines = [(_STYLES.get(delivery.status, ""), f"{delivery.consumer}  {_WORDS[delivery.status]}{_after(why)}")]
    if delivery.failure and delivery.status is not DeliveryStatus.failed:
        lines.append(("error", f"    no pull request: {one_line(delivery.failure)}"))
    if delivery.proposal:
        lines.append(("", f"    {one_line(delivery.proposal)}"))
    lines += [("person", f"    waits for an id that apply gives: {one_line(path)}") for path in delivery.held]
    return lines


def summary(done: Sequence[Delivery]) -> list[Line]:
    """One line of numbers."""
    counts = Counter(delivery.status for delivery in done)
    parts = [f"{counts[status]} {_WORDS[status]}" for status in _WORDS if counts[status]]
    return [("", ""), ("", " · ".join(parts) or "there is no consumer")]


def deliveries_as_json(done: Sequence[Delivery]) -> dict[str, Any]:
    """By consumer: status, what was held back, the pull request."""
    rows = [
        {
            "consumer": delivery.consumer,
            "status": delivery.status,
            "detail": delivery.detail,
            "held": list(delivery.held),
            "pull_request": delivery.proposal or None,
            "failure": delivery.failure or None,
        }
        for delivery in done
    ]
    return {"format": 1, "deliveries": rows}


def holdings(held: Sequence[Holding]) -> list[Line]:
    """A table: consumer, file, what it holds; what failed for a whole repository is said once."""
    shown = list({(holding.consumer, holding.status.is_failure or holding.path): holding for holding in held}.values())
    paths = ["" if holding.status.is_failure else one_line(holding.path) for holding in shown]
    width = max((len(holding.consumer) for holding in shown), default=0)
    path_width = max(map(len, paths), default=0)
    lines: list[Line] = []
    for holding, path in zip(shown, paths, strict=True):
        branch = "; the branch emailops/settings holds the new one" if holding.proposed else ""
        words = f"{holding.status}{_after(holding.detail)}{branch}"
        lines.append((_STYLES.get(holding.status, ""), f"{holding.consumer:<{width}}  {path:<{path_width}}  {words}"))
    given = [holding for holding in held if holding.status is not HoldingStatus.left]
    current = sum(holding.status is HoldingStatus.current for holding in given)
    left = f", {len(held) - len(given)} left over" if len(held) > len(given) else ""
    return [*lines, ("", ""), ("", f"{current} of {len(given)} files are up to date{left}")]


def holdings_as_json(held: Sequence[Holding]) -> dict[str, Any]:
    """A row a file: who holds which version of it."""
    rows = [
        {
            "consumer": holding.consumer,
            "path": holding.path,
            "status": holding.status,
            "detail": holding.detail,
            "on_branch": holding.proposed,
        }
        for holding in held
    ]
    return {"format": 1, "files": rows}


def _after(detail: str) -> str:
    return f": {one_line(detail)}" if detail else ""
