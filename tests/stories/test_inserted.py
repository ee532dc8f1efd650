"""Settings in files that people own: set where they stand, checked in their CI, delivered, compared and explained."""

from __future__ import annotations

import pytest

from tests.repositories import Repositories
from tests.stories.test_declared_changes import rows

PREFIX = "https://git.example/"
BRANCH = "emailops/settings"
GRANTED = "aaaaaaaa-0000-4000-8000-000000000001"
VALUES = "apps/web/values-prod.yaml"
NOTE = f".emailops-values/web/{VALUES}.json"
HELM = """\
# Owned by the platform team.
helmValues:
  image: {tag: "1.2"}   # set by the release
  env:
    - name: LOG_LEVEL   # theirs
      value: info
    - {name: PERMIT_GRANTED, value: old}

# The end.
"""
AFTER = HELM.replace("value: old", f"value: {GRANTED}").replace(
    f"value: {GRANTED}}}\n",
    f'value: {GRANTED}}}\n    - name: REDIRECTS\n      value: "{{\\"example.org\\":\\"sink@permits.example\\"}}"\n',
)
CONSUMER = """\
consumers:
  web:
    repository: https://git.example/permits.git
    sends: [notify]
    templates: [permit_granted, permit_refused]
    stage_names: {production: prod}
    files:
      values:
        into: apps/web/values-{stage}.yaml
        at: helmValues.env
        format: yaml
        stages: [production]
        settings: {PERMIT_GRANTED: template permit_granted, REDIRECTS: {json_text: redirects}}
    secrets: {NOTIFY_API_KEY: notify}
"""


@pytest.fixture
def played(minimal, tmp_path):
    (tmp_path / "remotes").mkdir()
    repositories = Repositories(tmp_path / "remotes", PREFIX)
    repositories.make("permits", {VALUES: HELM, ".dockerignore": "*\n"})
    minimal.environment |= repositories.environment
    path = minimal.state / "emailops.yaml"
    text = path.read_text()
    path.write_text(text[: text.index("consumers:")] + CONSUMER)
    return minimal, repositories


@pytest.fixture
def checkout(played):
    folder = played[0].folder / "checkout"
    (folder / VALUES).parent.mkdir(parents=True)
    (folder / VALUES).write_text(HELM)
    return folder


def test_only_the_settings_are_set_and_a_note_lies_beside(played, checkout):
    play, _ = played
    ran = play.run("generate", "web", "--into", "checkout")

    assert (ran.code, ran.out) == (0, "2 files written to checkout, 0 unchanged\n")
    assert (checkout / VALUES).read_text() == AFTER
    assert (checkout / NOTE).exists()
    assert GRANTED not in (checkout / NOTE).read_text()
    assert play.run("generate", "web", "--into", "checkout").out == "0 files written to checkout, 2 unchanged\n"
    for arguments in ((), ("--current",)):
        assert play.run("generate", "web", "--check", "checkout", *arguments).code == 0


@pytest.mark.parametrize(
    ("old", "new", "finds"),
    [
        (f"value: {GRANTED}", "value: mine", "not as emailops set it: helmValues.env.PERMIT_GRANTED"),
        ("name: REDIRECTS", "name: OTHER", "not as emailops set it: helmValues.env.REDIRECTS"),
        ("  env:", "  environment:", f"{VALUES} has no helmValues.env"),
        ("# Owned", "\tOwned", f"{VALUES} cannot be read: line 1: found character that cannot start any token"),
        ("value: info", "value: debug", ""),
    ],
)
def test_a_check_without_the_state_finds_what_was_edited_by_hand(played, checkout, old, new, finds):
    play, _ = played
    play.run("generate", "web", "--into", "checkout")
    (checkout / VALUES).write_text(AFTER.replace(old, new))
    ran = play.run("generate", "--check", "checkout", "--state", "nowhere")

    assert (ran.code, finds in ran.out) == (3 if finds else 0, True)
    assert not finds or VALUES in ran.out


def test_a_file_of_people_that_is_gone_is_found(played, checkout):
    play, _ = played
    play.run("generate", "web", "--into", "checkout")
    (checkout / VALUES).unlink()

    assert "it is not there, and .emailops-values/web" in play.run("generate", "--check", "checkout").out
    ran = play.run("generate", "web", "--into", "checkout")
    assert ran.code == 1
    assert f"{VALUES} is not there, and people own it" in ran.err


def test_what_is_out_of_date_is_named(played, checkout):
    play, _ = played
    play.run("generate", "web", "--into", "checkout")
    play.edit("emailops.yaml", "example.org: applicant", "example.net: applicant")
    ran = play.run("generate", "web", "--check", "checkout", "--current")

    assert ran.code == 3
    assert "it is out of date: ~ helmValues.env.REDIRECTS" in ran.out


def test_out_leaves_files_of_people_alone_and_says_so(played):
    play, _ = played
    ran = play.run("generate", "--out", "build")

    assert ran.code == 0
    assert f"not written: people own web/{VALUES}; emailops generate web --into CHECKOUT sets" in ran.out
    assert not (play.folder / "build").exists()


@pytest.mark.slow
def test_deliver_pushes_the_settings_and_consumers_tells_who_holds_them(played):
    play, repositories = played
    held = play.run("consumers", "--format", "json").json["files"]
    assert {row["path"]: row["status"] for row in held} == {VALUES: "outdated", NOTE: "missing"}

    ran = play.run("deliver")
    assert (ran.code, ran.err) == (0, "")
    assert repositories.read("permits", BRANCH, VALUES) == AFTER
    message = repositories.said("permits", BRANCH)
    assert f"- {VALUES}: + helmValues.env.REDIRECTS" in message or "~ helmValues.env.PERMIT_GRANTED" in message
    assert "dockerignore" not in message
    repositories.merge("permits", BRANCH)
    assert "up to date" in play.run("deliver").out
    held = play.run("consumers", "--format", "json").json["files"]
    assert {row["path"]: row["status"] for row in held} == {VALUES: "current", NOTE: "current"}

    repositories.commit("permits", {VALUES: AFTER.replace("info", "debug").replace(GRANTED, "mine")})
    held = play.run("consumers", "--format", "json").json["files"]
    assert {row["path"]: row["status"] for row in held} == {VALUES: "edited", NOTE: "current"}
    assert play.run("deliver").code == 0
    assert repositories.read("permits", BRANCH, VALUES) == AFTER.replace("info", "debug")


def test_a_file_that_is_not_there_fails_the_delivery_by_name(played):
    play, repositories = played
    repositories.commit("permits", {VALUES: None})

    ran = play.run("deliver")
    assert ran.code == 1
    assert f"{VALUES} is not there, and people own it" in ran.out
    assert "missing" in play.run("consumers").out


def test_a_plan_shows_where_settings_go_and_explain_names_the_place(played):
    play, _ = played
    play.commit_all()
    play.git("switch", "--quiet", "--create", "work")
    play.edit("emailops.yaml", "at: helmValues.env", "at: values.env")
    assert play.run("plan", "--out", "plan.json").code == 0
    row = rows(play.plan())["consumer", "web", "", "file values"]
    assert (row["before"]["at"], row["after"]["at"]) == ("helmValues.env", "values.env")

    assert f"{VALUES} at values.env" in play.run("explain", "REDIRECTS").out


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (("format: yaml", "format: dotenv"), "'dotenv' is not allowed here"),
        (("        into: apps/web/values-{stage}.yaml\n", ""), "into"),
        (("format: yaml", "format: yaml\n        app: a"), "the field app does not belong beside the rest"),
        (("into: apps", "into: /apps"), "'/apps/web/values-{stage}.yaml' is not allowed here"),
        (("into: apps/web", "into: .github/web"), "is a path that a CI, Git or SSH obeys"),
    ],
)
def test_what_cannot_be_declared_is_a_finding(played, edit, message):
    play, _ = played
    play.edit("emailops.yaml", *edit)
    ran = play.run("validate")

    assert ran.code == 3
    assert message in ran.out


BY_STAGE = """\
# What the app calls its environments.
prod:
  mail: {own: 1, PERMIT_GRANTED: old} # theirs
local: {mail: {}}
test:
  mail:
    own: 2
"""


def test_one_file_of_people_may_hold_a_place_for_each_stage(played, checkout):
    play, _ = played
    for old, new in (
        ("{production: prod}", "{production: prod, development: [local, test]}"),
        (VALUES.replace("prod", "{stage}"), "config/mail.yml"),
        ("helmValues.env", '"{stage}.mail"'),
        ("        stages: [production]\n", ""),
        ("REDIRECTS: {json_text: redirects}", "'TO_{stage}': redirects"),
    ):
        play.edit("emailops.yaml", old, new)
    (checkout / "config").mkdir()
    (checkout / "config/mail.yml").write_text(BY_STAGE)
    ran = play.run("generate", "web", "--into", "checkout")
    trial = f"bbbbbbbb{GRANTED[8:]}"

    assert (ran.code, ran.err) == (0, "")
    assert (checkout / "config/mail.yml").read_text() == (
        BY_STAGE.replace("old}", f'{GRANTED}, TO_prod: {{example.org: "sink@permits.example"}}}}')
        .replace("{mail: {}}", f'{{mail: {{PERMIT_GRANTED: "{trial}", TO_local: {{}}}}}}')
        .replace("    own: 2\n", f'    own: 2\n    PERMIT_GRANTED: "{trial}"\n    TO_test: {{}}\n')
    )
    assert play.run("generate", "web", "--check", "checkout", "--current").code == 0
    (checkout / "config/mail.yml").write_text((checkout / "config/mail.yml").read_text().replace("TO_test", "TO"))
    assert "not as emailops set it: test.mail.TO_test" in play.run("generate", "--check", "checkout").out
    assert "written to  config/mail.yml at prod.mail" in play.run("explain", "PERMIT_GRANTED").out
