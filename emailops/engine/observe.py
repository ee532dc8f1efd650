"""Reads every provider once, through readers that can do nothing else, and guards that it is the declared account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from emailops.declaration.model import Audience, Declaration, Key, MailchimpAccount, NotifyAccount, Subscriber
from emailops.declaration.resources import moved_ids
from emailops.declaration.vocabulary import KeyKind
from emailops.engine.subscribers import addresses_of
from emailops.errors import GateError, InvalidInput, Refused, ShortRead
from emailops.kinds.world import Observation, World
from emailops.plan import Observed, Undeclared
from emailops.private import Address, Mask, Secret, addresses_in, mask_strangers
from emailops.providers.transport import together
from emailops.run import Run

if TYPE_CHECKING:
    from emailops.providers.mailchimp import Reader as MailchimpReader

_LEAST_POWER_FIRST = (KeyKind.test, KeyKind.team, KeyKind.live)
_MORE_REMEDY = "run it again in a minute; nothing is created on the ground of an empty answer"


def observe(declaration: Declaration, run: Run) -> Observation:
    """The world as it is now. Raises GateError `account` for another account's key, ProviderError for a bad answer."""
    look = _Look(declaration, run, mask(declaration))
    look.at_notify()
    if declaration.mailchimp:
        # Not by this thread, which has to hear a Ctrl-C.
        together([partial(look.at_mailchimp, declaration.mailchimp)])
    return Observation(look.worlds, look.accounts, look.requests, tuple(look.strangers), look.clock)


def mailchimp_key(declaration: Declaration, run: Run) -> tuple[Secret | None, str]:
    """The secret of the declared Mailchimp key, or why there is none here."""
    key = declaration.keys.get(declaration.mailchimp.key) if declaration.mailchimp else None
    if key is None or not key.secret:
        return None, "accounts.mailchimp names no key with a secret"
    return run.secret(key.secret)


def mask(declaration: Declaration) -> Mask:
    """What hides addresses that may be people's in whatever a provider says."""
    texts = [value for one in declaration.audiences() for value in one.attributes.values() if isinstance(value, str)]
    texts += [text for one in declaration.all_templates() for text in one.text or ()]
    declared = {address for text in texts for address in addresses_in(text)}
    return mask_strangers(declaration.known_domains(), declaration.known_addresses() | declared)


@dataclass(frozen=True, slots=True)
class _Service:
    """What one Notify service holds."""

    templates: World
    keys: World
    requests: int


@dataclass(slots=True)
class _Look:
    """One look at everything; what it found so far."""

    declaration: Declaration
    run: Run
    mask: Mask
    worlds: dict[tuple[str, str], World] = field(default_factory=dict)
    accounts: dict[str, Any] = field(default_factory=lambda: {"notify": {}})
    requests: int = 0
    strangers: list[Undeclared] = field(default_factory=list)
    clock: datetime | None = None

    def at_notify(self) -> None:
        """Every service at the same time, each through clients of its own, since those are not thread-safe."""
        accounts = self.declaration.notify_accounts.values()
        for account, seen in zip(accounts, together(partial(self._service, one) for one in accounts), strict=True):
            known = {"service_id": account.service_id, "host": self.run.notify_url}
            self.accounts["notify"][account.name] = known
            self.worlds["notify-template", account.service_id] = seen.templates
            self.worlds["notify-key", account.service_id] = seen.keys
            self.requests += seen.requests

    def at_mailchimp(self, declared: MailchimpAccount) -> None:
        """The account's audiences, and the test subscribers of those that declare some."""
        url = self.run.mailchimp_url(declared.datacentre)
        self.accounts["mailchimp"] = {"account_id": declared.account_id, "host": url}
        if not any(True for _ in self.declaration.audiences()):
            return
        secret, reason = mailchimp_key(self.declaration, self.run)
        if secret is None:
            unknown = World(unknown=f"no key for mailchimp here: {reason}")
            self.worlds["mailchimp-audience", declared.account_id] = unknown
            self.worlds["mailchimp-test-subscriber", declared.account_id] = unknown
            return
        try:
            from emailops.providers.mailchimp import Reader
        except ModuleNotFoundError as error:
            raise InvalidInput("mailchimp3 is not installed", "pip install 'emailops[mailchimp]'") from error
        with closing(Reader(secret, url, declared.datacentre, self.mask, patience=self.run.patience)) as reader:
            account = reader.account_id()
            if account != declared.account_id:
                message = f"the Mailchimp key is of the account {account}, the declared one is {declared.account_id}"
                raise GateError("account", message, "use the key of the declared account")
            audiences, room = reader.audiences()
            self.clock = reader.clock
            recorded = [name for name in self.declaration.ids if name.startswith("mailchimp-audience/")]
            if recorded and not audiences:
                message = f"Mailchimp gave no audience at all, and {len(recorded)} ids are recorded"
                raise ShortRead(message, _MORE_REMEDY)
            self.worlds["mailchimp-audience", declared.account_id] = World(audiences, room=room)
            self.worlds["mailchimp-test-subscriber", declared.account_id] = self._subscribers(reader, audiences)
            self.requests += reader.requests

    def _service(self, account: NotifyAccount) -> _Service:
        """The service's templates, by the least powerful key that answers; and whether each other key answers."""
        from emailops.providers.notify import Reader

        url, patience = self.run.notify_url, self.run.patience
        templates: tuple[Observed, ...] | None = None
        keys: list[Observed] = []
        unread: dict[str, str] = {}
        requests = 0
        for key in self._keys_of(account):
            secret, reason = self.run.secret(key.secret)
            if secret is None:
                unread[key.name] = reason
                continue
            with closing(Reader(secret, url, account.service_id, self.mask, patience=patience)) as reader:
                try:
                    if templates is None:
                        templates = reader.templates()
                    else:
                        reader.answer()
                    keys.append(Observed("", key.name, {"answers": True}))
                except Refused as error:
                    keys.append(Observed("", key.name, {"answers": False, "said": error.said}))
                requests += reader.requests
        self._refuse_no_templates(account, templates)
        partly = _unread(account, unread) if keys else ""
        unknown = "" if templates is not None else _no_key(account, keys, unread)
        return _Service(World(templates or (), unknown=unknown), World(tuple(keys), partly=partly), requests)

    def _subscribers(self, reader: MailchimpReader, audiences: tuple[Observed, ...]) -> World:
        """The declared ones by their status, and strangers counted."""
        there = {one.id: one for one in audiences}
        ids = moved_ids(self.declaration)
        addresses, partly = addresses_of(self.declaration, self.run)
        asked: list[tuple[Audience, Observed, list[Subscriber], dict[str, Address]]] = []
        for audience in self.declaration.single_audiences.values():
            observed = there.get(ids.get(str(audience.resource), ""))
            ours = [one for one in self.declaration.subscribers() if one.audience is audience]
            if observed is not None and ours:
                known = {one.resource.name: addresses[one.resource] for one in ours if one.resource in addresses}
                asked.append((audience, observed, ours, known))
        answers = together(partial(reader.subscribers, observed.id, known) for _, observed, _, known in asked)
        found: list[Observed] = []
        for (audience, observed, ours, known), (statuses, strangers) in zip(asked, answers, strict=True):
            found += [Observed("", name, {"status": status}, link=observed.link) for name, status in statuses.items()]
            if strangers and len(known) == len(ours):
                kind = "mailchimp-test-subscriber"
                self.strangers.append(Undeclared(kind, str(audience.resource), strangers, (observed.link,)))
        return World(tuple(found), partly=partly)

    def _keys_of(self, account: NotifyAccount) -> Iterator[Key]:
        keys = [key for key in self.declaration.keys.values() if key.account == account.name and key.secret]
        known = _LEAST_POWER_FIRST
        yield from sorted(keys, key=lambda key: known.index(key.kind) if key.kind in known else len(known))

    def _refuse_no_templates(self, account: NotifyAccount, templates: tuple[Observed, ...] | None) -> None:
        wanted = [one for one in self.declaration.all_templates() if one.account == account.name]
        if wanted and templates == ():
            message = f"Notify gave no template of {account.name}, and {len(wanted)} are declared"
            raise ShortRead(message, "see accounts.notify: is this the service?")


def _no_key(account: NotifyAccount, keys: list[Observed], unread: dict[str, str]) -> str:
    if keys:
        return f"no key of {account.name} answers"
    reasons = ", ".join(dict.fromkeys(unread.values())) or "none is declared"
    return f"no key for {account.name} here: {reasons}"


def _unread(account: NotifyAccount, unread: dict[str, str]) -> str:
    if not unread:
        return ""
    return f"keys of {account.name} that are not here: {', '.join(f'{name} ({why})' for name, why in unread.items())}"
