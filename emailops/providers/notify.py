"""Reads the templates of one Notify service (https://docs.notifications.service.gov.uk/python.html#get-all-templates).

With a service's key nothing of a service can be changed, so there is no writer; `sending` sends.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from notifications_python_client.authentication import create_jwt_token
from notifications_python_client.errors import APIError, HTTP503Error, InvalidResponse
from notifications_python_client.notifications import NotificationsAPIClient
from requests import PreparedRequest

from emailops.errors import GateError, InvalidInput, ProviderError, Refused, Unreachable
from emailops.patience import Patience
from emailops.private import Mask, Secret, mask_strangers, whole
from emailops.providers.transport import MALFORMED, ReadingSession
from emailops.providers.wire import in_words
from emailops.resource import Observed

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_NOBODYS_ID = "00000000-0000-0000-0000-000000000000"
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_KEY = re.compile(rf"(?:.*-)?({UUID})-{UUID}")
_PLACEHOLDER = re.compile(r"\({2}([^()]+?)(?:\?\?[^()]*)?\){2}")

# Its warnings repeat what the service said, addresses included; ours are raised instead.
logging.getLogger("notifications_python_client").addHandler(logging.NullHandler())
logging.getLogger("notifications_python_client").propagate = False


def service_of(key: Secret) -> str:
    """The id of the service that stands in a key. Raises InvalidInput."""
    found = _KEY.fullmatch(key.reveal())
    if not found:
        raise InvalidInput("the Notify key has the wrong form", "copy it whole: NAME-SERVICE_ID-SECRET")
    return found[1]


def placeholders_in(text: str) -> list[str]:
    """What stands in double brackets in a text of Notify's, in order; of a conditional one its name."""
    return _PLACEHOLDER.findall(text)


class NotifyService:
    """One service behind its key. The service's id stands in the key: one of another is refused before any request.

    Whatever Notify says goes through `mask`; without one, templates are whole, and all else holds no address.
    """

    session_class: type[ReadingSession] = ReadingSession

    def __init__(
        self, key: Secret, url: str, service_id: str, mask: Mask | None, *, patience: Patience | None = None
    ) -> None:
        if (service := service_of(key)) != service_id:
            message = f"the Notify key is of the service {service}, not of {service_id}"
            raise GateError("account", message, "use a key of the declared service")
        self._session = self.session_class(url, patience)
        self._client: Any = NotificationsAPIClient(key.reveal(), base_url=url)  # type: ignore[no-untyped-call]
        self._client.request_session.close()
        self._client.request_session = self._session
        self._session.auth = self._signed
        self._objects = mask or whole
        self._mask = mask or mask_strangers((), ())

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._session.count

    @property
    def clock(self) -> datetime | None:
        """What Notify's clock said when it last answered."""
        return self._session.clock

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def translated(self, error: APIError) -> ProviderError:
        """Only a key that is not let in is refused; every other bad answer says nothing about it."""
        status = error.status_code
        if error.response is None:
            why = in_words(error.__cause__ or error, self._session.url)
            return Unreachable(f"Notify did not answer: {self._mask(why)}", "run it again later")
        if isinstance(error, HTTP503Error):
            return Unreachable("Notify did not answer: it is busy, or down", "run it again later")
        if isinstance(error, InvalidResponse):
            return ProviderError("Notify's answer could not be read: it is not JSON", "run it again later")
        _, said = self.said(error)
        if status not in (401, 403):
            return ProviderError(f"Notify answered with {status}: {said}", "run it again later")
        message = f"Notify refused the key with {status}: {said}"
        return Refused(message, "see the key in Notify's API integration page", status=status, said=said)

    def said(self, error: APIError) -> tuple[str, str]:
        """The class of an error and what it says, as far as Notify gave any."""
        try:
            first = error.message[0] if isinstance(error.message, list) and error.message else {}
        except MALFORMED:
            first = {}
        found = first if isinstance(first, dict) else {}
        class_, said = str(found.get("error") or ""), str(found.get("message") or "no reason given")
        return str(self._mask(class_)), str(self._mask(said))

    def _signed(self, request: PreparedRequest) -> PreparedRequest:
        """Each try with a token of its own: one that is older than 30 seconds is refused as a bad key would be."""
        token = create_jwt_token(self._client.api_key, self._client.service_id)  # type: ignore[no-untyped-call]
        request.headers["Authorization"] = f"Bearer {token}"
        return request


class NotifyReader(NotifyService):
    """Reads one service; one that is used by several threads at once is one too few."""

    def templates(self) -> tuple[Observed, ...]:
        """Every template that is not archived, in one request. Raises Refused, Unreachable or ProviderError."""
        try:
            listed = self._client.get_all_templates()["templates"]
            return tuple(self._observed(template) for template in listed)
        except APIError as error:
            raise self.translated(error) from None
        except MALFORMED as error:
            message = f"Notify's list of templates could not be read: {type(error).__name__}"
            raise ProviderError(message, "run it again; if it stays, the API has changed") from None

    def is_archived(self, id_: str) -> bool:
        """Whether Notify knows a template that it does not list: an archived one it still gives by its id."""
        try:
            return str(self._client.get_template(id_)["id"]) == id_
        except APIError as error:
            if error.status_code in (400, 404):
                return False
            raise self.translated(error) from None
        except MALFORMED as error:
            message = f"Notify's answer about a template could not be read: {type(error).__name__}"
            raise ProviderError(message, "run it again; if it stays, the API has changed") from None

    def answer(self) -> None:
        """Ask for a notification that cannot be: a key that is let in is told so. Raises Refused or Unreachable."""
        try:
            self._client.get_notification_by_id(_NOBODYS_ID)
        except APIError as error:
            if error.status_code != 404:
                raise self.translated(error) from None
        except MALFORMED:
            # It said 200 to what cannot be: it is let in all the same.
            return

    def status(self, id_: str) -> str:
        """What has become of a message so far. Raises Refused, Unreachable or ProviderError."""
        try:
            return str(self._mask(self._client.get_notification_by_id(id_)["status"]))
        except APIError as error:
            raise self.translated(error) from None
        except MALFORMED as error:
            message = f"Notify's answer about a message could not be read: {type(error).__name__}"
            raise ProviderError(message, "run it again; if it stays, the API has changed") from None

    def _observed(self, template: Mapping[str, Any]) -> Observed:
        shown: dict[str, Any] = {"type": _text(template["type"]), "body": _plain(template["body"])}
        if type(template["version"]) is not int:
            raise TypeError("a version is not a number")
        shown["version"] = template["version"]
        if template.get("subject") is not None:
            shown["subject"] = _plain(template["subject"])
        if not _ID.fullmatch(_text(template["id"])):
            raise ValueError("no id of a template")
        seen = {
            "id": template["id"],
            "name": _text(template["name"]),
            "created": _text(template.get("created_at") or ""),
        }
        return Observed(**self._objects(seen), attributes=self._objects(shown))


def _plain(value: object) -> str:
    """A text with the line ends that a file has."""
    return _text(value).replace("\r\n", "\n").strip("\n")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
