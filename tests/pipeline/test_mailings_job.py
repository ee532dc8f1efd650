"""Jenkinsfile.mailings executed: each hour what is timed, else what is asked for, with the secrets of one stage."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from emailops.declaration.build import declare
from emailops.declaration.vocabulary import MailingKind
from emailops.store.state import load
from emailops.store.tree import read_directory
from tests.pipeline.groovy import Token, read
from tests.pipeline.jenkins import AMBER, GREEN, MAILINGS, RED, Build, Job, shells
from tests.pipeline.scene import write_program

SOURCE = read(MAILINGS.read_text())
STAGES = {statement.tokens[2].text: statement for statement in SOURCE["pipeline"]["stages"].block}
TOKENS = [token for statement in SOURCE.all() for token in statement.tokens]
CREDENTIALS = re.compile(r"(\w+) = credentials \( '([a-z-]+)' \)")
STATE = declare(load(read_directory(MAILINGS.parent / "state")))
DATABASE = "EMAILOPS_DATABASE"
MONDAY_AT_EIGHT = int(datetime(2026, 11, 30, 8, 20, tzinfo=UTC).timestamp())


def secrets_of(statement):
    """Variable -> id of the credential."""
    found = [CREDENTIALS.fullmatch(line.code) for line in statement["environment"].block]
    return {match[1]: match[2] for match in found if match}


def needed(stage, *, timed=False):
    """The variables of the secrets that the mailings of a stage need: tokens, and a key of the provider."""
    found = {DATABASE}
    for mailing in STATE.mailings.values():
        if stage not in (mailing.timers if timed else mailing.stages):
            continue
        found |= {token for endpoint in mailing.endpoints() if (token := endpoint.token(stage))}
        is_notice = mailing.kind is MailingKind.notice
        key = STATE.stages[stage].key if is_notice else STATE.mailchimp.key
        found.add(STATE.keys[key].secret)
    return {name.removeprefix("env:") for name in found}


@pytest.mark.parametrize("stage", ["preview", "staging", "production"])
def test_a_stage_holds_the_secrets_that_its_mailings_need_and_no_others(stage):
    held = secrets_of(STAGES[stage.capitalize()])
    assert set(held) == needed(stage)
    listed = STAGES[stage.capitalize()]["environment"]["EMAILOPS_SECRETS"].tokens[-1].text
    assert set(listed.split()) == {f"env:{name}" for name in needed(stage) - {DATABASE}}


def test_what_is_timed_holds_no_key_that_it_does_not_need():
    assert set(secrets_of(STAGES["Timed"])) == needed("production", timed=True)
    assert {stage for mailing in STATE.mailings.values() for stage in mailing.timers} == {"production"}
    assert "NOTIFY_KEY_PRODUCTION" not in secrets_of(STAGES["Timed"])


def test_no_secret_is_there_for_all_stages_and_the_id_of_each_follows_from_its_variable():
    assert secrets_of(SOURCE["pipeline"]) == {}
    assert TOKENS.count(Token("word", "credentials")) == sum(
        len(secrets_of(statement)) for statement in STAGES.values()
    )
    named = {variable: id_ for stage in STAGES.values() for variable, id_ in secrets_of(stage).items()}
    assert all(id_ == variable.lower().replace("_", "-") for variable, id_ in named.items())


def test_the_job_names_no_mailing_and_no_framework():
    """Lists of frameworks in jobs were missed for years: what runs is what the state declares."""
    words = re.findall(r"[a-z0-9][a-z0-9-]*", MAILINGS.read_text())
    assert not {*STATE.mailings, *STATE.frameworks} & set(words)


def test_every_shell_step_can_be_read_and_nothing_is_put_into_it():
    assert len(shells(SOURCE)) == TOKENS.count(Token("word", "sh")) == 9


@pytest.fixture
def job(tmp_path):
    """A job whose emailops notes its words, and ends as told."""

    def made(code=0, due=""):
        program = tmp_path / "agent/emailops"
        script = f'echo "$@" >> {tmp_path}/said\ncase "$1" in mailings) printf "{due}" ;; *) exit {code} ;; esac\n'
        write_program(program, f"#!/bin/sh\n{script}")
        write_program(program.parent / "make", f"#!/bin/sh\nmkdir -p .venv/bin && cp {program} .venv/bin\n")
        credentials = {id_: "made up" for stage in STAGES.values() for id_ in secrets_of(stage).values()}

        def check_out(folder, commit):
            folder.mkdir(parents=True, exist_ok=True)

        path = {"PATH": f"{tmp_path}/agent:/usr/bin:/bin"}
        return Job(tmp_path / "job", path, credentials, check_out, source=SOURCE)

    made.said = lambda: (tmp_path / "said").read_text().splitlines()
    return made


def test_each_hour_what_is_due_is_run_with_the_time_it_was_due(job):
    built = Build(
        job(due="mail opportunities production\\\\nsubscribe people production\\\\n"), "", by_timer=True, scheduled=7
    )
    assert (built.run().result, built.stages) == (GREEN, ["Timed"])
    assert job.said() == [
        "mailings --due-at 7 --commands",
        "mail opportunities --stage production --due-at 7",
        "subscribe people --stage production --due-at 7",
    ]


def test_an_hour_without_any_is_quiet(job):
    assert Build(job(), "", by_timer=True).run().result == GREEN
    assert len(job.said()) == 1


@pytest.mark.parametrize(("code", "result"), [(0, GREEN), (6, AMBER), (1, RED), (4, RED), (5, RED)])
def test_how_it_ends(job, code, result):
    asked = {"STAGE": "production", "COMMAND": "mail", "MAILING": "news", "HOW": "send"}
    assert Build(job(code), "", asked).run().result == result
    assert Build(job(code, due="mail news production\\\\n"), "", by_timer=True).run().result == result


@pytest.mark.parametrize("codes", [(5, 6), (6, 5), (5, 0), (0, 5), (5, 6, 6)])
def test_what_failed_is_not_hidden_by_what_only_has_to_wait(job, codes):
    """Each mailing of the hour ends with its own code; the job ends with the worst of them."""
    due = "".join(f"mail {code} production\\\\n" for code in codes)
    assert Build(job("$2", due=due), "", by_timer=True).run().result == RED


@pytest.mark.parametrize("stage", ["preview", "staging", "production"])
@pytest.mark.parametrize(("how", "flag"), [("dry run", " --dry-run"), ("send", "")])
def test_one_that_is_asked_for_runs_at_its_stage_alone(job, stage, how, flag):
    asked = {"STAGE": stage, "COMMAND": "mail", "MAILING": "news", "HOW": how, "SET": "framework=g-cloud 12"}
    built = Build(job(), "", asked).run()

    assert (built.result, built.stages) == (GREEN, [stage.capitalize()])
    assert job.said() == [f"mail news --stage {stage} --set framework=g-cloud 12{flag}"]


def test_what_was_missed_is_sent_from_that_day_on(job):
    """The old job took a number of days; without it what a broken timer left out was never sent."""
    asked = {"STAGE": "production", "COMMAND": "mail", "MAILING": "news", "HOW": "send", "SINCE": "2026-11-20"}
    assert Build(job(), "", asked).run().result == GREEN
    assert job.said() == ["mail news --stage production --since 2026-11-20"]


def test_the_state_says_what_is_due_at_which_hour(marketplace):
    from tests.mailings.marketplace import with_mailings

    with with_mailings(marketplace, {}):
        ran = marketplace.run("mailings", "--due-at", str(MONDAY_AT_EIGHT), "--commands")
        an_hour_before = marketplace.run("mailings", "--due-at", str(MONDAY_AT_EIGHT - 3600), "--commands")
        on_sunday = marketplace.run("mailings", "--due-at", str(MONDAY_AT_EIGHT - 24 * 3600), "--commands")

    assert ran.out.split("\n") == ["mail opportunities production", ""]
    assert an_hour_before.out.split("\n") == ["subscribe opportunity-subscribers production", ""]
    assert on_sunday.out.strip() == ""
