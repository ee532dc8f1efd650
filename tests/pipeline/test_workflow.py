"""The workflow of a pull request executed: one comment, a status with the digest, and no secret to reach."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from tests.pipeline.actions import WORKFLOW, pull
from tests.pipeline.scene import DOMAIN, TOKEN
from tests.stories.telling import ALL_KEYS

pytestmark = pytest.mark.slow

TREE = yaml.safe_load(WORKFLOW.read_text())
STEPS = [step for job in TREE["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", sorted(WORKFLOW.parent.glob("*.yml")), ids=lambda path: path.name)
class TestEveryWorkflow:
    def test_has_no_rights_of_the_base_and_no_secret(self, path):
        assert not re.search(r"pull_request_target|workflow_run|secrets", path.read_text())

    def test_pins_its_actions_and_leaves_no_credentials(self, path):
        jobs = yaml.safe_load(path.read_text())["jobs"].values()
        used = [step for job in jobs for step in job["steps"] if "uses" in step]
        assert used
        for step in used:
            assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", step["uses"])
            if "checkout" in step["uses"]:
                assert step["with"]["persist-credentials"] is False


class TestWhatItMay:
    def test_it_runs_for_pull_requests_alone(self):
        assert TREE[True] == "pull_request"  # YAML reads `on` as a boolean

    def test_its_token_reads_contents_and_writes_the_comment_and_the_status_in_another_job(self):
        assert TREE["permissions"] == {}
        assert {name: job["permissions"] for name, job in TREE["jobs"].items()} == {
            "plan": {"contents": "read", "pull-requests": "write"},
            "status": {"statuses": "write"},
        }

    def test_its_token_is_given_only_to_the_steps_that_write(self):
        given = {step["name"] for step in STEPS if "github.token" in str(step)}
        assert given == {"Comment", "Say which change was shown"}

    @pytest.mark.parametrize("step", [step for step in STEPS if "run" in step], ids=lambda step: step["name"])
    def test_nothing_is_put_into_a_script(self, step):
        assert "${{" not in step["run"]

    def test_the_tool_is_the_bases_and_runs_isolated(self):
        tool = next(step["with"] for step in STEPS if step.get("with", {}).get("path") == "tool")
        assert tool["ref"] == "${{ github.event.pull_request.base.sha }}"
        ran = [line for step in STEPS for line in step.get("run", "").splitlines() if 'python" ' in line]
        assert ran
        assert all("-I -m emailops" in line or "-I -c" in line for line in ran)


@pytest.fixture
def observed(scene):
    """The night has been."""
    assert scene.play.run("drift", "--save").code in (0, 6)
    return scene


def comment(number, who, words):
    place = "/repos/team/config/issues/7/comments"
    return {"id": number, "at": place, "user": {"login": who}, "body": f"<!-- emailops plan -->\n{words}"}


BOT = "github-actions[bot]"


def test_one_comment_is_kept_up_to_date_and_the_status_holds_the_whole_digest(observed):
    elsewhere = {**comment(3, BOT, "of another pull request"), "at": "/repos/team/config/issues/8/comments"}
    someones, ours = comment(1, "sam", "I can write that, too"), comment(2, BOT, "what an older commit would do")
    observed.hosting.comments += [someones, ours, elsewhere]
    run = pull(observed, DOMAIN)
    assert (run.failed, run.summary) == ([], "")
    assert [comment["id"] for comment in observed.hosting.comments] == [1, 2, 3]
    assert (someones["body"][-3:], elsewhere["body"][-7:]) == ("too", "request")
    plan = json.loads((run.out / "plan.json").read_text())
    assert ours["body"].startswith("<!-- emailops plan -->\n###")
    assert "7 consumers to update" in ours["body"]
    assert plan["change"] in ours["body"]
    assert ours["body"].endswith("\nrehearsed: nothing to make, second plan has no managed change\n")
    [status] = observed.hosting.statuses[run.head]
    assert (status["context"], status["state"], status["description"]) == ("emailops/plan", "success", plan["change"])
    assert plan["review_only"] is True
    assert "<h1>" in (run.out / "plan.html").read_text()


def test_before_the_first_night_nothing_is_known_and_nothing_is_shown_as_fine(scene):
    scene.git("push", "--quiet", "--delete", "origin", "emailops/ledger")
    run = pull(scene, DOMAIN, ("emailops.yaml", "ledger: git", "ledger: files"))
    assert run.failed == []
    [ours] = scene.hosting.comments
    assert "MAILCHIMP\\_KEY is not set" in ours["body"]
    assert "7 consumers to update" in ours["body"]
    assert "rehearsed" not in ours["body"]


MODULES = ("emailops/__init__.py", "emailops/__main__.py", "emailops/cli.py", "emailops.py", "json.py", "yaml.py")
HOSTILE = "import os, pathlib\npathlib.Path({!r}).write_text(repr(os.environ))\n"


def test_code_of_a_forks_pull_request_does_not_run_finds_no_secret_and_its_plan_is_the_summary(observed):
    marker = observed.folder / "marker"
    files = dict.fromkeys(MODULES, HOSTILE.format(str(marker)))
    files[".github/workflows/plan.yml"] = "on: push\n"
    files["Makefile"] = f"setup:\n\techo ran > {marker}\n"
    run = pull(observed, DOMAIN, files=files, fork=True)
    assert (run.failed, marker.exists()) == ([], False)
    assert "7 consumers to update" in run.summary
    assert observed.hosting.requests == [], "a fork's token may not write"
    ran = (run.folder / "workspace/tool/.venv/bin/ran").read_text().splitlines()
    assert len(ran) == 5
    assert all(line.startswith("-I ") for line in ran)
    secrets = [observed.play.environment[name] for name in ALL_KEYS]
    for name, environment in run.environments.items():
        given = set(secrets) & set(environment.values())
        assert not given, name
        assert (TOKEN in environment.values()) == (name == "Comment")
    kept = run.log + "".join(path.read_text() for path in run.out.iterdir())
    assert not [secret for secret in [TOKEN, *secrets] if secret in kept]


WRONG = {
    "a host": (("emailops.yaml", "datacentre: us0", "datacentre: us0\n    host: evil.example"), {}),
    "modules in the state": (DOMAIN, {"state/json.py": "1 / 0\n", "state/emailops.py": "1 / 0\n"}),
}


@pytest.mark.parametrize(("edit", "files"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_shown_at_its_line_and_an_older_plan_does_not_stay(observed, edit, files):
    ours = comment(1, BOT, "what an older commit would do")
    observed.hosting.comments.append(ours)
    run = pull(observed, edit, files=files)
    assert run.failed == ["plan"]
    assert "::error file=state/" in run.log
    assert observed.hosting.comments == [ours]
    assert ours["body"] == (
        "<!-- emailops plan -->\nNo plan could be made of this commit: "
        "[the build](https://github.example/team/config/actions/runs/17) says why.\n"
    )
    assert observed.hosting.statuses == {}
