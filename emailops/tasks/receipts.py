"""`receipts serve`: the receiver of a Notify service's callbacks, with what its state declares beside them."""

from __future__ import annotations

from dataclasses import dataclass

from emailops.declaration.names import require
from emailops.declaration.receivers import receiver_plan
from emailops.engine.declared import valid
from emailops.receipts.aftermath import Aftermath
from emailops.receipts.figures import FollowUpFigures
from emailops.receipts.intake import Intake
from emailops.receipts.receiver import LARGEST, Receiver
from emailops.receipts.store import ReceiptStore
from emailops.run import Run
from emailops.tasks.callback_tokens import tokens_of

__all__ = ["LARGEST", "Serving", "serving"]


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
    taken = tokens_of(run, tokens)
    store = ReceiptStore(run.database, named)
    intake = Intake(store, acts=plan.action is not None)
    receiver = Receiver(intake, taken)
    aftermath = Aftermath(store, plan, run, FollowUpFigures(receiver.registry), dry_run=dry_run)
    return Serving(receiver, intake, aftermath, store, named, plan.action is not None)
