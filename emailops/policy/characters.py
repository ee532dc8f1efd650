"""Rules about characters that a reviewer cannot see, or takes for others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from emailops.declaration.model import Declaration
from emailops.policy.privacy import said
from emailops.policy.problem import Problem

_WORD = re.compile(r"[^\W\d_]+")
_LAID_OUT = "\n\t"
_ALIKE = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"})
"""Scripts some of whose letters look just like Latin ones."""
_REMEDY = "type it again in plain characters"


def character_unseen(declaration: Declaration) -> Iterator[Problem]:
    """Nothing holds a character that does not show: of no width, odd spaces, or what turns a text round.

    Two names that look the same would be two audiences, and what a reviewer reads would not be what is sent.
    """
    for text, place in said(declaration, lambda text: not text.isprintable()):
        unseen = [character for character in text if not character.isprintable() and character not in _LAID_OUT]
        if unseen:
            message = f"it holds characters that do not show: {', '.join(map(_named, dict.fromkeys(unseen)))}"
            yield Problem(place.path, place, message, _REMEDY)


def character_alike(declaration: Declaration) -> Iterator[Problem]:
    """No word mixes letters that look the same, and no address or domain has any but plain ones.

    A domain that looks like the service's own and is somebody else's would get its mail.
    """
    for text, place in said(declaration, lambda text: not text.isascii()):
        alike = [character for word in _WORD.findall(text) for character in _alike(word)]
        is_address = "@" in text or ("." in text and not re.search(r"\s", text))
        if not alike and is_address:
            alike = [character for character in text if character.isalpha() and not character.isascii()]
        if alike:
            message = (
                f"it holds characters that look like plain letters: {', '.join(map(_named, dict.fromkeys(alike)))}"
            )
            yield Problem(place.path, place, message, _REMEDY)


def _alike(word: str) -> list[str]:
    """Letters of a word that pass for Latin ones: of another script among Latin letters, or the wide forms of these."""
    wide = [letter for letter in word if not letter.isascii() and unicodedata.normalize("NFKC", letter).isascii()]
    scripts = {letter: unicodedata.name(letter, "?").split(" ")[0] for letter in word}
    if "LATIN" not in scripts.values():
        return wide
    return wide + [letter for letter, script in scripts.items() if script in _ALIKE]


def _named(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, 'a control character')}"
