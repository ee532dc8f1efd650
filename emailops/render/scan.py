"""What a scan found, in each format: for people, programs, GitHub, code scanners and test reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from emailops.render import findings, sarif
from emailops.render.console import Line
from emailops.render.escape import one_line
from emailops.render.junit import junit
from emailops.resource import Finding
from emailops.scan.scanned import Scanned, Sighting

_MOST_UNREAD = 10


def text(scanned: Scanned) -> list[Line]:
    """A finding with its remedy on two lines, or on one where the remedy is that of the finding before.

    Then what was waived, not read and worth a word; then a summary.
    """
    lines: list[Line] = [("", line) for line in findings.text(_each_remedy_once(scanned.sightings))]
    lines += [("faint", f"waived: {_place(seen)}: {seen.rule}: {one_line(seen.reason)}") for seen in scanned.waived]
    lines += [("", f"not read: {one_line(left.path)}: {left.why}") for left in scanned.unread[:_MOST_UNREAD]]
    if (more := len(scanned.unread) - _MOST_UNREAD) > 0:
        lines.append(("", f"not read: {more} more; --format json names them all"))
    lines += [("", one_line(note)) for note in scanned.notes]
    lines.append(("heading", summary(scanned)))
    return lines


def summary(scanned: Scanned) -> str:
    """The last line: what was found, and in how much."""
    parts = [counted(len(scanned.sightings), "finding") if scanned.sightings else "no findings"]
    if scanned.waived:
        parts.append(f"{len(scanned.waived)} waived")
    if scanned.known:
        parts.append(f"{len(scanned.known)} in the baseline")
    read = ", ".join(counted(number, noun) for noun, number in scanned.read.items())
    if scanned.unread:
        read += f", {len(scanned.unread)} not read"
    return f"{', '.join(parts)} · {read}"


def as_json(scanned: Scanned) -> dict[str, Any]:
    """{"findings": [...], "waived": [...], "known": [...], "unread": [...], "notes": [...], "read": {...}}."""
    return {
        "findings": [_entry(seen) for seen in scanned.sightings],
        "waived": [_entry(seen) | {"reason": seen.reason} for seen in scanned.waived],
        "known": [_entry(seen) for seen in scanned.known],
        "unread": [asdict(left) for left in scanned.unread],
        "notes": list(scanned.notes),
        "read": scanned.read,
    }


def as_sarif(scanned: Scanned, version: str) -> dict[str, Any]:
    """A SARIF log of one run; what was waived is in it as suppressed."""
    reported = [(seen.finding(), seen.fingerprint, "") for seen in (*scanned.sightings, *scanned.known)]
    waived = [(seen.finding(), seen.fingerprint, seen.reason) for seen in scanned.waived]
    known = {seen.fingerprint for seen in scanned.known}
    return sarif.log([*reported, *waived], known, [f"{left.path}: {left.why}" for left in scanned.unread], version)


def as_junit(scanned: Scanned, name: str) -> str:
    """A test suite in which each finding is a failed test, and each waived one is skipped."""
    failed = [(seen.finding(), "") for seen in scanned.sightings]
    skipped = [(seen.finding(), seen.reason) for seen in scanned.waived]
    return junit(name, [*failed, *skipped], summary(scanned))


def github(scanned: Scanned) -> list[str]:
    """An annotation a finding."""
    return findings.github([seen.finding() for seen in scanned.sightings])


def counted(number: int, noun: str) -> str:
    """`1 file`, `2,000 files`."""
    return f"{number:,} {noun}{'' if number == 1 or noun.isupper() else 's'}"


def _each_remedy_once(sightings: Sequence[Sighting]) -> list[Finding]:
    told = [seen.finding() for seen in sightings]
    before = ["", *(finding.remedy for finding in told)]
    return [
        replace(finding, remedy=finding.remedy if finding.remedy != last else "")
        for finding, last in zip(told, before, strict=False)
    ]


def _entry(seen: Sighting) -> dict[str, Any]:
    return {name: value for name, value in asdict(seen).items() if name != "reason"}


def _place(seen: Sighting) -> str:
    return f"{one_line(seen.path)}:{seen.line}:{seen.column}"
