"""Whom a Notify key may write to, and what becomes of a message to an address or number that simulates an end.

https://docs.notifications.service.gov.uk/rest-api.html#testing
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emailops import simulated
from emailops.phone_numbers import UK, InvalidPhoneNumber, RecipientNumber, read_phone_number
from emailops.sandbox.holding.service import KeyKind, MessageStatus, Permission, TemplateType
from emailops.sandbox.notify.addresses import cleaned, comparable_address, is_email_address
from emailops.sandbox.notify.checks import NotifyError, bad_request

if TYPE_CHECKING:
    from emailops.sandbox.notify.caller import NotifyCaller

SMOKE_TEST = simulated.SMOKE_TESTS | simulated.SMOKE_TEST_NUMBERS
_FAILING = {
    recipient: MessageStatus(status) for recipient, status in (simulated.FAILING | simulated.FAILING_NUMBERS).items()
}


def comparable(recipient: str) -> str:
    """As Notify compares recipients: a number in digits with its country, an address in lower case."""
    try:
        return read_phone_number(recipient).digits
    except InvalidPhoneNumber:
        return comparable_address(recipient)


def refuse(caller: NotifyCaller, recipient: str) -> None:
    """A team key, and any but a test key in trial mode, writes to the team and the guest list only."""
    service, kind = caller.service, caller.key.kind
    if kind == KeyKind.TEST or (kind == KeyKind.LIVE and not service.trial):
        return
    if comparable(recipient) in {comparable(allowed) for allowed in (*service.team_members, *service.guest_list)}:
        return
    if kind == KeyKind.TEAM:
        raise bad_request("Can’t send to this recipient using a team-only API key")
    raise bad_request(
        "Can’t send to this recipient when service is in trial mode – see "
        "https://www.notifications.service.gov.uk/trial-mode"
    )


def refuse_number(caller: NotifyCaller, number: RecipientNumber) -> None:
    """Numbers abroad and landlines are each a permission of their own."""
    permissions = caller.service.permissions
    if number.country != UK and Permission.INTERNATIONAL_SMS not in permissions:
        raise bad_request("Cannot send to international mobile numbers")
    if number.is_landline and Permission.SMS_TO_UK_LANDLINES not in permissions:
        raise NotifyError(400, "InvalidPhoneError", "Not a UK mobile number")


def end_of(kind_of_key: KeyKind, message_type: TemplateType, recipient: str) -> MessageStatus:
    """The status in which a message ends; from networks abroad no word comes back."""
    number = read_phone_number(recipient) if message_type == TemplateType.SMS else None
    if kind_of_key == KeyKind.TEST:
        # An address fails only as it is spelt here, a number in any spelling.
        return _FAILING.get(number.digits if number else recipient, MessageStatus.DELIVERED)
    is_abroad = number is not None and number.country != UK
    return MessageStatus.SENT if is_abroad else MessageStatus.DELIVERED


def original(header: str | None) -> str | None:
    """Whom a redirected message was meant for, if the header holds an address or a number."""
    if not header or len(header) > 320:
        return None
    try:
        return header if is_email_address(cleaned(header)) or read_phone_number(header) else None
    except InvalidPhoneNumber:
        return None
