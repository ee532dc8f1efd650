"""Into how many parts a text message is cut, each of which is paid for.

https://www.notifications.service.gov.uk/pricing/text-messages; the alphabet is that of 3GPP TS 23.038.
"""

from __future__ import annotations

from math import ceil

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")  # each takes the room of two
_GSM_ALONE, _GSM_IN_PARTS = 160, 153
_UNICODE_ALONE, _UNICODE_IN_PARTS = 70, 67


def parts_of(text: str) -> int:
    """One for a short text; any character that is not of the GSM alphabet makes the parts shorter."""
    is_gsm = _GSM.union(_GSM_TWICE).issuperset(text)
    length = len(text) + sum(character in _GSM_TWICE for character in text if is_gsm)
    alone, in_parts = (_GSM_ALONE, _GSM_IN_PARTS) if is_gsm else (_UNICODE_ALONE, _UNICODE_IN_PARTS)
    return 1 if length <= alone else ceil(length / in_parts)
