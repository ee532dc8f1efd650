"""Whether a provider lets one key in, asked by itself."""

from __future__ import annotations

from contextlib import closing

from emailops.errors import Refused
from emailops.private import Mask, Secret
from emailops.providers.mailchimp import MailchimpReader
from emailops.providers.notify import NotifyReader


def refusal_at_notify(secret: Secret, url: str, service_id: str, mask: Mask) -> str:
    """What Notify says against the key; empty where it lets it in. Raises GateError, InvalidInput, ProviderError."""
    with closing(NotifyReader(secret, url, service_id, mask)) as reader:
        try:
            reader.answer()
        except Refused as error:
            return error.said
    return ""


def refusal_at_mailchimp(secret: Secret, url: str, datacentre: str, mask: Mask) -> str:
    """What Mailchimp says against the key; empty where it lets it in. Raises GateError, InvalidInput, ProviderError."""
    with closing(MailchimpReader(secret, url, datacentre, mask)) as reader:
        try:
            reader.account_id()
        except Refused as error:
            if error.status not in (401, 403):
                raise
            return error.said
    return ""
