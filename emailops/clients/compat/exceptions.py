"""What the service's apps catch when they send."""

from __future__ import annotations


class EmailError(Exception):
    """The mail was not sent, or nobody knows."""


class EmailTemplateError(EmailError):
    """The template cannot be sent as it was asked for; sending it to others would fail, too."""


class EmailInvalidError(EmailError):
    """The recipient is not an email address."""
