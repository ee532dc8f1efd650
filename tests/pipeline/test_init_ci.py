"""What `init --ci` writes, executed: by the readers that run this repository's own workflow and Jenkinsfile."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from emailops import __version__
from emailops.tasks.init_ci import CHECKOUT, SETUP_PYTHON
from tests.pipeline.actions import WORKFLOW, pull
from tests.pipeline.groovy import Token, read
from tests.pipeline.jenkins import AMBER, GREEN, RED, Build, shells
from tests.pipeline.scene import DOMAIN
from tests.pipeline.test_jenkins import GUEST
from tests.stories.telling import ALL_KEYS, drift, nothing_written

pytestmark = pytest.mark.slow

WHEEL = f"vendor/emailops-{__version__}-py3-none-any.whl"
WORKFLOW_PATH = ".github/workflows/emailops.yml"
LOCKS = (".ci/emailops-build.lock", ".ci/emailops.lock")
ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["in state/", "at the top"])
def config(scene, request):
    """The repository with a wheel, and its state in a folder or at the top."""
    (scene.play.folder / "vendor").mkdir()
    (scene.play.folder / WHEEL).write_bytes(b"a wheel")
    if request.param == "at the top":
        for path in sorted(scene.play.state.iterdir()):
            scene.git("mv", str(path), str(scene.play.folder / path.name))
    scene.commit()
    return scene


def _init(scene, system, wheel=WHEEL):
    ran = scene.play.run("init", "--ci", system, "--wheel", wheel)
    assert ran.code == 0, ran.err
    assert set(ran.out.splitlines()[:-1]) == {*LOCKS, WORKFLOW_PATH if system == "github" else "Jenkinsfile"}
    scene.commit("CI")
    return scene.play.folder


def _edit(scene, edit):
    path, old, new = edit
    return (path if (scene.play.state / "emailops.yaml").exists() else f"../{path}", old, new)


class TestAWorkflow:
    def test_it_shows_the_plan_of_a_pull_request_without_a_key(self, config):
        folder = _init(config, "github")
        run = pull(config, _edit(config, DOMAIN), workflow=(folder / WORKFLOW_PATH).read_text())

        assert (run.failed, run.log.count("no errors") + run.log.count("::error")) == ([], 0), run.log
        assert "7 consumers to update" in run.summary
        assert not {config.play.environment[name] for name in ALL_KEYS} & set(run.environments["Plan"].values())

    def test_a_finding_fails_it_at_its_line(self, config):
        folder = _init(config, "github")
        edit = _edit(config, ("emailops.yaml", "datacentre: us0", "datacentre: 7"))
        run = pull(config, edit, workflow=(folder / WORKFLOW_PATH).read_text())

        assert run.failed == ["emailops"]
        assert re.search(r"::error file=(state/)?emailops\.yaml,line=", run.log)

    def test_it_is_twenty_lines_or_so_and_as_careful_as_our_own(self, config):
        text = (_init(config, "github") / WORKFLOW_PATH).read_text()
        tree = yaml.safe_load(text)

        assert len(text.splitlines()) <= 26
        assert (tree[True], tree["permissions"]) == ("pull_request", {"contents": "read"})
        for action in (CHECKOUT, SETUP_PYTHON):
            assert f"uses: {action}\n" in text
            assert f"uses: {action}\n" in WORKFLOW.read_text()
        steps = tree["jobs"]["emailops"]["steps"]
        assert all("${{" not in step.get("run", "") for step in steps)
        assert steps[0]["with"]["persist-credentials"] is False


class TestAJenkinsfile:
    def test_it_validates_plans_and_looks_whether_the_world_has_drifted(self, config):
        source = read((_init(config, "jenkins") / "Jenkinsfile").read_text())
        build = Build(_job(config, source), "origin/main").run()

        assert build.result == GREEN, build.log
        assert build.executed == [shell.script for shell in shells(source)]
        assert "green: as declared" in build.archived("drift.txt").read_text()
        assert "no changes" in build.archived("plan.txt").read_text()

    def test_what_is_left_for_people_is_amber_and_a_drift_red(self, config):
        source = read((_init(config, "jenkins") / "Jenkinsfile").read_text())
        job = _job(config, source)
        config.play.edit(*_edit(config, GUEST))
        config.commit()
        assert Build(job, "origin/main").run().result == AMBER
        drift(config.play)
        assert Build(job, "origin/main").run().result == RED

    def test_it_is_for_one_branch_and_puts_nothing_into_a_script(self, config):
        source = read((_init(config, "jenkins") / "Jenkinsfile").read_text())
        tokens = [token for statement in source.all() for token in statement.tokens]

        assert len(shells(source)) == tokens.count(Token("word", "sh"))
        assert not {token.text for token in tokens} & {"changeRequest", "branch", "BRANCH_NAME", "CHANGE_ID"}


def _job(scene, source):
    job = scene.job()
    return type(job)(job.folder, job.agent, job.credentials, job.check_out, source)


class TestWhatIsInstalled:
    def test_everything_is_pinned_with_a_hash_and_names_no_index(self, config):
        folder = _init(config, "github")

        for path in LOCKS:
            entries = re.findall(r"(?m)^\S.*(?:\n    .*)*", (folder / path).read_text())
            assert entries
            for entry in entries:
                assert re.match(r"(\./vendor/|[a-z0-9-]+==)", entry), entry
                assert "--hash=sha256:" in entry
            assert "//" not in (folder / path).read_text()

    def test_a_wheel_of_the_repository_has_its_own_digest(self, config):
        lock = (_init(config, "github") / ".ci/emailops.lock").read_text()

        assert lock.endswith(f"./{WHEEL} \\\n    --hash=sha256:{hashlib.sha256(b'a wheel').hexdigest()}\n")

    def test_one_of_an_index_has_this_version(self, config):
        lock = (_init(config, "jenkins", f"sha256:{'0' * 64}") / ".ci/emailops.lock").read_text()

        assert lock.endswith(f"emailops=={__version__} \\\n    --hash=sha256:{'0' * 64}\n")

    def test_it_holds_what_emailops_needs_and_nothing_for_its_own_tests(self, config):
        names = set(re.findall(r"(?m)^([a-z0-9-]+)==", (_init(config, "github") / ".ci/emailops.lock").read_text()))

        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        needed = [*project["dependencies"], *project["optional-dependencies"]["mailchimp"]]
        assert names >= {re.split(r"[<>=~ ]", text)[0] for text in needed}
        assert not names & {"pytest", "mypy", "ruff", "hypothesis", "octodns"}
        pinned = (ROOT / ".ci/requirements.lock").read_text()
        assert all(f"\n{line}" in f"\n{pinned}" for line in _versions((ROOT / ".ci/runtime.lock").read_text()))


def _versions(lock):
    return re.findall(r"(?m)^[a-z0-9-]+==[^ ;]+", lock)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--ci", "github"), 64, "--wheel"),
        (("--wheel", WHEEL), 64, "--ci"),
        (("--ci", "github", "--wheel", "vendor/none.whl"), 64, "pip wheel"),
        (("--ci", "github", "--wheel", "../emailops-1-py3-none-any.whl"), 64, "not in this repository"),
        (("--ci", "github", "--wheel", "sha256:abc"), 64, "pip wheel"),
        (("--ci", "github", "--wheel", f"sha256:{'0' * 64}", "--service", "Permits"), 1, "already a declared state"),
    ],
)
def test_what_cannot_be_is_refused(scene, arguments, code, says):
    (scene.play.folder.parent / "emailops-1-py3-none-any.whl").write_bytes(b"")
    with nothing_written(scene.play):
        ran = scene.play.run("init", *arguments)
    assert ran.code == code
    assert says in ran.err


def test_what_somebody_wrote_is_not_overwritten(scene):
    (scene.play.folder / "Jenkinsfile").write_text("mine")
    with nothing_written(scene.play):
        ran = scene.play.run("init", "--ci", "jenkins", "--wheel", f"sha256:{'0' * 64}")
    assert (ran.code, "Jenkinsfile is there already" in ran.err) == (1, True)
