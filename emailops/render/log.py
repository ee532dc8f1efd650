"""What every run did, from the audit lines, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emailops.plan import short
from emailops.reconcile.keeping import Kept
from emailops.render.plan import one_line


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
    counts = line.get("counts") or {}
    done = ", ".join(f"{number} {status}" for status, number in counts.items()) or "nothing to make"
    yield one_line(f"{line.get('at', '')}  {line.get('ended', '')}: {done}")
    yield one_line(f"    by      {line.get('who', '')}")
    if line.get("change"):
        of = f" of commit {str(line['commit'])[:12]}" if line.get("commit") else ""
        yield one_line(f"    change  {short(str(line['change']))}{of}")
    for resource, id_ in (line.get("ids") or {}).items():
        yield one_line(f"    id      {resource} {id_}")
    for limit, reason in (line.get("lifted") or {}).items():
        yield one_line(f"    lifted  {limit}: {reason}")
    if line.get("rollback"):
        yield one_line(f"    put an older state back: {line['rollback']}")
    if "unlocked" in line:
        yield one_line(f"    its lease was broken at {line['unlocked']}")
