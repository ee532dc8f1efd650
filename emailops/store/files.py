"""Writing files so that a reader sees the old one or the new one, never half of one."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

from emailops import written
from emailops.errors import InvalidInput, UsageError
from emailops.store.tree import is_state

_PROBE = b"x" * 65536
"""More than what a nearly full disk may still take, and more than any single note."""
_ANYBODY = 0o666
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_IN_PLACE = ("/dev/std", "/dev/fd/", "/proc/")
_LEDGER = ".emailops"


def output(path: Path, option: str, state: Path, *, inputs: tuple[Path, ...] = ()) -> Path:
    """The path, when what an option names may be written there; whether it can be is tried where no file is yet.

    Raises UsageError where it would take the place of a declared file, the ledger or an input, and for a folder;
    InvalidInput where nothing can be written.
    """
    if path.is_dir():
        raise InvalidInput(f"{path} cannot be written: it is a folder", f"{option} names a file")
    refuse_declared([path], option, state)
    target = path.resolve()
    if any(target == read.resolve() or _is_same(target, read) for read in inputs):
        raise UsageError(f"{option} would overwrite {path}, which is read", f"give {option} another file")
    if not _is_special(path):
        probe(target.parent)
    elif not os.access(path, os.W_OK):
        raise InvalidInput(f"{path} cannot be written: permission denied", f"give {option} another file")
    return path


def refuse_declared(paths: Iterable[Path], option: str, state: Path) -> None:
    """Raises UsageError where one of them is a file of the declared state or of its ledger, or would become one."""
    root = state.resolve()
    for target in (path.resolve() for path in paths):
        within = target.relative_to(root).as_posix() if target.is_relative_to(root) else ""
        if within and (is_state(within) or within.split("/")[0] == _LEDGER):
            raise UsageError(f"{option} would overwrite {within} of the state", f"give {option} another place")


def probe(folder: Path) -> None:
    """See that `folder`, or where it would be made, can be written to; leaves nothing there. Raises InvalidInput."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    path = folder / f".emailops-{secrets.token_hex(8)}"
    try:
        try:
            _put(path, _PROBE, _ANYBODY)
        finally:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def write(path: Path, content: str, *, mode: int | None = None) -> None:
    """Put `content` at `path`, on disk when this returns. Raises InvalidInput.

    Links are followed. What is there and no regular file, such as a device or a pipe, is written into. A file keeps its
    mode, and a new one gets what the umask leaves, unless `mode` is given.
    """
    written.note()
    try:
        if _is_special(path):
            with path.open("w", encoding="utf-8", newline="\n") as stream:
                stream.write(content)
            return
        path = path.resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        if mode is None and path.exists():
            mode = stat.S_IMODE(path.stat().st_mode)
        _replace(path, content.encode("utf-8"), mode)
    except OSError as error:
        raise _unwritable(path, error) from error


def _replace(path: Path, content: bytes, mode: int | None) -> None:
    temporary = path.parent / f".emailops-{secrets.token_hex(8)}"
    try:
        _put(temporary, content, _ANYBODY if mode is None else mode & 0o700)
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _put(path: Path, content: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, _NEW, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _is_special(path: Path) -> bool:
    """Whether something is there that a rename would destroy, and that a file must not take the place of."""
    try:
        return str(path).startswith(_IN_PLACE) or not (path.is_dir() or stat.S_ISREG(path.stat().st_mode))
    except FileNotFoundError:
        return False


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False


def _unwritable(path: Path, error: OSError) -> InvalidInput:
    reason = (error.strerror or "failed").lower()
    return InvalidInput(f"{path} cannot be written: {reason}", "see the folder's owner and the disk")
