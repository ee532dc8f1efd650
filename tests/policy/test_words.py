"""What each rule says of each of its cases, in one file to be read: the finding, its place, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from emailops.policy import rule_id
from tests.policy.test_rules import FIRES, Fires, problems

GOLDEN = Path(__file__).with_name("findings.txt")


def test_every_finding_has_the_words_that_were_read(request: pytest.FixtureRequest) -> None:
    told = "\n".join(line for case in FIRES for line in _told(case))
    if request.config.getoption("--golden"):
        GOLDEN.write_text(told, encoding="utf-8")

    assert told == GOLDEN.read_text(encoding="utf-8"), "make golden writes it anew: read the difference"


def _told(case: Fires) -> list[str]:
    found = [
        f"  {each.place.path}:{each.place.line}  {each.severity}: {each.message}\n      {each.remedy}"
        for each in problems(case.rule, case.tree)
    ]
    return [f"{rule_id(case.rule)}: {case.name}", *found, ""]
