"""Settings as emailops generates them: a module, a class, a mapping, a Flask app."""

from __future__ import annotations

import types
from typing import Any

import flask
import pytest
from emailops_clients import MailchimpClient, NotifyClient, NotifyNames
from emailops_clients.errors import Misconfigured, WrongHost, WrongKey

from .accounts import AUDIENCES, LIVE_KEY, MAILCHIMP_KEY, READER, REDIRECTS, SAFE, SERVICE, TEMPLATES
from .sandbox import Sandbox

SETTINGS = {
    "NOTIFY_API_KEY": LIVE_KEY,
    "NOTIFY_TEMPLATES": TEMPLATES,
    "NOTIFY_REDIRECTS": REDIRECTS,
    "MAILCHIMP_AUDIENCES": AUDIENCES,
}


def _flask() -> Any:
    app = flask.Flask("bookshop")
    app.config.from_object(type("Config", (), SETTINGS))
    return app


FORMS = {
    "mapping": lambda: SETTINGS,
    "class": lambda: type("Config", (), SETTINGS),
    "module": lambda: vars(types.ModuleType("settings")).update(SETTINGS) or types.SimpleNamespace(**SETTINGS),
    "flask": _flask,
}


@pytest.mark.parametrize("form", FORMS)
def test_both_clients_are_made_of_settings_in_any_form(sandbox: Sandbox, form: str) -> None:
    settings = FORMS[form]()
    client = NotifyClient.from_settings(settings)
    assert client.send_email("b@example.com", "reset_password", {"url": "https://bookshop.example"}).redirected
    assert [message["to"] for message in sandbox.inbox()] == [SAFE]
    mailchimp = MailchimpClient.from_settings(settings, key=MAILCHIMP_KEY)
    assert mailchimp.audience("spring-2026", "crime").id == AUDIENCES["spring-2026"]["crime"]


KEYS = {"bookshop_live": {"kind": "live", "stages": ["production"]}}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"NOTIFY_STAGE": "staging"}, "is declared for production, and this is staging"),
        ({"NOTIFY_STAGE": "production", "NOTIFY_KEY_KIND": "test"}, "is a live key"),
    ],
)
def test_a_key_that_is_declared_for_something_else_is_refused(more: dict[str, str], says: str) -> None:
    key = f"bookshop_live-{LIVE_KEY[-73:]}"
    settings = {**SETTINGS, "NOTIFY_API_KEY": key, "NOTIFY_KEYS": KEYS, **more}
    with pytest.raises(WrongKey, match=says) as refused:
        NotifyClient.from_settings(settings)
    assert key[-36:] not in str(refused.value)


def test_a_key_is_taken_where_it_is_declared_for(sandbox: Sandbox) -> None:
    key = f"bookshop_live-{LIVE_KEY[-73:]}"
    settings = {**SETTINGS, "NOTIFY_API_KEY": key, "NOTIFY_KEYS": KEYS, "NOTIFY_STAGE": "production"}
    assert NotifyClient.from_settings(settings)


def test_an_app_may_have_names_of_its_own_and_keep_its_key_elsewhere(sandbox: Sandbox) -> None:
    settings = {"TEMPLATES": TEMPLATES, "REDIRECTS": REDIRECTS}
    names = NotifyNames(templates="TEMPLATES", redirects="REDIRECTS")
    client = NotifyClient.from_settings(settings, key=LIVE_KEY, names=names)
    assert client.send_email(READER, "reset_password", {"url": "x"}).id


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"NOTIFY_TEMPLATES": str(TEMPLATES)}, "NOTIFY_TEMPLATES is str, not a mapping; an environment variable"),
        ({"NOTIFY_REDIRECTS": str(REDIRECTS)}, "NOTIFY_REDIRECTS is str, not a mapping; an environment variable"),
        ({"NOTIFY_KEYS": {"live": "live"}}, "the Notify keys has another form; generate it"),
        ({"NOTIFY_TEMPLATES": {"order_sent": "order-sent"}}, "'order_sent' has no id"),
        ({"NOTIFY_TEMPLATES": {"order_sent": None}}, "'order_sent' has no id"),
        ({"NOTIFY_API_KEY": 7}, "NOTIFY_API_KEY is int, not text"),
        ({"NOTIFY_API_KEY": None}, "there is no Notify key"),
        ({"NOTIFY_SERVICE_ID": "22222222-2222-4222-8222-222222222222"}, "of another service"),
    ],
)
def test_settings_that_cannot_be_right_make_no_client(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        NotifyClient.from_settings({**SETTINGS, **changed})


def test_redirects_that_were_forgotten_make_no_client_where_mail_really_goes_out() -> None:
    settings = {name: value for name, value in SETTINGS.items() if name != "NOTIFY_REDIRECTS"}
    with pytest.raises(Misconfigured, match=r"NOTIFY_REDIRECTS is not set; .*redirects=\{\}"):
        NotifyClient.from_settings(settings)
    with pytest.raises(TypeError, match="redirects"):
        NotifyClient(LIVE_KEY, templates=TEMPLATES)  # type: ignore[call-arg]
    assert NotifyClient.from_settings(settings, redirects={})


def test_redirects_need_not_stand_where_a_sandbox_takes_the_mail(sandbox: Sandbox) -> None:
    settings = {name: value for name, value in SETTINGS.items() if name != "NOTIFY_REDIRECTS"}
    assert SERVICE in repr(NotifyClient.from_settings(settings))


def test_a_variable_of_another_host_is_refused_with_or_without_redirects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAILOPS_NOTIFY_URL", "https://evil.example")
    with pytest.raises(WrongHost):
        NotifyClient.from_settings(SETTINGS)


@pytest.mark.parametrize("audiences", ["text", {"spring-2026": "0a1b2c3d4e"}])
def test_audiences_that_are_no_table_make_no_client(audiences: Any) -> None:
    with pytest.raises(Misconfigured):
        MailchimpClient.from_settings({"MAILCHIMP_AUDIENCES": audiences}, key=MAILCHIMP_KEY)
