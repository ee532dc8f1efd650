"""Reads every provider once, through readers that can do nothing else, and guards that it is the declared account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from emailops.declaration.model import Declaration, Key, MailchimpAccount, NotifyAccount
from emailops.declaration.moved import moved_ids
from emailops.declaration.vocabulary import KeyKind
from emailops.engine.subscribers import addresses_of
from emailops.errors import GateError, InvalidInput, Refused
from emailops.kinds import KINDS, resources
from emailops.kinds.contract import Asked, Look, ProviderName
from emailops.kinds.world import Observation, World
from emailops.private import Mask, Secret, addresses_in, mask_strangers
from emailops.providers.transport import together
from emailops.run import Run

if TYPE_CHECKING:
    from emailops.providers.key_ring import KeyRing

_NOT_LET_IN = (401, 403)
_LEAST_POWER_FIRST = (KeyKind.test, KeyKind.team, KeyKind.live)


def observe(declaration: Declaration, run: Run) -> Observation:
    """The world as it is now. Raises GateError `account` for another account's key, ProviderError for a bad answer."""
    look = _Look(declaration, run, mask(declaration), moved_ids(declaration))
    services = declaration.notify_accounts.values()
    with ExitStack() as open_rings:
        # Whatever is wrong with a key of any service is found before the first of them is sent.
        rings = [open_rings.enter_context(closing(look.ring_of(service))) for service in services]
        # Every service at the same time, each through clients of its own, since those are not thread-safe.
        looks = [partial(look.at_notify, service, ring) for service, ring in zip(services, rings, strict=True)]
        seen = list(together(looks))
    known: dict[str, Any] = {
        "notify": {service.name: {"service_id": service.service_id, "host": run.notify_url} for service in services}
    }
    if account := declaration.mailchimp:
        known["mailchimp"] = {"account_id": account.account_id, "host": run.mailchimp_url(account.datacentre)}
        # Not by this thread, which has to hear a Ctrl-C.
        seen += together([partial(look.at_mailchimp, account)])
    worlds = {(kind, account_id): world for account_id, held, _ in seen for kind, world in held.items()}
    return Observation(worlds, known, sum(requests for _, _, requests in seen))


def mailchimp_key(declaration: Declaration, run: Run) -> tuple[Secret | None, str]:
    """The secret of the declared Mailchimp key, or why there is none here."""
    key = declaration.keys.get(declaration.mailchimp.key) if declaration.mailchimp else None
    if key is None or not key.secret:
        return None, "accounts.mailchimp names no key with a secret"
    return run.secret(key.secret)


def mask(declaration: Declaration) -> Mask:
    """What hides addresses that may be people's in whatever a provider says."""
    texts = [text for audience in declaration.audiences() for text in audience.attributes.values()]
    texts += [text for template in declaration.all_templates() for text in template.text or ()]
    declared = {address for text in texts if isinstance(text, str) for address in addresses_in(text)}
    return mask_strangers(declaration.known_domains(), declaration.known_addresses() | declared)


_Seen = tuple[str, Mapping[str, World], int]
"""The id of an account, its worlds by kind, and the requests that it took."""


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at everything."""

    declaration: Declaration
    run: Run
    mask: Mask
    ids: Mapping[str, str]

    def ring_of(self, account: NotifyAccount) -> KeyRing:
        """The keys of one service that are at hand, the least powerful first. Raises InvalidInput or GateError."""
        from emailops.providers.key_ring import KeyRing
        from emailops.providers.notify import NotifyReader

        keys = {key.name: self.run.secret(key.secret) for key in self._keys_of(account)}
        return KeyRing(
            account.name,
            keys,
            lambda secret: NotifyReader(
                secret, self.run.notify_url, account.service_id, self.mask, patience=self.run.patience
            ),
        )

    def at_notify(self, account: NotifyAccount, ring: KeyRing) -> _Seen:
        """One service, by the least powerful key that is let in."""
        worlds = self._worlds(ProviderName.notify, account.service_id, ring)
        return account.service_id, worlds, ring.requests

    def at_mailchimp(self, declared: MailchimpAccount) -> _Seen:
        """The one account, whose id is asked for first; nothing where nothing of it is declared."""
        id_ = declared.account_id
        if not self._declared(ProviderName.mailchimp):
            return id_, {}, 0
        secret, reason = mailchimp_key(self.declaration, self.run)
        if secret is None:
            unknown = World(unknown=f"no key for mailchimp here: {reason}")
            return id_, dict.fromkeys(self._asked(ProviderName.mailchimp), unknown), 0
        try:
            from emailops.providers.mailchimp import MailchimpReader
        except ModuleNotFoundError as error:
            raise InvalidInput("mailchimp3 is not installed", "pip install 'emailops[mailchimp]'") from error
        url, patience = self.run.mailchimp_url(declared.datacentre), self.run.patience
        with closing(MailchimpReader(secret, url, declared.datacentre, self.mask, patience=patience)) as reader:
            try:
                account = reader.account_id()
            except Refused as error:
                if error.status not in _NOT_LET_IN:
                    raise
                return id_, self._refused(declared.key, error.said), reader.requests
            if account != id_:
                message = f"the Mailchimp key is of the account {account}, the declared one is {id_}"
                raise GateError("account", message, "use the key of the declared account")
            return id_, self._worlds(ProviderName.mailchimp, id_, reader), reader.requests

    def _refused(self, key: str, said: str) -> Mapping[str, World]:
        """What is known where Mailchimp refuses the key: that, and nothing else."""
        unknown = World(unknown=f"Mailchimp refuses the key {key}: {said}")
        asked = self._asked(ProviderName.mailchimp)
        return {name: kind.refused(key, said) if kind.refused else unknown for name, kind in asked.items()}

    def _worlds(self, provider: ProviderName, account: str, reader: Any) -> Mapping[str, World]:
        """What the account holds of each kind, in the order of the table, so that one may build on another."""
        addresses = partial(addresses_of, self.declaration, self.run)
        worlds: dict[str, World] = {}
        for name, asked in self._asked(provider).items():
            look = Look(self.declaration, account, reader, self.ids, worlds, addresses, together)
            worlds[name] = asked.observe(look)
        return worlds

    def _asked(self, provider: ProviderName) -> dict[str, Asked]:
        """The kinds of which there is something to ask: what is declared, or what is counted."""
        declared = self._declared(provider)
        return {
            name: kind.asked
            for name, kind in KINDS.items()
            if kind.provider is provider and kind.asked and (name in declared or kind.asked.ours)
        }

    def _declared(self, provider: ProviderName) -> set[str]:
        kinds = {desired.resource.kind for desired in resources(self.declaration)}
        return {kind for kind in kinds if KINDS[kind].provider is provider}

    def _keys_of(self, account: NotifyAccount) -> Iterator[Key]:
        keys = [key for key in self.declaration.keys.values() if key.account == account.name and key.secret]
        known = _LEAST_POWER_FIRST
        yield from sorted(keys, key=lambda key: known.index(key.kind) if key.kind in known else len(known))
