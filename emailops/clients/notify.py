"""Sends emails and text messages through GOV.UK Notify (https://docs.notifications.service.gov.uk/python.html)."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Callable, NamedTuple, Union

from notifications_python_client.errors import APIError

from .addresses import Redirects, cleaned
from .errors import InvalidAddress, Misconfigured, OutcomeUnknown, WrongCall, WrongPersonalisation
from .hosts import NOTIFY_URL, NOTIFY_VARIABLE, is_loopback
from .hosts import base_url as chosen_url
from .keys import UNCHECKED, DeclaredKey, Expected, declared_keys, notify_key
from .numbers import NumberRedirects
from .official import SECONDS, OfficialClient
from .private import digest
from .refusals import meaning
from .settings import USUAL, NotifyNames, mapping, text
from .templates import Templates, is_template_id, suggestion

__all__ = ["NotifyClient", "Preview", "Sent", "Value", "default_reference"]

Value = Union[str, int, float, bool, Sequence[str]]
"""What a placeholder can be filled with; a list becomes a list of bullets."""

LONGEST_REFERENCE = 1000
_log = logging.getLogger(__name__)


class Sent(NamedTuple):
    """What became of a message: `id` is Notify's. `already` says that it was sent before, and not again now."""

    id: str
    reference: str
    already: bool = False
    redirected: bool = False


class Preview(NamedTuple):
    """A message as Notify would send it; the repr does not show it, since it may hold what is private."""

    subject: str
    body: str

    def __repr__(self) -> str:
        return "Preview()"


class NotifyClient:
    """One for the whole app: threads may share it.

    `redirects` says for which domains mail goes to another address, `number_redirects` for which beginnings of numbers
    text messages go to another. `{}` means that all go where they are addressed, and nothing but you saying so does.
    """

    def __init__(
        self,
        key: str,
        *,
        templates: Mapping[str, str],
        redirects: Mapping[str, str],
        number_redirects: Mapping[str, str] | None = None,
        reply_tos: Mapping[str, str] | None = None,
        expected: Expected = UNCHECKED,
        base_url: str | None = None,
        any_host: bool = False,
        timeout: float = SECONDS,
        deadline: float | None = None,
    ) -> None:
        """`reply_tos` names ids of reply-to addresses. A whole answer has `deadline` seconds, or a minute.

        Raises Misconfigured, of which WrongKey and WrongHost are.

        Without `number_redirects` no text message goes out, but to a host on this machine.
        """
        checked = notify_key(key, expected)
        self._url = chosen_url(base_url, NOTIFY_VARIABLE, NOTIFY_URL, any_host=any_host)
        self._templates = Templates(templates)
        self._redirects = Redirects(redirects)
        self._numbers = None if number_redirects is None else NumberRedirects(number_redirects)
        self._reply_tos = dict(reply_tos or {})
        self._client: Any = OfficialClient(checked.text, self._url, timeout, deadline)
        self._service = checked.service

    @classmethod
    def from_settings(
        cls,
        settings: Any,
        *,
        key: str | None = None,
        redirects: Mapping[str, str] | None = None,
        number_redirects: Mapping[str, str] | None = None,
        names: NotifyNames = USUAL,
        keys: Mapping[str, DeclaredKey] | None = None,
        **options: Any,
    ) -> NotifyClient:
        """From generated settings: a module, a class, a mapping, or a Flask app, whose `config` is read.

        A key that stands nowhere in the settings is an argument. Redirects that stand nowhere are an error, but for a
        host on this machine: what was forgotten once mailed strangers.
        """
        declared = mapping(settings, names.redirects) if redirects is None else redirects
        if declared is None:
            if not is_loopback(chosen_url(options.get("base_url"), NOTIFY_VARIABLE, NOTIFY_URL, any_host=True)):
                message = f"there are no redirects: {names.redirects} is not set"
                raise Misconfigured(
                    message, "generate the setting, or say redirects={} if all mail shall really go out"
                )
            declared = {}
        numbers = mapping(settings, names.number_redirects) if number_redirects is None else number_redirects
        known = declared_keys(mapping(settings, names.keys) or {}) if keys is None else keys
        stage, kind = text(settings, names.stage), text(settings, names.kind)
        expected = Expected(text(settings, names.service), stage, kind, known)
        return cls(
            text(settings, names.key) if key is None else key,
            templates=mapping(settings, names.templates) or {},
            redirects=declared,
            number_redirects=numbers,
            expected=expected,
            **options,
        )

    def __repr__(self) -> str:
        return f"<NotifyClient of service {self._service} at {self._url}>"

    def send_email(
        self,
        to: str,
        template: str,
        personalisation: Mapping[str, Any] | None = None,
        *,
        reference: str | None = None,
        reply_to: str | None = None,
        resend: bool = True,
    ) -> Sent:
        """Send a template, by its name or id, to an address, or to where its domain is redirected.

        `reference` is made of address, template and personalisation when you give none. With `resend=False` a message
        whose reference Notify knows is not sent again. `reply_to` is a name in `reply_tos`, or an id.
        """
        if not isinstance(to, str) or "@" not in cleaned(to):
            raise InvalidAddress("the recipient is not an email address")
        template_id = self._templates.id_of(template)
        reply_to_id = self._reply_to_id(reply_to)
        target = self._redirects.target(to)

        def send(filled: dict[str, Any], named: str) -> Any:
            return self._client.send_email_notification(
                target or to, template_id, personalisation=filled, reference=named, email_reply_to_id=reply_to_id
            )

        return self._send(send, to, template_id, personalisation, reference, resend=resend, redirected=bool(target))

    def send_sms(
        self,
        to: str,
        template: str,
        personalisation: Mapping[str, Any] | None = None,
        *,
        reference: str | None = None,
        sender: str | None = None,
        resend: bool = True,
    ) -> Sent:
        """Send a template to a phone number, as `send_email` does; `sender` is the id of a text message sender."""
        if not isinstance(to, str) or not any(character.isdigit() for character in to):
            raise InvalidAddress("the recipient is not a phone number")
        template_id = self._templates.id_of(template)
        target = self._safe_number(to)

        def send(filled: dict[str, Any], named: str) -> Any:
            return self._client.send_sms_notification(
                target or to, template_id, personalisation=filled, reference=named, sms_sender_id=sender
            )

        return self._send(send, to, template_id, personalisation, reference, resend=resend, redirected=bool(target))

    def preview(self, template: str, personalisation: Mapping[str, Any] | None = None) -> Preview:
        """What a message would say. Nothing is sent, and no limit counts it."""
        template_id = self._templates.id_of(template)
        try:
            answer = self._client.post_template_preview(template_id, _checked(personalisation))
            return Preview(str(answer.get("subject") or ""), str(answer["body"]))
        except APIError as error:
            raise meaning(error, sending=False) from None
        except (KeyError, TypeError, AttributeError):
            raise meaning(APIError(), sending=False) from None

    def find(self, reference: str) -> str | None:
        """Notify's id of the newest message with this reference; None where it holds none."""
        return self._find(reference)

    def has_been_sent(self, reference: str) -> bool:
        """Whether Notify holds a message with this reference, in whatever state. It keeps them for seven days.

        A key sees only what a key of its own kind sent.
        """
        return self._find(reference) is not None

    def _send(
        self,
        send: Callable[[dict[str, Any], str], Any],
        to: str,
        template_id: str,
        personalisation: Mapping[str, Any] | None,
        reference: str | None,
        *,
        resend: bool,
        redirected: bool,
    ) -> Sent:
        filled = _checked(personalisation)
        named = reference or default_reference(to, template_id, filled)
        if len(named) > LONGEST_REFERENCE:
            raise WrongCall(f"the reference has {len(named)} characters", f"Notify takes {LONGEST_REFERENCE}")
        earlier = None if resend else self._find(named)
        if earlier is not None:
            _log.info("Message with reference %s to %s was sent before: not sent again", named, digest(to))
            return Sent(earlier, named, already=True, redirected=redirected)
        try:
            with self._client.meant_for(cleaned(to) if redirected else ""):
                id_ = send(filled, named)["id"]
        except APIError as error:
            raise self._reported(meaning(error, to, sending=True), named, to) from None
        except (KeyError, TypeError):
            raise self._reported(OutcomeUnknown("Notify's answer to a message had no id"), named, to) from None
        _log.info("Message with reference %s to %s was sent", named, digest(to))
        return Sent(str(id_), named, redirected=redirected)

    def _find(self, reference: str) -> str | None:
        """Notify's id of the newest message with this reference."""
        try:
            found: list[Mapping[str, Any]] = self._client.get_all_notifications(reference=reference)["notifications"]
            return str(found[0]["id"]) if len(found) else None
        except APIError as error:
            raise meaning(error, sending=False) from None
        except (KeyError, TypeError):
            raise meaning(APIError(), sending=False) from None

    def _safe_number(self, to: str) -> str | None:
        """Raises Misconfigured where nobody said which numbers are redirected, and messages really go out."""
        if self._numbers is None and not is_loopback(self._url):
            message = "there are no redirects of numbers"
            raise Misconfigured(message, "generate the setting, or say number_redirects={} if all texts shall go out")
        return self._numbers.target(to) if self._numbers is not None else None

    def _reply_to_id(self, reply_to: str | None) -> str | None:
        if reply_to is None or reply_to in self._reply_tos:
            return self._reply_tos.get(reply_to or "")
        if is_template_id(reply_to):
            return reply_to
        raise WrongCall(f"there is no reply-to address {reply_to!r}", suggestion(reply_to, self._reply_tos))

    def _reported(self, error: Exception, reference: str, to: str) -> Exception:
        _log.error("Message with reference %s to %s: %s", reference, digest(to), type(error).__name__)
        return error


def default_reference(to: str, template_id: str, personalisation: Mapping[str, Any] | None = None) -> str:
    """The same for the same message to the same person: a digest of address, template and values, in their order."""
    return digest(f"{to}|{template_id}|{','.join(map(str, (personalisation or {}).values()))}")


def _checked(personalisation: Any) -> dict[str, Any]:
    """A copy that can be sent. Raises WrongPersonalisation with the name of what cannot."""
    if personalisation is None:
        return {}
    if not isinstance(personalisation, Mapping):
        raise WrongPersonalisation(f"personalisation is {type(personalisation).__name__}", "give a mapping")
    for name, value in personalisation.items():
        if not isinstance(name, str):
            raise WrongPersonalisation("a placeholder's name is not text", "write it as in the template")
        if type(value) in (str, int, bool):
            continue
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            message = f"personalisation {name!r} is {type(value).__name__}, which cannot be sent"
            raise WrongPersonalisation(message, "give text, a number or a list of texts") from None
    return dict(personalisation)
