"""A key of the wrong form, or of another kind, stage or service, makes no client."""

from __future__ import annotations

import pytest
from emailops_clients import DeclaredKey, Expected, MailchimpClient, NotifyClient
from emailops_clients.errors import Misconfigured, WrongKey
from emailops_clients.keys import normalised, notify_key

from .accounts import LIMITED, LIVE_KEY, MAILCHIMP_KEY, SECRETS, SERVICE, TEST_KEY
from .secrets_seen import secrets_in

BARE = f"{SERVICE}-{SECRETS['live']}"


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("", "there is no Notify key"),
        (None, "there is no Notify key"),
        (b"bytes", "there is no Notify key"),
        (" \n", "there is no Notify key"),
        (SERVICE, "a service id alone"),
        (f"bookshop-{SERVICE}", "does not end with two UUIDs"),
        (f'"{LIVE_KEY}"', "in quotes"),
        (f"‘{LIVE_KEY}’", "in quotes"),
        (LIVE_KEY.replace("-a", "\n-a"), "a blank or a newline"),
        (LIVE_KEY.replace("-a", " -a"), "a blank or a newline"),
        (f"my key-{BARE}", "a blank or a newline"),
        (LIVE_KEY[:-1], "does not end with two UUIDs"),
        (f"{LIVE_KEY}.", "does not end with two UUIDs"),
        ("not_a_real_key-00000000-fake-uuid-0000-000000000000", "does not end with two UUIDs"),
        (MAILCHIMP_KEY, "a key of Mailchimp"),
    ],
)
def test_a_notify_key_of_the_wrong_form_is_refused(key: object, says: str) -> None:
    with pytest.raises(WrongKey, match=says) as caught:
        NotifyClient(key, templates={}, redirects={})  # type: ignore[arg-type]
    assert not secrets_in(caught.value)


@pytest.mark.parametrize("key", [LIVE_KEY, BARE, f" {LIVE_KEY}\n", f"a-b-c-{BARE}", LIVE_KEY.upper()])
def test_a_notify_key_of_the_right_form_is_taken(key: str) -> None:
    assert notify_key(key).service == SERVICE


@pytest.mark.parametrize(
    "key",
    [
        "",
        None,
        MAILCHIMP_KEY[:32],
        f"{MAILCHIMP_KEY}-evil.example/",
        MAILCHIMP_KEY.upper(),
        f"'{MAILCHIMP_KEY}'",
        MAILCHIMP_KEY.replace("-", " -"),
        LIVE_KEY,
        "f" * 31 + "-us1",
    ],
)
def test_a_mailchimp_key_of_the_wrong_form_never_becomes_a_host(key: object) -> None:
    with pytest.raises(WrongKey) as caught:
        MailchimpClient(key)  # type: ignore[arg-type]
    assert not secrets_in(caught.value)


DECLARED = {
    "Bookshop preview": DeclaredKey("test", ("development", "preview")),
    "bookshop-live": DeclaredKey("live", ("production",)),
    "bookshop_live": DeclaredKey("live", ("production",)),
}


@pytest.mark.parametrize(
    ("key", "expected", "says"),
    [
        (LIVE_KEY, Expected(service=LIMITED), "of another service"),
        (TEST_KEY, Expected(stage="production", keys=DECLARED), "declared for development, preview"),
        (LIVE_KEY, Expected(stage="preview", keys=DECLARED), "declared for production, and this is preview"),
        (LIVE_KEY, Expected(kind="test", keys=DECLARED), "is a live key"),
    ],
)
def test_a_key_known_to_be_another_one_is_refused(key: str, expected: Expected, says: str) -> None:
    with pytest.raises(WrongKey, match=says) as caught:
        NotifyClient(key, templates={}, redirects={}, expected=expected)
    assert not secrets_in(caught.value)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (LIVE_KEY, Expected(service=SERVICE.upper(), stage="production", kind="live", keys=DECLARED)),
        (TEST_KEY, Expected(stage="preview", kind="test", keys=DECLARED)),
        (f"nobody_declared_this-{BARE}", Expected(stage="preview", kind="test", keys=DECLARED)),
        (BARE, Expected(stage="preview", kind="test", keys=DECLARED)),
    ],
)
def test_a_key_of_which_nothing_else_is_known_is_taken(key: str, expected: Expected) -> None:
    assert NotifyClient(key, templates={}, redirects={}, expected=expected)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("firstname-test-localdev", "firstnametestlocaldev"),
        ("Jane Doe test localdev", "jane_doe_test_localdev"),
        ("DM API - staging (team)", "dm_api__staging_team"),
    ],
)
def test_a_name_is_compared_as_notify_writes_it(name: str, written: str) -> None:
    assert normalised(name) == written


def test_no_client_shows_its_key() -> None:
    notify = NotifyClient(LIVE_KEY, templates={}, redirects={})
    mailchimp = MailchimpClient(MAILCHIMP_KEY)
    assert not secrets_in(notify, mailchimp, notify_key(LIVE_KEY), mailchimp.campaigns)
    assert issubclass(WrongKey, Misconfigured)
