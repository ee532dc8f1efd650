"""A `.env` in a checkout: what emailops writes stands in a block of its own, and every other line stays as it is.

https://saurabh-kumar.com/python-dotenv/#file-format
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from enum import Enum
from pathlib import Path

from emailops.errors import InvalidInput
from emailops.store.files import write
from emailops.store.plumbing import Git, GitMissing

NAME = ".env"
BEGIN = "# emailops local-env wrote these lines, and replaces them; keep your own outside"
END = "# emailops local-env ends here"
_SPECIAL = re.compile(r"[\\*?\[\]]")
_ASSIGNED = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")


class Tracking(Enum):
    """Whether Git tracks a file, would track it once it is there, or neither."""

    does = "does"
    would = "would"
    neither = "neither"


def merged(path: Path, variables: Mapping[str, str]) -> str:
    """What the file should hold. Raises InvalidInput where somebody else's line sets one of these variables."""
    before, _, after = _parts(path)
    taken = [
        f"{path}:{number} sets {name}, and was not written by emailops"
        for name, number in _assigned([*before, *after]).items()
        if name in variables
    ]
    if taken:
        raise InvalidInput("\n".join(taken), "remove that line, and run it again")
    block = [BEGIN, *(f"{name}='{value}'" for name, value in variables.items()), END] if variables else []
    if before and before[-1].strip() and block:
        before = [*before, ""]
    return "".join(f"{line}\n" for line in (*before, *block, *after))


def put(path: Path, content: str) -> bool:
    """Write the file for its owner's eyes only; whether it changed."""
    if content == _text(path) and (not content or path.stat().st_mode & 0o777 == 0o600):
        return False
    write(path, content, mode=0o600)
    return True


def names_in(path: Path, wanted: Collection[str]) -> dict[str, int]:
    """Which of these variables the file sets, and in which line."""
    return {name: number for name, number in _assigned(_lines(path)).items() if name in wanted}


def exclude(path: Path, environment: Mapping[str, str]) -> Path | None:
    """List the file in this clone's own `info/exclude` where Git would track it; that file, or None where it need not.

    Raises InvalidInput where that file cannot be written.
    """
    git = Git(path.parent, environment)
    if _tracking(git, path) is not Tracking.would:
        return None
    listed = path.parent / git.run("rev-parse", "--git-path", "info/exclude").text.removesuffix("\n")
    prefix = _SPECIAL.sub(r"\\\g<0>", git.run("rev-parse", "--show-prefix").text.removesuffix("\n"))
    there = _text(listed)
    begun = "" if not there or there.endswith("\n") else "\n"
    write(listed, f"{there}{begun}/{prefix}{path.name}\n")
    return listed


def refuse_tracked(path: Path, environment: Mapping[str, str]) -> None:
    """Raise InvalidInput where Git would track the file, or already does."""
    tracking = _tracking(Git(path.parent, environment), path)
    if tracking is Tracking.does:
        raise InvalidInput(f"Git tracks {path}: it must hold no key", f"git rm --cached {NAME}, and ignore it")
    if tracking is Tracking.would:
        remedy = f"add the line {NAME} to {path.parent}/.gitignore, or run it with --exclude-locally"
        raise InvalidInput(f"Git would track {path}: nothing was written", remedy)


def _tracking(git: Git, path: Path) -> Tracking:
    try:
        answer = git.ask("check-ignore", "--quiet", path.name)
    except GitMissing:
        return Tracking.neither  # nothing tracks a file where there is no Git
    if answer.code in (0, 128):  # ignored, or no checkout
        return Tracking.neither
    is_tracked = git.ask("ls-files", "--error-unmatch", path.name).code == 0
    return Tracking.does if is_tracked else Tracking.would


def _parts(path: Path) -> tuple[list[str], list[str], list[str]]:
    """The lines before the block, in it, and after it."""
    lines = _lines(path)
    bare = [line.rstrip() for line in lines]
    if BEGIN not in bare:
        return lines, [], []
    begin = bare.index(BEGIN)
    if END not in bare[begin:] or bare.count(BEGIN) > 1:
        raise InvalidInput(f"{path}:{begin + 1} begins what emailops wrote, and nothing ends it", f"add the line {END}")
    end = bare.index(END, begin)
    return lines[:begin], lines[begin + 1 : end], lines[end + 1 :]


def _assigned(lines: list[str]) -> dict[str, int]:
    return {found[1]: number for number, line in enumerate(lines, 1) if (found := _ASSIGNED.match(line))}


def _lines(path: Path) -> list[str]:
    """Without their ends, but for a carriage return, which stays."""
    text = _text(path)
    return text.removesuffix("\n").split("\n") if text else []


def _text(path: Path) -> str:
    try:
        if path.is_symlink():
            raise InvalidInput(f"{path} is a link", "let it be a file of its own")
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read: {type(error).__name__}", "see that it is a text file") from error
