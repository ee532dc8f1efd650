"""What was delivered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from emailops.generate import Generated
from emailops.render import left_out
from emailops.render.console import Line
from emailops.render.escape import one_line
from emailops.tasks.deliver import Delivery, DeliveryStatus

_STYLES: dict[str, str] = {
    DeliveryStatus.pushed: "update",
    DeliveryStatus.failed: "error",
    DeliveryStatus.held: "person",
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
    return [*lines, *_held(delivery.held), *left_out.lines(delivery.left_out)]


def summary(done: Sequence[Delivery]) -> list[Line]:
    """One line of numbers."""
    counts = Counter(delivery.status for delivery in done)
    parts = [f"{counts[status]} {_WORDS[status]}" for status in _WORDS if counts[status]]
    lines: list[Line] = [("", ""), ("", " · ".join(parts) or "there is no consumer")]
    return [*lines, *left_out.advice([delivery.left_out for delivery in done])]


def deliveries_as_json(done: Sequence[Delivery]) -> dict[str, Any]:
    """By consumer: status, what was held back, the pull request."""
    rows = [
        {
            "consumer": delivery.consumer,
            "status": delivery.status,
            "detail": delivery.detail,
            "held": [file.path for file in delivery.held],
            "waits_for": sorted({resource for file in delivery.held for resource in file.pending}),
            "pull_request": delivery.proposal or None,
            "failure": delivery.failure or None,
            "left_out": left_out.as_json(delivery.left_out),
        }
        for delivery in done
    ]
    return {"format": 1, "deliveries": rows}


def _held(files: Sequence[Generated]) -> Iterator[Line]:
    """Why files wait, said once for all that wait for the same."""
    by_reason: dict[tuple[str, ...], list[str]] = {}
    for file in files:
        by_reason.setdefault(file.pending, []).append(one_line(file.path))
    for pending, paths in by_reason.items():
        what = f"{paths[0]} waits" if len(paths) == 1 else f"{len(paths)} files wait"
        yield "person", f"    held back: {what} for apply: {_ids(pending)}"
        yield from (("person", f"      {path}") for path in paths if len(paths) > 1)


def _ids(resources: Sequence[str]) -> str:
    """Resources by the framework or the kind that they share, so that the line stays short."""
    names: dict[str, list[str]] = {}
    for resource in resources:
        framework, _, lot = resource.rpartition(".")
        names.setdefault(framework, []).append(lot)
    groups = (f"{framework} ({', '.join(lots)})" if framework else ", ".join(lots) for framework, lots in names.items())
    return one_line(f"{len(resources)} id{'s' * (len(resources) != 1)} of {', '.join(groups)}")


def _after(detail: str) -> str:
    return f": {one_line(detail)}" if detail else ""
