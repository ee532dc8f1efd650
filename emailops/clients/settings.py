"""Settings as emailops generates them: read from a module, a class, a mapping or a Flask app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .errors import Misconfigured

_ASK = "see what your app's file of generated settings holds"


class NotifyNames(NamedTuple):
    """Under which names the settings stand; yours may have others."""

    key: str = "NOTIFY_API_KEY"
    templates: str = "NOTIFY_TEMPLATES"
    redirects: str = "NOTIFY_REDIRECTS"
    service: str = "NOTIFY_SERVICE_ID"
    stage: str = "NOTIFY_STAGE"
    kind: str = "NOTIFY_KEY_KIND"
    keys: str = "NOTIFY_KEYS"
    number_redirects: str = "NOTIFY_NUMBER_REDIRECTS"


USUAL = NotifyNames()


def text(settings: Any, name: str) -> str:
    """The setting; empty where there is none. Raises Misconfigured where it is no text."""
    value = _value(settings, name)
    if value is not None and not isinstance(value, str):
        raise Misconfigured(f"{name} is {type(value).__name__}, not text", _ASK)
    return value or ""


def mapping(settings: Any, name: str) -> Mapping[str, Any] | None:
    """The setting; None where there is none. Raises Misconfigured where it is no mapping.

    An app that lets its environment override its settings turns a mapping into text.
    """
    value = _value(settings, name)
    if value is not None and not isinstance(value, Mapping):
        message = f"{name} is {type(value).__name__}, not a mapping"
        raise Misconfigured(message, "an environment variable cannot hold one: take it from the generated settings")
    return value


def _value(settings: Any, name: str) -> Any:
    config = getattr(settings, "config", None)
    if isinstance(config, Mapping):
        settings = config
    return settings.get(name) if isinstance(settings, Mapping) else getattr(settings, name, None)
