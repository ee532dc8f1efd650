"""A state on disk, the world that it declares in a sandbox, and the command line between them."""

from __future__ import annotations

import io
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from emailops.cli import main
from emailops.declaration.model import Declaration
from emailops.sandbox import Request, Sandbox
from tests.world import STATES, accounts_for, declaration_of, environment_for

TODAY = "2026-11-24"
DATED = ("validate", "plan", "apply", "attest", "explain", "todo", "drift", "rehearse", "probe", "rotate", "status")
"""Commands to which the day matters."""


@dataclass(frozen=True)
class Ran:
    """How a command line ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Play:
    """One state and its sandbox. `run` is the command line in this process, as a shell in `folder` would start it."""

    folder: Path
    sandbox: Sandbox
    environment: dict[str, str]

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def run(self, *arguments: str, **environment: str | None) -> Ran:
        """Run `emailops ARGUMENTS`; an environment value of None takes a variable away."""
        dated = ["--today", TODAY] if arguments[0] in DATED else []
        variables = {name: text for name, text in {**self.environment, **environment}.items() if text is not None}
        with (
            _surroundings(variables, self.folder),
            redirect_stdout(io.StringIO()) as out,
            redirect_stderr(io.StringIO()) as err,
        ):
            code = main([*arguments, *dated])
        return Ran(int(code), out.getvalue(), err.getvalue())

    def plan(self, *arguments: str) -> Any:
        """The plan as JSON."""
        ran = self.run("plan", "--format", "json", *arguments)
        assert ran.code == 0, ran.err
        return ran.json

    def audiences(self) -> list[dict[str, Any]]:
        """What Mailchimp holds now."""
        audiences: list[dict[str, Any]] = self.sandbox.state()["mailchimp"]["accounts"][0]["audiences"]
        return audiences

    def change_world(self, change: Any) -> None:
        """Let `change` edit what the providers hold, as people in web pages do."""
        accounts = self.sandbox.state()
        change(accounts)
        self.sandbox.replace(accounts)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace text that must be there in a file of the state."""
        file = self.state / path
        text = file.read_text()
        assert old in text, f"{old!r} is not in {path}"
        file.write_text(text.replace(old, new, 1))

    def git(self, *arguments: str) -> str:
        person = ["-c", "user.name=Someone", "-c", "user.email=someone@example.com", "-c", "commit.gpgsign=false"]
        done = subprocess.run(["git", *person, *arguments], cwd=self.folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit_all(self, message: str = "State") -> str:
        """A commit of everything, in a repository made for it when there is none."""
        if not (self.folder / ".git").exists():
            self.git("init", "--quiet", "--initial-branch=main")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")
        return self.git("rev-parse", "HEAD")


def impatient(folder: Path) -> dict[str, str]:
    """The surroundings of every command line: nothing that fails is tried again, so that nobody waits."""
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "EMAILOPS_PATIENCE": "0"}


class Reused(Sandbox):
    """One sandbox for many tests: each begins with another world, without faults, and with no request made yet.

    Starting and stopping one costs more than most tests.
    """

    _before = 0

    def begin(self, accounts: Any) -> None:
        self.reset()
        self.set_faults([])
        self.replace(accounts)
        self._before = len(super().requests)

    @property
    def requests(self) -> list[Request]:
        return super().requests[self._before :]


def begun(folder: Path, state: str, sandbox: Reused) -> Play:
    """A copy of a frozen state in `folder`, and in the sandbox just what it declares."""
    for path, content in _files(state).items():
        (folder / "state" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "state" / path).write_bytes(content)
    declaration = _declaration(state)
    sandbox.begin(accounts_for(declaration))
    keys = environment_for(declaration, sandbox.notify_url, sandbox.mailchimp_url)
    return Play(folder, sandbox, {**impatient(folder), **keys})


@contextmanager
def play(folder: Path, state: str = "digital-marketplace") -> Iterator[Play]:
    """The same, with a sandbox of its own, which the test may stop."""
    with Reused({}) as sandbox:
        yield begun(folder, state, sandbox)


@cache
def _declaration(state: str) -> Declaration:
    return declaration_of(STATES / state)


@cache
def _files(state: str) -> dict[str, bytes]:
    root = STATES / state
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@contextmanager
def _surroundings(variables: dict[str, str], folder: Path) -> Iterator[None]:
    before, here = dict(os.environ), Path.cwd()
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)
        os.environ.clear()
        os.environ.update(before)
