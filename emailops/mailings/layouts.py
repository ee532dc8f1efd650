"""What readers of a campaign see: HTML and plain text from Jinja templates that can reach nothing else.

https://jinja.palletsprojects.com/en/stable/sandbox/. Mailchimp's own *|...|* stands as it is in a template, but never
comes from an item: whoever writes an item's title must not write a merge tag.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from emailops.errors import InvalidInput
from emailops.mailings.patterns import FORMS, LocalTime

LARGEST = 1_000_000
"""Characters; mail programs cut off what is much smaller."""
_OPEN, _CLOSE = "*|", "|*"


class _Missing(StrictUndefined):
    """What an item does not have: a layout can ask whether it is there, and cannot show it."""

    def __bool__(self) -> bool:  # type: ignore[override]
        return False


def rendered(name: str, text: str, words: Mapping[str, Any], time: LocalTime) -> str:
    """The layout filled; HTML where its name says so. Raises InvalidInput with what is wrong in it."""
    is_html = name.endswith(".html")
    environment = ImmutableSandboxedEnvironment(
        autoescape=is_html, undefined=_Missing, finalize=_harmless(is_html=is_html), keep_trailing_newline=True
    )
    environment.filters.update({form.replace("-", "_"): _filter(form, time) for form in FORMS})
    try:
        filled = environment.from_string(text).render(dict(words))
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise InvalidInput(f"{name}{f':{line}' if line else ''}: {error.message}", "mend the layout") from None
    except (TypeError, ValueError, ArithmeticError, AttributeError, OverflowError, RecursionError) as error:
        raise InvalidInput(f"{name} cannot be filled: {type(error).__name__}", "mend the layout") from None
    if len(filled) > LARGEST:
        raise InvalidInput(f"{name} becomes too large: {len(filled)} characters", "show fewer items, or less of each")
    return filled


def _harmless(*, is_html: bool) -> Callable[[Any], Any]:
    """Values of items, without what Mailchimp would take for a tag of its own."""

    def harmless(value: Any) -> Any:
        if isinstance(value, Markup) or value is None:
            return "" if value is None else value
        text = str(value)
        if _OPEN not in text and _CLOSE not in text:
            return value
        if is_html:
            return Markup(str(escape(text)).replace(_OPEN, "*&#124;").replace(_CLOSE, "&#124;*"))  # noqa: S704
        return text.replace(_OPEN, "* |").replace(_CLOSE, "| *")

    return harmless


def _filter(form: str, time: LocalTime) -> Callable[[Any], str]:
    return lambda value: FORMS[form](value, time)
