"""A GitHub Actions runner for .github/workflows/plan.yml: its run: scripts in order, as bash runs them there.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax Expressions are looked up in a table,
and an action that it does not know is an AssertionError.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.pipeline.scene import CONFIG, OWNER, PREFIX, TOKEN, VENV, Scene, write_program

WORKFLOW = Path(__file__).parents[2] / ".github/workflows/plan.yml"
REPOSITORY = f"{OWNER}/{CONFIG}"
NUMBER = 7
_EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")
_BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
_PYTHON = f'#!/bin/sh\necho "$@" >> "$(dirname "$0")/ran"\nexec {sys.executable} "$@"\n'
_MAKE = f"""#!/bin/sh
[ "$1 $3" = "--directory setup" ] || exit 2
mkdir -p "$2/.venv/bin"
cat > "$2/.venv/bin/python" <<'END'
{_PYTHON}END
chmod +x "$2/.venv/bin/python"
"""
_GH = f'#!/bin/sh\nexec {sys.executable} -I {Path(__file__).with_name("gh.py")} "$@"\n'


def pull(
    scene: Scene,
    *edits: tuple[str, str, str],
    files: Mapping[str, str] | None = None,
    fork: bool = False,
    workflow: str | None = None,
) -> Run:
    """The run for a pull request of the branch `change` with these edits of the state, and files.

    GitHub merges it into main to try, and leaves the result under a name of its own. `workflow` is the text of another
    one than this repository's.
    """
    scene.branch("change")
    for edit in edits:
        scene.play.edit(*edit)
    for name, text in (files or {}).items():
        write_program(scene.play.folder / name, text)
    head = scene.commit()
    scene.git("checkout", "--quiet", "--detach", "origin/main")
    scene.git("merge", "--quiet", "--no-ff", "--no-edit", head)
    merged = f"refs/pull/{NUMBER}/merge"
    scene.git("push", "--quiet", "--force", "origin", f"HEAD:{merged}")
    base = scene.git("rev-parse", "origin/main")
    source = WORKFLOW.read_text() if workflow is None else workflow
    return Run(scene, scene.folder / "runner", base, head, merged, source, fork=fork).run()


@dataclass
class Run:
    """One run for a pull request: `head` and `base` are commits, `merged` names the merge result that GitHub makes.

    `environments` are what each step could read, by its name."""

    scene: Scene
    folder: Path
    base: str
    head: str
    merged: str
    source: str
    fork: bool = False
    log: str = ""
    failed: list[str] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    environments: dict[str, dict[str, str]] = field(default_factory=dict)

    def run(self) -> Run:
        workflow = yaml.safe_load(self.source)
        tools = self.folder / "tools"
        write_program(tools / "make", _MAKE)
        write_program(tools / "gh", _GH)
        write_program(tools / "python", VENV)
        for folder in ("workspace", "temp"):
            (self.folder / folder).mkdir(parents=True)
        for name, job in workflow["jobs"].items():
            if "needs" in job and (job["needs"] in self.failed or not self._holds(job["if"])):
                continue
            self._job(name, job, workflow)
        return self

    @property
    def summary(self) -> str:
        return self._file("summary").read_text() if self._file("summary").exists() else ""

    @property
    def out(self) -> Path:
        """What the run keeps as its artefact."""
        return self.folder / "temp/out"

    def _job(self, name: str, job: Mapping[str, Any], workflow: Mapping[str, Any]) -> None:
        assert workflow["defaults"]["run"]["shell"] == "bash"
        for step in job["steps"]:
            if name in self.failed and not self._holds(step.get("if", "")):
                continue
            try:
                if "uses" in step:
                    self._uses(step)
                else:
                    self._script(step, job, workflow)
            except subprocess.CalledProcessError:
                if not step.get("continue-on-error"):
                    self.failed.append(name)
        for output, value in job.get("outputs", {}).items():
            self.outputs[f"needs.{name}.outputs.{output}"] = self._put_in(value)

    def _uses(self, step: Mapping[str, Any]) -> None:
        action, given = step["uses"].partition("@")[0], step.get("with", {})
        if action == "actions/checkout":
            assert given["persist-credentials"] is False
            self._check_out(given)
        else:
            assert action in ("actions/setup-python", "actions/upload-artifact"), action

    def _check_out(self, given: Mapping[str, Any]) -> None:
        ref = self._put_in(given.get("ref", self.merged))
        folder = self.folder / "workspace" / given.get("path", ".")
        self._git("init", "--quiet", str(folder))
        self._git("-C", str(folder), "remote", "add", "origin", f"{PREFIX}{CONFIG}.git")
        is_branch = ref.startswith("refs/heads/")
        wanted = f"{ref}:{ref}" if is_branch else ref
        self._git("-C", str(folder), "fetch", "--quiet", f"--depth={given.get('fetch-depth', 1)}", "origin", wanted)
        self._git(
            "-C", str(folder), "checkout", "--quiet", ref.removeprefix("refs/heads/") if is_branch else "FETCH_HEAD"
        )

    def _git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], env=self._environment({}), check=True, capture_output=True)

    def _script(self, step: Mapping[str, Any], job: Mapping[str, Any], workflow: Mapping[str, Any]) -> None:
        assert "${{" not in step["run"]
        file = self._file("script")
        file.write_text(step["run"])
        declared = {**workflow.get("env", {}), **job.get("env", {}), **step.get("env", {})}
        environment = self._environment({name: self._put_in(text) for name, text in declared.items()})
        folder = self._put_in(step.get("working-directory", str(self.folder / "workspace")))
        done = subprocess.run(
            [*_BASH, str(file)], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        self.log += f"## {step['name']}\n{done.stdout}{done.stderr}"
        self.environments[step["name"]] = environment
        for name, text in self._noted("output").items():
            self.outputs[f"steps.{step.get('id')}.outputs.{name}"] = text
        self._file("output").unlink(missing_ok=True)
        done.check_returncode()

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """Nothing of the machine but the way to the sandbox's Git: a runner is a machine of its own."""
        git = {name: text for name, text in self.scene.play.environment.items() if name.startswith("GIT_")}
        return {
            **git,
            "PATH": f"{self.folder / 'tools'}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "GITHUB_API": self.scene.hosting.url,
            "GITHUB_WORKSPACE": str(self.folder / "workspace"),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_ENV": str(self._file("env")),
            "GITHUB_OUTPUT": str(self._file("output")),
            "GITHUB_STEP_SUMMARY": str(self._file("summary")),
            "RUNNER_TEMP": str(self.folder / "temp"),
            **self._noted("env"),
            **more,
        }

    def _file(self, name: str) -> Path:
        return self.folder / f"temp/{name}"

    def _noted(self, name: str) -> dict[str, str]:
        file = self._file(name)
        lines = file.read_text().splitlines() if file.exists() else []
        return dict(line.split("=", 1) for line in lines)

    def _holds(self, condition: str) -> bool:
        """`success()` unless it says otherwise."""
        expression = condition.removeprefix("${{ ").removesuffix(" }}")
        if expression in ("", "!cancelled()"):
            return bool(expression)
        left, right = expression.split(" == ")
        return self._value(left) == self._value(right)

    def _put_in(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: self._value(found[1]), text)

    def _value(self, name: str) -> str:
        table = {
            "github.token": TOKEN,
            "github.server_url": "https://github.example",
            "github.repository": REPOSITORY,
            "github.run_id": "17",
            "github.event.pull_request.number": str(NUMBER),
            "github.event.pull_request.base.sha": self.base,
            "github.event.pull_request.head.sha": self.head,
            "github.event.pull_request.head.repo.full_name": "someone/fork" if self.fork else REPOSITORY,
            "runner.temp": str(self.folder / "temp"),
            **self.outputs,
        }
        return table.get(name, "") if name.startswith(("steps.", "needs.")) else table[name]
