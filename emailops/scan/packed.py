"""What gz and zst packed, as a stream; through isal and zstandard where they are installed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from queue import Queue
from threading import Thread
from typing import Any

from emailops.errors import InvalidInput
from emailops.scan.blocks import SIZE, Broken, Read

_HEAD = 65_536
_STEP = 2_048


def gunzip(packed: Read) -> Read:
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


def unzstd(packed: Read) -> Read:
    """What zstd packed; Broken where it ends too early."""
    try:
        import zstandard  # noqa: PLC0415 (an extra)
    except ImportError:
        raise InvalidInput(
            "a dump is packed with zstd, and nothing here unpacks it", "pip install 'emailops[scan]'"
        ) from None
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
            while piece := read(2 * SIZE):
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


UNPACKERS: dict[bytes, Callable[[Read], Read]] = {b"\x1f\x8b": gunzip, b"\x28\xb5\x2f\xfd": unzstd}
"""By the first bytes of what they unpack."""
