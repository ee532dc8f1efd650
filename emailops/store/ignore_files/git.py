"""`.gitignore`: Git itself is asked; what people ignore on their own machines is not the repository's.

https://git-scm.com/docs/gitignore
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from emailops.store.ignore_files.left_out import LeftOut
from emailops.store.plumbing import Git, GitMissing

NAME = ".gitignore"
_ASK = ("-c", "core.excludesFile=/dev/null", "check-ignore", "--no-index", "--verbose", "-z", "--stdin")


def left_out(folder: Path, paths: Sequence[str], environment: Mapping[str, str]) -> Iterator[LeftOut]:
    """Those of the paths, which are on disk, that Git would not take in; none where there is no repository."""
    folders = {path: [str(parent) for parent in reversed(PurePosixPath(path).parents)][1:] for path in paths}
    git = Git(folder, environment)
    found = _ignored(git, [*paths, *(parent for above in folders.values() for parent in above)])
    prefix = git.ask("rev-parse", "--show-prefix").text.removesuffix("\n") if found else ""
    for path in paths:
        asked = next((asked for asked in (*folders[path], path) if asked in found), None)
        if asked:
            source, line, pattern = found[asked]
            lines = _bringing_back(f"{prefix}{path}", f"{prefix}{asked}", source)
            yield LeftOut(path, posixpath.relpath(source, prefix or "."), line, pattern, lines)


def _ignored(git: Git, asked: Sequence[str]) -> dict[str, tuple[str, int, str]]:
    """Path -> the file, from the top of the repository, the line and the pattern by which Git ignores it."""
    try:
        answer = git.ask(*_ASK, stdin="".join(f"{path}\0" for path in asked).encode())
    except GitMissing:
        return {}
    words = answer.text.split("\0")[:-1] if answer.code == 0 else []
    rows = zip(*(iter(words),) * 4, strict=True)
    return {
        path: (source, int(line), pattern)
        for source, line, pattern, path in rows
        if PurePosixPath(source).name == NAME and not pattern.startswith("!")
    }


def _bringing_back(path: str, ignored: str, source: str) -> tuple[str, ...]:
    """The lines for it; below a folder that is ignored, every folder on the way has to be let in, and emptied again."""
    above = PurePosixPath(source).parent
    relative = PurePosixPath(path).relative_to(above)
    within = [parent for parent in reversed(relative.parents) if str(parent) != "."]
    to_open = [parent for parent in within if (above / parent).is_relative_to(ignored)]
    return (*(line for parent in to_open for line in (f"!/{parent}/", f"/{parent}/*")), f"!/{relative}")
