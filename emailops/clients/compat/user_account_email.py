"""The mail with which somebody makes their account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, current_app, session, url_for

from .dm_notify import DMNotifyClient
from .exceptions import EmailError
from .helpers import hash_string
from .tokens import _namespace, generate_token

_NOTHING: Mapping[str, Any] = {}


def send_user_account_email(
    role: str,
    email_address: str,
    template_name_or_id: str,
    extra_token_data: Mapping[str, Any] = _NOTHING,
    personalisation: Mapping[str, Any] = _NOTHING,
) -> None:
    """Send it, with a link that holds role and address; where it cannot be sent, the request ends with 503."""
    notify_client = DMNotifyClient()
    token_data = {"role": role, "email_address": email_address, **extra_token_data}
    token = generate_token(token_data, current_app.config["SHARED_EMAIL_KEY"], _namespace("INVITE_EMAIL"))
    link = url_for("external.create_user", encoded_token=token, _external=True)
    try:
        notify_client.send_email(
            email_address,
            template_name_or_id=template_name_or_id,
            personalisation={**personalisation, "url": link},
            reference=f"create-user-account-{hash_string(email_address)}",
        )
        session["email_sent_to"] = email_address
    except EmailError:
        abort(503, response="Failed to send user creation email.")
