"""What looks like an address and is none, and what is only the end of one: told by what stands around it.

Each form has its line in the labelled corpus of the tests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

_OPENS = re.compile(r"""(?:\A|[\s"'`<>(,;:\t=\[]|mailto:)\Z""")
_CLOSES = re.compile(r"""\Z|[\s"'`<>),;:\t\]\\]""")
_FILES = frozenset(
    """png jpg jpeg gif svg webp ico bmp avif css less scss sass js jsx ts tsx mjs cjs rb html htm erb haml
    slim json yml yaml xml toml ini conf cfg txt csv tsv pdf sql log lock exe dll jar war class java kt
    swift c h cpp hpp cs go vue woff woff2 ttf eot otf mp4 mp3 wav webm bak tmp tar gz tgz bz2 xz zst deb
    rpm whl egg service socket target timer mount slice scope path device swap automount feature lua php
    ipynb gradle""".split()  # noqa: SIM905 (a word a line would fill a page)
)
"""What names of files and of units of a machine end with, and no domain does."""
_URL = re.compile(r"(?<![a-z0-9+.-])(?!mailto:)[a-z][a-z0-9+.-]*://[^\s/?#\"'<>]*\Z", re.IGNORECASE)
_REMOTE_PATH = re.compile(r":(?!//)(?:[~/]|[\w.-]+/|[\w.-]+\.git\b)")
_REMOTE_COMMAND = re.compile(
    r"(?:^|[\s;&|`$(\"'])(?:ssh|scp|sftp|rsync|mosh|autossh|ssh-copy-id|git clone|git remote add \S+)"
    r"(?:\s+-{1,2}\S+(?:\s+[^\s@-][^\s@]*)?|\s+[^\s@]*[./:$][^\s@]*)*\s+\Z"
)
_GIT_HOST = re.compile(r"(?:github|gitlab|bitbucket|codeberg|git|ssh|gitea)\.", re.IGNORECASE)
_VERSION = re.compile(r"[v^~=]*\d+\.\d", re.IGNORECASE)
_DENSITY = re.compile(r"\d(?:\.\d)?x\.", re.IGNORECASE)
_MESSAGE_ID = re.compile(
    r"(?:^|[\s\"'\[])(?:message-id|in-reply-to|references|content-id|cid)['\"]?\s*(?::|=>|=)", re.IGNORECASE
)
_KOTLIN = frozenset({"this", "super", "return", "break", "continue"})
_PLACEHOLDERS = re.compile(
    r"""(?:[\#$%]\{[^{}]*\}|\{\{[^{}]*\}\}|\{[\w.!:\[\]'"()%, +-]*\}|\$\([^()]*\)|\\\([^()]*(?:\([^()]*\))?\)|%>"""
    r"""|<(?!/|(?:a|b|i|p|u|li|td|th|em|br|tr|ul|ol|hr|div|span|code|strong|label|small)\b)[A-Za-z][\w -]*>"""
    r"""|&lt;[\w -]+&gt;|\[[\w -]+\]|%\(\w+\)[sdi]|%[-0-9.]*[sdiux]|\$\w+|%%?\w+%|(?<=["'`])[%*])\Z"""
)
"""What a program, or a person, puts the local part in place of."""
_WILDCARD = re.compile(r"(?:\A|[\s,:=(\[])[%*]\Z")
_MEMBERS = frozenset(
    [
        "id",
        "name",
        "to",
        "is",
        "me",
        "in",
        "at",
        "as",
        "it",
        "so",
        "my",
        "do",
        "no",
        "be",
        "by",
        "email",
        "page",
        "link",
        "click",
        "date",
        "code",
        "app",
        "dev",
        "page",
        "host",
    ]
)
"""What ends a domain somewhere, and names a member of an object in every program."""
_JOINS = re.compile(r"""(?:\+|\.|\|\||<<|~|&|,|\(|=|:|\bconcat|\bin|\bwith|\breturn)\s*["'`]\Z""", re.IGNORECASE)


@dataclass
class Surroundings:
    """What stands around an @ on its line. `is_plain` is for an @ that is not encoded."""

    before: str
    local: str
    domain: str
    after: str
    is_plain: bool
    in_code: bool

    @cached_property
    def left(self) -> str:
        """What is before the local part."""
        return self.before[: len(self.before) - len(self.local)] if self.local else self.before

    @property
    def stands_alone(self) -> bool:
        """Whether it is set apart as values are, and is no name of a file."""
        last = self.domain.rpartition(".")[2].lower()
        if last in _FILES or not _OPENS.search(self.left) or not _CLOSES.match(self.after):
            return False
        return len(last) > 1 and (not self.in_code or (self.left[-1:] in ("'", '"', "<") and bool(self.left)))


def is_put_together(there: Surroundings) -> bool:
    """Whether what is before the @ stands for a local part that something else gives."""
    before = there.before
    if _PLACEHOLDERS.search(before) or (not there.in_code and _WILDCARD.search(before)):
        return True
    if there.local or before[-1:] not in ("'", '"', "`") or not before:
        return False
    if _JOINS.search(before):
        return True
    return there.after.startswith(before[-1]) and there.domain.rpartition(".")[2].lower() not in _MEMBERS


def is_lookalike(there: Surroundings) -> bool:
    """Whether it is a URL's user, a Git remote, a version, a picture, a handle, an operator or the like."""
    if there.is_plain and _is_a_remote(there):
        return True
    return (
        bool(_VERSION.match(there.domain))
        or bool(_DENSITY.match(f"{there.domain}."))
        or _is_a_handle(there)
        or bool(_MESSAGE_ID.search(there.before))
        or (there.in_code and _is_an_expression(there))
    )


def _is_a_remote(there: Surroundings) -> bool:
    return bool(
        ("://" in there.before and _URL.search(there.before))
        or _REMOTE_PATH.match(there.after)
        or (there.left[-1:].isspace() and _REMOTE_COMMAND.search(there.left))
        or (there.local in ("git", "hg", "svn") and _GIT_HOST.match(there.domain))
    )


def _is_a_handle(there: Surroundings) -> bool:
    """`@jane@social.example` names an account of a social network, and no mailbox."""
    return bool(there.local) and there.left.endswith("@") and not re.search(r"[\w.]@\Z", there.left)


def _is_an_expression(there: Surroundings) -> bool:
    return (
        there.after.startswith("(") or there.local in _KOTLIN or (bool(there.local) and there.local[-1] in "!&*%^~#$")
    )
