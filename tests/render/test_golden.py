"""A rich plan, word for word, so that a change of wording is seen in review. `make golden` writes the files anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emailops.engine.changes import Report
from emailops.engine.gates import Detail
from emailops.errors import GateError
from emailops.plan import Outcome, OutcomeStatus
from emailops.render import html, markdown, report
from emailops.render.sections import document
from emailops.render.text import text
from emailops.resource import Resource
from emailops.store.plans import as_json
from tests.render.plans import HOSTILE, NEXT, hostile, rich

GOLDEN = Path(__file__).parent / "golden"


def _text():
    return "\n".join(line for _, line in text(document(rich(), NEXT))) + "\n"


def _json():
    return json.dumps(as_json(rich()), indent=2, ensure_ascii=False) + "\n"


def _report():
    statuses = ("done", "satisfied", "failed", "skipped", "not-attempted", "ambiguous")
    outcomes = [
        Outcome(Resource("mailchimp-audience", f"n-{n}"), OutcomeStatus(status), "why")
        for n, status in enumerate(statuses)
    ]
    ends = [
        Report(rich(), tuple(outcomes), rich(), wrote=True),
        Report(rich(), tuple(outcomes[:2]), None, wrote=True, failure="Mailchimp did not answer"),
        Report(rich(), (), None, failure="no answer"),
    ]
    return "\n".join(line for ended in ends for _, line in report.text(ended)) + "\n"


def _gate():
    details = (
        Detail("mailchimp-audience/a", "campaign_defaults.from_name", "DOS Team", "Team", "Another", "it has moved"),
        Detail("", "configuration", "0" * 64, "0" * 64, "1" * 64, "another one is declared now"),
    )
    return "\n".join(report.gate_text(GateError("overtaken", "overtaken", details=details))) + "\n"


FILES = {
    "plan.txt": _text,
    "plan.md": lambda: markdown.text(document(rich(), NEXT)),
    "plan.html": lambda: html.text(document(rich(), NEXT)),
    "hostile.md": lambda: markdown.text(document(hostile(HOSTILE["script"]), NEXT)),
    "hostile.html": lambda: html.text(document(hostile(HOSTILE["script"]), NEXT)),
    "plan.json": _json,
    "report.txt": _report,
    "gate.txt": _gate,
}


@pytest.mark.parametrize("name", FILES)
def test_the_words_are_those_that_were_reviewed(name, request):
    made = FILES[name]()
    if request.config.getoption("--golden", default=False):
        (GOLDEN / name).write_text(made)
    assert made == (GOLDEN / name).read_text()


def test_there_is_no_golden_file_of_nothing():
    assert {path.name for path in GOLDEN.iterdir()} == set(FILES)
