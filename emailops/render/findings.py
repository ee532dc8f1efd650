"""Findings as text for people, as JSON for programs, and as annotations for GitHub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import PurePosixPath
from typing import Any

from emailops.render.escape import one_line
from emailops.resource import Finding


def text(findings: Sequence[Finding], prefix: str = "") -> list[str]:
    """`path:line:column: rule: message [subject]`, and under it what to write instead.

    The subject is what a waiver names. `prefix` leads from here to the state.
    """
    lines = []
    for finding in findings:
        mild = "" if finding.is_error else f"{finding.severity}: "
        place = f"{one_line(_path(prefix, finding))}:{finding.line}:{finding.column}"
        lines.append(f"{place}: {finding.rule}: {mild}{one_line(finding.message)}{_subject(finding)}")
        if finding.remedy:
            lines.append(f"    {one_line(finding.remedy)}")
    return lines


def as_json(findings: Sequence[Finding], prefix: str = "") -> dict[str, Any]:
    """{"findings": [{"path", "line", "column", "rule", "severity", "message", "remedy", "subject"}]}."""
    return {"findings": [asdict(finding) | {"path": _path(prefix, finding)} for finding in findings]}


def github(findings: Sequence[Finding], prefix: str = "") -> list[str]:
    """Workflow commands (https://docs.github.com/actions/reference/workflow-commands-for-github-actions)."""
    lines = []
    for finding in findings:
        path, title = _property(_path(prefix, finding)), _property(finding.rule)
        place = f"file={path},line={finding.line},col={finding.column},title={title}"
        said = _data(f"{finding.message}; {finding.remedy}{_subject(finding)}")
        lines.append(f"::{'error' if finding.is_error else 'warning'} {place}::{said}")
    return lines


def waivers(findings: Sequence[Finding], owner: str, until: date, *, begins: bool) -> list[str]:
    """The entries of `waivers` that would take these findings back, but for the reason, which a person has to give.

    `begins` is for a file that has no such section yet.
    """
    named = dict.fromkeys((finding.rule, finding.subject) for finding in findings if finding.subject)
    lines = ["waivers:"] if begins else []
    for rule, subject in named:
        fields = (("rule", rule), ("resource", subject), ("until", until.isoformat()), ("owner", owner))
        first, *others = (f"{name}: {one_line(value)}".rstrip() for name, value in fields)
        lines += [f"  - {first}", *(f"    {line}" for line in others), "    reason: # why the rule may be broken here"]
    return lines


def summary(findings: Sequence[Finding], waived: int, subjects: Mapping[str, int]) -> str:
    """The last line of `validate`; `subjects` are what was checked, by noun."""
    errors = sum(finding.is_error for finding in findings)
    warnings = len(findings) - errors
    parts = [_counted(errors, "error") if errors else "no errors"]
    if warnings:
        parts.append(_counted(warnings, "warning"))
    if waived:
        parts.append(f"{waived} waived")
    return f"{', '.join(parts)} · {', '.join(_counted(number, noun) for noun, number in subjects.items())}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _subject(finding: Finding) -> str:
    return f" [{one_line(finding.subject)}]" if finding.subject else ""


def _path(prefix: str, finding: Finding) -> str:
    return str(PurePosixPath(prefix) / finding.path) if prefix else finding.path


def _data(message: str) -> str:
    lines = message.replace("%", "%25").replace("\r", "%0D").split("\n")
    return "%0A".join(map(one_line, lines))


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
