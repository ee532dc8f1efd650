"""The Mailchimp account as one stage may use it: its client knows the audiences of this stage and no others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime

from emailops.clients import errors as client_errors
from emailops.clients.mailchimp import Audience as Held
from emailops.clients.mailchimp import MailchimpClient
from emailops.declaration.model import Audience
from emailops.declaration.moved import moved_ids
from emailops.errors import GateError, InvalidInput, ProviderError
from emailops.mailings.means import Errand
from emailops.private import Secret
from emailops.providers.mailchimp import MailchimpReader


class StageAccount:
    """Made by `connected`, once the account behind the key is known to be the declared one."""

    def __init__(self, errand: Errand, client: MailchimpClient, clock: datetime) -> None:
        self._errand = errand
        self._clock, self._started = clock.timestamp(), errand.run.clock()
        self._ids = moved_ids(errand.declaration)
        self.client = client

    def now(self) -> float:
        """Mailchimp's time."""
        return self._clock + self._errand.run.clock() - self._started

    def routed(self, framework: str, lot: str) -> tuple[Audience, Held]:
        """The audience that this stage uses for a lot. Raises InvalidInput where there is none."""
        if not framework or not lot:
            raise InvalidInput("an item says no framework, or no lot", "see `group` of the mailing, and the API")
        declared = self._errand.declaration.frameworks.get(framework)
        if declared is None:
            raise InvalidInput(f"{framework} is not declared", "declare it in audiences/, with its lots")
        audience = declared.audiences.get(lot) and self._errand.declaration.route(
            declared, lot, self._errand.stage.name
        )
        if not audience:
            raise InvalidInput(
                f"{framework} has no audience for {lot} here", "declare one, or `audience: none` for all"
            )
        return audience, self.held(audience)

    def named(self) -> tuple[Audience, Held]:
        """The single audience of the mailing, as this stage has it. Raises InvalidInput."""
        name, stage = self._errand.mailing.audience, self._errand.stage.name
        audience = self._errand.declaration.single_route(name, stage)
        if audience is None:
            raise InvalidInput(f"{name} serves no audience at {stage}", "emailops validate")
        return audience, self.held(audience)

    def held(self, audience: Audience) -> Held:
        """An audience of this stage, by its recorded id. Raises GateError `stage` for one of another stage."""
        if self._errand.stage.name not in audience.stages:
            message = f"{audience.resource} is not of {self._errand.stage.name}"
            raise GateError("stage", message, "nothing reaches an audience of another stage")
        id_ = self._ids.get(str(audience.resource))
        if id_ is None:
            raise InvalidInput(f"{audience.resource} has no id yet", "emailops apply creates it")
        return self.client.audience_by_id(id_)


@contextmanager
def connected(errand: Errand) -> Iterator[StageAccount]:
    """The account, while open. Raises GateError `account` for a key of another one, InvalidInput, ProviderError."""
    declared, run = errand.declaration.mailchimp, errand.run
    if declared is None:
        raise InvalidInput("there is no Mailchimp account", "declare accounts: mailchimp")
    secret = _secret(errand)
    url = run.mailchimp_url(declared.datacentre)
    reader = MailchimpReader(secret, url, declared.datacentre, errand.mask, patience=run.patience)
    with closing(reader) as reading:
        if (found := reading.account_id()) != declared.account_id:
            message = f"the Mailchimp key is of the account {found}, the declared one is {declared.account_id}"
            raise GateError("account", message, "use the key of the declared account")
        clock = reading.clock or run.now
    is_patient = run.patience.seconds > 0

    def pause(seconds: float) -> None:
        if is_patient:
            run.pause(seconds)

    with translated():
        yield StageAccount(errand, MailchimpClient(secret.reveal(), base_url=url, any_host=True, pause=pause), clock)


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the clients as the tool's own."""
    try:
        yield
    except client_errors.ClientError as error:
        raise ProviderError(error.message, error.remedy) from None


def _secret(errand: Errand) -> Secret:
    declared = errand.declaration.mailchimp
    key = errand.declaration.keys.get(declared.key) if declared else None
    if key is None or not key.secret:
        raise InvalidInput("accounts.mailchimp names no key with a secret", "declare one in keys")
    if key.stages and errand.stage.name not in key.stages:
        raise GateError("account", f"the key {key.name} is not for {errand.stage.name}", "see its stages")
    secret, why = errand.run.secret(key.secret)
    if secret is None:
        raise InvalidInput(f"the key {key.name} is not here: {why}", "run it where the key is")
    return secret
