"""A dump as a stream of bytes, however it is packed, and what stands in it: told by its first bytes, not by its name.

fsspec opens what has a scheme, such as s3://; pg_restore reads pg_dump's own formats.
https://www.postgresql.org/docs/current/app-pgrestore.html
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from emailops.errors import InvalidInput
from emailops.private import hide_all
from emailops.scan.blocks import Broken, Read, part_reader
from emailops.scan.packed import UNPACKERS, ahead
from emailops.scan.scanned import percent

_HEAD = 65_536
_CUSTOM, _TAR, _PARQUET = b"PGDMP", b"toc.dat\0", b"PAR1"
_UNREADABLE = {
    b"BZh": ("packed with bzip2", "bzip2 -dc FILE | emailops scan dump -"),
    b"\xfd7zXZ\0": ("packed with xz", "xz -dc FILE | emailops scan dump -"),
    b"PK\x03\x04": ("a zip file", "unzip -p FILE | emailops scan dump -"),
    b"\xff\xfe": ("in UTF-16", "iconv -f UTF-16 -t UTF-8 FILE | emailops scan dump -"),
    b"\xfe\xff": ("in UTF-16", "iconv -f UTF-16 -t UTF-8 FILE | emailops scan dump -"),
    b"SQLite format 3\0": ("a database of SQLite", "sqlite3 FILE .dump | emailops scan dump -"),
}
"""How a file begins in which no address would be found: what it is, and what can be done instead."""
_SCHEME = re.compile(r"[a-z][a-z0-9+]+://", re.IGNORECASE)
_EXTRA = "pip install 'emailops[scan]'"


class DumpFormat(StrEnum):
    """What stands in a dump, once it is unpacked."""

    sql = "sql"
    csv = "csv"
    jsonl = "jsonl"
    parquet = "parquet"


@dataclass(slots=True)
class DumpSource:
    """A dump that is open: `read` gives its bytes, unpacked. `is_plain` where an offset is one of the file, too;
    `is_read_once` of standard input and of a pipe.

    `size` is that of the file, or 0 where nobody knows, and `taken` gives how much of it was read.
    """

    name: str
    table: str
    format: DumpFormat
    read: Read
    is_plain: bool = False
    is_read_once: bool = False
    size: int = 0
    taken: Callable[[], int] = int

    def far(self, read: int) -> str:
        """How far it was read, in words; `read` counts what was unpacked."""
        return percent(self.taken(), self.size) if self.size else f"{read // 1_000_000:,} MB"


@contextmanager
def opened(path: str, base: Path, environment: Mapping[str, str]) -> Iterator[DumpSource]:
    """Open a file, a URL, a folder of pg_dump, or standard input for `-`. Raises InvalidInput."""
    if path == "-":
        yield _described("-", sys.stdin.buffer, 0)
        return
    if not _SCHEME.match(path) and os.path.isdir(base / path):  # noqa: PTH112 (which says no where it may not look)
        if not (base / path / "toc.dat").exists():
            raise InvalidInput(f"{path} is a folder, and none of pg_dump's", "name the dumps in it, one by one")
        with _restored(path, base, environment) as source:
            yield source
        return
    with opened_file(path, base) as (file, size):
        head = b""
        if file.seekable():
            head = file.read(len(_TAR))
            file.seek(0)
        if head.startswith((_CUSTOM, _TAR)):
            with _restored(path, base, environment) as source:
                yield source
        else:
            yield _described(path, file, size)


@contextmanager
def opened_file(path: str, base: Path) -> Iterator[tuple[BinaryIO, int]]:
    """A file or a URL as it is, and its size. Raises InvalidInput."""
    try:
        if _SCHEME.match(path):
            system, inside = _fsspec().core.url_to_fs(path)
            file: Any = system.open(inside, "rb")
            size = int(system.size(inside))
        else:
            file = (base / path).open("rb", buffering=0)
            size = (base / path).stat().st_size
    except InvalidInput:
        raise
    except ImportError as error:
        # fsspec's own words name what to install.
        raise InvalidInput(f"{path} cannot be read: {str(error).rstrip('.')}", "pip install what it names") from None
    except Exception as error:
        known = "no such file" if isinstance(error, FileNotFoundError) else ""
        why = (getattr(error, "strerror", None) or known or hide_all(str(error)) or type(error).__name__).lower()
        raise InvalidInput(f"{path} cannot be read: {why}", "name a dump that is there and may be read") from None
    with file:
        yield file, size


def _described(path: str, file: Any, size: int) -> DumpSource:
    """What stands in a file. It is read in parts only where its size is known."""
    name = PurePosixPath(path).name
    table = "stdin" if path == "-" else name.partition(".")[0]
    packed = part_reader(file, 0, size) if size else file.read
    head = _at_least(packed, max(map(len, _UNREADABLE)))
    for sign, (what, remedy) in _UNREADABLE.items():
        if head.startswith(sign):
            raise InvalidInput(f"{path} is {what}, which is not read here", remedy.replace("FILE", path))
    if head.startswith((_CUSTOM, _TAR, _PARQUET)) and not size:
        what = "standard input" if path == "-" else path
        raise InvalidInput(f"{what} is in a format of which a pipe does not do", "write it to a file, and name that")
    read = _begun_with(head, packed)
    unpack = next((unpack for sign, unpack in UNPACKERS.items() if head.startswith(sign)), None)
    taken = file.tell if size else int
    if head.startswith(_PARQUET):
        return DumpSource(path, table, DumpFormat.parquet, read, is_plain=True, size=size)
    if unpack is not None:
        read = ahead(unpack(read))
    begin, why = b"", None
    while len(begin) < _HEAD and why is None:
        try:
            piece = read(_HEAD)
        except Broken as error:
            why = error
        else:
            begin += piece
            if not piece:
                break
    format_ = _format([part.lower() for part in name.split(".")], begin)
    is_plain = unpack is None and size > 0
    is_once = path == "-" or not file.seekable()
    return DumpSource(path, table, format_, _begun_with(begin, read, why), is_plain, is_once, size, taken)


def _at_least(read: Read, size: int) -> bytes:
    """So many bytes, or all there are: a pipe gives them as they come."""
    head = b""
    while len(head) < size and (piece := read(size - len(head))):
        head += piece
    return head


def _format(names: list[str], head: bytes) -> DumpFormat:
    """By the name where it says so, else by what is there."""
    for name, format_ in (("csv", DumpFormat.csv), ("tsv", DumpFormat.csv), ("sql", DumpFormat.sql)):
        if name in names[1:]:
            return format_
    begins = head.lstrip()[:1]
    if {"jsonl", "ndjson", "json"} & set(names[1:]) or begins == b"{":
        return DumpFormat.jsonl
    is_sql = re.search(rb"^(?:--|COPY |INSERT |CREATE |SET |/\*)", head, re.MULTILINE | re.IGNORECASE)
    first = head.partition(b"\n")[0]
    if not is_sql and re.fullmatch(rb'"?[A-Za-z_][\w ]*"?(?:[,;\t|]"?[A-Za-z_][\w ]*"?)+\r?', first):
        return DumpFormat.csv
    return DumpFormat.sql


@contextmanager
def _restored(path: str, base: Path, environment: Mapping[str, str]) -> Iterator[DumpSource]:
    """What pg_restore makes of its own formats: SQL with COPY."""
    command = shutil.which("pg_restore", path=environment.get("PATH"))
    if command is None:
        raise InvalidInput(
            f"{path} is in a format of pg_dump's own, and there is no pg_restore", "install PostgreSQL's client"
        )
    with subprocess.Popen(  # noqa: S603
        [command, "--file=-", "--data-only", "--", str(base / path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environment),
    ) as process:
        assert process.stdout is not None  # noqa: S101
        assert process.stderr is not None  # noqa: S101
        out, err = process.stdout, process.stderr

        def read(size: int) -> bytes:
            piece = out.read(size)
            if not piece and process.wait():
                said = err.read(2000).decode(errors="replace").strip().splitlines()
                raise Broken(f"pg_restore: {said[-1].partition('error: ')[2] or said[-1] if said else 'failed'}")
            return piece

        try:
            yield DumpSource(path, PurePosixPath(path).name, DumpFormat.sql, read)
        finally:
            process.kill()


def _begun_with(head: bytes, rest: Read, why: Broken | None = None) -> Read:
    """Reads what was read ahead once more, then the rest, or raises why there is none."""
    left = head

    def read(size: int) -> bytes:
        nonlocal left
        if not left:
            if why is not None:
                raise why
            return rest(size)
        piece, left = left[:size], left[size:]
        return piece

    return read


def _fsspec() -> Any:
    try:
        import fsspec  # noqa: PLC0415 (an extra)
    except ImportError:
        raise InvalidInput("a URL needs fsspec", _EXTRA) from None
    return fsspec
