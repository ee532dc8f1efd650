"""A dump as a stream of bytes, however it is packed, and what stands in it: told by its first bytes, not by its name.

gz through isal and zst through zstandard where they are installed; pg_dump's own formats through pg_restore. fsspec
opens what has a scheme, such as s3://. https://www.postgresql.org/docs/current/app-pgrestore.html
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path, PurePosixPath
from queue import Queue
from threading import Thread
from typing import Any, BinaryIO

from emailops.errors import InvalidInput
from emailops.scan.blocks import SIZE, Broken, Read

_HEAD = 65_536
_STEP = 2_048
_GZ, _ZST, _CUSTOM, _PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PGDMP", b"PAR1"
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
    """A dump that is open: `read` gives its bytes, unpacked. `is_plain` where an offset is one of the file, too."""

    name: str
    table: str
    format: DumpFormat
    read: Read
    is_plain: bool
    size: int


@contextmanager
def opened(path: str, base: Path, environment: Mapping[str, str]) -> Iterator[DumpSource]:
    """Open a file, a URL, a folder of pg_dump, or standard input for `-`. Raises InvalidInput."""
    if path == "-":
        yield _described("-", sys.stdin.buffer, 0, is_plain=False)
        return
    if not _SCHEME.match(path) and (base / path).is_dir():
        if not (base / path / "toc.dat").exists():
            raise InvalidInput(f"{path} is a folder, and none of pg_dump's", "name the dumps in it, one by one")
        with _restored(path, base, environment) as source:
            yield source
        return
    with opened_file(path, base) as (file, size):
        head = file.read(len(_CUSTOM))
        file.seek(0)
        if head == _CUSTOM:
            with _restored(path, base, environment) as source:
                yield source
        else:
            yield _described(path, file, size, is_plain=True)


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
    except Exception as error:
        why = (getattr(error, "strerror", None) or type(error).__name__).lower()
        raise InvalidInput(f"{path} cannot be read: {why}", "name a dump that is there and may be read") from None
    with file:
        yield file, size


def _described(path: str, file: Any, size: int, *, is_plain: bool) -> DumpSource:
    name = PurePosixPath(path).name
    table = "stdin" if path == "-" else name.partition(".")[0]
    head = file.read(len(_ZST)) or b""
    read = _begun_with(head, file.read)
    unpack = _gunzip if head.startswith(_GZ) else _unzstd if head.startswith(_ZST) else None
    if head.startswith(_PARQUET):
        return DumpSource(path, table, DumpFormat.parquet, read, is_plain, size)
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
    return DumpSource(path, table, format_, _begun_with(begin, read, why), is_plain and unpack is None, size)


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
            yield DumpSource(path, PurePosixPath(path).name, DumpFormat.sql, read, is_plain=False, size=0)
        finally:
            process.kill()


def _gunzip(packed: Read) -> Read:
    """What gz packed, member after member; Broken where it ends too early, once all before that was read."""
    try:
        library: Any = import_module("isal.isal_zlib")
    except ImportError:
        library = import_module("zlib")  # three times slower
    member, piece, left, is_new = library.decompressobj(wbits=31), b"", b"", True

    def read(size: int) -> bytes:
        nonlocal member, piece, left, is_new
        while True:
            try:
                piece = b"" if is_new and not left else member.decompress(left, size)
            except (library.error, ValueError) as error:
                raise Broken(str(error).lower()) from None
            left = member.unconsumed_tail
            if member.eof:
                left, is_new = member.unused_data.lstrip(b"\0"), True
                member = library.decompressobj(wbits=31)
            if piece:
                return piece
            if not left:
                left = packed(_HEAD)
                if not left and not is_new:
                    raise Broken("it ends too early")
                if not left:
                    return b""
                is_new = False

    return read


def _unzstd(packed: Read) -> Read:
    """What zstd packed; Broken where it ends too early."""
    try:
        import zstandard  # noqa: PLC0415 (an extra)
    except ImportError:
        raise InvalidInput("a dump is packed with zstd, and nothing here unpacks it", _EXTRA) from None
    frame, left, is_over = zstandard.ZstdDecompressor().decompressobj(), b"", True

    def unpack() -> Iterator[bytes]:
        """In small steps: a few bytes may be packed that say a thousand times as many."""
        nonlocal frame, left, is_over
        while left := left or packed(_HEAD):
            step, left = left[:_STEP], left[_STEP:]
            try:
                yield frame.decompress(step)
            except zstandard.ZstdError as error:
                raise Broken(str(error).lower()) from None
            is_over = frame.eof
            if is_over:
                left = frame.unused_data + left
                frame = zstandard.ZstdDecompressor().decompressobj()
        if not is_over:
            raise Broken("it ends too early")

    pieces = unpack()

    def read(size: int) -> bytes:
        held: list[bytes] = []
        for piece in pieces:
            held.append(piece)
            size -= len(piece)
            if size <= 0:
                break
        return b"".join(held)

    return read


def ahead(read: Read, pieces: int = 4) -> Read:
    """The same, read by a thread while what came before is looked through; a piece is as large as it likes to be."""
    left: Queue[bytes | BaseException] = Queue(pieces)

    def fill() -> None:
        try:
            while piece := read(SIZE):
                left.put(piece)
            left.put(b"")
        except Exception as error:
            left.put(error)

    Thread(target=fill, daemon=True).start()

    def take(size: int) -> bytes:  # noqa: ARG001
        piece = left.get()
        if isinstance(piece, BaseException):
            raise piece
        if not piece:
            left.put(piece)
        return piece

    return take


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
