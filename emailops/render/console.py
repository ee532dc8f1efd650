"""The way out: standard output carries what was asked for, standard error everything else."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from emailops.private import hide_known, hide_secrets, hide_typed
from emailops.render import escape

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
            console.print(Text(escape.lines(hide_known(words)), style=STYLES[style]))
        return
    text("\n".join(words for _, words in content))


def text(content: str) -> None:
    """Plain text to standard output. Whatever it holds of others is inert there, and no secret is in it."""
    print(escape.lines(hide_known(content)), flush=True)


def commands(content: Iterable[str]) -> None:
    """Lines that a CI is to obey, each escaped by its own rules, to standard output."""
    print("\n".join(map(hide_known, content)), flush=True)


def document(content: str) -> None:
    """A page or a line for a program, escaped by its own rules, to standard output as it is."""
    print(content, flush=True)


def as_json(value: Any) -> None:
    """JSON to standard output."""
    print(escape.json_text(hide_known(json.dumps(value, indent=2, ensure_ascii=False))), flush=True)


def note(message: str) -> None:
    """A word beside the output, to standard error; what nobody has looked over may be in it."""
    print(escape.lines(hide_typed(hide_secrets(message))), file=sys.stderr)


def problem(message: str, remedy: str = "") -> None:
    """What went wrong and what to do about it, to standard error. Only the first line begins at the edge."""
    head, *rest = message.split("\n")
    note(f"emailops: {head}")
    for line in [*rest, *(remedy.split("\n") if remedy else [])]:
        note(f"          {line}")
