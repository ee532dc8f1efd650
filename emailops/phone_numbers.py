"""Phone numbers as GOV.UK Notify reads them: with libphonenumber, and with benefit of the doubt.

https://docs.notifications.service.gov.uk/rest-api.html#phone-number-required and, for what Notify asks of the library
and how it words the answers, https://github.com/alphagov/notifications-utils (recipient_validation).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, ValidationResult

UK = 44


class PhoneNumberFault(StrEnum):
    """What Notify says of a number that it does not take."""

    LETTERS = "Must not contain letters or symbols"
    INVALID = "Number is not valid – double check the phone number you entered"
    TOO_LONG = "Too many digits"
    TOO_SHORT = "Not enough digits"
    NO_COUNTRY = "Not a valid country prefix"


class InvalidPhoneNumber(ValueError):
    """Its text is what Notify says of the number."""

    def __init__(self, fault: PhoneNumberFault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(frozen=True, slots=True)
class RecipientNumber:
    """`digits` begin with the country code and are how Notify compares and sends; `is_landline` is one in the UK.

    `is_fictional` is one that Ofcom keeps for films, so that nobody has it.
    """

    digits: str
    country: int
    is_landline: bool = False
    is_fictional: bool = False


def read_phone_number(text: str) -> RecipientNumber:
    """The number, or InvalidPhoneNumber. What cannot be read as it stands is read without + and zeros in front."""
    compact = _SEPARATORS.sub("", text)
    if re.search(r"[^0-9+]", compact):
        raise InvalidPhoneNumber(PhoneNumberFault.LETTERS)
    try:
        return _number(compact)
    except InvalidPhoneNumber as first:
        try:
            return _number(compact.replace("+", "").lstrip("0"))
        except InvalidPhoneNumber as second:
            is_first = PhoneNumberFault.NO_COUNTRY in (first.fault, second.fault)
            raise (first if is_first else second) from None


def _number(compact: str) -> RecipientNumber:
    number = _possible(compact)
    sort = phonenumbers.number_type(number)
    is_fictional = _is_fictional(number)
    if sort not in _REACHED and not is_fictional:
        raise InvalidPhoneNumber(PhoneNumberFault.INVALID)
    country = number.country_code or 0
    digits = phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix("+")
    is_landline = country == UK and sort in _LANDLINES
    return RecipientNumber(digits, country, is_landline=is_landline, is_fictional=is_fictional)


def _possible(compact: str) -> phonenumbers.PhoneNumber:
    """Of a length that its country has. Too long for the UK, it may come from abroad and have lost its + or 00."""
    if not compact:
        raise InvalidPhoneNumber(PhoneNumberFault.TOO_SHORT)
    number = _parsed(compact, "GB")
    found = phonenumbers.is_possible_number_with_reason(number)
    if found == ValidationResult.IS_POSSIBLE:
        return number
    try:
        abroad = _parsed(f"+{compact}", None)
    except InvalidPhoneNumber:
        abroad = None
    if abroad is None or not phonenumbers.is_possible_number(abroad):
        raise InvalidPhoneNumber(_FAULTS.get(found, PhoneNumberFault.INVALID))
    return abroad


def _parsed(compact: str, region: str | None) -> phonenumbers.PhoneNumber:
    try:
        return phonenumbers.parse(compact, region)
    except NumberParseException as error:
        raise InvalidPhoneNumber(_PARSE_FAULTS.get(error.error_type, PhoneNumberFault.INVALID)) from error


def _is_fictional(number: phonenumbers.PhoneNumber) -> bool:
    """One of those that Ofcom keeps for films, which the library calls invalid and Notify does not."""
    return number.country_code == UK and re.fullmatch(r"7700900\d{3}", str(number.national_number)) is not None


# What people type between digits: white space of any kind, brackets, and hyphens and dashes.
_SEPARATORS = re.compile(r"[\s()\u200b-\u200d\u2010-\u2015\u2060\u2212\ufeff\u180e-]+")
_LANDLINES = frozenset({PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.UAN})
_REACHED = _LANDLINES | {PhoneNumberType.MOBILE, PhoneNumberType.PERSONAL_NUMBER}
_FAULTS = {
    ValidationResult.TOO_LONG: PhoneNumberFault.TOO_LONG,
    ValidationResult.TOO_SHORT: PhoneNumberFault.TOO_SHORT,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: PhoneNumberFault.TOO_SHORT,
    ValidationResult.INVALID_COUNTRY_CODE: PhoneNumberFault.NO_COUNTRY,
}
_PARSE_FAULTS = {NumberParseException.INVALID_COUNTRY_CODE: PhoneNumberFault.NO_COUNTRY}
