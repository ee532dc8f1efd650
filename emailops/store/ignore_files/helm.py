"""`.helmignore`: the first rule that fits decides, and no rule brings a file back.

https://helm.sh/docs/chart_template_guide/helm_ignore_file and its code, which leaves out whatever does not fit a `!`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

_TOKEN = re.compile(r"(?P<some>\*)|(?P<single>\?)|\\(?P<plain>.)|(?P<class>\[\^?[^]]+\])|(?P<other>.)", re.DOTALL)


def deciding(lines: Sequence[str], path: str) -> int | None:
    """The number of the line that leaves the path, or a folder above it, out; or None."""
    parts = [str(part) for part in reversed(PurePosixPath(path).parents)][1:]
    for part, is_folder in (*((folder, True) for folder in parts), (path, False)):
        for number, line in enumerate(lines, 1):
            if _leaves_out(line.strip(), part, is_folder=is_folder):
                return number
    return None


def bringing_back(_: str) -> tuple[str, ...]:
    """Nothing: Helm has no such line."""
    return ()


def _leaves_out(rule: str, path: str, *, is_folder: bool) -> bool:
    if not rule or rule.startswith("#") or "**" in rule:  # with ** in it, Helm reads no rule at all
        return False
    is_negated, pattern = rule.startswith("!"), rule.removeprefix("!")
    of_folders, pattern = pattern.endswith("/"), pattern.removesuffix("/")
    if of_folders and not is_folder:
        return is_negated
    asked = path if "/" in pattern else PurePosixPath(path).name
    return (re.fullmatch(_TOKEN.sub(_expression, pattern.removeprefix("/")), asked) is not None) != is_negated


def _expression(found: re.Match[str]) -> str:
    if found["some"]:
        return "[^/]*"
    if found["single"]:
        return "[^/]"
    return found["class"] or re.escape(found["plain"] or found["other"])
