"""Whom a Notify key may write to, and what becomes of a message to an address or number that simulates an end.

https://docs.notifications.service.gov.uk/rest-api.html#testing
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emailops import simulated
from emailops.sandbox.notify.checks import NotifyError, bad_request, is_email_address, normalised
from emailops.sandbox.notify.phone_numbers import UK, InvalidPhoneNumber, PhoneNumber, read_phone_number

if TYPE_CHECKING:
    from emailops.sandbox.notify.caller import Caller

SMOKE_TEST = simulated.SMOKE_TESTS | {f"447700900{number}" for number in ("000", "111", "222")}
_FAILING = {
    **simulated.FAILING,
    "447700900003": "temporary-failure",
    "447700900002": "permanent-failure",
}


def comparable(recipient: str) -> str:
    """As Notify compares recipients: a number in digits with its country, an address in lower case."""
    try:
        return read_phone_number(recipient).digits
    except InvalidPhoneNumber:
        return normalised(recipient)


def refuse(caller: Caller, recipient: str) -> None:
    """A team key, and any but a test key in trial mode, writes to the team and the guest list only."""
    service, kind = caller.service, caller.key.kind
    if kind == "test" or (kind == "live" and not service.trial):
        return
    if comparable(recipient) in {comparable(allowed) for allowed in (*service.team_members, *service.guest_list)}:
        return
    if kind == "team":
        raise bad_request("Can’t send to this recipient using a team-only API key")
    raise bad_request(
        "Can’t send to this recipient when service is in trial mode – see "
        "https://www.notifications.service.gov.uk/trial-mode"
    )


def refuse_number(caller: Caller, number: PhoneNumber) -> None:
    """Numbers abroad and landlines are each a permission of their own."""
    permissions = caller.service.permissions
    if number.country != UK and "international_sms" not in permissions:
        raise bad_request("Cannot send to international mobile numbers")
    if number.landline and "sms_to_uk_landlines" not in permissions:
        raise NotifyError(400, "InvalidPhoneError", "Not a UK mobile number")


def end_of(kind_of_key: str, message_type: str, recipient: str) -> str:
    """The status in which a message ends; from networks abroad no word comes back."""
    number = read_phone_number(recipient) if message_type == "sms" else None
    if kind_of_key == "test":
        # An address fails only as it is spelt here, a number in any spelling.
        return _FAILING.get(number.digits if number else recipient, "delivered")
    return "sent" if number and number.country != UK else "delivered"


def original(header: str | None) -> str | None:
    """Whom a redirected message was meant for, if the header holds an address or a number."""
    if not header or len(header) > 320:
        return None
    try:
        return header if is_email_address(normalised(header)) or read_phone_number(header) else None
    except InvalidPhoneNumber:
        return None
