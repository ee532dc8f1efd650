"""What keeps foreign text from being taken for ours: by a terminal, by a reader's eye, or by a CI that obeys its log.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions (the older form may stand within a line)
"""

from __future__ import annotations

import re

_OLDER = re.compile(r"##(?=(?:vso|teamcity)?\[)")


def one_line(text: str) -> str:
    """Text that cannot break out of its line: what does not show itself is shown as its code point."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def lines(text: str) -> str:
    """Whole output, line by line: nothing that steers a terminal, nothing that a CI would obey."""
    return "\n".join(_inert(line) for line in text.split("\n"))


def json_text(text: str) -> str:
    """The same for a JSON document, which still says the same."""
    text = text if text.replace("\n", "").isprintable() else "".join(map(_json_escaped, text))
    return _OLDER.sub(r"\\u0023#", text)


def _inert(line: str) -> str:
    shown = line if line.isprintable() else "\t".join(one_line(part) for part in line.split("\t"))
    if shown.lstrip().startswith("::"):
        shown = shown.replace("::", ": :", 1)
    return _OLDER.sub("# #", shown)


def _json_escaped(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    code = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{code[at : at + 4]}" for at in range(0, len(code), 4))
