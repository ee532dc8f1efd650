"""A declared state as it stood in a commit, read without touching the checkout."""

from __future__ import annotations

import os
from pathlib import Path

from emailops.errors import InvalidInput
from emailops.store.plumbing import Git
from emailops.store.tree import Tree, is_to_be_read


def read_commit(directory: Path, commit: str) -> Tree:
    """The state that stood at `directory` in `commit`. Raises InvalidInput when Git cannot give it."""
    commit = resolve(directory, commit)
    top = Path(_run(directory, "rev-parse", "--show-toplevel").decode().strip())
    prefix = directory.resolve().relative_to(top.resolve()).as_posix()
    prefix = "" if prefix == "." else f"{prefix}/"
    listing = _run(top, "ls-tree", "-r", "-z", "--full-tree", commit, "--", prefix or ".")
    tree = Tree()
    wanted = []
    for line in listing.decode(errors="surrogateescape").split("\0"):
        meta, _, path = line.partition("\t")
        path = path.removeprefix(prefix)
        if path and is_to_be_read(tree, path, int(meta.split()[0], 8)):
            wanted.append((path, meta.split()[2]))
    blobs = _run(top, "cat-file", "--batch", stdin="".join(f"{blob}\n" for _, blob in wanted).encode())
    start = 0
    for path, object_id in wanted:
        header, _, _ = blobs[start : start + 200].partition(b"\n")
        if header.endswith(b"missing"):
            raise InvalidInput(f"{commit} lacks the object {object_id}", "fetch it whole, or name another commit")
        begin = start + len(header) + 1
        start = begin + int(header.split()[2]) + 1
        tree.files[path] = blobs[begin : start - 1]
    return tree


def resolve(directory: Path, ref: str) -> str:
    """The commit that a name means now. Raises InvalidInput."""
    remedy = "name a branch, a tag or a commit that is fetched"
    if ref.startswith("-"):
        raise InvalidInput(f"{ref!r} is not the name of a commit", remedy)
    answer = Git(directory, os.environ).ask("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    if answer.code:
        raise InvalidInput(answer.said or f"there is no commit {ref!r} here", remedy)
    return answer.text.strip()


def head(directory: Path) -> str:
    """The commit of the checkout; empty outside Git, or before the first commit."""
    try:
        return resolve(directory, "HEAD")
    except InvalidInput:
        return ""


def merge_base(directory: Path) -> str | None:
    """The commit at which HEAD left the main branch; None outside Git or where there is no main branch."""
    for branch in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
        try:
            return _run(directory, "merge-base", "HEAD", branch).decode().strip()
        except InvalidInput:
            continue
    return None


def authors(directory: Path, since: str) -> frozenset[str]:
    """Names and addresses, in lower case, of whoever wrote what a commit and HEAD declare differently in `directory`.

    Recorded ids are the tool's. Without a commit, of everything there. Raises InvalidInput where the history does not
    reach that far back.
    """
    commits = f"{resolve(directory, since)}...HEAD" if since else "HEAD"
    listed = _run(directory, "log", "--format=%aN%n%aE", commits, "--", ".", ":(exclude)recorded").decode(
        errors="replace"
    )
    return frozenset(listed.lower().splitlines())


def _run(directory: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    answer = Git(directory, os.environ).run(*arguments, stdin=stdin)
    return answer.out
