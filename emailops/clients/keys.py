"""API keys: their form, and what is known of them, checked before a client exists.

https://docs.notifications.service.gov.uk/python.html#api-keys and
https://mailchimp.com/developer/marketing/guides/quick-start/#generate-your-api-key
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from .errors import Misconfigured, WrongKey

_UUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_NOTIFY = re.compile(rf"(?:(?P<name>.*)-)?(?P<service>{_UUID})-(?P<secret>{_UUID})", re.DOTALL)
_MAILCHIMP = re.compile(r"[0-9a-f]{32}-(?P<datacentre>us[0-9]{1,3})")
_FORM = "copy it again from Notify's API integration page: NAME-SERVICE_ID-SECRET, the last two UUIDs"


class DeclaredKey(NamedTuple):
    """What is declared of one key: its kind (live, team or test) and the stages that may use it."""

    kind: str = ""
    stages: tuple[str, ...] = ()


class Expected(NamedTuple):
    """What the key of this stage has to be. What is left empty is not checked.

    `keys` holds what is declared of each key by the name that it has in Notify.
    """

    service: str = ""
    stage: str = ""
    kind: str = ""
    keys: Mapping[str, DeclaredKey] = MappingProxyType({})


UNCHECKED = Expected()


def declared_keys(settings: Mapping[str, Any]) -> dict[str, DeclaredKey]:
    """What generated settings say of each key by its name, its kind and stages. Raises Misconfigured."""
    try:
        return {name: DeclaredKey(str(said["kind"]), tuple(said["stages"])) for name, said in settings.items()}
    except (KeyError, TypeError):
        message = "what is declared of the Notify keys has another form"
        raise Misconfigured(message, "generate it: notify_keys") from None


class NotifyKey(NamedTuple):
    """A key of the right form; its text never shows."""

    name: str
    service: str
    text: str

    def __repr__(self) -> str:
        return f"NotifyKey(name={self.name!r}, service={self.service!r})"


def notify_key(text: Any, expected: Expected = UNCHECKED) -> NotifyKey:
    """The key, without blanks around it. Raises WrongKey, which never quotes it."""
    if not isinstance(text, str) or not text.strip():
        raise WrongKey("there is no Notify key", "set it where this stage keeps its secrets")
    stripped = text.strip()
    found = _NOTIFY.fullmatch(stripped)
    if found is None or any(character.isspace() for character in stripped):
        raise WrongKey(f"the Notify key has the wrong form: {_fault_of(stripped)}", _FORM)
    key = NotifyKey(found["name"] or "", found["service"].lower(), stripped)
    _check(key, expected)
    return key


def mailchimp_key(text: Any) -> tuple[str, str]:
    """The key without blanks around it, and its data centre. Raises WrongKey, which never quotes it.

    A key of another form would become part of a host name, and be sent there.
    """
    if not isinstance(text, str) or not text.strip():
        raise WrongKey("there is no Mailchimp key", "set it where this stage keeps its secrets")
    found = _MAILCHIMP.fullmatch(text.strip())
    if found is None:
        message = "the Mailchimp key has the wrong form"
        raise WrongKey(message, "copy it again: 32 hex digits in lower case, a dash, and us with a number")
    return text.strip(), found["datacentre"]


def normalised(name: str) -> str:
    """As Notify writes a key's name into the key: letters, digits and underscores, in lower case."""
    return re.sub(r"[^a-z0-9_]", "", name.strip().lower().replace(" ", "_"))


def _check(key: NotifyKey, expected: Expected) -> None:
    """A key's name is a hint that Notify writes; only a name that is declared says anything."""
    if expected.service and key.service != expected.service.lower():
        raise WrongKey("the Notify key is of another service", f"use a key of the service {expected.service}")
    declared = {normalised(name): known for name, known in expected.keys.items()}
    known = declared.get(normalised(key.name))
    if known is None:
        return
    if expected.stage and known.stages and expected.stage not in known.stages:
        message = f"the Notify key is declared for {', '.join(known.stages)}, and this is {expected.stage}"
        raise WrongKey(message, "use the key of this stage")
    if expected.kind and known.kind and known.kind != expected.kind:
        raise WrongKey(f"the Notify key is a {known.kind} key", f"this stage sends with a {expected.kind} key")


def _fault_of(key: str) -> str:
    if any(character.isspace() for character in key):
        return "it holds a blank or a newline"
    if any(quote in key for quote in "\"'`“”‘’"):
        return "it stands in quotes"
    if re.fullmatch(_UUID, key):
        return "it is a service id alone"
    if _MAILCHIMP.fullmatch(key):
        return "it looks like a key of Mailchimp"
    return "it does not end with two UUIDs"
