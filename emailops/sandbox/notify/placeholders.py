"""Filling a Notify template in: ((placeholders)) in any spelling, ((conditions??text)) and lists.

https://docs.notifications.service.gov.uk/rest-api.html#send-an-email (arguments, personalisation)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emailops.sandbox.holding.service import TemplateType
from emailops.sandbox.notify.subjects import subject_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from emailops.sandbox.holding.service import HeldTemplate

_PLACEHOLDER = re.compile(r"\({2}([^()]+)\){2}")
_TRUE = frozenset({"yes", "y", "true", "t", "1", "include", "show"})


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    body: str


def placeholders(template: HeldTemplate) -> list[str]:
    """The names that a template asks for, those of the subject first; each once, as it is spelt first."""
    texts = (template.subject or "", template.body)
    names: dict[str, str] = {}
    for text in texts:
        for match in _PLACEHOLDER.finditer(text):
            name = _name(match[1])
            names.setdefault(spelt(name), name)
    return list(names.values())


def missing(template: HeldTemplate, personalisation: Mapping[str, Any]) -> list[str]:
    """The placeholders without a value; null is not a value, an empty text is one."""
    given = {spelt(name) for name, value in personalisation.items() if value is not None}
    return [name for name in placeholders(template) if spelt(name) not in given]


def render(
    template: HeldTemplate, personalisation: Mapping[str, Any], in_subject: Mapping[str, Any] | None = None
) -> Rendered:
    """The template with its values; `in_subject` are those of the subject, where they are others."""
    values = _values(personalisation)
    subject_values = values if in_subject is None else _values(in_subject)
    is_text = template.type == TemplateType.SMS
    body = _filled(template.body, values, _sentence if is_text else _bullets)
    return Rendered(
        subject=subject_line(_filled(template.subject or "", subject_values, _sentence)),
        body=(_tightened(body) if is_text else body).strip(),
    )


def spelt(name: str) -> str:
    """A placeholder's name as Notify compares names: case, spaces, hyphens and underscores do not count."""
    return re.sub(r"[ _-]", "", name).lower()


def _values(personalisation: Mapping[str, Any]) -> dict[str, Any]:
    return {spelt(name): value for name, value in personalisation.items() if value is not None}


def _name(placeholder: str) -> str:
    return placeholder.split("??", 1)[0]


def _filled(text: str, values: Mapping[str, Any], listed: Callable[[list[str]], str]) -> str:
    def value_of(match: re.Match[str]) -> str:
        name, is_condition, words = match[1].partition("??")
        value = values.get(spelt(name))
        if value is None:
            return match[0]
        if is_condition:
            return words if str(value).lower() in _TRUE else ""
        return listed(list(_items(value))) if isinstance(value, list) else str(value)

    return _PLACEHOLDER.sub(value_of, text)


def _tightened(text: str) -> str:
    """A text message loses white space that would be paid for: double, before a full stop or comma, at line ends."""
    lines = (" ".join(line.split()) for line in re.sub(r"[ \t]+([,.])", r"\1", text).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _items(values: list[Any]) -> Iterator[str]:
    return (text for value in values if value is not None and (text := str(value).strip()))


def _bullets(items: list[str]) -> str:
    return "\n\n" + "\n".join(f"* {item}" for item in items) if items else ""


def _sentence(items: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))
