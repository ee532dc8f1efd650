"""What every run did, from the audit lines, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from emailops.canonical import short
from emailops.render.escape import one_line
from emailops.tasks.ledger_administration import History


def text(history: History) -> Iterator[str]:
    """The creates whose end is not known, then a paragraph a run."""
    for intent in history.intents:
        at = f"{intent.clock:%Y-%m-%d %H:%M:%S} UTC"
        yield f"begun, not settled: {intent.resource} at {at}; the next apply looks for it"
    if not history.lines:
        yield "no run has been noted yet"
    for line in history.lines:
        yield from _run(line)


def as_json(history: History) -> dict[str, Any]:
    """{"runs", "begun"}: audit lines as they were noted, and open intents."""
    begun = [
        {"resource": intent.resource, "name": intent.name, "at": intent.clock.isoformat()} for intent in history.intents
    ]
    return {"runs": [dict(line) for line in history.lines], "begun": begun}


def _run(line: Mapping[str, Any]) -> Iterator[str]:
    counts = Counter(result["status"] for result in line.get("results", ()))
    became = ", ".join(f"{number} {status}" for status, number in counts.items()) or "nothing to make"
    yield one_line(f"{line.get('at', '')}  {line.get('command', 'a run')}: {became} · {line.get('ended', '')}")
    yield from (f"    {name:<13} {one_line(text)}" for name, text in _rows(line) if text)


def _rows(line: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "by", str(line.get("who", ""))
    yield "commit", str(line.get("commit", ""))[:12]
    yield "change", short(str(line["change"])) if line.get("change") else ""
    yield "approved by", str(line.get("approved_by", ""))
    yield "break glass", str(line.get("break_glass", ""))
    yield "rolled back", str(line.get("rollback", ""))
    for limit, reason in line.get("lifted", {}).items():
        yield "lifted", f"{limit}: {reason}"
    ids = line.get("ids", {})
    for result in line.get("results", ()):
        if result["status"] != "satisfied":
            yield (
                result["status"],
                f"{result['resource']} {ids.get(result['resource']) or result.get('id', '')}".rstrip(),
            )
    if "unlocked" in line:
        by = str(line.get("unlocked_by", "")).partition(" since ")[0]
        yield "unlocked", f"at {line['unlocked']}, by {by}"
