"""`receipts serve`: the receiver of a Notify service's callbacks, with what its state declares beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from emailops.declaration.names import require
from emailops.declaration.receivers import receiver_plan
from emailops.engine.declared import valid
from emailops.errors import InvalidInput
from emailops.private import Secret
from emailops.receipts.aftermath import Aftermath
from emailops.receipts.intake import Intake
from emailops.receipts.receiver import LARGEST, Receiver
from emailops.receipts.store import ReceiptStore
from emailops.run import Run

__all__ = ["LARGEST", "Serving", "serving"]
_SHORTEST = 10
_BETWEEN = re.compile(r"[:\s,]+")


@dataclass(frozen=True, slots=True)
class Serving:
    """Everything of a receiver that runs. `close` ends it once all that was answered is on disk."""

    receiver: Receiver
    intake: Intake
    aftermath: Aftermath
    store: ReceiptStore
    account: str
    acts: bool

    def close(self) -> None:
        self.aftermath.stop()
        self.intake.close()
        self.store.close()


def serving(run: Run, account: str, tokens: str, *, dry_run: bool) -> Serving:
    """The receiver of a service, by the account of Notify's; the only one where none is named.

    `tokens` is where the tokens are: one or more, with a colon between. Raises InvalidInput, LedgerError.
    """
    declaration = valid(run)
    accounts = declaration.root.table("accounts").table("notify")
    named = account or declaration.first_account or next(iter(accounts), "")
    require("Notify service", named, accounts)
    plan = receiver_plan(declaration, named)
    taken = _tokens(run, tokens)
    store = ReceiptStore(run.database)
    intake = Intake(store, acts=plan.action is not None)
    aftermath = Aftermath(store, plan, run, dry_run=dry_run)
    return Serving(Receiver(intake, taken), intake, aftermath, store, named, plan.action is not None)


def _tokens(run: Run, reference: str) -> list[Secret]:
    """The tokens behind a reference. One that is short could be guessed."""
    secret, why = run.secret(reference)
    if secret is None:
        raise InvalidInput(f"there are no tokens: {why}", "set it, and list its reference in EMAILOPS_SECRETS")
    texts = [text for text in _BETWEEN.split(secret.reveal()) if text]
    if not texts or any(len(text) < _SHORTEST for text in texts):
        message = f"{reference} holds a token of less than {_SHORTEST} characters"
        raise InvalidInput(message, "Notify takes 10 or more; write several with a colon between")
    return [Secret(text) for text in texts]
