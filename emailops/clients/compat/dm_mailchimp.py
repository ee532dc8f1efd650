"""`DMMailChimpClient`, as the service's apps and scripts call it (https://mailchimp.com/developer/marketing/api/)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import md5
from typing import Any

from mailchimp3.mailchimpclient import MailChimpError
from requests.exceptions import HTTPError, RequestException

from ..errors import WrongKey
from ..hosts import MAILCHIMP_VARIABLE, base_url
from ..keys import mailchimp_key
from ..mailchimp.transport import OfficialMailChimp as MailChimp
from ..private import masked
from .timing import logged_duration_for_external_request as log_external_request

SECONDS = 25
_GATEWAY_TIMEOUT = 504
_FAILED = "Mailchimp failed to add user"
_FAKE = "API error: The email address looks fake or invalid, please enter a real email address."
_EXPECTED = (
    # What the refusal says, the type of error, how the line in the log begins and how it ends; the first that fits.
    ("looks fake or invalid, please enter a real email address.", "invalid_email", _FAILED, f". {_FAKE}"),
    (
        "is already a list member.",
        "already_subscribed",
        _FAILED,
        ". API error: This email address is already subscribed.",
    ),
    (
        "The contact must re-subscribe to get back on the list.",
        "deleted_user",
        "Mailchimp cannot automatically subscribe user",
        " as the user has been permanently deleted.",
    ),
)
_OTHERWISE = ("", "invalid_email", _FAILED, ". API error: The email address was invalid.")


def get_response_from_exception(exc: BaseException) -> dict[str, Any]:
    """What Mailchimp answered; {} where nobody can read it."""
    if isinstance(exc, RequestException):
        try:
            answer = exc.response.json()  # type: ignore[union-attr]
        except (AttributeError, ValueError):
            return {}
        return answer if isinstance(answer, dict) else {}
    if isinstance(exc, MailChimpError) and exc.args and isinstance(exc.args[0], dict):
        return exc.args[0]
    return {}


class DMMailChimpClient:
    """Answers as it always did; what went wrong is an answer, and an error in the log."""

    def __init__(self, mailchimp_username: str, mailchimp_api_key: str, logger: Any, retries: int = 0) -> None:
        """Raises ValueError for a key of another form. Only listing members is tried again, `retries` times."""
        try:
            key, _ = mailchimp_key(mailchimp_api_key)
        except WrongKey as error:
            raise ValueError(str(error)) from None
        named = base_url(None, MAILCHIMP_VARIABLE, "")
        self._client: Any = MailChimp(mc_user=mailchimp_username, mc_api=key, timeout=SECONDS, base_url=named)
        self.logger = logger
        self.retries = retries

    @staticmethod
    def get_email_hash(email_address: str | bytes) -> str:
        """Mailchimp's id of a member."""
        return md5(str(email_address.lower()).encode("utf-8"), usedforsecurity=False).hexdigest()

    def timeout_retry(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """The method, called again where the gateway gave up on Mailchimp."""

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return self._tried(lambda: method(*args, **kwargs), self.retries)

        return wrapper

    def create_campaign(self, campaign_data: Mapping[str, Any]) -> str | bool:
        """The id of the campaign; False where it was not created."""
        try:
            with log_external_request(service="Mailchimp"):
                return str(self._client.campaigns.create(campaign_data)["id"])
        except (RequestException, MailChimpError) as error:
            title = campaign_data.get("settings", {}).get("title")
            self._log_error(f"Mailchimp failed to create campaign for '{title}'", error)
        return False

    def set_campaign_content(self, campaign_id: str, content_data: Mapping[str, Any]) -> Any:
        """What Mailchimp answers; False where it refused."""
        try:
            with log_external_request(service="Mailchimp"):
                return self._client.campaigns.content.update(campaign_id, content_data)
        except (RequestException, MailChimpError) as error:
            self._log_error(f"Mailchimp failed to set content for campaign id '{campaign_id}'", error)
        return False

    def send_campaign(self, campaign_id: str) -> bool:
        """Whether it was sent, as far as anybody knows."""
        try:
            with log_external_request(service="Mailchimp"):
                self._client.campaigns.actions.send(campaign_id)
        except (RequestException, MailChimpError) as error:
            self._log_error(f"Mailchimp failed to send campaign id '{campaign_id}'", error)
            return False
        return True

    def subscribe_new_email_to_list(self, list_id: str, email_address: str) -> dict[str, Any]:
        """Subscribe somebody who is new; who is known stays as they are. Raises ValueError for what is no address."""
        hashed_email = self.get_email_hash(email_address)
        body = {"email_address": email_address, "status_if_new": "subscribed"}
        try:
            with log_external_request(service="Mailchimp"):
                member: dict[str, Any] = self._client.lists.members.create_or_update(list_id, hashed_email, body)
        except (RequestException, MailChimpError) as error:
            return self._refused(error, hashed_email, list_id, email_address)
        member.update({"status": "success", "error_type": None, "status_code": 200})
        return member

    def subscribe_new_emails_to_list(self, list_id: str, email_addresses: Sequence[str]) -> bool:
        """Subscribe each. False where one of them may be subscribed later: what was refused for good is no failure."""
        success = True
        for email_address in email_addresses:
            with log_external_request(service="Mailchimp"):
                outcome = self.subscribe_new_email_to_list(list_id, email_address)
            if not outcome or (isinstance(outcome, Mapping) and outcome.get("error_type") == "unexpected_error"):
                success = False
        return success

    def get_email_addresses_from_list(
        self, list_id: str, pagination_size: int = 100, **query_parameters: Any
    ) -> Iterator[str]:
        """Every address, until a page is empty."""
        ask, offset = self.timeout_retry(self._client.lists.members.all), 0
        while members := ask(list_id, count=pagination_size, offset=offset, **query_parameters).get("members"):
            offset += pagination_size
            yield from [member["email_address"] for member in members]

    def get_lists_for_email(self, email_address: str) -> Sequence[Mapping[str, str]]:
        """The audiences of the account that hold the address, in whatever status."""
        with log_external_request(service="Mailchimp"):
            lists = self._client.lists.all(get_all=True, email=email_address)["lists"]
        return tuple({"list_id": entry["id"], "name": entry["name"]} for entry in lists)

    def permanently_remove_email_from_list(self, email_address: str, list_id: str) -> bool:
        """Erase somebody for good; True, too, where nobody was there."""
        hashed_email = self.get_email_hash(email_address)
        try:
            with log_external_request(service="Mailchimp"):
                self._client.lists.members.delete_permanent(list_id=list_id, subscriber_hash=hashed_email)
        except (RequestException, MailChimpError) as error:
            if get_response_from_exception(error).get("status") == 404:
                self.logger.info(f"User ({hashed_email}) not found in list ({list_id})")
                return True
            self.logger.exception(f"Mailchimp failed to permanently remove user ({hashed_email}) from list ({list_id})")
            return False
        return True

    def _tried(self, call: Callable[[], Any], retries: int) -> Any:
        try:
            with log_external_request(service="Mailchimp"):
                return call()
        except (HTTPError, MailChimpError) as error:
            if not retries or _status_of(error) != _GATEWAY_TIMEOUT:
                raise
        return self._tried(call, retries - 1)

    def _refused(self, error: Exception, hashed_email: str, list_id: str, email_address: str) -> dict[str, Any]:
        response = get_response_from_exception(error)
        detail = str(response.get("detail", ""))
        rows = [*_EXPECTED, _OTHERWISE] if response.get("status") == 400 else _EXPECTED
        expected = next((row for row in rows if row[0] in detail), None)
        if expected is None:
            self._log_error(f"{_FAILED} ({hashed_email}) to list ({list_id})", error, email_address)
            return {"status": "error", "error_type": "unexpected_error", "status_code": 500}
        _, error_type, start, end = expected
        message = f"Expected error: {start} ({hashed_email}) to list ({list_id}){end}"
        self.logger.warning(message, extra=_extra(error, email_address))
        return {"status": "error", "error_type": error_type, "status_code": 400}

    def _log_error(self, message: str, error: Exception, *known: str) -> None:
        self.logger.error(message, extra=_extra(error, *known))


def _extra(error: Exception, *known: str) -> dict[str, Any]:
    """What goes with the line in the log, without the addresses that Mailchimp repeats."""
    return {
        "error": masked(error, *known),
        "mailchimp_response": _masked(get_response_from_exception(error), known),
    }


def _masked(value: Any, known: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return {name: _masked(entry, known) for name, entry in value.items()}
    if isinstance(value, list):
        return [_masked(entry, known) for entry in value]
    return masked(value, *known) if isinstance(value, str) else value


def _status_of(error: Exception) -> int:
    """Of the answer, in whichever place it stands: newer versions of mailchimp3 keep it, older ones only its JSON."""
    found = error.args[0] if isinstance(error, MailChimpError) and error.args else {}
    response = found.get("response") if isinstance(found, dict) else None
    kept = getattr(error, "response", None) if isinstance(error, HTTPError) else response
    status = getattr(kept, "status_code", None) or get_response_from_exception(error).get("status")
    return status if isinstance(status, int) else 0
