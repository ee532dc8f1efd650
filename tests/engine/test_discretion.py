"""What a finding repeats of a wrong value: never a secret, never an address that may be a person's."""

from __future__ import annotations

import pytest

KEY = "live-11111111-1111-4111-8111-111111111111-5ec5e700-5ec5-4ec5-8ec5-5ec5e7005ec5"
MAILCHIMP_KEY = "0123456789abcdef0123456789abcdef-us1"
ADDRESS = "anna.person@somewhere.example"


@pytest.mark.parametrize("format_", ["text", "json", "github"])
@pytest.mark.parametrize(
    ("old", "new", "private"),
    [
        pytest.param("secret: env:NOTIFY_KEY_PERMITS", f"secret: {KEY}", KEY[-36:], id="a key where its place belongs"),
        pytest.param("key: production}", f"key: {KEY}}}", KEY[-36:], id="a key where its name belongs"),
        pytest.param("service: Permits", f"servise: {MAILCHIMP_KEY}", MAILCHIMP_KEY, id="below a misspelt key"),
        pytest.param("owner: developers", f"owner: {ADDRESS}", "anna.person", id="an address where a handle belongs"),
        pytest.param("to: sink@permits.example", f"to: {ADDRESS} x", "anna.person", id="a malformed address"),
        pytest.param("format: 1", f"format: {ADDRESS}", "anna.person", id="an address where a number belongs"),
    ],
)
def test_what_is_private_is_not_repeated(minimal, format_, old, new, private):
    minimal.edit("emailops.yaml", old, new)
    ran = minimal.run("validate", "--format", format_)
    assert ran.code == 3
    assert private not in ran.out + ran.err


def test_neither_is_it_by_a_command_that_needs_a_valid_state(minimal):
    minimal.edit("emailops.yaml", "key: production}", f"key: {KEY}}}")
    ran = minimal.run("plan")
    assert ran.code == 3
    assert "<a Notify key>" in ran.err
    assert KEY[-36:] not in ran.out + ran.err
