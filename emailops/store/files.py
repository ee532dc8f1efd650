"""Writing files so that a reader sees the old one or the new one, never half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from emailops.errors import InvalidInput

_PROBE = "x" * 65536
"""More than what a nearly full disk may still take, and more than any single note."""


def probe(folder: Path) -> None:
    """See that `folder`, or where it would be made, can be written to; leaves nothing there. Raises InvalidInput."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    path = folder / ".emailops-probe"
    write(path, _PROBE)
    path.unlink(missing_ok=True)


def write(path: Path, content: str, *, mode: int = 0o644) -> None:
    """Put `content` at `path`, on disk when this returns. Raises InvalidInput."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".emailops-", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(mode)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        reason = (error.strerror or "failed").lower()
        raise InvalidInput(f"{path} cannot be written: {reason}", "see the folder's owner and the disk") from error
