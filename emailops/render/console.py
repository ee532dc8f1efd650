"""The way out: standard output carries what was asked for, standard error everything else."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from typing import Any

STYLES = {
    "heading": "bold",
    "create": "green",
    "update": "yellow",
    "adopt": "cyan",
    "release": "magenta",
    "person": "bold yellow",
    "unknown": "magenta",
    "removed": "red",
    "faint": "dim",
    "error": "bold red",
    "": "",
}
"""Colour only repeats what a symbol or a word says already."""

Line = tuple[str, str]
"""A style of STYLES and a text."""


def lines(content: Iterable[Line]) -> None:
    """Styled lines to standard output, never wrapped, so that names can be pasted."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.text import Text

        console = Console(highlight=False, soft_wrap=True)
        for style, words in content:
            console.print(Text(words, style=STYLES[style]))
        return
    text("\n".join(words for _, words in content))


def text(content: str) -> None:
    """Plain text to standard output."""
    try:
        print(content)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough; what is left must not fail at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def as_json(value: Any) -> None:
    """JSON to standard output."""
    text(json.dumps(value, indent=2, ensure_ascii=False))


def note(message: str) -> None:
    """A word beside the output, to standard error."""
    print(message, file=sys.stderr)


def problem(message: str, remedy: str = "") -> None:
    """What went wrong and what to do about it, to standard error."""
    note(f"emailops: {message}")
    if remedy:
        note(f"          {remedy}")
