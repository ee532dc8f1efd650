"""A file that a repository leaves out of what is built of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LeftOut:
    """`by` is the ignore file whose line says so; `added` are the lines for it that bring the file back, if any can."""

    path: str
    by: str
    line: int
    pattern: str
    added: tuple[str, ...]

    @property
    def why(self) -> str:
        """What a person is told."""
        return f"{self.by}:{self.line} leaves it out: {self.pattern}"

    @property
    def remedy(self) -> str:
        """What a person does about it."""
        if not self.added:
            return f"take that line away, or narrow it: {self.by} has no line that brings a file back"
        plural = "s" * (len(self.added) > 1)
        return f"add the line{plural} {' and '.join(self.added)} at the end of {self.by}"
