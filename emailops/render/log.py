"""What every run did, from the audit lines, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from emailops.plan import short
from emailops.render.words import one_line
from emailops.tasks.ledger_administration import Kept


def text(kept: Kept) -> Iterator[str]:
    """The creates whose end is not known, then a paragraph a run."""
    for intent in kept.intents:
        at = f"{intent.clock:%Y-%m-%d %H:%M:%S} UTC"
        yield f"begun, not settled: {intent.resource} at {at}; the next apply looks for it"
    if not kept.lines:
        yield "no run has been noted yet"
    for line in kept.lines:
        yield from _run(line)


def as_json(kept: Kept) -> dict[str, Any]:
    """{"runs", "begun"}: audit lines as they were noted, and open intents."""
    begun = [{"resource": one.resource, "name": one.name, "at": one.clock.isoformat()} for one in kept.intents]
    return {"runs": [dict(line) for line in kept.lines], "begun": begun}


def _run(line: Mapping[str, Any]) -> Iterator[str]:
    counts = Counter(one["status"] for one in line.get("results", ()))
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
    for one in line.get("results", ()):
        if one["status"] != "satisfied":
            yield one["status"], f"{one['resource']} {ids.get(one['resource']) or one.get('id', '')}".rstrip()
    if "unlocked" in line:
        by = str(line.get("unlocked_by", "")).partition(" since ")[0]
        yield "unlocked", f"at {line['unlocked']}, by {by}"
