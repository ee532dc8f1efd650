"""Every version of every file that Git holds, and every message, each once.

https://git-scm.com/docs/git-cat-file#_batch_output
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emailops.errors import InvalidInput
from emailops.scan.scanned import Unread
from emailops.scan.tree import as_text
from emailops.store.plumbing import Git

_AT_ONCE = 32_000_000
_MOST = 64_000_000


@dataclass(frozen=True, slots=True)
class Past:
    """What Git holds under an id. `path` is one at which it stood, `where` says which commit brought it."""

    id: str
    path: str
    content: bytes
    git: Git

    @property
    def where(self) -> str:
        """The first commit with it, by its short id."""
        found = self.git.ask("log", "--all", "--format=%h", "--reverse", f"--find-object={self.id}").text.split()
        return f"commit {found[0]}" if found else f"commit {self.id[:10]}"


def versions(git: Git, base: Path) -> Iterator[Past | Unread]:
    """All that any branch or tag reaches, with paths that lead there from `base`.

    Raises InvalidInput outside of a repository, and in a shallow one.
    """
    if git.run("rev-parse", "--is-shallow-repository").text.strip() == "true":
        raise InvalidInput("the history is not all here: the clone is shallow", "git fetch --unshallow")
    listed = git.run("rev-list", "--objects", "--all").out.splitlines()
    if not listed:
        return
    named = (line.partition(b" ") for line in listed)
    top = os.path.relpath(git.ask("rev-parse", "--show-toplevel").text.strip() or base, base)
    paths = {
        name.decode(): os.path.normpath(f"{top}/{path.decode(errors='backslashreplace')}") if path else ""
        for name, _, path in named
    }
    sizes = git.run(
        "cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)", stdin="\n".join(paths).encode() + b"\n"
    ).text.splitlines()
    waiting: list[str] = []
    size = 0
    for line in sizes:
        name, sort, length = line.split()
        if sort == "tree":
            continue
        if int(length) > _MOST:
            yield Unread(paths[name] or name, f"in the history, larger than {_MOST // 1_000_000} MB")
            continue
        waiting.append(name)
        size += int(length)
        if size > _AT_ONCE:
            yield from _read(git, waiting, paths)
            waiting, size = [], 0
    yield from _read(git, waiting, paths)


def _read(git: Git, names: list[str], paths: dict[str, str]) -> Iterator[Past]:
    if not names:
        return
    out = git.run("cat-file", "--batch", stdin="\n".join(names).encode() + b"\n").out
    start = 0
    while start < len(out):
        head = out[start : out.index(b"\n", start)]
        name, sort, length = head.decode().split()
        begun = start + len(head) + 1
        start = begun + int(length) + 1
        content = as_text(out[begun : start - 1])
        if content is not None:
            yield Past(name, paths[name] if sort == "blob" else f"the message of {sort} {name[:10]}", content, git)
