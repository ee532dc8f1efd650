"""Whom a message is for, as Notify reads and compares it: the address of an email, the number of a text message.

https://docs.notifications.service.gov.uk/rest-api.html#testing
"""

from __future__ import annotations

from emailops.declaration.addresses import cleaned, is_of_simulator, is_well_formed, normalised
from emailops.declaration.vocabulary import TemplateType
from emailops.phone_numbers import UK, InvalidPhoneNumber, RecipientNumber, read_phone_number
from emailops.simulated import FAILING, FAILING_NUMBERS, SMOKE_TEST_NUMBERS, SMOKE_TESTS


def sort_of(template: TemplateType | None, recipient: str) -> TemplateType:
    """What a template makes; where that is not declared, what fits the recipient."""
    if template is not None:
        return template
    return TemplateType.sms if number(recipient) else TemplateType.email


def number(recipient: str) -> RecipientNumber | None:
    """The number that a text is, if it is one."""
    try:
        return read_phone_number(recipient)
    except InvalidPhoneNumber:
        return None


def fault(sort: TemplateType, recipient: str) -> str:
    """What Notify says of a recipient that it cannot send to at all; empty for one that it can."""
    if sort is TemplateType.email:
        return "" if is_well_formed(recipient) else "email_address Not a valid email address"
    try:
        read_phone_number(recipient)
    except InvalidPhoneNumber as invalid:
        return f"phone_number {invalid}"
    return ""


def comparable(recipient: str) -> str:
    """As Notify compares recipients: a number in digits with its country, an address in lower case."""
    found = number(recipient)
    return found.digits if found else normalised(recipient)


def is_smoke_test(recipient: str) -> bool:
    """Whether what is sent to it is not even stored."""
    return comparable(recipient) in SMOKE_TESTS | SMOKE_TEST_NUMBERS


def simulated_end(recipient: str) -> str:
    """What a test key makes of it: an address fails only as it is written, a number in any spelling."""
    found = number(recipient)
    return FAILING_NUMBERS.get(found.digits, "delivered") if found else FAILING.get(cleaned(recipient), "delivered")


def nobodys(recipient: str) -> str:
    """Why a live or team key reaches nobody there; empty for a recipient that somebody may have."""
    found = number(recipient)
    if found and found.is_fictional:
        return "the number is one that Ofcom keeps for films; nobody has it"
    if not found and is_of_simulator(recipient):
        return "the address is simulated for test keys only; to this key it is one that nobody has"
    return ""


def is_abroad(recipient: str) -> bool:
    found = number(recipient)
    return found is not None and found.country != UK


def is_landline(recipient: str) -> bool:
    found = number(recipient)
    return found is not None and found.is_landline
