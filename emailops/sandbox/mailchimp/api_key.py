"""Who calls: Mailchimp's API key, a bearer token or the password of basic authentication.

https://mailchimp.com/developer/marketing/docs/fundamentals/#authenticate-your-requests
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emailops.sandbox.holding.account import HeldAccount
from emailops.sandbox.mailchimp.problems import MailchimpError, Title

if TYPE_CHECKING:
    from emailops.sandbox.holding.audience import HeldAudience
    from emailops.sandbox.holding.holdings import Holdings
    from emailops.sandbox.serving.wire import Call

_KEY = re.compile(r"[0-9a-f]{32}-us[0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class MailchimpCaller:
    """`is_open` makes an audience on first sight, unless it is one that was deleted."""

    holdings: Holdings
    account: HeldAccount

    @property
    def is_open(self) -> bool:
        return self.holdings.open

    def put_audience(self, audience: HeldAudience) -> None:
        """To be called after an audience was made, or something of it but its members was changed."""
        self.account.audiences.put(audience.id, audience)

    def put_account(self) -> None:
        """To be called after something of the account but its audiences and campaigns was changed."""
        self.holdings.accounts.put(self.account.account_id, self.account)


def authenticate(holdings: Holdings, call: Call) -> MailchimpCaller:
    """The account behind a call, or the refusal that Mailchimp gives."""
    if not call.headers.get("authorization"):
        raise MailchimpError(401, Title.KEY_MISSING, "Your request did not include an API key.")
    key = key_of(call)
    account = next((account for account in holdings.accounts.values() if key in account.api_keys), None)
    if account is None and holdings.open and _KEY.fullmatch(key):
        account = _opened(holdings, key)
    if account is None:
        detail = "Your API key may be invalid, or you've attempted to access the wrong datacenter."
        raise MailchimpError(401, Title.KEY_INVALID, detail)
    return MailchimpCaller(holdings, account)


def key_of(call: Call) -> str:
    """The key that a call holds; an empty text for none."""
    scheme, _, credentials = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    try:
        return base64.b64decode(credentials).decode("latin-1").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _opened(holdings: Holdings, key: str) -> HeldAccount:
    """The first account: every key that looks like one opens it."""
    for account in holdings.accounts.values():
        return account
    account = HeldAccount("Sandbox", "5a4d0b0c", [key])
    holdings.accounts.put(account.account_id, account)
    return account
