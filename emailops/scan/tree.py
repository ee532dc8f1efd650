"""The files of a tree as texts: what Git ignores is left out, and what cannot be read is told.

Git itself says what is ignored, also where the folder is no checkout. Links are not followed.
https://git-scm.com/docs/git-ls-files
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from emailops.errors import InvalidInput
from emailops.scan.scanned import Heard, Unread, nobody
from emailops.store.plumbing import Git, GitMissing

_MOST = 64 * 1024 * 1024
_HEAD = 8192
_BOMS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_CODE = frozenset(
    """py rb js jsx mjs cjs ts tsx java kt kts scala swift go rs c h cc cpp hpp m cs php pl pm sh bash zsh ex
    exs lua r jl groovy gradle vue svelte css scss sass less dart clj""".split()  # noqa: SIM905 (a word a line would fill a page)
)
_CLOSED = re.compile(r"could not open directory '([^']+?)/?'")
_CODE_NAMES = frozenset({"rakefile", "gemfile", "makefile", "dockerfile", "jenkinsfile", "vagrantfile", "guardfile"})


@dataclass(frozen=True, slots=True)
class Text:
    """A file that was read, in UTF-8 or something near it. `path` is as the reader of a finding writes it."""

    path: str
    content: bytes
    is_code: bool


def texts(
    paths: Iterable[str], base: Path, environment: Mapping[str, str], heard: Heard = nobody
) -> Iterator[Text | Unread]:
    """Every file below the paths, in order of its path, each once. Raises InvalidInput for a path that is not there."""
    files = dict.fromkeys(_files(paths, base, environment))
    for number, path in enumerate(files):
        heard(f"{number:,} of {len(files):,} files")
        yield _read(base, path)


def is_code(path: str) -> bool:
    """Whether a file is source code, in which operators and decorators look like addresses."""
    name = path.rpartition("/")[2].lower()
    return name.rpartition(".")[2] in _CODE if "." in name.lstrip(".") else name in _CODE_NAMES


def as_text(content: bytes) -> bytes | None:
    """The content in UTF-8; None for what is no text. UTF-16 is told by its mark, or as every other byte is empty."""
    head = content[:_HEAD]
    encoding = _BOMS.get(head[:2])
    if encoding is None:
        if b"\0" not in head:
            return content
        encoding = _utf_16(head)
    if encoding is None:
        return None
    return content.decode(encoding, errors="replace").encode(errors="replace")


def _utf_16(head: bytes) -> str | None:
    half = max(len(head) // 2, 1)
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if head[start::2].count(0) > 0.7 * half and head[1 - start :: 2].count(0) < 0.1 * half:
            return encoding
    return None


def _files(paths: Iterable[str], base: Path, environment: Mapping[str, str]) -> Iterator[str]:
    for given in paths:
        path = base / given
        try:
            mode = path.stat().st_mode
            if stat.S_ISDIR(mode):
                os.scandir(path).close()
        except OSError as error:
            reason = (error.strerror or "failed").lower()
            raise InvalidInput(f"{given} cannot be read: {reason}", "name files and folders that are there") from None
        if stat.S_ISDIR(mode):
            shown = "" if os.path.normpath(given) == "." else f"{os.path.normpath(given)}/"
            yield from sorted(f"{shown}{name}" for name in _listed(path, environment)) or [os.path.normpath(given)]
        else:
            yield os.path.normpath(given)


def _listed(folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """What Git would track below a folder, repositories inside it as well."""
    git = Git(folder, environment)
    listing = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    try:
        answer = git.ask(*listing)
        if answer.is_no_repository:
            with tempfile.TemporaryDirectory(prefix="emailops-scan-") as bare:
                git.run("init", "--quiet", "--bare", bare)
                answer = git.run(*listing, more={"GIT_DIR": bare, "GIT_WORK_TREE": str(folder.resolve())})
        elif answer.code:
            raise git.failure(answer, "ls-files")
    except GitMissing:
        yield from _walked(folder)
        return
    # What Git could not look into is handed on, so that whoever reads it says why. It names it from its top.
    if closed := _CLOSED.findall(answer.said):
        above = git.ask("rev-parse", "--show-prefix").text.strip()
        yield from (path.removeprefix(above) for path in closed)
    for name in filter(None, answer.out.split(b"\0")):
        path = os.fsdecode(name)
        there = os.path.join(folder, path)  # noqa: PTH118 (20,000 files)
        if path.endswith("/") or (os.path.isdir(there) and not os.path.islink(there)):  # noqa: PTH112, PTH114
            yield from (f"{path.rstrip('/')}/{inner}" for inner in _listed(folder / path, environment))
        else:
            yield path


def _walked(folder: Path) -> Iterator[str]:
    """Where there is no Git: all of it."""
    closed: list[str] = []
    for where, folders, names in os.walk(folder, onerror=lambda error: closed.append(str(error.filename))):
        folders[:] = [name for name in folders if name != ".git"]
        yield from (os.path.relpath(os.path.join(where, name), folder) for name in names)  # noqa: PTH118 (20,000 files)
    yield from (os.path.relpath(path, folder) for path in closed)


def _read(base: Path, path: str) -> Text | Unread:
    shown = path.encode(errors="backslashreplace").decode()
    there = os.path.join(base, path)  # noqa: PTH118 (20,000 files)
    try:
        # O_NONBLOCK: a pipe without a writer must not hold the scan.
        number = os.open(there, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        is_link = os.path.islink(there)  # noqa: PTH114
        return Unread(shown, "a link" if is_link else (error.strerror or "cannot be read").lower())
    try:
        with os.fdopen(number, "rb", buffering=0) as file:
            status = os.fstat(number)
            if not stat.S_ISREG(status.st_mode):
                return Unread(shown, "no plain file")
            if status.st_size > _MOST:
                return Unread(shown, f"larger than {_MOST // 1024 // 1024} MB: emailops scan dump reads it")
            # Of a file that grows, what is there now; a size of 0 may be that of a file which the system makes up.
            raw = (file.read(status.st_size) if status.st_size else file.readall()) or b""
    except IsADirectoryError:
        return Unread(shown, "nothing is in it that Git does not ignore")
    except OSError as error:
        return Unread(shown, (error.strerror or "cannot be read").lower())
    content = as_text(raw)
    return Unread(shown, "binary") if content is None else Text(shown, content, is_code(path))
