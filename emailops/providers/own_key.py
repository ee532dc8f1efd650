"""What one simulated send tells of a key (https://docs.notifications.service.gov.uk/rest-api.html#testing).

Nothing is delivered. The recipient rule comes before the simulation, so a team key is refused even there.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from enum import Enum

from emailops.errors import Refused
from emailops.patience import Patience
from emailops.private import Mask, Secret
from emailops.providers.notify import NotifyReader
from emailops.providers.sender import Sender, SentAnswer
from emailops.simulated import SMOKE_TEST


class Told(Enum):
    """What the answer tells of a key; live and test keys are answered alike."""

    TEAM = "it is a team key"
    LIVE = "it is a live key, of a service in trial mode"
    TEST_OR_LIVE = "it is not a team key"
    NOTHING = "no declared template could be sent without personalisation, so nothing was tried"


def ask(key: Secret, url: str, service_id: str, template_ids: Collection[str], mask: Mask, patience: Patience) -> Told:
    """Send a declared template that asks for nothing to a simulated address. Raises GateError and ProviderError."""
    with closing(NotifyReader(key, url, service_id, mask, patience=patience)) as reader:
        template_id = _sendable(reader, template_ids)
    if template_id is None:
        return Told.NOTHING
    with closing(Sender(key, url, service_id, mask, patience=patience)) as sender:
        answer = sender.send(SMOKE_TEST, template_id, {}, reference="")
    return Told.TEST_OR_LIVE if answer.status == 201 else _refused(answer)


def _sendable(reader: NotifyReader, template_ids: Collection[str]) -> str | None:
    """The id of a declared email template that asks for nothing, or None."""
    for template in reader.templates():
        texts = f"{template.attributes.get('subject')}{template.attributes['body']}"
        if template.id in template_ids and template.attributes["type"] == "email" and "((" not in texts:
            return template.id
    return None


def _refused(answer: SentAnswer) -> Told:
    said = answer.said.casefold()
    if answer.status == 400 and "team-only api key" in said:
        return Told.TEAM
    if answer.status == 400 and "trial mode" in said:
        return Told.LIVE
    message = f"Notify answered the simulated send with {answer.status}"
    raise Refused(message, "run it again later", status=answer.status)
