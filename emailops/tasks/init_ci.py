"""`init --ci`: a CI for a repository that holds nothing but its state. It installs emailops with hashes.

https://pip.pypa.io/en/stable/topics/secure-installs/
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from emailops import __version__
from emailops.engine.declared import valid
from emailops.errors import InvalidInput, UsageError
from emailops.run import Run
from emailops.store import files
from emailops.store.edits import flow

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_LOCKS = (".ci/emailops-build.lock", ".ci/emailops.lock")
"""What builds those of its dependencies that have no wheel, and these with emailops itself."""
CHECKOUT = "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2"
SETUP_PYTHON = "actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065 # v5.6.0"


class System(StrEnum):
    """The systems for which a CI can be written, each with the file that it reads."""

    github = ".github/workflows/emailops.yml"
    jenkins = "Jenkinsfile"


def begin(run: Run, system: System, wheel: str) -> tuple[str, ...]:
    """Write the CI's file and the locks; their paths. Raises InvalidInput before anything is written."""
    _refuse_below_the_top(run)
    pinned = _pinned(run, wheel)
    environment = {} if run.prefix in ("", "state") else {"EMAILOPS_STATE": run.prefix}
    text = _github(environment) if system is System.github else _jenkins(environment, _variables(run))
    written = dict(zip(_LOCKS, (_lock("build"), f"{_lock('runtime')}{pinned}\n"), strict=True)) | {system.value: text}
    for path, content in written.items():
        there = run.directory / path
        if there.exists() and there.read_bytes() != content.encode():
            raise InvalidInput(f"{path} is there already, and says something else", "remove it, or edit it yourself")
    for path, content in written.items():
        files.write(run.directory / path, content)
    return tuple(written)


def _refuse_below_the_top(run: Run) -> None:
    """A CI's file is read at the top of the repository alone."""
    tops = [folder for folder in (run.directory, *run.directory.parents) if (folder / ".git").exists()]
    if tops and tops[0] != run.directory:
        raise UsageError("a CI is written at the top of the repository", f"cd {tops[0]}")


def _pinned(run: Run, wheel: str) -> str:
    """The line of the lock that stands for emailops: a wheel of this repository, or the one of an index."""
    if found := _DIGEST.fullmatch(wheel):
        return f"emailops=={__version__} \\\n    --hash=sha256:{found[1]}"
    path = run.directory / wheel
    name = path.name
    if not (name.startswith("emailops-") and name.endswith(".whl") and path.is_file()):
        remedy = "pip wheel --no-deps --wheel-dir vendor emailops, or --wheel sha256:DIGEST of the one in your index"
        raise UsageError(f"--wheel {wheel} is not a wheel of emailops in this repository", remedy)
    if not path.resolve().is_relative_to(run.directory.resolve()):
        raise UsageError(f"--wheel {wheel} is not in this repository", "copy it into a folder of it, such as vendor/")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"./{path.resolve().relative_to(run.directory.resolve()).as_posix()} \\\n    --hash=sha256:{digest}"


def _lock(name: str) -> str:
    """Inside the installed package, in .ci/ of a checkout."""
    installed = Path(__file__).parents[1] / "locks"
    folder = installed if installed.is_dir() else Path(__file__).parents[2] / ".ci"
    return (folder / f"{name}.lock").read_text()


def _variables(run: Run) -> list[str]:
    """The variables from which the declared keys are read."""
    secrets = (key.secret for key in valid(run).keys.values())
    return list(dict.fromkeys(secret.removeprefix("env:") for secret in secrets if secret.startswith("env:")))


def _github(environment: dict[str, str]) -> str:
    lines = [f"    env: {{EMAILOPS_STATE: {flow(state)}}}\n" for state in environment.values()]
    return _GITHUB.format(build=_LOCKS[0], lock=_LOCKS[1], checkout=CHECKOUT, python=SETUP_PYTHON, env="".join(lines))


def _jenkins(environment: dict[str, str], variables: Iterable[str]) -> str:
    names = list(variables)
    declared = {**environment, **({"EMAILOPS_SECRETS": " ".join(f"env:{name}" for name in names)} if names else {})}
    lines = [f"        {name} = '{text}'\n" for name, text in declared.items()]
    lines += [f"        {name} = credentials('{name.lower().replace('_', '-')}')\n" for name in names]
    block = f"      environment {{\n{''.join(lines)}      }}\n" if lines else ""
    return _JENKINS.replace("ENVIRONMENT\n", block).replace("BUILD", _LOCKS[0]).replace("LOCK", _LOCKS[1])


_GITHUB = """\
# Begun by emailops init --ci github, yours to edit. It holds no key: what needs one is shown as not known.
name: emailops
on: pull_request
permissions: {{contents: read}}
defaults: {{run: {{shell: bash}}}}
jobs:
  emailops:
    runs-on: ubuntu-24.04
{env}    steps:
      - uses: {checkout}
        with: {{fetch-depth: 2, persist-credentials: false}}
      - uses: {python}
        with: {{python-version: "3.12"}}
      - name: Install
        run: |
          python -m venv "$RUNNER_TEMP/emailops"
          "$RUNNER_TEMP/emailops/bin/pip" install --require-hashes -r {build}
          "$RUNNER_TEMP/emailops/bin/pip" install --require-hashes --no-build-isolation -r {lock}
      - name: Validate
        run: '"$RUNNER_TEMP/emailops/bin/emailops" validate --format github'
      - name: Plan
        run: '"$RUNNER_TEMP/emailops/bin/emailops" plan --base HEAD^1 --format markdown >> "$GITHUB_STEP_SUMMARY"'
"""
_JENKINS = """\
// Begun by emailops init --ci jenkins, yours to edit. Make it a single-branch pipeline on main, never a multibranch
// one: a pull request's Jenkinsfile must not meet a credential. Each credential below is of the kind Secret text.
pipeline {
  agent none
  triggers {
    cron('H 5 * * *')
  }
  stages {
    stage('Check') {
      agent any
ENVIRONMENT
      steps {
        sh 'python3 -m venv .venv && .venv/bin/pip install --require-hashes -r BUILD'
        sh '.venv/bin/pip install --require-hashes --no-build-isolation -r LOCK'
        sh '.venv/bin/emailops validate'
        sh '.venv/bin/emailops plan > plan.txt'
        script {
          def code = sh(returnStatus: true, script: '.venv/bin/emailops drift > drift.txt')
          sh 'cat plan.txt drift.txt'
          if (code == 6) {
            unstable('what is left is for people')
          } else if (code != 0) {
            error("emailops drift ended with ${code}")
          }
        }
      }
      post {
        always {
          archiveArtifacts artifacts: 'plan.txt,drift.txt', allowEmptyArchive: true
        }
      }
    }
  }
}
"""
