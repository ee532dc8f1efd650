"""A consumer's repository, fetched no deeper than needed: its files as they are, and one branch for ours.

https://git-scm.com/docs/git-push#Documentation/git-push.txt---force-with-leaseltrefnamegt
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from emailops.errors import InvalidInput

AUTHOR = "emailops"
SECONDS = 300
"""How long one Git command may take."""
_ADDRESS = "emailops@noreply.invalid"
_QUIETLY = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "https:ssh:file",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "LC_ALL": "C",
}
_CREDENTIALS = re.compile(r"(?<=//)[^/@\s]+@")


@dataclass(frozen=True, slots=True)
class Checkout:
    """Only the asked paths are on disk in `folder`; `head` is the commit of `branch`, the default one."""

    folder: Path
    branch: str
    head: str
    environment: Mapping[str, str] = field(repr=False)

    def stage(self, paths: Sequence[str]) -> None:
        """Take these files into the next commit, whatever the repository ignores."""
        if paths:
            self._git("add", "--force", "--", *paths)

    def tip(self, branch: str) -> str | None:
        """The commit of a branch at the remote, fetched; None where there is none."""
        listed = self._git("ls-remote", "--heads", "origin", f"refs/heads/{branch}").split()
        if not listed:
            return None
        self._git("fetch", "--quiet", "--depth=1", "origin", listed[0])
        return listed[0]

    def differ(self, commit: str, paths: Sequence[str]) -> bool:
        """Whether the staged files are others than those of a commit."""
        return bool(self._git("diff", "--cached", "--name-only", commit, "--", *paths).strip())

    def author(self, commit: str) -> str:
        return self._git("show", "--no-patch", "--format=%an", commit).strip()

    def push(self, branch: str, message: str, now: datetime, *, instead_of: str | None) -> None:
        """What is staged as one commit on the default branch, pushed if `branch` still is at `instead_of`."""
        stamp = f"{int(now.timestamp())} +0000"
        who = {"GIT_AUTHOR_NAME": AUTHOR, "GIT_AUTHOR_EMAIL": _ADDRESS, "GIT_AUTHOR_DATE": stamp}
        who |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in who.items()}
        tree = self._git("write-tree").strip()
        commit = self._git("commit-tree", tree, "-p", self.head, "-m", message, **who).strip()
        lease = f"--force-with-lease=refs/heads/{branch}:{instead_of or ''}"
        self._git("push", "--quiet", lease, "origin", f"{commit}:refs/heads/{branch}")

    def _git(self, *arguments: str, **environment: str) -> str:
        return _git(self.folder, {**self.environment, **environment}, *arguments)


@contextmanager
def fetched(repository: str, paths: Sequence[str], environment: Mapping[str, str]) -> Iterator[Checkout]:
    """The repository in a folder of its own, which is removed at the end. Raises InvalidInput when it cannot be."""
    with TemporaryDirectory(prefix="emailops-") as name:
        folder = Path(name) / "checkout"
        options = ("--quiet", "--depth=1", "--no-tags", "--no-checkout", "--template=")
        _git(Path(name), environment, "clone", *options, "--", repository, str(folder))
        head = _git(folder, environment, "rev-parse", "--verify", "--end-of-options", "HEAD").strip()
        branch = _git(folder, environment, "symbolic-ref", "--short", "HEAD").strip()
        _git(folder, environment, "read-tree", "HEAD")
        _refuse_no_folders(folder, environment, paths)
        there = _git(folder, environment, "ls-files", "-z", "--", *paths).split("\0")[:-1]
        if there:
            _git(folder, environment, "checkout", "--quiet", "HEAD", "--", *there)
        yield Checkout(folder, branch, head, environment)


def _refuse_no_folders(folder: Path, environment: Mapping[str, str], paths: Sequence[str]) -> None:
    """A link or a file where a path needs a folder would be replaced by one."""
    parents = sorted({str(parent) for path in paths for parent in PurePosixPath(path).parents} - {"."})
    listed = _git(folder, environment, "ls-tree", "-z", "HEAD", "--", *parents) if parents else ""
    for entry in listed.split("\0")[:-1]:
        kind, _, name = entry.partition("\t")
        if " tree " not in kind:
            raise InvalidInput(f"{name} is no folder in the repository", "correct the path in the consumer's files")


def _git(folder: Path, environment: Mapping[str, str], *arguments: str) -> str:
    """Run Git without hooks, prompts or an exotic transport. Raises InvalidInput with its last word, no credentials."""
    command = ["git", "-c", "core.hooksPath=/dev/null", "-C", str(folder), "--literal-pathspecs", *arguments]
    surroundings = {**environment, **_QUIETLY}
    try:
        done = subprocess.run(command, capture_output=True, check=True, timeout=SECONDS, env=surroundings)  # noqa: S603
    except FileNotFoundError as error:
        raise InvalidInput("git is not installed", "install git") from error
    except subprocess.TimeoutExpired as error:
        raise InvalidInput(f"git {arguments[0]} took longer than {SECONDS} seconds", "run it again later") from error
    except subprocess.CalledProcessError as error:
        said = [line for line in error.stderr.decode(errors="replace").splitlines() if line.strip()]
        words = next((line for line in said if line.startswith(("fatal:", "error:", " !"))), said[0] if said else "")
        reason = _CREDENTIALS.sub("", words.strip())
        raise InvalidInput(f"git {arguments[0]}: {reason or 'failed'}", "see the repository's address") from None
    return done.stdout.decode(errors="surrogateescape")
