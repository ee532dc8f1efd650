"""A small reader of the Groovy of the Jenkinsfile: its strings, statements and blocks, and nothing else.

What it cannot read is a ValueError, so that no shell step escapes the tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t]+|//[^\n]*|/\*.*?\*/)
    | (?P<text>'{3}(?:[^'\\]|\\.|'(?!''))*'{3}|'(?:[^'\\\n]|\\.)*')
    | (?P<woven>"(?:[^"\\\n]|\\.)*")
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<number>[0-9]+)
    | (?P<end>\n|;)
    | (?P<mark>[=!]=|[(){}\[\]=:,.?!])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "t": "\t", "$": "$", "\n": ""}


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is text (in single quotes), woven (in double quotes, so Groovy puts values in), word, number or mark."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: its tokens, and what stands in the braces that end it."""

    tokens: tuple[Token, ...]
    block: list[Statement] = field(default_factory=list)

    @property
    def word(self) -> str:
        return self.tokens[0].text if self.tokens else ""

    @property
    def code(self) -> str:
        """Its tokens, for a comparison."""
        return " ".join(repr(token.text) if token.kind == "text" else token.text for token in self.tokens)

    def all(self) -> Iterator[Statement]:
        """This statement and all within it, in order."""
        yield self
        for statement in self.block:
            yield from statement.all()

    def __getitem__(self, word: str) -> Statement:
        """The one statement of the block that begins with a word; empty where there is none."""
        found = [statement for statement in self.block if statement.word == word]
        if len(found) > 1:
            raise ValueError(f"{word} stands {len(found)} times in {self.code}")
        return found[0] if found else Statement(())


def read(source: str) -> Statement:
    """All statements of a file, as the block of one without tokens."""
    tokens = list(_tokens(source))
    statements, at = _statements(tokens, 0)
    if at != len(tokens):
        raise ValueError("a } closes nothing")
    return Statement((), statements)


def _tokens(source: str) -> Iterator[Token]:
    at = 0
    while at < len(source):
        found = _TOKEN.match(source, at)
        if found is None:
            raise ValueError(f"line {source.count(chr(10), 0, at) + 1} cannot be read: {source[at : at + 40]!r}")
        kind, text = str(found.lastgroup), found[0]
        at = found.end()
        if kind in ("text", "woven"):
            quotes = 3 if text.startswith("'''") else 1
            yield Token(kind, re.sub(r"\\(.)", _unescaped, text[quotes:-quotes], flags=re.DOTALL))
        elif kind != "space":
            yield Token(kind, text)


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPES[found[1]]


def _statements(tokens: list[Token], at: int) -> tuple[list[Statement], int]:
    """Up to the brace that closes the block; ends of lines within parentheses and brackets end nothing."""
    statements: list[Statement] = []
    here: list[Token] = []
    depth = 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        depth += (token.text in ("(", "[")) - (token.text in (")", "]")) if token.kind == "mark" else 0
        if token == Token("mark", "{"):
            if depth:
                raise ValueError("a closure as an argument cannot be read")
            block, at = _statements(tokens, at)
            if at == len(tokens) or tokens[at] != Token("mark", "}"):
                raise ValueError("a { is not closed")
            at += 1
            statements.append(Statement(tuple(here), block))
            here = []
        elif token == Token("mark", "}"):
            at -= 1
            break
        elif token.kind != "end":
            here.append(token)
        elif here and not depth:
            statements.append(Statement(tuple(here)))
            here = []
    return statements + ([Statement(tuple(here))] if here else []), at
