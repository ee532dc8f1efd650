"""What the Jenkinsfile must never become, and what each exit code means in it."""

from __future__ import annotations

import re

import pytest

from tests.pipeline.groovy import Token, read
from tests.pipeline.jenkins import AMBER, GREEN, JENKINSFILE, RED, Build, Job, shells
from tests.pipeline.scene import write_program

SOURCE = read(JENKINSFILE.read_text())
STAGES = {statement.tokens[2].text: statement for statement in SOURCE["pipeline"]["stages"].block}
TOKENS = [token for statement in SOURCE.all() for token in statement.tokens]
KEYS = JENKINSFILE.parent / "state/keys.yaml"
PROVIDER = set(re.findall(r"secret: *env:(\w+)", KEYS.read_text(encoding="utf-8")))
CREDENTIALS = re.compile(r"(\w+) = credentials \( '([a-z-]+)' \)")


def secrets_of(statement):
    """Variable -> id of the credential."""
    found = [CREDENTIALS.fullmatch(line.code) for line in statement["environment"].block]
    return {match[1]: match[2] for match in found if match}


def test_every_shell_step_can_be_read_and_nothing_is_put_into_it():
    assert len(shells(SOURCE)) == TOKENS.count(Token("word", "sh")) == 18


@pytest.mark.parametrize(
    "step",
    [
        'sh "emailops show ${plan}"',
        "sh script",
        "sh(script)",
        "sh(script: 'a' + b)",
        "sh(returnStatus: it, script: 'a')",
        'sh(returnStdout: true, script: "a")',
        "x = sh('a') + sh('b')",
        "sh",
    ],
)
def test_a_shell_step_of_another_form_does_not_pass_unread(step):
    with pytest.raises((ValueError, IndexError)):
        shells(read(f"steps {{\n{step}\n}}"))


@pytest.mark.parametrize("source", ["steps {", "}", "sh $/a/$", "sh /a/", 'sh """a"""'])
def test_groovy_that_it_does_not_know_does_not_pass_unread(source):
    with pytest.raises(ValueError, match=r".+"):
        shells(read(source))


def test_it_is_for_one_branch_and_knows_no_pull_request():
    words = {token.text for token in TOKENS} | {
        word for shell in shells(SOURCE) for word in re.findall(r"\w+", shell.script)
    }
    assert not words & {"changeRequest", "branch", "multibranch", "buildingTag", "BRANCH_NAME", "CHANGE_ID"}


def test_no_node_waits_for_an_approval():
    assert SOURCE["pipeline"]["agent"].code == "agent none"
    assert STAGES["Approve"]["agent"].tokens == ()
    assert any("input" in statement.code for statement in STAGES["Approve"].all())
    assert not any("input" in statement.code for name in ("Drift", "Plan", "Apply") for statement in STAGES[name].all())
    assert {name for name, stage in STAGES.items() if stage["agent"].code == "agent any"} == {"Drift", "Plan", "Apply"}


def test_secrets_are_only_where_they_are_needed():
    assert {name: set(secrets_of(stage)) for name, stage in STAGES.items()} == {
        "Drift": PROVIDER,
        "Plan": PROVIDER | {"GITHUB_TOKEN"},
        "Approve": set(),
        "Apply": PROVIDER | {"GITHUB_TOKEN"},
    }
    assert secrets_of(SOURCE["pipeline"]) == {}
    assert TOKENS.count(Token("word", "credentials")) == sum(
        len(secrets_of(statement)) for statement in STAGES.values()
    )


def test_the_id_of_a_credential_follows_from_its_variable_and_each_may_be_read():
    named = {variable: id_ for stage in STAGES.values() for variable, id_ in secrets_of(stage).items()}
    assert all(id_ == variable.lower().replace("_", "-") for variable, id_ in named.items())
    listed = SOURCE["pipeline"]["environment"]["EMAILOPS_SECRETS"].tokens[-1].text
    assert {f"env:{variable}" for variable in named} == set(listed.split())


def test_it_has_every_key_that_the_state_beside_it_names():
    listed = SOURCE["pipeline"]["environment"]["EMAILOPS_SECRETS"].tokens[-1].text
    assert {f"env:{variable}" for variable in PROVIDER} == set(listed.split()) - {"env:GITHUB_TOKEN"}


@pytest.fixture
def ending(tmp_path):
    """A job whose emailops does nothing but end each command with a code; one that is not named ends with 0."""

    def job(**codes):
        cases = " ".join(f"{command}) exit {code} ;;" for command, code in codes.items())
        emailops = f'#!/bin/sh\necho "digest {"d" * 64}"\ncase "$1" in {cases} esac\n'
        program = tmp_path / "agent/emailops"
        write_program(program, emailops)
        write_program(program.parent / "make", f"#!/bin/sh\nmkdir -p .venv/bin && cp {program} .venv/bin\n")
        write_program(program.parent / "git", "#!/bin/sh\necho commit\n")
        credentials = {id_: "made up" for stage in STAGES.values() for id_ in secrets_of(stage).values()}

        def check_out(folder, commit):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "plan.json").touch()

        return Job(tmp_path / "job", {"PATH": f"{tmp_path}/agent:/usr/bin:/bin"}, credentials, check_out)

    return job


@pytest.mark.few(2)
@pytest.mark.parametrize(
    ("code", "result"),
    [(0, GREEN), (2, GREEN), (6, GREEN), *((code, RED) for code in (1, 4, 5, 130))],
)
def test_what_is_left_does_not_paint_an_apply_red_and_all_else_does(ending, code, result):
    build = Build(ending(apply=code), "").run()
    assert (build.result, build.stages) == (result, ["Plan", "Apply"])
    assert any("emailops deliver" in script for script in build.executed) == (result == GREEN)


@pytest.mark.parametrize(
    ("code", "result"),
    [(0, GREEN), (6, AMBER), *((code, RED) for code in (1, 2, 70))],
)
def test_at_night_the_world_is_red_and_peoples_work_amber(ending, code, result):
    build = Build(ending(drift=code), "", by_timer=True).run()
    assert (build.result, build.stages) == (result, ["Drift"])


@pytest.mark.parametrize(
    ("code", "stages"), [(0, ["Plan", "Apply"]), (4, ["Plan", "Approve", "Apply"]), (1, ["Plan"]), (70, ["Plan"])]
)
def test_only_a_plan_that_is_not_the_reviewed_one_is_asked_about(ending, code, stages):
    assert Build(ending(review=code), "", answer=("ada", "")).run().stages == stages


@pytest.mark.parametrize("command", ["validate", "plan", "show", "deliver"])
def test_whatever_else_fails_is_red(ending, command):
    assert Build(ending(**{command: 3}), "").run().result == RED
