"""Generated files on disk: written so that nobody's work is lost, and checked against what emailops wrote."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from emailops.canonical import digest
from emailops.errors import InvalidInput
from emailops.generate import Generated, changed_settings, edited, is_marked
from emailops.generate.insertion import InsertionNote, read_note
from emailops.resource import Finding, Place
from emailops.store.files import write
from emailops.store.insertions import Unfit, differing, held, inserted

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
        elif (noted := read_note(content)) and (wrong := _against(noted, path, checkout)):
            found[wrong.path] = wrong
    _refuse_several_consumers(files or ())
    for file in files or ():
        if file.content is not None and (wrong := _wrong(checkout, file)) and file.path not in found:
            found[file.path] = wrong
    return [found[path] for path in sorted(found)]


def there(checkout: Path, file: Generated) -> bytes | None:
    """What stands at a file's path: of a file of ours with line ends as emailops writes them, else as it is."""
    target = _target(checkout, file.path)
    return _bytes(target) if file.insertions else _ours(target)


def wanted(file: Generated, before: bytes | None) -> bytes:
    """What should stand there. Raises Unfit where settings cannot go into what people have there."""
    if not file.insertions:
        return (file.content or "").encode()
    if before is None:
        raise Unfit(f"{file.path} is not there, and people own it", "begin it there; emailops then sets its settings")
    return inserted(file.path, before, file.format, file.insertions)


def changes(file: Generated, before: bytes | None) -> str:
    """In which settings a file differs from what it should hold, in a few words; "new" where there is none."""
    if before is None:
        return "new"
    if file.insertions:
        return ", ".join(differing(file.path, before, file.format, file.insertions))
    return changed_settings(before.decode(errors="replace"), file)


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
        before = _bytes(path) if file.insertions else _ours(path)
        after = wanted(file, before)
        if before == after:
            continue
        is_ours = before is not None and not file.insertions
        if is_ours and not force and (why := edited((before or b"").decode(errors="replace"))):
            refused.append(f"{path} stays as it is: {why}")
        changed.append((path, after.decode()))
    if refused:
        raise InvalidInput("\n".join(refused), "move it away, or overwrite it with --force")
    for path, content in changed:
        write(path, content)
    return [path for path, _ in changed]


def _wrong(checkout: Path, file: Generated) -> Finding | None:
    """How a file differs from what it should be."""
    before = there(checkout, file)
    if before is None:
        return _finding(file.path, "missing", "it is not there")
    if not file.insertions and (why := edited(before.decode(errors="replace"))):
        return _finding(file.path, "edited", why)
    try:
        if before != wanted(file, before):
            return _finding(file.path, "outdated", f"it is out of date: {changes(file, before)}")
    except Unfit as error:
        return Finding.error(Place(file.path, 1, 1), "generated-missing", error.message, error.remedy)
    return None


def _against(noted: InsertionNote, path: str, checkout: Path) -> Finding | None:
    """Which settings of a file that people own are no longer as the note at `path` says."""
    content = _bytes(_target(checkout, noted.path))
    if content is None:
        return _finding(noted.path, "missing", f"it is not there, and {path} says what stands in it")
    try:
        wrong = []
        for at, digests in noted.places:
            held_of = held(noted.path, content, noted.form, at)
            wrong += [".".join((*at, name)) for name, known in digests.items() if digest(held_of(name)) != known]
    except Unfit as error:
        return Finding.error(Place(noted.path, 1, 1), "generated-missing", error.message, error.remedy)
    message = f"not as emailops set it: {', '.join(wrong)}"
    remedy = f"change the state that {path} names instead, and generate again"
    return Finding.error(Place(noted.path, 1, 1), "generated-edited", message, remedy) if wrong else None


def _target(directory: Path, relative: str) -> Path:
    """Where a file goes. Raises InvalidInput for a path out of the directory, through a link, or into its Git's own."""
    parts = PurePosixPath(relative).parts
    try:
        root = directory.resolve()
        target = root.joinpath(*parts)
        linked = next((step for step in (*reversed(target.parents), target) if _is_link_in(root, step)), None)
        target = target if linked else target.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise InvalidInput(f"{relative!r} cannot be a path: {error}", "correct it in the consumer's files") from error
    if linked is not None and ".." not in parts:
        message = f"{linked.relative_to(root)} is a link in {directory}"
        raise InvalidInput(message, "take it away there, or correct the path in the consumer's files")
    inside = target.is_relative_to(root) and target != root and ".." not in parts
    if not inside or ".git" in [part.lower() for part in target.relative_to(root).parts]:
        message = f"{relative} would be written outside of the files in {directory}"
        raise InvalidInput(message, "correct the path in the consumer's files")
    return target


def _is_link_in(root: Path, path: Path) -> bool:
    return path != root and path.is_relative_to(root) and path.is_symlink()


def _ours(path: Path) -> bytes | None:
    content = _read(path)
    return None if content is None else content.encode()


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(error) from error


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
