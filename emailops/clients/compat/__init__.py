"""The Digital Marketplace's own email package, name by name, so that an app moves in one import line.

    from emailops_clients.compat import DMNotifyClient            # was: from dmutils.email import DMNotifyClient
    from emailops_clients.compat.exceptions import EmailError     # was: from dmutils.email.exceptions import EmailError

Names, arguments, defaults, answers, exceptions and log lines are those of digitalmarketplace-utils 60
(https://github.com/Crown-Commercial-Service/digitalmarketplace-utils); its defects are gone. New code uses the clients
of `emailops_clients`. It needs Flask and, for tokens, cryptography: the extra `compat`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dm_mailchimp import DMMailChimpClient as DMMailChimpClient
    from .dm_notify import DMNotifyClient as DMNotifyClient
    from .exceptions import EmailError as EmailError
    from .tokens import decode_invitation_token as decode_invitation_token
    from .tokens import decode_password_reset_token as decode_password_reset_token
    from .tokens import generate_token as generate_token
    from .user_account_email import send_user_account_email as send_user_account_email

_HOMES = {
    "DMMailChimpClient": ".dm_mailchimp",
    "DMNotifyClient": ".dm_notify",
    "EmailError": ".exceptions",
    "decode_invitation_token": ".tokens",
    "decode_password_reset_token": ".tokens",
    "generate_token": ".tokens",
    "send_user_account_email": ".user_account_email",
}
__all__ = sorted(_HOMES)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    """A script that only sends needs no cryptography."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)
