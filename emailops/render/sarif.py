"""Findings as SARIF, which code scanners exchange (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import quote

from emailops.resource import Finding

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def log(
    results: Sequence[tuple[Finding, str, str]], known: Collection[str], unread: Sequence[str], version: str
) -> dict[str, Any]:
    """A log of one run. `results` are findings with fingerprint, and the reason where one is waived.

    `known` are fingerprints of a baseline, `unread` says what was not looked at and why.
    """
    rules = sorted({finding.rule for finding, _, _ in results})
    driver = {"name": "emailops", "version": version, "rules": [{"id": rule} for rule in rules]}
    invocation: dict[str, Any] = {"executionSuccessful": True}
    if unread:
        invocation["toolExecutionNotifications"] = [
            {"level": "warning", "message": {"text": f"not read: {words}"}} for words in unread
        ]
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "results": [_result(*result, known) for result in results],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(finding: Finding, fingerprint: str, reason: str, known: Collection[str]) -> dict[str, Any]:
    region = {"startLine": max(finding.line, 1), "startColumn": max(finding.column, 1)}
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": "error" if finding.is_error else "warning",
        "message": {"text": f"{finding.message}; {finding.remedy}" if finding.remedy else finding.message},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": quote(finding.path)}, "region": region}},
        ],
        "partialFingerprints": {"emailops/v1": fingerprint},
        "baselineState": "unchanged" if fingerprint in known else "new",
    }
    if reason:
        result["suppressions"] = [{"kind": "inSource", "justification": reason}]
    return result
