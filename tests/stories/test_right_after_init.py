"""Right after `init` everything works, while the kind of the one key is unknown and no consumer is declared."""

from __future__ import annotations

import shutil

import pytest

from tests.cloning import git
from tests.sandbox.test_run import running
from tests.stories.telling import NO_KEYS, audience
from tests.stories.test_import import NEWS
from tests.world import MAILCHIMP_KEY

pytestmark = pytest.mark.slow

INIT = ("init", "--service", "Permits", "--stages", "development,production")
NOTIFY = ("--notify-key", "env:NOTIFY_KEY_PERMITS", "--redirect-to", "permits@permits.example")
MAILCHIMP = ("--mailchimp", "env:MAILCHIMP_KEY")


@pytest.fixture
def empty(minimal):
    """Nothing declared; a Notify service, and a Mailchimp account with one audience."""
    shutil.rmtree(minimal.state)
    account = {"name": "Permits", "account_id": "permits", "api_keys": [f"{MAILCHIMP_KEY}-us7"], "max_audiences": 9}
    held = {"accounts": [{**account, "audiences": [{**NEWS, "members": []}]}]}
    minimal.change_world(lambda world: world.update(mailchimp=held))
    minimal.environment["MAILCHIMP_KEY"] = f"{MAILCHIMP_KEY}-us7"
    return minimal


def _begin(play, *arguments):
    ran = play.run(*INIT, *arguments)
    assert ran.code == 0, ran.err
    if "--mailchimp" in arguments:
        file = play.folder / "emailops.yaml"
        file.write_text(file.read_text() + "words: {own_domains: [permits.example]}\n")
        ran = play.run("import", "mailchimp", "--stage", "production")
        assert ran.code == 0, ran.err
    play.commit_all()


BEGINNINGS = {
    "Notify": NOTIFY,
    "Notify and Mailchimp": (*NOTIFY, *MAILCHIMP),
    "Mailchimp alone": ("--notify-key", "none", *MAILCHIMP),
}


@pytest.fixture(params=BEGINNINGS.values(), ids=BEGINNINGS)
def begun(empty, request):
    _begin(empty, *request.param)
    return empty


def test_it_is_valid_and_the_plan_is_empty(begun):
    assert begun.run("validate").out.startswith("no errors ·")
    ran = begun.run("plan", "--detailed-exitcode")
    assert (ran.code, ran.err) == (0, ""), ran.out
    assert "no changes" in ran.out


def test_a_drift_finds_nothing_and_its_observation_serves_a_rehearsal_without_keys(begun):
    ran = begun.run("drift", "--observed", "observed.json")
    assert ran.code == 0, ran.out + ran.err

    for arguments in ((), ("--observed", "observed.json")):
        ran = begun.run("rehearse", *arguments, **(NO_KEYS if arguments else {}))
        assert ran.code == 0, ran.err
        assert "second plan has no managed change" in ran.out


def test_todo_and_explain_answer(begun):
    assert begun.run("todo").code in (0, 6)
    assert begun.run("generate", "--out", "build").code == 0


@pytest.mark.parametrize("source", ["--from-state", "--observed"])
def test_a_sandbox_stands_in_for_it(begun, source):
    begun.run("drift", "--observed", "observed.json")
    asked = [source, str(begun.folder / "observed.json")] if source == "--observed" else [source]
    with running(*asked, "--state", str(begun.folder), "--port", "0") as sandbox:
        ran = begun.run("plan", "--detailed-exitcode", **sandbox.line["environment"])
    assert (ran.code, ran.err) == (0, ""), ran.out


@pytest.mark.parametrize("beside", ["plan.json", "notes.txt", "app/settings.py"])
def test_with_the_ledger_on_a_branch_a_plan_beside_the_one_file_is_applied(empty, beside):
    _begin(empty, *NOTIFY, *MAILCHIMP)
    _on_a_branch(empty)
    file = empty.folder / "audiences.yaml"
    file.write_text(file.read_text().replace("You asked for it.", "You asked."))
    empty.commit_all()
    git(empty.folder, "push", "--quiet", "origin", "HEAD:main")
    (empty.folder / beside).parent.mkdir(exist_ok=True)
    (empty.folder / beside).touch()

    assert empty.run("plan", "--out", "plan.json").code == 0
    ran = empty.run("apply", "plan.json")
    assert ran.code in (0, 6), ran.err
    assert audience(empty.sandbox.state(), NEWS["id"])["permission_reminder"] == "You asked."


@pytest.mark.parametrize("path", ["emailops.yaml", "audiences.yaml", "waivers.yaml", "templates/permit_granted.md"])
def test_what_the_state_reads_has_to_be_committed(empty, path):
    _begin(empty, *NOTIFY, *MAILCHIMP)
    (empty.folder / ".gitignore").write_text("waivers.yaml\n")
    _on_a_branch(empty)
    with (empty.folder / path).open("a") as file:
        file.write("# not committed\n")
    empty.run("plan", "--out", "plan.json")

    ran = empty.run("apply", "--stage", "production", "--yes")
    assert ran.code == 4
    assert f"the checkout is not as committed: {path}" in ran.err


def _on_a_branch(play):
    """The same with `ledger: git`, under a remote of its own."""
    remote = play.folder.parent / f"{play.folder.name}-remote.git"
    remote.mkdir()
    git(remote, "init", "--quiet", "--bare", "--template=", "--initial-branch=main")
    git(play.folder, "remote", "add", "origin", remote.as_uri())
    git(play.folder, "push", "--quiet", "origin", "HEAD:main")
    ran = play.run("ledger", "init")
    assert ran.code == 0, ran.err
    file = play.folder / "emailops.yaml"
    file.write_text(f"ledger: git\n{file.read_text()}")
    git(play.folder, "rm", "-r", "--quiet", "recorded")
    play.commit_all()
    git(play.folder, "push", "--quiet", "origin", "HEAD:main")


def test_nothing_is_named_after_a_persons_address(empty):
    person = "wilhelmina.quist@nhs.net"
    titles = (f"Reply to {person}", person, f"Ask <{person}>, please")
    held = [
        {"id": f"cccccccc-0000-4000-8000-00000000000{number}", "name": title, "subject": "News", "body": "Hello."}
        for number, title in enumerate(titles)
    ]
    empty.change_world(lambda world: world["notify"]["services"][0].update(templates=held))
    _begin(empty, *NOTIFY)

    written = {str(path.relative_to(empty.folder)): path for path in empty.folder.rglob("*") if path.is_file()}
    texts = " ".join((*written, *(path.read_text(errors="replace") for path in written.values()))).lower()
    assert not [part for part in ("wilhelmina", "quist", "nhs-net") if part in texts]
    assert "templates/reply-to-an-address.md" in written
