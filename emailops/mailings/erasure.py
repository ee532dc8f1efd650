"""Erases somebody from every audience of one stage, for good; audiences of other stages are out of reach."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field

from emailops.clients import errors as client_errors
from emailops.clients.addresses import cleaned, is_email_address
from emailops.clients.mailchimp import Removal
from emailops.clients.private import digest
from emailops.declaration.model import Audience
from emailops.declaration.moved import moved_ids
from emailops.errors import Exit, InvalidInput
from emailops.mailings.account import StageAccount, connected
from emailops.mailings.means import Errand
from emailops.mailings.send_ledger import SendLedger
from emailops.private import Address


@dataclass(frozen=True, slots=True)
class Erased:
    """What became of one person. `person` is the digest that logs show, `member` Mailchimp's id of them.

    `audiences` are (name, id) of those that held them, `failed` why some of these still do, by name. `elsewhere` counts
    those of other stages, or undeclared ones.
    """

    person: str
    member: str
    audiences: tuple[tuple[str, str], ...]
    elsewhere: int
    messages: int
    failed: Mapping[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> Exit:
        """5 where some audiences still hold them, 1 where all do."""
        if not self.failed:
            return Exit.OK
        return Exit.ERROR if len(self.failed) == len(self.audiences) and not self.messages else Exit.PARTIAL


def person(typed: str) -> Address:
    """Whom to erase, from what was typed. Raises InvalidInput."""
    text = cleaned(typed)
    if not is_email_address(text):
        raise InvalidInput("this is not an email address", "write it whole, such as someone@example.com")
    return Address(text)


def erase(errand: Errand, address: Address, *, dry_run: bool) -> Erased:
    """Erase a `person`, or say from where it would. Raises GateError `account` and ProviderError.

    What was not sent to them yet is not sent any more. An audience that fails does not keep the others waiting: it is
    named, and the same command again does the rest.
    """
    text = address.reveal()
    with connected(errand) as account:
        held = {audience.id for audience in account.client.audiences_of(text)}
        ours = [(audience, id_) for audience, id_ in _of_stage(errand) if id_ in held]
        messages = 0 if dry_run else _forgotten(errand, text)
        failed = {} if dry_run else _erased(account, (audience for audience, _ in ours), text)
    named = tuple((audience.resource.name, id_) for audience, id_ in ours)
    member = hashlib.md5(text.lower().encode(), usedforsecurity=False).hexdigest()
    return Erased(digest(text), member, named, len(held) - len(ours), messages, failed)


def _of_stage(errand: Errand) -> Iterator[tuple[Audience, str]]:
    ids = moved_ids(errand.declaration)
    for audience in errand.declaration.audiences():
        if errand.stage.name in audience.stages and str(audience.resource) in ids:
            yield audience, ids[str(audience.resource)]


def _forgotten(errand: Errand, text: str) -> int:
    with closing(SendLedger(errand.run.database)) as ledger:
        return ledger.forget(Address(text))


def _erased(account: StageAccount, ours: Iterable[Audience], text: str) -> dict[str, str]:
    """Why some audiences still hold them, by name. Raises what is wrong with the key, and so with every audience."""
    failed = {}
    for audience in ours:
        try:
            if account.held(audience).erase(text) is Removal.REFUSED:
                failed[audience.resource.name] = "Mailchimp refuses it"
        except client_errors.KeyRefused:
            raise
        except client_errors.ClientError as error:
            failed[audience.resource.name] = f"{error.message}; {error.remedy}"
    return failed
