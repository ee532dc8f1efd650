"""Clients, generated modules and `trace` read a telephone number alike: what one redirects, no other sends on."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import phonenumbers
import pytest

from emailops.clients.numbers import international
from emailops.phone_numbers import InvalidPhoneNumber, read_phone_number
from tests.generate.mailing import module

SAFE = "+447700900111"
AHEAD = ("+", "00", "++", "+44 (0)", "0044 (0)", "+440", "0", "(0)", "", "44", "440")
AT_HOME = ("GB", "GG", "IM", "JE")


def at_home(draw: random.Random) -> str:
    """A number of the UK, in one of the ways in which people write it."""
    example = phonenumbers.example_number_for_type(draw.choice(AT_HOME), draw.choice((0, 1)))
    national = f"{str(example.national_number)[:-3]}{draw.randrange(1000):03}"
    ahead = draw.choice(AHEAD)
    country = "44" if ahead in ("+", "00", "++") else ""
    gap = draw.choice(("", " ", "-", "\u00a0", "\u200b"))
    return f"{ahead}{country}{gap}{national[:4]}{gap}{national[4:]}"


def abroad(draw: random.Random) -> str:
    """One of any other country, with it."""
    region = draw.choice(sorted(phonenumbers.SUPPORTED_REGIONS - set(AT_HOME)))
    example = phonenumbers.example_number_for_type(region, 1) or phonenumbers.example_number(region)
    written = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return written if draw.random() < 0.5 else written.replace("+", "00")


@pytest.mark.few(1)
@pytest.mark.parametrize("spelt", [at_home, abroad])
def test_whatever_notify_takes_has_the_same_digits(spelt: Callable[[random.Random], str]) -> None:
    draw = random.Random(7)
    read = 0
    for text in (spelt(draw) for _ in range(2_000)):
        try:
            digits = read_phone_number(text).digits
        except InvalidPhoneNumber:
            continue
        read += 1
        assert international(text) == f"+{digits}", text
    assert read > 1_000


def test_a_module_over_notifys_own_client_redirects_the_same_numbers() -> None:
    names: dict[str, Any] = {"__name__": "mail"}
    exec(module("python-mail", "notify"), names)
    mail = names["Mail"](None, templates={}, redirects={}, number_redirects={"+447700900": SAFE})
    draw = random.Random(7)
    texts = [at_home(draw) for _ in range(500)] + ["07700 900460", "+44 (0)7700 900460", "447700900460", "07700901460"]
    for text in texts:
        expected = SAFE if international(text).startswith("+447700900") else text
        assert mail._number(text) == expected
