"""`.cfignore`: written as Git's, but the last pattern that fits decides, also below a folder that is left out.

https://docs.cloudfoundry.org/devguide/deploy-apps/prepare-to-deploy.html#exclude
"""

from __future__ import annotations

from collections.abc import Sequence

from pathspec import PathSpec


def deciding(lines: Sequence[str], path: str) -> int | None:
    """The number of the line that leaves the path out, or None."""
    found = PathSpec.from_lines("gitignore", [line if line.strip() != "!" else "" for line in lines]).check_file(path)
    return found.index + 1 if found.include and found.index is not None else None


def bringing_back(path: str) -> tuple[str, ...]:
    """The lines that let a path in again, at the end of the file."""
    return (f"!/{path}",)
