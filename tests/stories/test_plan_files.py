"""Plan files that are not what emailops wrote: refused, with nothing written and no traceback."""

from __future__ import annotations

import json

import pytest

from tests.playing import play
from tests.stories.telling import DOS5, assert_plain_failure, change_of, drift, nothing_written, planned


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A plan with changes and settings, as text: what is refused is refused whatever state it is beside."""
    with play(tmp_path_factory.mktemp("made")) as playing:
        playing.commit_all()
        playing.edit("stages/_deployed.yaml", "    example.com:", "    example.org: invalid buyer\n    example.com:")
        drift(playing)
        planned(playing)
        yield (playing.folder / "plan.json").read_text()


def _write(play, document):
    text = document if isinstance(document, str) else json.dumps(document)
    (play.folder / "plan.json").write_text(text)


def _refused(play, *fragments):
    for arguments in (("apply", "plan.json"), ("show", "plan.json")):
        with nothing_written(play):
            ran = play.run(*arguments)
        assert_plain_failure(ran, *fragments)
        assert ran.out == ""


def _set(path, value):
    """`changes` stands for the change of the drifted audience, and what is in it."""

    def edit(plan):
        *steps, last = path
        owner = plan
        if steps[:2] == ["changes", 0]:
            owner, steps = change_of(plan, DOS5), steps[2:]
        for step in steps:
            owner = owner[step]
        owner[last] = value

    return edit


def _drop_change(plan):
    plan["changes"].remove(change_of(plan, DOS5))


def _add_change(plan):
    plan["changes"].append({**change_of(plan, DOS5), "resource": "mailchimp-audience/another"})


def _both_digests_of_another_plan(plan):
    change_of(plan, DOS5)["action"] = "release"
    plan["change"] = plan["digest"] = "0" * 64


def _value_and_change_alone(plan):
    """Someone who works the first digest out anew does not get past the second."""
    change_of(plan, DOS5)["fingerprint"] = "0" * 64


EDITS = [
    ("action", _set(("changes", 0, "action"), "release")),
    ("resource", _set(("changes", 0, "resource"), "mailchimp-audience/other")),
    ("scope", _set(("changes", 0, "scope"), "staging")),
    ("field", _set(("changes", 0, "fields", 0, "after"), "Another")),
    ("before", _set(("changes", 0, "fields", 0, "before"), "Another")),
    ("fields", _set(("changes", 0, "fields"), [])),
    ("control", _set(("changes", 0, "control"), "attested")),
    ("fingerprint", _value_and_change_alone),
    ("fewer changes", _drop_change),
    ("more changes", _add_change),
    ("declared", _set(("declared",), [])),
    ("a setting", _set(("declared", 0, "after"), {"example.com": "someone.else@example.com"})),
    ("consumer", _set(("declared", 0, "subject"), "another")),
    ("accounts", _set(("accounts", "mailchimp", "account_id"), "another")),
    ("host", _set(("accounts", "mailchimp", "host"), "https://evil.example/3.0/")),
    ("configuration", _set(("configuration",), "0" * 64)),
    ("change", _set(("change",), "0" * 64)),
    ("digest", _set(("digest",), "0" * 64)),
    ("both", _both_digests_of_another_plan),
    ("only", _set(("only",), "nothing-matches/*")),
    ("scopes", _set(("scopes",), ["staging"])),
]


@pytest.mark.few(6)
@pytest.mark.parametrize("edit", [edit for _, edit in EDITS], ids=[name for name, _ in EDITS])
def test_an_edited_plan_is_refused(minimal, made, edit):
    plan = json.loads(made)
    edit(plan)
    _write(minimal, plan)
    _refused(minimal, "edited")


def test_what_was_not_looked_at_is_never_called_satisfied(marketplace):
    """A part that matches nothing would make every planned change look done."""
    plan = planned(marketplace)
    plan["only"] = "nothing-matches/*"
    _write(marketplace, plan)
    ran = marketplace.run("apply", "plan.json")
    assert "satisfied" not in ran.out
    assert ran.code != 0


def test_whitespace_and_the_order_of_keys_are_no_edit(marketplace):
    plan = planned(marketplace)
    _write(marketplace, json.dumps(dict(reversed(plan.items())), indent=None, sort_keys=False))
    assert marketplace.run("apply", "plan.json").code in (0, 6)


NOT_PLANS = [
    ("", "JSON"),
    ("{", "JSON"),
    ("plan: yes", "JSON"),
    ("\x00", "JSON"),
    ("[" * 100_000, "JSON"),
    ('{"a":' * 3000 + "1" + "}" * 3000, ""),
    ("null", "not a plan"),
    ("[]", "not a plan"),
    ("7", "not a plan"),
    ("{}", "not a plan"),
    ('{"format": 1}', "not a plan"),
    ('{"format": 2}', "format 2"),
    ('{"format": "1"}', "format"),
    ('{"format": {"a": []}}', "format"),
    ('{"findings": []}', "not a plan"),
    ("1" * 5000, "JSON"),
]


@pytest.mark.parametrize(("text", "word"), NOT_PLANS, ids=[f"{text[:12]!r}" for text, _ in NOT_PLANS])
def test_a_file_that_is_no_plan_is_said_to_be_none(minimal, text, word):
    _write(minimal, text)
    _refused(minimal, "plan.json", word)


def test_a_file_that_is_not_text_is_said_to_be_no_plan(marketplace):
    (marketplace.folder / "plan.json").write_bytes(b"\xff\xfe{}")
    _refused(marketplace, "plan.json")


BROKEN = [
    ("an action that is none", _set(("changes", 0, "action"), "delete")),
    ("a control that is none", _set(("changes", 0, "control"), "none")),
    ("a reason that is none", _set(("changes", 0, "reason"), "because")),
    ("a base of no kind", _set(("base", "kind"), "guess")),
    ("no fields", _set(("changes", 0, "fields"), None)),
    ("a field without a name", _set(("changes", 0, "fields", 0), {"before": 1, "after": 2})),
    ("more than a field", _set(("changes", 0, "fields", 0, "more"), 1)),
    ("unknown keys", _set(("approved",), True)),
    ("not a number", _set(("changes", 0, "fields", 0, "after"), float("nan"))),
    ("an infinite number", _set(("changes", 0, "fields", 0, "after"), float("inf"))),
    ("half a surrogate pair", _set(("changes", 0, "fields", 0, "after"), "\ud800")),
    ("a null resource", _set(("changes", 0, "resource"), None)),
    ("a resource without a kind", _set(("changes", 0, "resource"), "nonsense")),
    ("a scope that is none", _set(("scopes",), ["nonsense"])),
    ("no scope", _set(("scopes",), [])),
    ("a step of nothing", _set(("steps",), [{"resource": "a/b"}])),
    ("counts of words", _set(("counts",), {"create": "three"})),
    ("requests of words", _set(("requests",), "four")),
]


@pytest.mark.parametrize("edit", [edit for _, edit in BROKEN], ids=[name for name, _ in BROKEN])
def test_a_plan_with_values_that_emailops_never_writes_is_an_error_and_no_bug(minimal, made, edit):
    plan = json.loads(made)
    edit(plan)
    _write(minimal, plan)
    _refused(minimal, "plan.json")


def test_the_plan_before_its_edits_is_one(minimal, made):
    _write(minimal, made)
    assert minimal.run("show", "plan.json").code == 0


def test_a_missing_file_and_a_folder_are_said_to_be_what_they_are(marketplace):
    assert_plain_failure(marketplace.run("apply", "missing.json"), "missing.json", "no such file")
    assert_plain_failure(marketplace.run("apply", "state"), "is a directory")
    assert_plain_failure(marketplace.run("show", "missing.json"), "missing.json")


def test_a_plan_cannot_be_written_over_a_folder(marketplace):
    assert_plain_failure(marketplace.run("plan", "--out", "state"), "cannot be written")
    assert (marketplace.state / "emailops.yaml").is_file()


def test_a_plan_of_another_account_is_refused(marketplace):
    planned(marketplace)
    marketplace.edit("emailops.yaml", "digital-marketplace-sandbox", "another")
    marketplace.change_world(lambda world: world["mailchimp"]["accounts"][0].update(account_id="another"))
    with nothing_written(marketplace):
        ran = marketplace.run("apply", "plan.json", "--format", "json")
    assert ran.code == 4
    assert ran.json["gate"]["name"] == "account"
