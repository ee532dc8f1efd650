"""Values that somebody else typed: Notify makes them text that is neither Markdown nor a link.

https://docs.notifications.service.gov.uk/rest-api.html#send-an-email (sanitise_content_for)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from emailops.sandbox.notify.placeholders import spelt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_MARKS = re.compile(r"[*\[\](.]")


def sanitised(names: Iterable[str], personalisation: Mapping[str, Any], *, for_subject: bool = False) -> dict[str, Any]:
    """The personalisation in which the values that are named, in any spelling, are escaped."""
    named = {spelt(name) for name in names}
    escape = _escaped_in_subject if for_subject else _escaped
    return {name: _each(value, escape) if spelt(name) in named else value for name, value in personalisation.items()}


def sanitised_content(names: Iterable[str], personalisation: Mapping[str, Any]) -> dict[str, Any]:
    """What Notify's answer says of them: each as it was and as it is now; nothing of names that have no value."""
    values = {spelt(name): value for name, value in personalisation.items() if value is not None}
    return {
        name: {"sanitised": _each(values[spelt(name)], _escaped), "unsanitised": values[spelt(name)]}
        for name in names
        if spelt(name) in values
    }


def _each(value: Any, escape: Callable[[str], str]) -> Any:
    if isinstance(value, list):
        return [_each(item, escape) for item in value]
    return escape(value) if isinstance(value, str) else value


def _escaped(text: str) -> str:
    return _MARKS.sub(lambda mark: f"\\{mark[0]}", text)


def _escaped_in_subject(text: str) -> str:
    return text.replace(".", "&#46;")
