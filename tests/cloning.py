"""A state under Git with a remote of its own, whose ledger stands on the branch there; and more clones of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.playing import Play

BRANCH = "emailops/ledger"


def git(folder: Path, *arguments: str) -> str:
    """Git as some person, without the machine's own configuration."""
    person = ["-c", "user.name=Someone", "-c", "user.email=someone@example.com", "-c", "commit.gpgsign=false"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", *person, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def remote_of(play: Play) -> Path:
    return play.folder.parent / f"{play.folder.name}-remote.git"


def publish(play: Play) -> Path:
    """The state as the head of main of a new bare remote; without a ledger's branch yet."""
    remote = remote_of(play)
    remote.mkdir()
    git(remote, "init", "--quiet", "--bare", "--template=", "--initial-branch=main")
    (remote / "hooks").mkdir()
    (play.folder / ".gitignore").write_text("*.json\n*.jsonl\n")
    play.commit_all()
    git(play.folder, "remote", "add", "origin", remote.as_uri())
    push(play)
    return remote


def push(play: Play) -> None:
    git(play.folder, "push", "--quiet", "origin", "HEAD:main")


_BEGUN: dict[str, tuple[Path, Path]] = {}


def on_a_branch(play: Play, run: Callable[..., Any] | None = None) -> Path:
    """The same, with `ledger: git`, its branch made from recorded/, which then leaves main.

    The first of one state is kept as it was then, and copied for every other.
    """
    files = {str(path.relative_to(play.folder)): path.read_bytes() for path in play.folder.rglob("*") if path.is_file()}
    before = repr(sorted(files.items()))
    remote = remote_of(play)
    if before in _BEGUN and _BEGUN[before][0].exists():  # gone where one process runs the tests twice
        _copy(*_BEGUN[before], play.folder, remote)
        return remote
    _begin(play, run or play.run)
    kept = play.folder.parent / f"{play.folder.name}-begun"
    _copy(play.folder, remote, kept / "play", kept / "remote.git")
    _BEGUN[before] = kept / "play", kept / "remote.git"
    return remote


def _copy(folder: Path, remote: Path, to: Path, its_remote: Path) -> None:
    shutil.copytree(folder, to, dirs_exist_ok=True)
    shutil.copytree(remote, its_remote)
    config = to / ".git/config"
    config.write_text(config.read_text().replace(remote.as_uri(), its_remote.as_uri()))
    gone = [path for path in to.rglob("recorded") if not (folder / path.relative_to(to)).exists()]
    for path in gone:
        shutil.rmtree(path)


def _begin(play: Play, run: Callable[..., Any]) -> None:
    publish(play)
    ran = run("ledger", "init")
    assert ran.code == 0, ran.err
    play.edit("emailops.yaml", "ledger: files", "ledger: git")
    git(play.folder, "rm", "-r", "--quiet", "state/recorded")
    play.commit_all("The ledger is on its branch")
    push(play)


def clone(play: Play, name: str, *options: str) -> Play:
    """Another checkout of main, as a throw-away agent makes one."""
    folder = play.folder.parent / f"{play.folder.name}-{name}"
    git(play.folder.parent, "clone", "--quiet", "--template=", *options, remote_of(play).as_uri(), str(folder))
    return replace(play, folder=folder, environment={**play.environment, "HOME": str(folder)})


def ledger_file(play: Play, path: str) -> str:
    """A file of the ledger's branch, as the remote has it; empty where there is none."""
    remote = remote_of(play)
    listed = git(remote, "ls-tree", "-r", "--name-only", BRANCH).splitlines()
    return git(remote, "show", f"{BRANCH}:{path}") if path in listed else ""
