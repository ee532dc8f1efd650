"""Findings as a JUnit report, which every CI shows (https://github.com/testmoapp/junitxml)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from emailops.render.escape import one_line
from emailops.resource import Finding

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(name: str, results: Sequence[tuple[Finding, str]], summary: str) -> str:
    """A suite with a test for each finding: failed, or skipped for a reason. For none, one that passed."""
    cases = [_case(finding, reason) for finding, reason in results]
    failures = sum(not reason for _, reason in results)
    if not cases:
        cases = [f"  <testcase classname={_attribute(name)} name={_attribute(summary)}/>"]
    counts = f'tests="{len(cases)}" failures="{failures}" errors="0" skipped="{len(results) - failures}"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuite name={_attribute(name)} {counts}>", *cases]
    return "\n".join([*lines, "</testsuite>"])


def _case(finding: Finding, reason: str) -> str:
    place = f"{finding.path}:{finding.line}:{finding.column}"
    head = f"  <testcase classname={_attribute(finding.rule)} name={_attribute(f'{place}: {finding.message}')}"
    head += f" file={_attribute(finding.path)} line={_attribute(str(finding.line))}>"
    if reason:
        return f"{head}<skipped message={_attribute(reason)}/></testcase>"
    words = escape(_plain(f"{place}: {finding.message}\n{finding.remedy}"))
    failure = f"<failure type={_attribute(finding.rule)} message={_attribute(finding.message)}>{words}</failure>"
    return f"{head}{failure}</testcase>"


def _attribute(text: str) -> str:
    return quoteattr(_plain(one_line(text)))


def _plain(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
