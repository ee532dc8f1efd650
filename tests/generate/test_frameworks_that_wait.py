"""What follows from a new framework waits for its ids in every file at once, so that no reader is ahead of another."""

from __future__ import annotations

import pytest

from emailops.generate import generate

from .reading import READERS
from .states import IDS, declared, formats, generated

MARKETPLACE = declared("digital-marketplace")
NEW = "digital-outcomes-and-specialists-6"
OLD = "digital-outcomes-and-specialists-5"
LOTS = ("digital-specialists", "digital-outcomes", "user-research-participants")
FORMAT_OF = formats("digital-marketplace")


def ids_of(framework: str, *lots: str) -> dict[str, str]:
    return {f"mailchimp-audience/{framework}.{lot}": f"{number:010x}" for number, lot in enumerate(lots, 0xABCDEF)}


def below_header(content: str) -> str:
    return content.partition("SHA-256:")[2]


def reading(framework: str, ids: dict[str, str]) -> dict[tuple[str, str], bool]:
    """(consumer, path) of each file that reads of frameworks -> whether it reads of this one."""
    files = generate(MARKETPLACE, ids)
    texts = {(file.consumer, file.path): below_header(file.content or "") for file in files}
    return {file: framework in text for file, text in texts.items() if OLD in text}


def test_no_file_of_any_consumer_at_any_stage_names_it_before_its_ids_are_there():
    before = reading(NEW, dict(MARKETPLACE.ids))

    assert {consumer for consumer, _ in before} == {"jenkins", "scripts"}
    assert len(before) == 5
    assert set(before.values()) == {False}
    assert set(reading(NEW, {**MARKETPLACE.ids, **ids_of(NEW, *LOTS)}).values()) == {True}


def test_each_of_those_files_waits_for_the_same_ids_and_no_other_file_waits():
    ids = {**MARKETPLACE.ids, **ids_of(NEW, LOTS[0])}
    missing = tuple(sorted(f"mailchimp-audience/{NEW}.{lot}" for lot in LOTS[1:]))
    pending = {(file.consumer, file.path): file.pending for file in generate(MARKETPLACE, ids) if file.pending}

    assert pending == dict.fromkeys(reading(OLD, ids), missing)


def test_with_some_of_its_ids_jenkins_does_not_list_it_and_the_scripts_know_those():
    ids = {**MARKETPLACE.ids, **ids_of(NEW, LOTS[0])}
    files = {(file.consumer, file.stage): file for file in generate(MARKETPLACE, ids)}
    jobs, scripts = files["jenkins", None], files["scripts", "production"]

    assert NEW not in below_header(jobs.content)
    held = READERS[FORMAT_OF["scripts", "dmscripts/email_config/production.py"]](scripts.content)
    assert held["MAILCHIMP_LIST_IDS"][NEW] == {LOTS[0]: f"{0xABCDEF:010x}"}


def test_a_lot_that_an_old_framework_gets_takes_nothing_away_from_its_map():
    ids = {name: id_ for name, id_ in MARKETPLACE.ids.items() if name != f"mailchimp-audience/{OLD}.{LOTS[2]}"}
    scripts = next(file for file in generate(MARKETPLACE, ids) if (file.consumer, file.stage) == ("scripts", "preview"))

    assert OLD in below_header(scripts.content)
    assert scripts.pending


ROUND = {name: id_ for name, id_ in IDS.items() if name.startswith("mailchimp-audience/round.")}
OTHERS = {name: id_ for name, id_ in IDS.items() if name not in ROUND}


@pytest.mark.parametrize(
    ("source", "before", "after"),
    [
        ("{frameworks: [open]}", [], ["round"]),
        ("{json_text: {frameworks: [open]}}", "[]", '["round"]'),
        ("{table: {round: {value: x}, other: {value: y}}}", {"other": "y"}, {"other": "y", "round": "x"}),
        ("{table: {round: {value: x}}}", {}, {"round": "x"}),
        ("{table: {a: {frameworks: [open]}}}", {"a": []}, {"a": ["round"]}),
        ("{list: [{value: x}, {frameworks: [open]}]}", ["x"], ["x", "round"]),
        ("{per_framework: {statuses: [open], text: 'to-{framework}'}}", [], ["to-round"]),
        (
            "{rows: {columns: {of: framework}, records: [{of: round}, {of: x}]}}",
            [{"of": "x"}],
            [{"of": "round"}, {"of": "x"}],
        ),
        ("{rows: {columns: {of: framework, n: integer}, as: lists, records: [{of: round, n: 4}]}}", [], [["round", 4]]),
    ],
)
def test_wherever_it_stands(source, before, after):
    file = f"'{{stage}}.json': {{format: json, stages: [preview], settings: {{IT: {source}}}}}"
    (waiting,), (done,) = generated(file, ids=OTHERS), generated(file, ids=IDS)

    assert READERS["json"](waiting.content)["IT"] == before
    assert waiting.pending == tuple(sorted(ROUND))
    assert READERS["json"](done.content)["IT"] == after
    assert done.pending == ()
