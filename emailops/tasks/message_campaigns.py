"""`messages campaigns`: what Mailchimp sent since a day, and how it was received."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from emailops.declaration.moved import moved_ids
from emailops.engine.declared import valid
from emailops.engine.observe import mask
from emailops.errors import GateError, InvalidInput
from emailops.run import Run


@dataclass(frozen=True, slots=True)
class Campaign:
    """One that was sent. `audience` is as it is declared, else Mailchimp's id of it; opens and clicks are of people."""

    id: str
    sent: str
    title: str
    subject: str
    audience: str
    emails: int
    opens: int
    clicks: int


def campaigns(run: Run, since: datetime) -> tuple[Campaign, ...]:
    """The newest first. Raises InvalidInput without a Mailchimp key, GateError for another account's, ProviderError."""
    declaration = valid(run)
    declared = declaration.mailchimp
    if declared is None:
        raise InvalidInput("there is no Mailchimp account", "declare accounts: mailchimp")
    key = declaration.keys.get(declared.key)
    if key is None or not key.secret:
        raise InvalidInput("accounts.mailchimp names no key with a secret", "declare one in keys")
    secret, why = run.secret(key.secret)
    if secret is None:
        raise InvalidInput(f"the key {key.name} is not here: {why}", "run it where the key is")
    try:
        from emailops.providers.mailchimp import MailchimpReader  # noqa: PLC0415 (mailchimp3 is an extra)
    except ModuleNotFoundError as error:
        raise InvalidInput("mailchimp3 is not installed", "pip install 'emailops[mailchimp]'") from error
    names = {id_: str(resource) for resource, id_ in moved_ids(declaration).items()}
    url = run.mailchimp_url(declared.datacentre)
    with closing(MailchimpReader(secret, url, declared.datacentre, mask(declaration), patience=run.patience)) as reader:
        if (account := reader.account_id()) != declared.account_id:
            message = f"the Mailchimp key is of the account {account}, the declared one is {declared.account_id}"
            raise GateError("account", message, "use the key of the declared account")
        sent = [
            Campaign(
                found.id,
                found.sent,
                found.title,
                found.subject,
                names.get(found.audience, found.audience),
                found.emails,
                found.opens,
                found.clicks,
            )
            for found in reader.campaigns_sent(since)
        ]
    return tuple(sorted(sent, key=lambda campaign: campaign.sent, reverse=True))
