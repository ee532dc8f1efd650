"""`.dockerignore`: the last pattern that fits a path decides, or a folder above it.

https://docs.docker.com/build/concepts/context/#dockerignore-files and https://github.com/moby/patternmatcher. Docker's
library for Python decides otherwise than Docker where `**` meets a folder, so this is written after the second.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath

_TOKEN = re.compile(r"(?P<any>\*\*/?)|(?P<some>\*)|(?P<single>\?)|\\(?P<plain>.)|(?P<special>[.+()|{}$])", re.DOTALL)


def deciding(lines: Sequence[str], path: str) -> int | None:
    """The number of the line that leaves the path out, or None."""
    patterns = {number: _pattern(line) for number, line in enumerate(lines, 1)}
    fitting: frozenset[int] = frozenset()
    left_out = None
    for part in (*[*reversed(PurePosixPath(path).parents)][1:], path):
        fitting, left_out = _walked(patterns, str(part), fitting)
    return left_out


def bringing_back(path: str) -> tuple[str, ...]:
    """The lines that let a path in again, at the end of the file."""
    return (f"!{path}",)


def _walked(
    patterns: Mapping[int, tuple[str, bool]], path: str, above: Collection[int]
) -> tuple[frozenset[int], int | None]:
    """The lines that fit a path, or the folder above it, and the one that leaves it out.

    A line that can change nothing is not looked at, and so does not count for what is below either.
    """
    fitting = set()
    left_out = None
    for number, (pattern, brings_back) in patterns.items():
        may_change = brings_back == (left_out is not None)
        if number in above or (pattern and may_change and _fits(pattern, path)):
            fitting.add(number)
            left_out = None if brings_back else number
    return frozenset(fitting), left_out


def _pattern(line: str) -> tuple[str, bool]:
    """A line's pattern, empty where it has none, and whether it brings back what it fits."""
    text = "" if line.startswith("#") else line.strip()
    brings_back = text.startswith("!")
    text = text.removeprefix("!").strip()
    return (posixpath.normpath(text).lstrip("/") if text else ""), brings_back


def _fits(pattern: str, path: str) -> bool:
    try:
        return re.fullmatch(_TOKEN.sub(_expression, pattern), path, re.DOTALL) is not None
    except re.error:
        return False  # Docker builds nothing at all by such a file


def _expression(found: re.Match[str]) -> str:
    if found["any"]:
        return ".*" if found.end() == len(found.string) else "(?:.*/)?"
    if found["some"]:
        return "[^/]*"
    return "[^/]" if found["single"] else re.escape(found["plain"] or found["special"])
