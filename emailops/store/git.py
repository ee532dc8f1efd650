"""A declared state as it stood in a commit, read without touching the checkout."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from emailops.errors import InvalidInput
from emailops.store.plumbing import Git, GitMissing
from emailops.store.tree import Tree, is_to_be_read

_MAIN = (
    *("refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/remotes/origin/master"),
    *("refs/heads/main", "refs/heads/master"),
)
"""What a main branch may be called, the remote's own name for it first."""

_NO_NAME = re.compile(r"not a valid (?:object|commit) name|unknown revision|bad revision", re.IGNORECASE)


def read_commit(git: Git, commit: str) -> Tree:
    """The state that stood at git's directory in `commit`. Raises InvalidInput when Git cannot give it."""
    commit = resolve(git, commit)
    top = Path(git.run("rev-parse", "--show-toplevel").out.decode().strip())
    above = replace(git, directory=top)
    prefix = git.directory.resolve().relative_to(top.resolve()).as_posix()
    prefix = "" if prefix == "." else f"{prefix}/"
    listing = above.run("ls-tree", "-r", "-z", "--full-tree", commit, "--", prefix or ".").out
    tree = Tree()
    wanted = []
    for line in listing.decode(errors="surrogateescape").split("\0"):
        meta, _, path = line.partition("\t")
        path = path.removeprefix(prefix)
        if path and is_to_be_read(tree, path, int(meta.split()[0], 8)):
            wanted.append((path, meta.split()[2]))
    names = "".join(f"{name}\n" for _, name in wanted)
    blobs = above.run("cat-file", "--batch", stdin=names.encode()).out
    start = 0
    for path, object_id in wanted:
        header, _, _ = blobs[start : start + 200].partition(b"\n")
        if header.endswith(b"missing"):
            raise InvalidInput(
                f"{commit} does not have the object {object_id}", "fetch it whole, or name another commit"
            )
        begin = start + len(header) + 1
        start = begin + int(header.split()[2]) + 1
        tree.files[path] = blobs[begin : start - 1]
    return tree


def resolve(git: Git, ref: str) -> str:
    """The commit that a name means now. Raises InvalidInput."""
    remedy = "name a branch, a tag or a commit that is fetched"
    if ref.startswith("-"):
        raise InvalidInput(f"{ref!r} is not the name of a commit", remedy)
    answer = git.ask("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    if answer.code and not answer.said:
        raise InvalidInput(f"there is no commit {ref!r} here", remedy)
    if answer.code:
        raise git.failure(answer, "rev-parse", remedy)
    return answer.text.strip()


def head(git: Git) -> str:
    """The commit of the checkout; empty outside Git, or before the first commit. Raises InvalidInput."""
    return _found(git, "rev-parse", "--verify", "--quiet", "HEAD^{commit}").strip()


def merge_base(git: Git) -> str | None:
    """The commit at which HEAD left the main branch; None outside Git or where there is no main branch.

    Raises InvalidInput where Git is there and cannot say.
    """
    there = _found(git, "for-each-ref", "--format=%(refname)", *_MAIN).splitlines()
    for branch in (name for name in _MAIN if name in there):
        if commit := _found(git, "merge-base", "HEAD", branch).strip():
            return commit
    return None


def authors(git: Git, since: str) -> frozenset[str]:
    """Names and addresses, in lower case, of whoever wrote what a commit and HEAD declare differently there.

    Recorded ids are the tool's. Without a commit, of everything there. Raises InvalidInput where the history does not
    reach that far back.
    """
    commits = f"{resolve(git, since)}...HEAD" if since else "HEAD"
    listed = git.run("log", "--format=%aN%n%aE", commits, "--", ".", ":(exclude)recorded").out
    return frozenset(listed.decode(errors="replace").lower().splitlines())


def _found(git: Git, *command: str) -> str:
    """What Git finds; empty where there is no Git, no repository or no such name. Raises InvalidInput."""
    try:
        answer = git.ask(*command)
    except GitMissing:
        return ""
    if answer.code and answer.said and not answer.is_no_repository and not _NO_NAME.search(answer.said):
        raise git.failure(answer, command[0])
    return answer.text if answer.code == 0 else ""
