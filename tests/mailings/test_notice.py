"""A notice: who gets it, how often, through which key, and what stops it."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys

import pytest

from emailops.clients.notify import default_reference
from tests.mailings.scene import NEWS, TEMPLATE, declare, got, people, sent, table

MAIL = ("mail", "news", "--stage", "development", "--from", "people.csv")
REFERENCED = NEWS.replace(
    'placeholders: {name: "{name}"}',
    'placeholders: {name: "{name}"}\n    parameters: {town: the town}\n    reference: [town, run]',
)


def written(play, addresses, mailings=NEWS):
    declare(play.state, mailings)
    (play.folder / "people.csv").write_text(table(addresses))


def limits(play, **limit):
    def set_(accounts):
        accounts["notify"]["services"][0]["limits"] |= limit

    play.change_world(set_)


def test_a_dry_run_shows_the_first_message_and_sends_and_notes_nothing(minimal):
    written(minimal, people(3))

    ran = minimal.run(*MAIL, "--dry-run")

    assert ran.code == 0, ran.err
    assert "3 messages would be sent" in ran.out
    assert "Subject: Permit granted" in ran.out
    assert "people.example" not in ran.out + ran.err
    assert sent(minimal.sandbox) == []
    assert not (minimal.state / ".emailops/sends.sqlite").exists()


def test_run_again_it_is_done_already(minimal):
    written(minimal, people(3))

    first, second = (minimal.run(*MAIL, "--format", "json") for _ in range(2))

    assert (first.code, second.code) == (0, 0)
    assert first.json["run"] == second.json["run"]
    assert got(minimal.sandbox) == dict.fromkeys(people(3), 1)


def test_again_sends_it_once_more(minimal):
    written(minimal, people(2))

    assert minimal.run(*MAIL).code == 0
    assert minimal.run(*MAIL, "--again").code == 0

    assert got(minimal.sandbox) == dict.fromkeys(people(2), 2)


def test_what_a_run_has_left_comes_before_another_file(minimal):
    written(minimal, people(4))
    limits(minimal, emails_per_day=2)
    first = minimal.run(*_production(MAIL), "--format", "json")
    assert (first.code, first.json["left"], first.json["reason"]) == (6, 2, "day-limit")

    (minimal.folder / "people.csv").write_text(table(people(5)))
    other = minimal.run(*_production(MAIL))

    assert other.code == 4
    assert f"--resume {first.json['run']} finishes it, --abandon {first.json['run']} ends it" in other.err
    abandoned = minimal.run(*_production(MAIL), "--abandon", first.json["run"])
    assert abandoned.code == 6
    assert not re.search(rb"person\.\d", (minimal.state / ".emailops/sends.sqlite").read_bytes())


def _production(arguments):
    return [word.replace("development", "production") for word in arguments]


def test_at_the_days_limit_it_stops_and_goes_on_the_next_day(minimal):
    written(minimal, people(5))
    limits(minimal, emails_per_day=3)

    first = minimal.run(*_production(MAIL), "--format", "json")
    second = minimal.run(*_production(MAIL), "--format", "json")
    limits(minimal, emails_per_day=9)
    third = minimal.run(*_production(MAIL), "--format", "json")

    assert [(ran.code, ran.json["left"]) for ran in (first, second, third)] == [(6, 2), (6, 2), (0, 0)]
    assert got(minimal.sandbox, account=0) == dict.fromkeys(people(5), 1)


def test_a_recipient_whom_notify_refuses_is_an_outcome_and_the_others_get_it(minimal):
    written(minimal, people(3))

    def team_key(accounts):
        service = accounts["notify"]["services"][1]
        for key in service["keys"]:
            key["kind"] = "team"
        service["guest_list"] = [people(3)[0], people(3)[2]]

    minimal.change_world(team_key)
    ran = minimal.run(*MAIL, "--format", "json")

    assert ran.code == 5, ran.err
    assert ran.json["counts"]["sent"] == 2
    assert ran.json["failures"][0]["row"] == 3
    assert "team-only API key" in ran.json["failures"][0]["said"]
    assert "people.example" not in ran.out + ran.err
    assert minimal.run(*MAIL).code == 5, "the same account of it again, and no mail"
    assert len(sent(minimal.sandbox)) == 2


@pytest.mark.slow
def test_two_hundred_and_fifty_six_failures_are_no_success(minimal):
    """The old script ended with the number of failures, and 256 of them were 0."""
    written(minimal, people(256))
    minimal.edit("emailops.yaml", "    source: file\n", "    source: file\n    per_minute: 60000\n")

    def trial(accounts):
        for key in accounts["notify"]["services"][1]["keys"]:
            key["kind"] = "team"

    minimal.change_world(trial)
    ran = minimal.run(*MAIL, "--format", "json")

    assert ran.json["counts"]["failed"] == 256
    assert ran.code == 1


@pytest.mark.slow
def test_an_error_of_the_template_stops_it(minimal):
    """It would be the same for everybody: those who come later keep their place."""
    written(minimal, people(40))
    fault = {"route": "POST /v2/notifications/email", "do": "status", "status": 400, "times": 1, "after": 2}
    body = {"status_code": 400, "errors": [{"error": "BadRequestError", "message": "Template has been deleted"}]}
    minimal.sandbox.set_faults([{**fault, "body": body}])

    ran = minimal.run(*MAIL, "--format", "json")
    assert ran.code == 5, ran.err
    assert "Template has been deleted" in ran.json["reason"]
    assert ran.json["left"] > 0

    assert minimal.run(*MAIL).code == 0
    assert got(minimal.sandbox) == dict.fromkeys(people(40), 1)


@pytest.mark.slow
def test_a_full_minute_is_waited_for(minimal):
    written(minimal, people(6))
    fault = {"route": "POST /v2/notifications/email", "do": "status", "status": 429, "times": 2, "after": 1}
    body = {"status_code": 429, "errors": [{"error": "RateLimitError", "message": "Exceeded rate limit"}]}
    minimal.sandbox.set_faults([{**fault, "body": body}])

    ran = minimal.run(*MAIL)

    assert ran.code == 0, ran.err
    assert got(minimal.sandbox) == dict.fromkeys(people(6), 1)


@pytest.mark.slow
def test_whoever_was_put_off_is_not_forgotten(minimal):
    """Some are put back while others are under way, and come again in the same run."""
    written(minimal, people(150), NEWS + "    per_minute: 60000\n")
    fault = {"route": "POST /v2/notifications/email", "do": "status", "status": 429, "times": 12, "share": 0.3}
    body = {"status_code": 429, "errors": [{"error": "RateLimitError", "message": "Exceeded rate limit"}]}
    minimal.sandbox.set_faults([{**fault, "body": body}])

    ran = minimal.run(*MAIL, "--format", "json")

    assert (ran.code, ran.json["left"]) == (0, 0)
    assert got(minimal.sandbox) == dict.fromkeys(people(150), 1)


def test_notify_that_is_away_stops_it_and_nobody_is_lost(minimal):
    written(minimal, people(5))
    minimal.sandbox.set_faults([{"route": "POST /v2/notifications/email", "do": "status", "status": 500}])
    ran = minimal.run(*MAIL, "--format", "json")

    assert (ran.code, ran.json["reason"]) == (6, "unsettled")
    minimal.sandbox.set_faults([])
    minimal.sandbox.advance(121)
    assert minimal.run(*MAIL).code == 0
    assert got(minimal.sandbox) == dict.fromkeys(people(5), 1)


@pytest.mark.slow
def test_an_answer_that_comes_byte_by_byte_is_lost_in_time_and_its_message_sent_once(minimal):
    """A worker that waited for its last byte would wait for ever."""
    written(minimal, people(3))
    minimal.sandbox.set_faults([{"route": "POST /v2/notifications/email", "do": "drip", "times": 1}])

    ran = minimal.run(*MAIL, "--format", "json", EMAILOPS_DEADLINE="1")

    assert (ran.code, ran.json["counts"]["sent"]) == (0, 3), ran.err
    assert got(minimal.sandbox) == dict.fromkeys(people(3), 1)


def test_whose_answer_is_lost_three_times_is_left_to_a_person(minimal):
    written(minimal, people(2))
    fault = {"route": "POST /v2/notifications/email", "do": "status", "status": 500, "after": 1}
    minimal.sandbox.set_faults([fault])
    for _ in range(4):
        ran = minimal.run(*MAIL, "--format", "json")
        minimal.sandbox.advance(121)

    assert ran.code == 5
    assert ran.json["counts"] == {"waiting": 0, "intent": 0, "sent": 1, "failed": 0, "unknown": 1}
    assert ran.json["failures"][0]["said"] == "Notify gave no answer 3 times"


def test_an_intent_that_is_older_than_notify_remembers_is_left_to_a_person(minimal):
    written(minimal, people(1))
    minimal.sandbox.set_faults([{"route": "POST /v2/notifications/email", "do": "cut-before"}])
    assert minimal.run(*MAIL).code == 6
    minimal.sandbox.set_faults([])
    minimal.sandbox.advance(4 * 24 * 3600)

    ran = minimal.run(*MAIL, "--format", "json")

    assert ran.code == 1
    assert ran.json["counts"]["unknown"] == 1
    assert sent(minimal.sandbox) == []


def test_a_mailing_that_the_old_script_began_is_finished_with_its_references(minimal):
    """The script's run id is in each reference; who has the message is asked of Notify, one by one."""
    run = "00010203-0405-0607-0809-0a0b0c0d0e0f"
    written(minimal, people(4), REFERENCED)
    reference = [
        default_reference(address, TEMPLATE["development"], {"framework_slug": "leeds", "run_id": run})
        for address in people(4)
    ]
    _send_by_hand(minimal, people(4)[:2], reference)

    ran = minimal.run(*MAIL, "--set", "town=leeds", "--resume", run, "--format", "json")

    assert ran.code == 0, ran.err
    assert ran.json["run"] == run
    assert got(minimal.sandbox) == dict.fromkeys(people(4), 1)
    assert sorted(held["reference"] for held in sent(minimal.sandbox)) == sorted(reference)


def _send_by_hand(play, addresses, references):
    from emailops.clients.notify import NotifyClient

    client = NotifyClient(
        play.environment["NOTIFY_KEY_TRIAL"], templates={}, redirects={}, base_url=play.sandbox.notify_url
    )
    for address, reference in zip(addresses, references, strict=False):
        client.send_email(address, TEMPLATE["development"], {"name": "x"}, reference=reference)


def test_once_asks_notify_first_whether_somebody_has_the_message(minimal):
    written(minimal, people(3), NEWS + "    once: true\n")
    values = {"name": "Person 1"}
    _send_by_hand(minimal, people(1), [default_reference(people(1)[0], TEMPLATE["development"], values)])

    assert minimal.run(*MAIL).code == 0
    assert minimal.run(*MAIL, "--again").code == 0
    assert got(minimal.sandbox) == dict.fromkeys(people(3), 1)


def test_of_several_to_one_address_nothing_may_be_the_same(minimal):
    """Notify is asked by reference who has a message; a second one with the same would pass for sent."""
    several = NEWS + "    several: true\n"
    declare(minimal.state, several)
    file = minimal.folder / "people.csv"
    file.write_text("email address,name\nann@people.example,A\nann@people.example,B\n")
    assert minimal.run(*MAIL).code == 0
    assert got(minimal.sandbox) == {"ann@people.example": 2}

    file.write_text("email address,name\nann@people.example,A\nann@people.example,A\n")
    ran = minimal.run(*MAIL)
    assert ran.code == 1
    assert ":3: nothing tells it from the message of line 2" in ran.err


def test_redirected_domains_are_redirected(minimal):
    written(minimal, ["someone@example.org", people(1)[0]])

    assert minimal.run(*_production(MAIL)).code == 0
    assert got(minimal.sandbox, account=0) == {"sink@permits.example": 1, people(1)[0]: 1}


@pytest.mark.parametrize(
    ("variable", "key", "said"),
    [
        ("NOTIFY_KEY_TRIAL", "NOTIFY_KEY_PERMITS", "the Notify key is of another service"),
        ("NOTIFY_KEY_TRIAL", None, "NOTIFY_KEY_TRIAL is not set"),
    ],
)
def test_no_key_of_another_stage_is_used(minimal, variable, key, said):
    written(minimal, people(1))
    ran = minimal.run(*MAIL, **{variable: minimal.environment[key] if key else None})

    assert ran.code == (4 if key else 1)
    assert said in ran.err
    assert sent(minimal.sandbox, 0) == sent(minimal.sandbox, 1) == []


def test_where_only_the_pipeline_may_run_it_nobody_else_does(minimal):
    written(minimal, people(1), NEWS.replace("production: anywhere", "production: pipeline"))

    ran = minimal.run(*_production(MAIL))
    assert (ran.code, sent(minimal.sandbox, 0)) == (4, [])
    assert "refused by the gate pipeline" in ran.err
    assert minimal.run(*_production(MAIL), EMAILOPS_PIPELINE="jenkins").code == 0


def test_where_it_may_not_run_it_does_not(minimal):
    written(minimal, people(1), NEWS.replace(", production: anywhere", ""))
    ran = minimal.run(*_production(MAIL))

    assert ran.code == 4
    assert "news may not run at production" in ran.err


@pytest.mark.slow
def test_standard_input_is_a_source(minimal):
    written(minimal, [])
    done = subprocess.run(
        [sys.executable, "-m", "emailops", "mail", "news", "--stage", "development", "--from", "-"],
        input=table(people(2)),
        cwd=minimal.folder,
        env=minimal.environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert got(minimal.sandbox) == dict.fromkeys(people(2), 1)


def test_no_address_stays_when_it_is_done(minimal):
    written(minimal, people(3))
    assert minimal.run(*MAIL).code == 0

    kept = sqlite3.connect(minimal.state / ".emailops/sends.sqlite")
    assert kept.execute("select count(*), count(address), count(personalisation) from sends").fetchone() == (3, 0, 0)
    assert (minimal.state / ".emailops/.gitignore").read_text() == "*\n"
    for path in (minimal.state / ".emailops").iterdir():
        assert b"people.example" not in path.read_bytes()


def test_a_mailing_is_part_of_the_plan(minimal):
    minimal.commit_all()
    declare(minimal.state)

    rows = [row for row in minimal.plan("--base", "HEAD")["declared"] if row["sort"] == "mailing"]

    assert ("news", "", "template", "permit_granted") in [
        (row["subject"], row["stage"], row["name"], row["after"]) for row in rows
    ]
    unsafe = {(row["stage"], row["name"]): row["unsafe"] for row in rows}
    assert unsafe["production", "may run"] == "whoever has the key may send it to everybody, from anywhere"
    assert unsafe["development", "may run"] == ""
    json.dumps(rows)
