"""What a repository's own packaging leaves out of what is built of it, and the lines that bring it back.

Each ignore file holds for the folder that it stands in, and for whatever is below. A link is the file of the repository
that it leads to, as packagers take it; Git alone follows none. A new ignore file is one file here and one line below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from emailops.errors import InvalidInput
from emailops.store.files import write
from emailops.store.ignore_files import cloud_foundry, docker, git, helm
from emailops.store.ignore_files.left_out import LeftOut

__all__ = ["LeftOut", "bring_back", "left_out", "paths_for"]


class _Ignoring(NamedTuple):
    """How one sort of ignore file is read. Of its `names`, the first that a folder holds is the one that counts."""

    names: tuple[str, ...]
    deciding: Callable[[Sequence[str], str], int | None]
    bringing_back: Callable[[str], tuple[str, ...]]


_SORTS = (
    _Ignoring(("Dockerfile.dockerignore", ".dockerignore"), docker.deciding, docker.bringing_back),
    _Ignoring((".cfignore",), cloud_foundry.deciding, cloud_foundry.bringing_back),
    _Ignoring((".helmignore",), helm.deciding, helm.bringing_back),
)
_NAMES = (git.NAME, *(name for sort in _SORTS for name in sort.names))


def paths_for(paths: Iterable[str]) -> list[str]:
    """Every path at which an ignore file would have a say on one of these."""
    folders = {parent for path in paths for parent in PurePosixPath(path).parents}
    return sorted(str(folder / name) for folder in folders for name in _NAMES)


def left_out(
    folder: Path, paths: Sequence[str], environment: Mapping[str, str], *, packaged: Callable[[str], bool]
) -> list[LeftOut]:
    """What the ignore files in `folder` leave out of these paths: Git's of any, the others' of those that are packaged.

    Raises InvalidInput for an ignore file that cannot be read.
    """
    found = [*git.left_out(folder, paths, environment)]
    for path in filter(packaged, paths):
        found += [left for sort in _SORTS for left in _by(sort, folder, path)]
    return found


def bring_back(folder: Path, find: Callable[[], Iterable[LeftOut]]) -> dict[str, list[str]]:
    """Add the lines that bring back what `find` finds, until it finds nothing that a line can. Ignore file -> lines."""
    added: dict[str, list[str]] = {}
    while new := _new(find(), added):
        for by, lines in new.items():
            _append(folder / by, lines)
            added.setdefault(by, []).extend(lines)
    return added


def _by(sort: _Ignoring, folder: Path, path: str) -> Iterator[LeftOut]:
    for above in reversed(PurePosixPath(path).parents):
        by = next(filter(None, (_standing(folder, above / name) for name in sort.names)), "")
        if not by:
            continue
        lines = _text(folder / by).split("\n")
        relative = str(PurePosixPath(path).relative_to(above))
        if number := sort.deciding([line.rstrip("\r") for line in lines], relative):
            yield LeftOut(path, by, number, lines[number - 1].strip(), sort.bringing_back(relative))


def _new(found: Iterable[LeftOut], added: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    new: dict[str, list[str]] = {}
    for left in found:
        lines = new.setdefault(left.by, [])
        lines += [line for line in left.added if line not in lines and line not in added.get(left.by, ())]
    return {by: lines for by, lines in new.items() if lines}


def _append(path: Path, lines: Sequence[str]) -> None:
    """With the line ends that the file has."""
    text = _text(path)
    end = "\r\n" if "\r\n" in text else "\n"
    begun = "" if not text or text.endswith("\n") else end
    write(path, f"{text}{begun}{''.join(f'{line}{end}' for line in lines)}")


def _standing(folder: Path, path: PurePosixPath) -> str:
    """The path of the file that stands there, or that a link there leads to; empty for none inside the folder."""
    try:
        root, target = folder.resolve(), (folder / path).resolve()
        return target.relative_to(root).as_posix() if target.is_relative_to(root) and target.is_file() else ""
    except (OSError, RuntimeError):
        return ""


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read: {type(error).__name__}", "see that it is a text file") from error
