"""Sends one mail through Notify (https://docs.notifications.service.gov.uk/python.html#send-an-email)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from notifications_python_client.errors import APIError, InvalidResponse

from emailops.errors import LostAnswer
from emailops.providers.notify import UUID, NotifyService
from emailops.providers.transport import MALFORMED, SendingSession, was_never_sent


@dataclass(frozen=True, slots=True)
class SentAnswer:
    """What Notify says to a mail: 201 and the id of the message, or the status, class and words of a refusal."""

    status: int
    id: str = ""
    error: str = ""
    said: str = ""


class Sender(NotifyService):
    """Sends mail with one key, and does nothing else. Made by a probe and by `own_key` only."""

    session_class = SendingSession

    def send(self, to: str, template_id: str, personalisation: Mapping[str, str], reference: str) -> SentAnswer:
        """Send one mail, once. Raises Unreachable where nothing was sent, LostAnswer where it may have been."""
        lost = LostAnswer("Notify's answer to the mail was lost", "it may have been sent: see Notify's pages")
        try:
            answer = self._client.send_email_notification(
                to, template_id, personalisation=dict(personalisation), reference=reference
            )
            id_ = self._mask(answer["id"])
            if not re.fullmatch(UUID, id_):
                raise lost
            return SentAnswer(201, id=id_)
        except InvalidResponse:
            raise lost from None
        except APIError as error:
            if error.response is None:
                unsent = error.__cause__ is not None and was_never_sent(error.__cause__)
                raise (self.translated(error) if unsent else lost) from None
            if error.status_code >= 500:
                raise lost from None
            class_, said = self.said(error)
            return SentAnswer(error.status_code, error=class_, said=said)
        except MALFORMED:
            raise lost from None
