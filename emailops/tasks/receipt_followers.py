"""What receipts set off, done by the workers of mailings, too: each takes some of what waits in the database."""

from __future__ import annotations

from emailops.declaration.receivers import receiver_plan
from emailops.engine.declared import valid
from emailops.receipts.aftermath import Aftermath
from emailops.receipts.store import ReceiptStore
from emailops.run import Run


def followers(run: Run) -> list[Aftermath]:
    """One for each Notify service that declares what a permanent failure sets off. Raises LedgerError."""
    declaration = valid(run)
    plans = {account: receiver_plan(declaration, account) for account in declaration.services}
    return [
        Aftermath(ReceiptStore(run.database, account), plan, run)
        for account, plan in plans.items()
        if plan.action is not None
    ]
