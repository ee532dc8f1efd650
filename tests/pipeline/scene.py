"""A service's repository with its ledger, its consumers' repositories, what hosts them, and the providers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.github import GitHub
from tests.pipeline.jenkins import Job
from tests.playing import TODAY, Play
from tests.repositories import Repositories
from tests.stories.telling import ALL_KEYS, attest_all, settled
from tests.world import STATES

OWNER = "team"
PREFIX = f"https://127.0.0.1/{OWNER}/"
CONFIG = "config"
TOKEN = "ghp_0123456789abcdef0123456789abcdef0123"
CONSUMERS = (
    *("admin-frontend", "antivirus-api", "brief-responses-frontend", "briefs-frontend", "jenkins", "scripts"),
    *("supplier-frontend", "user-frontend"),
)
DOMAIN = ("stages/_deployed.yaml", "    example.com:", "    example.org: invalid buyer\n    example.com:")
"""A redirect domain: settings of seven consumers."""
SENDER = ("audiences/_audience.yaml", "from_name: Digital Marketplace Team", "from_name: The Team")
"""Another name that every audience sends from: 21 of them to update."""
_UPSTREAM = "https://github.com/Crown-Commercial-Service/digitalmarketplace-"
_EMAILOPS = f"""#!/bin/sh
case "$1" in validate | plan | apply | drift | rehearse) set -- "$@" --today {TODAY} ;; esac
exec {sys.executable} -P -m emailops "$@"
"""
_MAKE = f"""#!/bin/sh
[ "$*" = setup ] || exit 2
mkdir -p .venv/bin
cat > .venv/bin/emailops <<'END'
{_EMAILOPS}END
chmod +x .venv/bin/emailops
"""
_PIP = f"""#!/bin/sh
case " $* " in *" --require-hashes "*) ;; *) exit 2 ;; esac
for lock; do :; done
grep -q -- --hash=sha256: "$lock" || exit 2
echo "pip $*" >> "$(dirname "$0")/installed"
if grep -q '^./vendor/emailops-\\|^emailops==' "$lock"; then
    cat > "$(dirname "$0")/emailops" <<'END'
{_EMAILOPS}END
    chmod +x "$(dirname "$0")/emailops"
fi
"""
VENV = f"""#!/bin/sh
[ "$1 $2" = "-m venv" ] || exit 2
mkdir -p "$3/bin"
cat > "$3/bin/pip" <<'PIP'
{_PIP}PIP
chmod +x "$3/bin/pip"
"""
"""A python that makes virtual environments, into which a pip of its own installs what a lock names, with hashes."""


@dataclass
class Scene:
    """`play` is the clone in which people work, with every key; `repositories` are all that there are."""

    folder: Path
    play: Play
    hosting: GitHub
    repositories: Repositories

    def git(self, *arguments: str, folder: Path | None = None, author: str = "Sam") -> str:
        """Git as one of the people."""
        environment = {
            **{name: text for name, text in self.play.environment.items() if name not in ALL_KEYS},
            **{f"GIT_{role}_NAME": author for role in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{role}_EMAIL": f"{author.lower()}@example.com" for role in ("AUTHOR", "COMMITTER")},
        }
        command = ["git", "-C", str(folder or self.play.folder), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout.strip()

    def commit(self, message: str = "Work", author: str = "Sam") -> str:
        """All that was edited, on the branch that is checked out, pushed."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}", author=author)
        self.git("push", "--quiet", "origin", "HEAD")
        return self.git("rev-parse", "HEAD")

    def branch(self, name: str) -> None:
        self.git("checkout", "--quiet", "-B", name, "origin/main")

    def merge(self, branch: str, *, squashed: bool = False) -> str:
        """What merging a branch's pull request does, at the hosting service; the commit on main."""
        head = self.git("rev-parse", f"origin/{branch}")
        self.git("checkout", "--quiet", "-B", "main", "origin/main")
        self.git("merge", "--quiet", "--squash" if squashed else "--no-ff", f"origin/{branch}", author="Merger")
        commit = self.commit("Merged", author="Sam" if squashed else "Merger")
        self.hosting.merged[commit] = [{"merged_at": "2026-11-24T09:00:00Z", "head": {"sha": head}}]
        return commit

    def job(self) -> Job:
        """A Jenkins job on a machine of its own, with made-up credentials for the sandbox."""
        credentials = {name.lower().replace("_", "-"): self.play.environment[name] for name in ALL_KEYS}
        agent = {name: text for name, text in self.play.environment.items() if name not in ALL_KEYS}
        tools = self.folder / "agent"
        write_program(tools / "make", _MAKE)
        write_program(tools / "python3", VENV)
        agent |= {
            "PATH": f"{tools}:{os.environ['PATH']}",
            "HOME": str(tools),
            "BUILD_URL": "https://jenkins.example/1/",
        }
        return Job(self.folder / "jenkins", agent, {**credentials, "github-token": TOKEN}, self.check_out)

    def check_out(self, workspace: Path, commit: str) -> None:
        """What lies about in the workspace stays, as at Jenkins."""
        if not workspace.exists():
            self.git("clone", "--quiet", f"{PREFIX}{CONFIG}.git", str(workspace), folder=self.folder)
        self.git("fetch", "--quiet", "origin", folder=workspace)
        self.git("checkout", "--quiet", "--force", "--detach", commit, folder=workspace)


def build(folder: Path, sandbox: Any, environment: dict[str, str]) -> Play:
    """The Digital Marketplace's state, applied and attested, with its ledger on the branch; and its world."""
    remotes = folder / "remotes"
    repositories = Repositories(remotes, PREFIX)
    remotes.mkdir(parents=True)
    repositories.make(CONSUMERS[0])
    for name in CONSUMERS[1:]:
        shutil.copytree(remotes / f"{CONSUMERS[0]}.git", remotes / f"{name}.git")
    repositories.make(CONFIG)
    play = Play(folder / "work", sandbox, {**environment, **repositories.environment})
    scene = Scene(folder, play, GitHub(), repositories)
    scene.git("clone", "--quiet", f"{PREFIX}{CONFIG}.git", str(play.folder), folder=folder)
    shutil.copytree(STATES / "digital-marketplace", play.state)
    for file in (play.state / "consumers").iterdir():
        file.write_text(file.read_text().replace(_UPSTREAM, PREFIX))
    (play.folder / ".gitignore").write_text(".venv/\n.emailops/\n/*.json\n")
    attest_all(play)
    scene.commit("The state")
    assert play.run("ledger", "init").code == 0
    play.edit("emailops.yaml", "ledger: files", "ledger: git")
    scene.git("rm", "-r", "--quiet", "state/recorded")
    scene.commit("The ledger is on its branch")
    settled(play)
    return play


def write_program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
