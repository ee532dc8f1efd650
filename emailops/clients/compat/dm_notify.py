"""`DMNotifyClient`, as the service's apps and scripts call it (https://docs.notifications.service.gov.uk/python.html)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any, ClassVar, NamedTuple

from flask import current_app
from notifications_python_client.errors import HTTPError

from ..addresses import cleaned, domain_of
from ..hosts import NOTIFY_URL, NOTIFY_VARIABLE, base_url
from ..notify import default_reference
from ..official import OfficialClient
from ..private import masked
from ..templates import is_template_id, suggestion
from .exceptions import EmailError, EmailInvalidError, EmailTemplateError
from .helpers import hash_string
from .timing import logged_duration_for_external_request as log_external_request

PAGE = 250
"""Notifications that Notify gives at a time."""


class DMNotifyEmail(NamedTuple):
    to_email_address: str
    template_name_or_id: str
    reference: str
    personalisation: Mapping[str, Any] | None = None


class DMNotifyClient:
    """Sends mail; what is not given comes from the config of the Flask app that is current.

    `redirect_domains_to_address` counts whenever it is not None: {} switches redirects off, and the app's are never
    merged in. Outside an app a `logger` has to be given.
    """

    _client_class: ClassVar[Any] = OfficialClient
    _sent_references_cache: set[str] | None = None

    def __init__(
        self,
        govuk_notify_api_key: str | None = None,
        govuk_notify_base_url: str = NOTIFY_URL,
        redirect_domains_to_address: Mapping[str, str] | None = None,
        *,
        logger: Any = None,
        templates: Mapping[str, str] | None = None,
    ) -> None:
        if govuk_notify_api_key is None:
            govuk_notify_api_key = current_app.config["DM_NOTIFY_API_KEY"]
        if templates is None:
            templates = current_app.config.get("NOTIFY_TEMPLATES", {}) if current_app else {}
        if redirect_domains_to_address is None and current_app:
            redirect_domains_to_address = current_app.config.get("DM_NOTIFY_REDIRECT_DOMAINS_TO_ADDRESS")
        self.templates: Mapping[str, str] = templates
        self.logger = logger or current_app.logger
        if redirect_domains_to_address is None and not current_app:
            self.logger.warning("DMNotifyClient was made without redirects: every mail goes where it is addressed")
        given = govuk_notify_base_url if govuk_notify_base_url != NOTIFY_URL else None
        self.client = self._client_class(govuk_notify_api_key, base_url(given, NOTIFY_VARIABLE, NOTIFY_URL))
        self._redirect_domains_to_address = redirect_domains_to_address

    def get_all_notifications(self, **kwargs: Any) -> list[dict[str, Any]]:
        """One page of what Notify holds."""
        with log_external_request(service="Notify"):
            notifications: list[dict[str, Any]] = self.client.get_all_notifications(**kwargs)["notifications"]
            return notifications

    def get_delivered_notifications(self, **kwargs: Any) -> list[dict[str, Any]]:
        return self.get_all_notifications(status="delivered", **kwargs)

    def get_delivered_references(self, invalidate_cache: bool = False) -> set[str]:
        """The references of all that was delivered, whatever the page; asked for once a client."""
        if invalidate_cache:
            self._sent_references_cache = None
        if self._sent_references_cache is None:
            self._sent_references_cache = self._delivered_references()
        return self._sent_references_cache

    def has_been_sent(self, reference: str, use_recent_cache: bool = True) -> bool:
        """Whether it was delivered, as far as the cache knows; without the cache, whether Notify holds it at all."""
        if not use_recent_cache:
            return len(self.client.get_all_notifications(reference=reference)["notifications"]) > 0
        return reference in self.get_delivered_references()

    @staticmethod
    def get_reference(to_email_address: str, template_id: str, personalisation: Mapping[str, Any] | None = None) -> str:
        """The reference of a mail that is given none."""
        return default_reference(to_email_address, template_id, personalisation)

    def send_email(
        self,
        to_email_address: str,
        template_name_or_id: str,
        personalisation: Mapping[str, Any] | None = None,
        allow_resend: bool = True,
        reference: str | None = None,
        reply_to_address_id: str | None = None,
        use_recent_cache: bool = True,
    ) -> Any:
        """Notify's answer; None where `allow_resend` is False and the mail was sent before. Raises EmailError."""
        template_id = self._template_id(template_name_or_id)
        reference = reference or self.get_reference(to_email_address, template_id, personalisation)
        email = DMNotifyEmail(to_email_address, template_name_or_id, reference, personalisation)
        if not allow_resend and self.has_been_sent(reference, use_recent_cache=use_recent_cache):
            self._log(logging.WARNING, "Email with reference '{reference}' has already been sent", email)
            return None
        target = self._redirected(to_email_address)
        try:
            with log_external_request(service="Notify"), self._meant_for(to_email_address, target):
                response = self.client.send_email_notification(
                    target or to_email_address,
                    template_id,
                    personalisation=personalisation,
                    reference=reference,
                    email_reply_to_id=reply_to_address_id,
                )
        except HTTPError as error:
            self._log_email_error_message(email, error)
            raise _error_of(error)(masked(error, to_email_address)) from error
        self._log(logging.INFO, f"Email with reference '{reference}' sent to Notify successfully", email)
        self._update_cache(reference)
        return response

    def _delivered_references(self) -> set[str]:
        page = self.get_delivered_notifications()
        references = {notification["reference"] for notification in page}
        while len(page) >= PAGE:
            page = self.get_delivered_notifications(older_than=page[-1]["id"])
            references |= {notification["reference"] for notification in page}
        return references

    def _update_cache(self, reference: str) -> None:
        if self._sent_references_cache is not None:
            self._sent_references_cache.add(reference)

    def _template_id(self, name: str) -> str:
        """Without a map of names nobody here can say that one is wrong."""
        if name in self.templates or is_template_id(name) or not self.templates:
            return self.templates.get(name, name)
        message = f"there is no template {name!r}; {suggestion(name, self.templates)}"
        raise EmailTemplateError(message)

    def _redirected(self, address: Any) -> str | None:
        if not self._redirect_domains_to_address or not isinstance(address, str):
            return None
        return self._redirect_domains_to_address.get(domain_of(address)) or None

    def _meant_for(self, address: str, target: str | None) -> Any:
        told = target is not None and isinstance(self.client, OfficialClient)
        return self.client.meant_for(cleaned(address)) if told else nullcontext()

    def _log_email_error_message(self, email_obj: DMNotifyEmail, error: HTTPError) -> None:
        said = [error.message] if isinstance(error.message, str) else [_line(error, entry) for entry in error.message]
        said = [masked(line, email_obj.to_email_address) for line in said]
        self._log(logging.ERROR, "Error sending email: {error_messages}", email_obj, extra={"error_messages": said})

    def _log(
        self, lvl: int, msg: str, email_obj: DMNotifyEmail, *, extra: Mapping[str, Any] | None = None, **_: Any
    ) -> None:
        told = {
            "client": self.__class__,
            "reference": email_obj.reference,
            "template_name_or_id": email_obj.template_name_or_id,
            "to_email_address": hash_string(email_obj.to_email_address),
        }
        self.logger.log(lvl, msg, extra={**(extra or {}), **told})


def _line(error: HTTPError, entry: Mapping[str, Any]) -> str:
    return f"{error.status_code} {entry['error']}: {entry['message']}"


def _error_of(error: HTTPError) -> type[EmailError]:
    said = error.message if isinstance(error.message, list) else []
    if any(str(entry["message"]).startswith("Missing personalisation") for entry in said):
        return EmailTemplateError
    if any(str(entry["message"]).startswith("email_address Not a valid email address") for entry in said):
        return EmailInvalidError
    return EmailError
