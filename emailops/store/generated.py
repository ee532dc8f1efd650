"""Generated files on disk: written so that nobody's work is lost, and checked against what emailops wrote."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from emailops.errors import InvalidInput
from emailops.generate import Generated, changed_settings, edited, is_marked
from emailops.resource import Finding, Place
from emailops.store.files import write

_SKIPPED = {".git", "node_modules", ".venv"}
_HEAD = 1024


def write_out(files: Sequence[Generated], directory: Path, *, force: bool = False) -> list[Path]:
    """Put every file at DIRECTORY/CONSUMER/PATH. Returns what changed; raises InvalidInput before anything does."""
    return _write(((_target(_target(directory, file.consumer), file.path), file) for file in files), force=force)


def write_into(files: Sequence[Generated], checkout: Path, *, force: bool = False) -> list[Path]:
    """Put the files of one consumer into its checkout; otherwise as `write_out`."""
    _refuse_several_consumers(files)
    return _write(((_target(checkout, file.path), file) for file in files), force=force)


def check_checkout(checkout: Path, files: Sequence[Generated] | None = None) -> list[Finding]:
    """Files edited by hand; with what one consumer's files should be, those missing or out of date too."""
    found = {}
    for path, content in marked(checkout):
        if why := edited(content):
            found[path] = _finding(path, "edited", why)
    _refuse_several_consumers(files or ())
    for file in files or ():
        if file.content is None:
            continue
        there = _read(_target(checkout, file.path))
        if there is None:
            found[file.path] = _finding(file.path, "missing", "it is not there")
        elif why := edited(there):
            found[file.path] = _finding(file.path, "edited", why)
        elif there != file.content:
            message = f"it is out of date: {changed_settings(there, file)}"
            found[file.path] = _finding(file.path, "outdated", message)
    return [found[path] for path in sorted(found)]


def marked(checkout: Path) -> Iterator[tuple[str, str]]:
    """Path in the checkout -> content, of each file that says that emailops wrote it."""
    for folder, folders, names in os.walk(checkout, onerror=_raise):
        folders[:] = [name for name in folders if name not in _SKIPPED]
        for name in names:
            path = Path(folder, name)
            if path.is_symlink() or not path.is_file():
                continue
            content = _read(path, only_if_marked=True)
            if content is not None:
                shown = path.relative_to(checkout).as_posix()
                yield shown.encode(errors="backslashreplace").decode(), content


def _write(targets: Iterable[tuple[Path, Generated]], *, force: bool) -> list[Path]:
    changed: list[tuple[Path, str]] = []
    refused: list[str] = []
    for path, file in targets:
        if file.content is None:
            continue
        there = _read(path)
        if there == file.content:
            continue
        if there is not None and not force and (why := edited(there)):
            refused.append(f"{path} stays as it is: {why}")
        changed.append((path, file.content))
    if refused:
        raise InvalidInput("\n".join(refused), "move it away, or overwrite it with --force")
    for path, content in changed:
        write(path, content)
    return [path for path, _ in changed]


def _target(directory: Path, relative: str) -> Path:
    """Where a file goes, links followed. Raises InvalidInput for a path out of the directory, or into its Git's own."""
    parts = PurePosixPath(relative).parts
    try:
        root = directory.resolve()
        target = root.joinpath(*parts).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise InvalidInput(f"{relative!r} cannot be a path: {error}", "correct it in the consumer's files") from error
    inside = target.is_relative_to(root) and target != root and ".." not in parts
    if not inside or ".git" in [part.lower() for part in target.relative_to(root).parts]:
        message = f"{relative} would be written outside of the files in {directory}"
        raise InvalidInput(message, "correct the path in the consumer's files, or remove the link")
    return target


def _read(path: Path, *, only_if_marked: bool = False) -> str | None:
    """The content, its line ends as emailops writes them, whatever Git made of them in a checkout."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            if only_if_marked and not is_marked(head.decode(errors="replace")):
                return None
            return (head + file.read()).decode(errors="replace").replace("\r\n", "\n")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(error) from error


def _raise(error: OSError) -> None:
    raise _unreadable(error) from error


def _unreadable(error: OSError) -> InvalidInput:
    reason = (error.strerror or "failed").lower()
    return InvalidInput(f"{error.filename} cannot be read: {reason}", "see that it is there and may be read")


def _refuse_several_consumers(files: Iterable[Generated]) -> None:
    consumers = sorted({file.consumer for file in files})
    if len(consumers) > 1:
        raise InvalidInput(f"one checkout cannot hold the files of {', '.join(consumers)}", "name one consumer")


def _finding(path: str, rule: str, message: str) -> Finding:
    remedy = {
        "edited": "change the state that its header names instead, and generate again",
        "missing": "generate it into the checkout",
        "outdated": "generate it into the checkout again",
    }[rule]
    return Finding.error(Place(path, 1, 1), f"generated-{rule}", message, remedy)
