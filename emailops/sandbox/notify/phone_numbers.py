"""Phone numbers as GOV.UK Notify reads them: UK numbers by the Ofcom plan, others by country code and length.

https://docs.notifications.service.gov.uk/rest-api.html#phone-number-required and, for the wording,
https://github.com/alphagov/notifications-utils (recipient_validation). Notify asks libphonenumber whether a number
abroad is in use; that table is not repeated here, so the sandbox accepts more of those.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

UK = "44"
_LETTERS = "Must not contain letters or symbols"
_INVALID = "Number is not valid – double check the phone number you entered"
_TOO_LONG = "Too many digits"
_TOO_SHORT = "Not enough digits"
_NO_COUNTRY = "Not a valid country prefix"
# What people type between digits: white space of any kind, brackets, and hyphens and dashes.
_SEPARATORS = re.compile(r"[\s()\u200b-\u200d\u2010-\u2015\u2060\u2212\ufeff\u180e-]+")
_LONGEST = 15  # digits, with the country code (E.164)
_SHORTEST = 7
# https://www.itu.int/pub/T-SP-E.164D
_COUNTRIES = re.compile(
    r"1|7|2(0|7|1[12368]|[2345]\d|6\d|9[01789])|3([0123469]|5\d|7\d|8[0123567])|4([013456789]|2[013])"
    r"|5([1-8]|0\d|9\d)|6([0-6]|7\d|8\d|9[0-2])|8([1246]|5[02356]|8[06])|9([0-58]|6\d|7[0-79]|9[2-68])"
)
# Two plans of one length, without which too long a UK number could be one from abroad.
_PLANS = {"1": re.compile(r"1[2-9]\d{2}[2-9]\d{6}"), "7": re.compile(r"78?[3-9]\d{9}")}
_ABROAD = re.compile(r"(\+|00)[1-9]")
_UK_LANDLINE = re.compile(r"[123]\d{9}|1\d{8}|55\d{8}")
_UK_MOBILE = re.compile(r"7([0-57-9]\d|624)\d*")


class InvalidPhoneNumber(ValueError):
    """The text is what Notify says about the number."""


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """`digits` begin with the country code and are how Notify compares and sends; `landline` is one in the UK."""

    digits: str
    country: str
    landline: bool = False


def read_phone_number(text: str) -> PhoneNumber:
    """The number, or InvalidPhoneNumber. What cannot be read as it stands is read without + and zeros in front."""
    compact = _SEPARATORS.sub("", text)
    if not compact:
        raise InvalidPhoneNumber(_TOO_SHORT)
    if re.search(r"[^0-9+]", compact):
        raise InvalidPhoneNumber(_LETTERS)
    digits = compact.replace("+", "")
    try:
        if _ABROAD.match(compact):
            return _abroad(digits.lstrip("0"))
        return _in_uk(digits.lstrip("0"))
    except InvalidPhoneNumber as first:
        if str(first) == _NO_COUNTRY:
            raise
        return _in_uk(digits.lstrip("0"))


def _abroad(digits: str) -> PhoneNumber:
    country = _COUNTRIES.match(digits)
    if country is None:
        raise InvalidPhoneNumber(_NO_COUNTRY)
    if country[0] == UK:
        return _uk_number(digits.removeprefix(UK).removeprefix("0"))
    if len(digits) > _LONGEST:
        raise InvalidPhoneNumber(_TOO_LONG)
    if len(digits) < _SHORTEST + 1:
        raise InvalidPhoneNumber(_TOO_SHORT)
    if country[0] in _PLANS and not _PLANS[country[0]].fullmatch(digits):
        raise InvalidPhoneNumber(_TOO_LONG if len(digits) > 11 else _INVALID)
    return PhoneNumber(digits, country[0])


def _in_uk(digits: str) -> PhoneNumber:
    """Without + or 00 it is a UK number, unless it is too long for one and may be one from abroad."""
    if digits.startswith(UK) and len(digits) > 10:
        return _uk_number(digits.removeprefix(UK).removeprefix("0"))
    if len(digits) > 10:
        try:
            return _abroad(digits)
        except InvalidPhoneNumber as error:
            raise InvalidPhoneNumber(_TOO_LONG) from error
    return _uk_number(digits)


def _uk_number(national: str) -> PhoneNumber:
    if _UK_LANDLINE.fullmatch(national):
        return PhoneNumber(UK + national, UK, landline=True)
    if len(national) == 10 and _UK_MOBILE.fullmatch(national):
        return PhoneNumber(UK + national, UK)
    if len(national) > 10:
        raise InvalidPhoneNumber(_TOO_LONG)
    # Lengths that libphonenumber holds possible in the UK are 7, 9 and 10: of such a length it is only not in use.
    raise InvalidPhoneNumber(_INVALID if len(national) in (1, 7, 9, 10) else _TOO_SHORT)
