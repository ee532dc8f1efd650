"""A key goes to the provider, to a sandbox on this machine, or where the code says."""

from __future__ import annotations

import pytest
from emailops_clients import MailchimpClient, NotifyClient
from emailops_clients.errors import WrongHost
from emailops_clients.hosts import base_url

from .accounts import LIVE_KEY, MAILCHIMP_KEY

DEFAULT = "https://provider.example"


@pytest.mark.parametrize(
    ("given", "named", "chosen"),
    [
        (None, "", DEFAULT),
        (None, " ", DEFAULT),
        (None, "http://127.0.0.1:8025", "http://127.0.0.1:8025"),
        (None, "http://localhost:8025/3.0/", "http://localhost:8025/3.0/"),
        (None, "http://[::1]:8025", "http://[::1]:8025"),
        ("https://notify.example", "http://127.0.0.1:8025", "https://notify.example"),
    ],
)
def test_the_host_is_that_of_the_code_then_of_the_environment(given: str, named: str, chosen: str) -> None:
    assert base_url(given, "NAME", DEFAULT, environment={"NAME": named}) == chosen


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (None, "https://evil.example"),
        (None, "http://127.0.0.1.evil.example"),
        (None, "http://127.0.0.1@evil.example"),
        (None, "127.0.0.1:8025"),
        ("http://notify.example", ""),
        ("https://user:password@notify.example", ""),
        ("https://notify.example?key=1", ""),
        ("notify.example", ""),
        ("https://[bad", ""),
        ("https://notify.example:99999", ""),
        ("ftp://127.0.0.1", ""),
    ],
)
def test_a_key_goes_to_no_other_host(given: str, named: str) -> None:
    with pytest.raises(WrongHost):
        base_url(given, "NAME", DEFAULT, environment={"NAME": named})


def test_the_environment_may_name_another_host_when_the_code_says_so() -> None:
    named = {"NAME": "https://notify.example"}
    assert base_url(None, "NAME", DEFAULT, any_host=True, environment=named) == "https://notify.example"
    with pytest.raises(WrongHost, match="not https"):
        base_url(None, "NAME", DEFAULT, any_host=True, environment={"NAME": "http://notify.example"})


@pytest.mark.parametrize("variable", ["EMAILOPS_NOTIFY_URL", "EMAILOPS_MAILCHIMP_URL"])
def test_each_client_reads_its_own_variable(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9/there")
    clients = (NotifyClient(LIVE_KEY, templates={}, redirects={}), MailchimpClient(MAILCHIMP_KEY))
    assert ["127.0.0.1:9" in repr(client) for client in clients].count(True) == 1
    monkeypatch.setenv(variable, "https://evil.example")
    with pytest.raises(WrongHost):
        (NotifyClient(LIVE_KEY, templates={}, redirects={}), MailchimpClient(MAILCHIMP_KEY))
