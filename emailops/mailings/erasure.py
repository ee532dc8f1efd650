"""Erases somebody from every audience of one stage, for good; audiences of other stages are out of reach."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

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

    `audiences` are (name, id) of those that held them; `elsewhere` counts those of other stages, or undeclared ones.
    """

    person: str
    member: str
    audiences: tuple[tuple[str, str], ...]
    elsewhere: int
    messages: int
    refused: tuple[str, ...] = ()

    @property
    def exit_code(self) -> Exit:
        return Exit.PARTIAL if self.refused else Exit.OK


def erase(errand: Errand, address: Address, *, dry_run: bool) -> Erased:
    """Erase, or say from where it would. Raises InvalidInput, GateError `account` and ProviderError.

    What was not sent to them yet is not sent any more.
    """
    text = cleaned(address.reveal())
    if not is_email_address(text):
        raise InvalidInput("this is not an email address", "write it whole")
    with connected(errand) as account:
        held = {audience.id for audience in account.client.audiences_of(text)}
        ours = [(audience, id_) for audience, id_ in _of_stage(errand) if id_ in held]
        refused = [] if dry_run else _erased(account, ours, text)
    messages = 0
    if not dry_run:
        with closing(SendLedger(errand.run.database)) as ledger:
            messages = ledger.forget({digest(text), digest(text.lower())})
    named = tuple((audience.resource.name, id_) for audience, id_ in ours)
    member = hashlib.md5(text.lower().encode(), usedforsecurity=False).hexdigest()
    return Erased(digest(text), member, named, len(held) - len(ours), messages, tuple(refused))


def _of_stage(errand: Errand) -> Iterator[tuple[Audience, str]]:
    ids = moved_ids(errand.declaration)
    for audience in errand.declaration.audiences():
        if errand.stage.name in audience.stages and str(audience.resource) in ids:
            yield audience, ids[str(audience.resource)]


def _erased(account: StageAccount, ours: list[tuple[Audience, str]], text: str) -> list[str]:
    """The names of those that refused."""
    return [audience.resource.name for audience, _ in ours if account.held(audience).erase(text) is Removal.REFUSED]
