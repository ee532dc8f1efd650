"""Python literals that ruff and black leave as they are, in ASCII, so that no reader's encoding or Unicode matters."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from emailops.errors import InvalidInput

_WIDTH = 120
_INDENT = "    "


def assignment(name: str, value: Any, indent: str = "") -> str:
    """`NAME = literal`, one entry of a mapping or sequence a line."""
    text = literal(value, indent)
    line = f"{indent}{name} = {text}"
    if isinstance(value, str) and len(line) > _WIDTH >= len(indent + _INDENT + text):
        return f"{indent}{name} = (\n{indent}{_INDENT}{text}\n{indent})"
    return line


@dataclass(frozen=True, slots=True)
class Language:
    """How a language writes a literal: its words for None, True and False, its texts, and what follows a name."""

    text: Callable[[str], str]
    none: str = "null"
    true: str = "true"
    false: str = "false"
    between: str = ": "

    def word(self, value: bool | None) -> str:
        return self.none if value is None else self.true if value else self.false


def literal(value: Any, indent: str = "", language: Language | None = None) -> str:
    """The value, one entry of a mapping or sequence a line, the lines after the first indented."""
    language = language or PYTHON
    inner = indent + _INDENT
    if isinstance(value, str):
        return language.text(value)
    if isinstance(value, dict):
        lines = [
            f"{inner}{language.text(name)}{language.between}{literal(entry, inner, language)},\n"
            for name, entry in value.items()
        ]
        return "{\n" + "".join(lines) + indent + "}" if lines else "{}"
    if isinstance(value, list):
        lines = [f"{inner}{literal(item, inner, language)},\n" for item in value]
        return "[\n" + "".join(lines) + indent + "]" if lines else "[]"
    return language.word(value) if value is None or isinstance(value, bool) else repr(value)


def assigned(body: Iterable[ast.stmt]) -> dict[str, Any]:
    """Name -> value, of each statement that assigns a literal. Raises ValueError for one that assigns anything else."""
    return {
        statement.targets[0].id: ast.literal_eval(statement.value)
        for statement in body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }


def evaluated(text: str, language: Language) -> Any:
    """The value of a literal of another language. Raises ValueError or SyntaxError."""
    return ast.literal_eval(_Words(language).visit(ast.parse(text, mode="eval")))


def identifier(name: str, edit: str) -> str:
    """The name, if Python can have it. Raises InvalidInput that points at the file to edit."""
    if name.isascii() and name.isidentifier() and not keyword.iskeyword(name):
        return name
    raise InvalidInput(f"{edit}: {name!r} cannot be a name in Python", "use letters, digits and _, and no Python word")


def _text(text: str) -> str:
    """In the quotes that need fewer escapes, double ones for choice, as formatters have it."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    return quote + "".join(f"\\{quote}" if letter == quote else ascii(letter)[1:-1] for letter in text) + quote


PYTHON = Language(_text, "None", "True", "False")


class _Words(ast.NodeTransformer):
    """Another language's words for None, True and False, as Python's."""

    def __init__(self, language: Language) -> None:
        self._values = {language.word(value): value for value in (None, True, False)}

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Constant(self._values[node.id]) if node.id in self._values else node
