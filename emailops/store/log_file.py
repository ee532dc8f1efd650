"""A log, line by line: a file or standard input, as it is or compressed with gzip, as log aggregators export it."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from emailops.errors import InvalidInput

STANDARD_INPUT = Path("-")
_MAGIC = b"\x1f\x8b"


def lines(path: Path) -> Iterator[bytes]:
    """Each line; whether it is compressed is seen in its first bytes. Raises InvalidInput."""
    try:
        with ExitStack() as stack:
            file = stack.enter_context(sys.stdin.buffer if path == STANDARD_INPUT else path.open("rb"))
            buffered = file if isinstance(file, io.BufferedReader) else io.BufferedReader(file)
            is_compressed = buffered.peek(len(_MAGIC)).startswith(_MAGIC)
            yield from stack.enter_context(gzip.GzipFile(fileobj=buffered)) if is_compressed else buffered
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InvalidInput(f"{path} cannot be read: it is not a whole gzip file", "fetch it again") from None
    except OSError as error:
        why = (error.strerror or "it failed").lower()
        raise InvalidInput(f"{path} cannot be read: {why}", "name a log that is there") from None
