"""Addresses as Notify reads them, and redirects that hold for every spelling of one."""

from __future__ import annotations

import pytest
from emailops_clients.addresses import Redirects, is_email_address
from emailops_clients.errors import Misconfigured
from emailops_clients.private import digest, masked

from .accounts import LIVE_KEY, MAILCHIMP_KEY, SAFE
from .secrets_seen import secrets_in

RIGHT = [
    "a@b.uk",
    "firstname.o'surname+tag@example.com",
    "a@exämple.net",
    "a@例え.テスト",
    "a@ｅｘａｍｐｌｅ.com",
    ".leading@example.com",
    "trailing.@example.com",
    " around@example.com \n",
    "in\u200bside@exam\u2060ple.com",
    "a b@example.com",
    "a@xn--r8jz45g.xn--zckzah",
    "a@sub-domain.example.co.uk",
]
WRONG = [
    None,
    7,
    "",
    "@",
    "a@",
    "@example.com",
    "no at.example.com",
    "a@b",
    "a@b..uk",
    "a@.uk",
    "a@b.u",
    "a@b.123",
    "a@-b.uk",
    "a@b_c.uk",
    "a@@b.uk",
    "a@b@c.uk",
    'a"b@example.com',
    "a;b@example.com",
    "a:b@example.com",
    "a£@example.com",
    "“a”@example.com",
    f"a@{'b' * 64}.uk",
    f"a@{'b.' * 130}uk",
    f"{'a' * 321}@example.com",
    "a@\ud800.uk",
]


@pytest.mark.parametrize("address", RIGHT)
def test_notify_would_take(address: str) -> None:
    assert is_email_address(address)


@pytest.mark.parametrize("address", WRONG, ids=repr)
def test_notify_would_refuse(address: object) -> None:
    assert not is_email_address(address)


REDIRECTS = Redirects({"Example.com": SAFE, "exämple.net": SAFE, "example.gov.uk": SAFE})


@pytest.mark.parametrize(
    ("address", "is_redirected"),
    [
        ("b@example.com", True),
        ("B@EXAMPLE.COM", True),
        ("b@example.com ", True),
        ("b@exam\u200bple.com", True),
        ("b@ｅｘａｍｐｌｅ.com", True),
        ("b@xn--exmple-cua.net", True),
        ("b@EXÄMPLE.net", True),
        ("odd@elsewhere.uk@example.com", True),
        ("d@sub.example.com", False),
        ("d@example.com.uk", False),
        ("d@notexample.com", False),
        ("example.com@elsewhere.uk", False),
    ],
)
def test_a_redirect_is_of_a_whole_domain_however_it_is_spelt(address: str, *, is_redirected: bool) -> None:
    assert (REDIRECTS.target(address) == SAFE) is is_redirected


@pytest.mark.parametrize(
    "redirects",
    [
        "{'example.com': 'a@b.uk'}",
        None,
        {"@example.com": SAFE},
        {"someone@example.com": SAFE},
        {"*.example.com": SAFE},
        {" example.com": SAFE},
        {"example": SAFE},
        {"": SAFE},
        {7: SAFE},
        {"example.com": "nobody"},
        {"example.com": None},
        {"example.com": ""},
    ],
    ids=repr,
)
def test_a_redirect_that_would_not_redirect_is_refused(redirects: object) -> None:
    with pytest.raises(Misconfigured):
        Redirects(redirects)


def test_an_address_is_logged_as_its_digest_with_its_case() -> None:
    assert digest("my-email@notify.callback.com") == "urpXHRZxYlyjcR9cAeiJkNpfSjZYuw-IOGMbo5x2HTM="
    assert digest("A@b.uk") != digest("a@b.uk")
    assert digest("a lone \ud800 surrogate")


@pytest.mark.parametrize(
    "text",
    [
        "reader@readers.example.org looks fake",
        "{'email_address': 'reader@readers.example.org'}",
        "<reader@readers.example.org>, (reader@readers.example.org)",
        "The username portion is invalid (the portion before the @: reader)",
        f"the key {LIVE_KEY} and {MAILCHIMP_KEY}",
    ],
)
def test_addresses_and_keys_are_masked_in_what_a_provider_says(text: str) -> None:
    assert not secrets_in(masked(text))
    assert "reader)" not in masked(text)


def test_a_recipient_is_masked_even_where_it_looks_like_none() -> None:
    assert masked("07700 900460 is no number", "07700 900460") == "<address> is no number"
