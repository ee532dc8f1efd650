"""What a stand-in for a reader of `state/` is: its repository, what it changes once, and how it reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STAGES = ("development", "preview", "staging", "production")
DEPLOYED = STAGES[1:]

Cells = Mapping[str, Mapping[str, Any]]
"""Stage -> setting -> value."""


@dataclass(frozen=True)
class Reader:
    """A consumer's stand-in.

    `files` are its repository before anything is delivered, with what it kept by hand; `changes` are what
    `state/README.md` says that it changes, once. `read` is given the checkouts of all readers, by consumer, and gives
    what this one then works with. `expected` are the cells of the originals, `delivered` the files that it gets.
    """

    name: str
    files: Mapping[str, str]
    changes: Mapping[str, str]
    read: Callable[[Mapping[str, Path]], Cells]
    expected: Cells
    delivered: tuple[str, ...]


def at(stages: tuple[str, ...], **settings: Any) -> dict[str, dict[str, Any]]:
    """These settings at each of these stages."""
    return {stage: dict(settings) for stage in stages}


def together(*parts: Cells) -> dict[str, dict[str, Any]]:
    """The cells of several parts."""
    return {stage: {name: value for part in parts for name, value in part.get(stage, {}).items()} for stage in STAGES}
