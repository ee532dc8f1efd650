"""Reads the messages of one Notify service (https://docs.notifications.service.gov.uk/rest-api.html#get-message-status).

A listing holds what keys of the asking key's kind sent, the newest first, for as long as the service keeps messages. By
its id any key of the service reads any message: whoever asks so says whose it may be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from notifications_python_client.errors import APIError

from emailops.errors import ProviderError
from emailops.patience import Patience
from emailops.private import Address, Mask, Secret
from emailops.providers.notify import NotifyService
from emailops.providers.transport import MALFORMED

_ABSENT = (400, 404)
FAILED = "failed"
"""Stands for every status that says that a message did not arrive."""


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """One message as Notify holds it; what it says is not shown in a repr, since a link in it may let somebody in."""

    id: str
    reference: str
    type: str
    status: str
    recipient: Address
    template_id: str
    template_version: int
    created: datetime
    sent: datetime | None
    completed: datetime | None
    subject: str = field(repr=False)
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which messages of a listing. `since` ends it at the first that is older."""

    reference: str = ""
    status: str = ""
    since: datetime | None = None


class MessageReader(NotifyService):
    """Reads with one key, and sends nothing."""

    def __init__(
        self, key: Secret, url: str, service_id: str, mask: Mask | None, *, patience: Patience | None = None
    ) -> None:
        super().__init__(key, url, service_id, mask, patience=patience)
        self._patience = patience or Patience()

    def messages(self, wanted: Filter) -> Iterator[HeldMessage]:
        """Every message that fits, page by page, those of uploaded files included.

        The client's own iterator takes a reference that is a UUID for the id to go on from, so it is not used. Raises
        Refused, Unreachable or ProviderError.
        """
        until = self._patience.clock() + self._patience.for_listing
        last = ""
        while page := self._page(wanted, last):
            for message in page:
                if wanted.since is not None and message.created < wanted.since:
                    return
                yield message
            if page[-1].id == last:
                raise ProviderError("Notify's list of messages goes round in circles", "run it again later")
            if self._patience.clock() > until:
                seconds = f"{self._patience.for_listing:.0f} seconds"
                remedy = "ask for fewer: --since or --reference"
                raise ProviderError(f"Notify took longer than {seconds} to list its messages", remedy)
            last = page[-1].id

    def message(self, id_: str) -> HeldMessage | None:
        """The message with this id, whatever key sent it; None where the service holds none."""
        try:
            return _read(self._client.get_notification_by_id(id_))
        except APIError as error:
            if error.status_code in _ABSENT and error.response is not None:
                return None
            raise self.translated(error) from None
        except MALFORMED as error:
            raise self._malformed(error) from None

    def _page(self, wanted: Filter, last: str) -> list[HeldMessage]:
        try:
            listed = self._client.get_all_notifications(
                status=wanted.status or None,
                reference=wanted.reference or None,
                older_than=last or None,
                include_jobs="true",
            )
            return [_read(entry) for entry in listed["notifications"]]
        except APIError as error:
            raise self.translated(error) from None
        except MALFORMED as error:
            raise self._malformed(error) from None

    def _malformed(self, error: BaseException) -> ProviderError:
        message = f"Notify's answer about messages could not be read: {type(error).__name__}"
        return ProviderError(message, "run it again; if it stays, the API has changed")


def _read(entry: Mapping[str, Any]) -> HeldMessage:
    recipient = entry.get("email_address") or entry.get("phone_number") or entry.get("line_1") or ""
    return HeldMessage(
        id=_text(entry["id"]),
        reference=_text(entry.get("reference") or ""),
        type=_text(entry["type"]),
        status=_text(entry["status"]),
        recipient=Address(_text(recipient)),
        template_id=_text(entry["template"]["id"]),
        template_version=int(entry["template"].get("version") or 0),
        created=_moment(entry["created_at"]),
        sent=_time(entry.get("sent_at")),
        completed=_time(entry.get("completed_at")),
        subject=_text(entry.get("subject") or ""),
        body=_text(entry.get("body") or ""),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value.encode(errors="replace").decode()


def _time(value: object) -> datetime | None:
    return None if value is None else _moment(value)


def _moment(value: object) -> datetime:
    found = datetime.fromisoformat(_text(value))
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
