"""A state, its account and its ledger; an apply that is disturbed; and the operator who comes after it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emailops.declaration.build import declare
from emailops.store.state import load
from emailops.store.tree import read_directory
from tests.cloning import BRANCH, clone, git, on_a_branch, remote_of
from tests.crash.tripping import Tripping
from tests.hostile.answers import forms
from tests.playing import DATED, TODAY, Play
from tests.stories.telling import assert_fits
from tests.world import STATES, accounts_for, environment_for

ANNA = "anna.tester@council.org.uk"
STRANGER = "otto.stranger@people.example"
NAMES = ("Permits: changed", "Permits: found", "Permits: new", "Permits: tests")
CREATED = ("mailchimp-audience/new", "mailchimp-audience/tests")
ROOT = Path(__file__).parents[2]
PATIENCE = 12
"""Runs of the operator until all is as it should be."""


class Zygote:
    """A warm process that forks one for each run."""

    def __init__(self) -> None:
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LOGNAME": "operator"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            cwd=ROOT,
            text=True,
        )

    def ask(self, **command: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(command)}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@dataclass
class Run:
    """One run of the command line; `code` is negative when a signal ended it."""

    arguments: tuple[str, ...]
    pid: int
    out_file: Path
    err_file: Path
    code: int | None = None

    @property
    def out(self) -> str:
        return self.out_file.read_text()

    @property
    def err(self) -> str:
        return self.err_file.read_text()


@dataclass
class Scene:
    """`folder` holds everything that any run wrote; `said` is every run so far."""

    folder: Path
    ledger: str
    play: Play
    sandbox: Tripping
    zygote: Zygote
    said: list[Run] = field(default_factory=list)

    @property
    def pid_file(self) -> Path:
        return self.folder / "pid"

    def start(self, *arguments: str, play: Play | None = None, **more: Any) -> Run:
        """A run that goes on by itself."""
        here = play or self.play
        number = len(self.said)
        out, err = (self.folder / f"said-{number}.{end}" for end in ("out", "err"))
        run = {
            "arguments": [*arguments, *(["--today", TODAY] if arguments[0] in DATED else [])],
            "folder": str(here.folder),
            "environment": {**here.environment, "LOGNAME": "operator"},
            "out": str(out),
            "err": str(err),
            "pid_file": str(more.pop("pid_file", self.pid_file)),
            **more,
        }
        started = Run(arguments, self.zygote.ask(run=run), out, err)
        self.said.append(started)
        return started

    def wait(self, run: Run) -> Run:
        _, run.code = self.zygote.ask(wait=run.pid)
        return run

    def wait_for_any(self) -> Run:
        """The next run that ends."""
        pid, code = self.zygote.ask(wait=-1)
        run = next(run for run in self.said if run.pid == pid)
        run.code = code
        return run

    def run(self, *arguments: str, **more: Any) -> Run:
        return self.wait(self.start(*arguments, **more))

    def plan(self, play: Play | None = None) -> Run:
        made = self.run("plan", "--out", "plan.json", play=play, pid_file=self.folder / "other-pid")
        assert made.code == 0, (made.code, made.err)
        return made

    def signal(self, told: int) -> None:
        """The run that is on, told something."""
        os.kill(int(self.pid_file.read_text()), told)

    def recover(self, play: Play | None = None) -> None:
        """What an operator does until nothing is left: plan, apply, wait when told to, break a dead run's lease."""
        for _ in range(PATIENCE):
            self.plan(play)
            ran = self.run("apply", "plan.json", "--format", "json", play=play, pid_file=self.folder / "other-pid")
            self.assert_true(ran, play)
            assert ran.code != 70, ran.err
            if ran.code == 4 and (nonce := re.search(r"unlock --id ([0-9a-f]+)", ran.err)):
                broken = self.run("unlock", "--id", nonce[1], play=play, pid_file=self.folder / "other-pid")
                assert broken.code == 0, broken.err
            elif ran.code in (0, 6) and json.loads(ran.out)["converged"]:
                return
            elif "run it again in" in ran.out:
                self.sandbox.advance(131)
        raise AssertionError(f"not recovered: {ran.code} {ran.out} {ran.err}")

    def assert_true(self, run: Run, play: Play | None = None) -> None:
        """The report of a run fits the schema, accounts for every change, and says of none what is not so."""
        if run.code == -signal.SIGKILL:
            return
        assert run.code in (0, 1, 2, 4, 5, 6, 130), (run.code, run.err)
        report = json.loads(run.out)
        assert_fits("report", report)
        assert report["exit_code"] == run.code
        if report["gate"] is not None:
            assert run.code == 4, run.out
            return
        planned = json.loads(((play or self.play).folder / "plan.json").read_text())
        managed = [
            change["resource"]
            for change in planned["changes"]
            if change["control"] == "managed" and change["action"] not in ("person", "unknown")
        ]
        assert [outcome["resource"] for outcome in report["outcomes"]] == managed
        ids = self.ids()
        for outcome in report["outcomes"]:
            if outcome["status"] in ("done", "satisfied") and outcome["resource"].startswith("mailchimp-audience/"):
                name = f"Permits: {outcome['resource'].rpartition('/')[2]}"
                assert ids.get(outcome["resource"]) in [found["id"] for found in self.named(name)], outcome
        assert report["converged"] is (report["left"] == [])

    def named(self, name: str) -> list[dict[str, Any]]:
        accounts = self.sandbox.state()["mailchimp"]["accounts"]
        return [audience for audience in accounts[0]["audiences"] if audience["name"] == name]

    def ids(self) -> dict[str, str]:
        """Recorded ids, as the ledger holds them now."""
        text = ""
        if self.ledger == "git":
            remote = remote_of(self.play)
            for path in git(remote, "ls-tree", "-r", "--name-only", BRANCH).splitlines():
                text += git(remote, "show", f"{BRANCH}:{path}") + "\n" if path.startswith("recorded/") else ""
        else:
            text = "".join(path.read_text() for path in sorted((self.play.state / "recorded").glob("*.yaml")))
        return dict(re.findall(r'^(\S+): "(\S+)"$', text, re.MULTILINE))

    def outcome(self) -> dict[str, Any]:
        """What all the runs came to, without what no two worlds share: ids, times, and links made of them."""
        audiences = {}
        for name in NAMES:
            found = self.named(name)
            assert len(found) == 1, f"{len(found)} audiences are called {name}"
            resource = f"mailchimp-audience/{name.rpartition(' ')[2]}"
            assert self.ids().get(resource) == found[0]["id"], f"{resource} has another id recorded"
            kept = ("name", "contact", "campaign_defaults", "permission_reminder", "email_type_option", "double_optin")
            members = sorted((member["email_address"], member["status"]) for member in found[0]["members"])
            fields = sorted((field["tag"], field["name"], field["default_value"]) for field in found[0]["merge_fields"])
            whole = {field_: found[0][field_] for field_ in kept}
            audiences[name] = {**whole, "members": members, "merge_fields": fields}
        return audiences

    def assert_clean(self) -> None:
        """No secret and no stranger's address in any file, log or report, or in any object of the remote."""
        keys = [text for name, text in self.play.environment.items() if "KEY" in name]
        private = [ANNA, STRANGER, *(form[4:-4] for key in keys for form in forms(key))]
        texts = {
            str(path): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and path.name != "people.json"
        }
        if self.ledger == "git":
            texts["the branch"] = git(remote_of(self.play), "log", "-p", "--all").encode()
        for where, text in texts.items():
            for secret in private:
                assert secret.encode() not in text, where


@contextmanager
def scene(folder: Path, ledger: str, zygote: Zygote) -> Iterator[Scene]:
    """Planned and ready to apply."""
    here = folder / "here"
    here.mkdir(parents=True)
    shutil.copytree(STATES / "crash", here / "state")
    declaration = declare(load(read_directory(here / "state")))
    accounts = accounts_for(declaration)
    audiences = accounts["mailchimp"]["accounts"][0]["audiences"]
    audiences[0]["campaign_defaults"]["from_email"] = STRANGER
    audiences.append({**audiences[0], "id": "f0f0f0f0f0", "name": "Permits: found", "permission_reminder": "Old words"})
    people = here / "people.json"
    people.write_text(json.dumps({"anna": ANNA}))
    with Tripping(accounts) as sandbox:
        keys = environment_for(declaration, sandbox.notify_url, sandbox.mailchimp_url)
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "EMAILOPS_PEOPLE": str(people), **keys}
        play = Play(here, sandbox, environment)
        set_ = Scene(folder, ledger, play, sandbox, zygote)
        if ledger == "git":
            on_a_branch(play, set_.run)
        set_.plan()
        yield set_


def another(scene_: Scene, name: str) -> Play:
    """Another clone of the same state."""
    return clone(scene_.play, name)
