"""What a function of such a module sends: the template, and an argument for each placeholder."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from emailops.declaration.model import Template
from emailops.declaration.personalisation import placeholders
from emailops.declaration.vocabulary import TemplateType

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_]+")
_TAKEN = ("self", "to", "reference", "reply_to", "reply_to_id", "resend", "sender", "sender_id")
"""The arguments that a function has anyhow."""
_METHODS = ("constructor", "email", "sms", "target", "number")
_ENTRY = "value"


@dataclass(frozen=True, slots=True)
class TemplateCall:
    """One template: the name of its function, and argument -> placeholder as the template spells it."""

    template: str
    function: str
    is_email: bool
    arguments: Mapping[str, str]


def messages(templates: Mapping[str, Sequence[Template]]) -> list[TemplateCall]:
    """One a template; of services whose words differ, all placeholders that any of them asks for."""
    functions = _identifiers(templates, _METHODS)
    return [
        TemplateCall(name, functions[name], held[0].type is TemplateType.email, _arguments(held))
        for name, held in templates.items()
    ]


def _arguments(templates: Sequence[Template]) -> dict[str, str]:
    texts = [part for template in templates for part in template.text or ()]
    names = placeholders(texts)
    return {argument: name for name, argument in _identifiers(names, _TAKEN).items()}


def _identifiers(names: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """Name -> a name that Python and TypeScript can have, each once."""
    used = set(taken)
    found = {}
    for name in names:
        identifier = _identifier(name)
        if keyword.iskeyword(identifier) or identifier in taken:
            identifier += "_"
        numbered = (f"{identifier}_{number}" for number in range(2, len(used) + 3))
        found[name] = identifier if identifier not in used else next(each for each in numbered if each not in used)
        used.add(found[name])
    return found


def _identifier(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    if plain.isidentifier() and plain == name and not name.startswith("_"):
        return name
    words = _NOT_IN_A_NAME.sub("_", plain).strip("_").lower() or _ENTRY
    return f"{_ENTRY}_{words}" if words[0].isdigit() else words
