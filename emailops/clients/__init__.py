"""What apps and scripts import to send through GOV.UK Notify and Mailchimp: two small clients.

    from emailops_clients import NotifyClient

It needs Python 3.9, requests and Notify's official client; the extra `mailchimp` adds the other client.
`docs/clients.md` in emailops' repository says how to move an app here; `errors` draws the tree of what can go wrong.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .keys import DeclaredKey as DeclaredKey
    from .keys import Expected as Expected
    from .mailchimp import MailchimpClient as MailchimpClient
    from .mailchimp import Outcome as Outcome
    from .notify import NotifyClient as NotifyClient
    from .notify import Sent as Sent
    from .settings import NotifyNames as NotifyNames

_HOMES = {
    "DeclaredKey": ".keys",
    "Expected": ".keys",
    "MailchimpClient": ".mailchimp",
    "NotifyClient": ".notify",
    "NotifyNames": ".settings",
    "Outcome": ".mailchimp",
    "Sent": ".notify",
}
__all__ = sorted(_HOMES)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    """A client is loaded when it is first asked for: nobody pays for the one that they do not use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)
