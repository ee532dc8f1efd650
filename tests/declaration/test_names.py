"""What was probably meant by a name that nothing has."""

from __future__ import annotations

import pytest

from emailops.declaration.names import near

KNOWN = (
    "mailchimp-audience/framework-updates",
    "mailchimp-audience/digital-outcomes-and-specialists-5.digital-outcomes",
    "notify-key/production",
    "web",
)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("mailchimp-audience/framework-update", KNOWN[0]),
        ("mailchimp-audiences/framework-updates", KNOWN[0]),
        ("framework-updates", KNOWN[0]),
        ("notify-keys/prodution", KNOWN[2]),
        ("wep", "web"),
        ("mailchimp-audience/newsletter", ""),
        ("mailchimp-audience/x", ""),
        ("notify-key/framework-updates", ""),
        ("nonsense", ""),
        ("", ""),
    ],
)
def test_only_a_name_that_is_close_is_offered(name, meant):
    assert near(name, KNOWN) == meant


def test_of_nothing_nothing_is_near():
    assert near("web", ()) == ""
