"""A consumer's repository, fetched no deeper than needed: its files as they are, and one branch for ours.

https://git-scm.com/docs/git-push#Documentation/git-push.txt---force-with-leaseltrefnamegt
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from posixpath import normpath
from tempfile import TemporaryDirectory

from emailops.errors import InvalidInput
from emailops.store.ignore_files import paths_for
from emailops.store.plumbing import ADDRESS, Git

SECONDS = 300
"""How long one command may take."""
_ONLY_THESE = {"GIT_ALLOW_PROTOCOL": "https:ssh:file", "GIT_LITERAL_PATHSPECS": "1"}
"""An address comes from the state: none that runs a program. A path is a path, whatever stands in it."""
_FOLDER, _LINK = "040000", "120000"
_OBSTACLES = {_LINK: "a link", "160000": "a submodule"}
"""Modes of what git would replace, or write through, where a file of ours should stand."""


class Obstructed(InvalidInput):
    """Something stands at a path of ours, or on the way to it, that is no file or folder of the repository."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """Only the asked paths are on disk in `folder`; `head` is the commit of `branch`, the default one."""

    folder: Path
    branch: str
    head: str
    git: Git = field(repr=False)

    def stage(self, paths: Sequence[str]) -> None:
        """Take these files into the next commit, whatever the repository ignores."""
        if paths:
            _run(self.git, "add", "--force", "--", *paths)

    def tip(self, branch: str) -> str | None:
        """The commit of a branch at the remote, fetched; None where there is none."""
        listed = _run(self.git, "ls-remote", "--heads", "origin", f"refs/heads/{branch}").split()
        if not listed:
            return None
        _run(self.git, "fetch", "--quiet", "--depth=1", "origin", listed[0])
        return listed[0]

    def holding(self, texts: Sequence[str]) -> list[str]:
        """Paths of the default branch's files that hold one of these texts."""
        patterns = [word for text in texts for word in ("-e", text)]
        found = self.git.ask("grep", "--cached", "--files-with-matches", "-zIF", *patterns, seconds=SECONDS)
        return found.text.split("\0")[:-1]

    def read(self, path: str) -> str:
        """A file of the default branch, whether it is on disk or not."""
        return _run(self.git, "cat-file", "blob", f"{self.head}:{path}")

    def differ(self, commit: str, paths: Sequence[str]) -> bool:
        """Whether the staged files are others than those of a commit."""
        return bool(_run(self.git, "diff", "--cached", "--name-only", commit, "--", *paths).strip())

    def is_ours(self, commit: str) -> bool:
        """Whether emailops made it, so that it may be replaced."""
        return _run(self.git, "show", "--no-patch", "--format=%ae", commit).strip() == ADDRESS

    def push(self, branch: str, message: str, now: datetime, *, instead_of: str | None) -> None:
        """What is staged as one commit on the default branch, pushed if `branch` still is at `instead_of`."""
        stamp = f"{int(now.timestamp())} +0000"
        tree = _run(self.git, "write-tree").strip()
        dated = {"GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp}
        commit = _run(self.git, "commit-tree", tree, "-p", self.head, "-m", message, more=dated).strip()
        lease = f"--force-with-lease=refs/heads/{branch}:{instead_of or ''}"
        _run(self.git, "push", "--quiet", lease, "origin", f"{commit}:refs/heads/{branch}")


@contextmanager
def fetched(repository: str, paths: Sequence[str], environment: Mapping[str, str]) -> Iterator[Checkout]:
    """The repository in a folder of its own, which is removed at the end. Raises InvalidInput when it cannot be.

    What goes wrong meanwhile names files as the repository does, since the folder is nobody's business.
    """
    with TemporaryDirectory(prefix="emailops-") as name:
        folder = Path(name).resolve() / "checkout"
        try:
            yield _cloned(repository, folder, paths, environment)
        except InvalidInput as error:
            raise type(error)(error.message.replace(f"{folder}/", ""), error.remedy) from error


def _cloned(repository: str, folder: Path, paths: Sequence[str], environment: Mapping[str, str]) -> Checkout:
    options = ("--quiet", "--depth=1", "--no-tags", "--no-checkout", "--template=")
    _run(Git(folder.parent, environment), "clone", *options, "--", repository, str(folder))
    git = Git(folder, environment)
    head = git.ask("rev-parse", "--verify", "--quiet", "HEAD", seconds=SECONDS).text.strip()
    if not head:
        if _run(git, "ls-remote", "--heads", "origin").strip():
            message = "the HEAD of the repository names a branch that is gone"
            raise InvalidInput(message, "name its default branch in its settings")
        raise InvalidInput("the repository has no commit yet", "begin it with one, such as a README")
    branch = _run(git, "symbolic-ref", "--short", "HEAD").strip()
    _run(git, "read-tree", "HEAD")
    _refuse_in_the_way(git, paths)
    there = [*_listed(git, paths), *_listed(git, paths_for(paths), with_links=True)]
    if there:
        _run(git, "checkout", "--quiet", "HEAD", "--", *there)
    return Checkout(folder, branch, head, git)


def _refuse_in_the_way(git: Git, paths: Sequence[str]) -> None:
    """A file where a path needs a folder, and whatever but a file stands at the path itself."""
    folders = {str(parent) for path in paths for parent in PurePosixPath(path).parents} - {"."}
    asked = sorted(folders.union(paths))
    # Asked for a and a/b, git lists what is in a: only with -t a itself, too.
    listed = _run(git, "ls-tree", "-tz", "HEAD", "--", *asked) if asked else ""
    for entry in listed.split("\0")[:-1]:
        mode, _, name = entry.partition("\t")
        if name in asked and (there := _in_the_way(mode.split()[0], needs_folder=name in folders)):
            remedy = "take it away there, or correct the path in the consumer's files"
            raise Obstructed(f"{name} is {there} in the repository", remedy)


def _listed(git: Git, paths: Sequence[str], *, with_links: bool = False) -> list[str]:
    """Those of the paths at which a file is; `with_links` also each link, with the file that it leads to."""
    found: list[str] = []
    todo = list(paths)
    while todo:
        rows = [row.partition("\t") for row in _run(git, "ls-files", "-sz", "--", *todo).split("\0")[:-1]]
        found += [path for entry, _, path in rows if entry.split(" ")[0] not in _OBSTACLES]
        links = [path for entry, _, path in rows if with_links and entry.startswith(_LINK) and path not in found]
        found += links
        todo = [path for path in (_led(git, link) for link in links) if path and path not in found]
    return found


def _led(git: Git, link: str) -> str:
    """Where a link of the repository leads to, empty for one that leads out of it."""
    path = normpath(PurePosixPath(link).parent / _run(git, "cat-file", "blob", f":{link}"))
    return "" if path.startswith(("/", "..")) else path


def _in_the_way(mode: str, *, needs_folder: bool) -> str:
    """What an entry of this mode is, where it would have to be a folder, or else a file; empty where it is."""
    if mode in _OBSTACLES:
        return _OBSTACLES[mode]
    if needs_folder:
        return "" if mode == _FOLDER else "not a folder"
    return "a folder" if mode == _FOLDER else ""


def _run(git: Git, *arguments: str, more: Mapping[str, str] | None = None) -> str:
    return git.run(*arguments, seconds=SECONDS, more={**_ONLY_THESE, **(more or {})}).text
