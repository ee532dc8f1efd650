"""Typed sending: mypy refuses what Notify would, and what a module sends arrives at the sandbox."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mypy import api
from notifications_python_client import NotificationsAPIClient

from emailops.clients import NotifyClient
from emailops.declaration.personalisation import placeholders
from emailops.errors import InvalidInput
from emailops.generate import SENDERS, changed_settings, edited
from emailops.sandbox.holding.service import HeldTemplate, TemplateType
from emailops.sandbox.notify.placeholders import placeholders as asked
from tests.clients.accounts import LIVE_KEY, READER, REDIRECTS, TEMPLATES
from tests.clients.sandbox import Sandbox, running

from .mailing import TEXTS, module, modules

CACHE = Path(__file__).parents[2] / ".venv/.mypy_cache_mail"
CLIENTS = [("python-mail", "emailops"), ("python-mail", "notify"), ("typescript-mail", "notify")]
CALLS = [
    ('mail.reset_password("a@b.uk", url="https://b.uk")', ""),
    ('mail.reset_password("a@b.uk", url=["one", "two"], reference="r")', ""),
    ('mail.maintenance("a@b.uk")', ""),
    ('mail.code("07700900123", code=7)', ""),
    ('mail.reset_password("a@b.uk")', 'Missing named argument "url"'),
    ('mail.reset_password("a@b.uk", link="https://b.uk")', 'Unexpected keyword argument "link"'),
    ('mail.reset_password("a@b.uk", url=None)', 'Argument "url"'),
    ('mail.maintenance("a@b.uk", url="x")', 'Unexpected keyword argument "url"'),
    ('mail.reset_pasword("a@b.uk", url="https://b.uk")', '"Mail" has no attribute "reset_pasword"'),
    ('mail.order_sent("a@b.uk", order_number=1, to_="x", class_="x", is_late=True, prenom="x")', "Missing named"),
]


@pytest.mark.parametrize(("format_", "client"), CLIENTS)
def test_a_module_is_a_generated_file_and_holds_no_id(format_, client):
    content = module(format_, client)

    assert edited(content) is None
    assert "aaaaaaaa-0000" not in content
    assert content.isascii()
    assert content == module(format_, client)


@pytest.mark.few(1)
@pytest.mark.parametrize("client", ["emailops", "notify"])
@pytest.mark.parametrize(("call", "refused"), CALLS)
def test_mypy_refuses_what_notify_would(tmp_path: Path, client: str, call: str, refused: str) -> None:
    path = tmp_path / "typed_mail.py"
    code = module("python-mail", client).replace("emailops_clients", "emailops.clients")
    path.write_text(f"{code}\n\ndef send(mail: Mail) -> None:\n    {call}\n")
    said, _, ended = api.run(["--strict", "--follow-imports", "silent", "--cache-dir", str(CACHE), str(path)])

    assert (ended == 0) is not bool(refused), said
    assert refused in said


@pytest.mark.slow
def test_notifys_own_client_is_one_that_a_module_takes(tmp_path: Path) -> None:
    path = tmp_path / "typed_mail.py"
    imported = "from notifications_python_client.notifications import NotificationsAPIClient"
    use = 'Mail(NotificationsAPIClient("k"), templates={}, redirects={}, number_redirects={})'
    path.write_text(f"{module('python-mail', 'notify')}\n\n{imported}\n\n{use}\n")
    options = ["--strict", "--follow-imports", "silent", "--ignore-missing-imports", "--allow-untyped-calls"]
    said, _, ended = api.run([*options, "--cache-dir", str(CACHE), str(path)])

    assert ended == 0, said


@pytest.mark.parametrize("client", ["emailops", "notify"])
def test_a_module_is_python_as_old_as_the_apps_and_a_formatter_leaves_it(tmp_path: Path, client: str) -> None:
    content = module("python-mail", client)
    ast.parse(content, feature_version=(3, 9))
    path = tmp_path / "mail.py"
    path.write_text(content)
    options = ["--isolated", "--line-length", "120", "--target-version", "py39"]
    ruff = str(Path(sys.executable).with_name("ruff"))
    for command in (["format", "--check"], ["check", "--select", "E,F,I,ANN0,UP0"]):
        done = subprocess.run([ruff, *command, *options, str(path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with running(tmp_path) as sandbox:
        yield sandbox


def loaded(client: str, text: str) -> Any:
    """The class of a module whose one template asks for these."""
    head = f"Subject: Hello\n\n{text}\n"
    [made] = modules(
        f"mail.py: {{format: python-mail, client: {client}, templates: [reset_password]}}",
        {"templates/reset_password.md": head},
    )
    names: dict[str, Any] = {"__name__": "mail"}
    exec((made.content or "").replace("emailops_clients", "emailops.clients"), names)
    return names["Mail"]


@pytest.mark.few(1)
@pytest.mark.parametrize("client", ["emailops", "notify"])
def test_what_it_sends_arrives_redirected_and_filled_in(sandbox: Sandbox, client: str) -> None:
    domain, safe = next(iter(REDIRECTS.items()))
    ids = {"reset_password": TEMPLATES["order_sent"]}
    cls = loaded(client, "((number)) ((name))")
    if client == "emailops":
        mail = cls(NotifyClient(LIVE_KEY, templates=ids, redirects=REDIRECTS, base_url=sandbox.notify_url))
    else:
        official = NotificationsAPIClient(LIVE_KEY, base_url=sandbox.notify_url)
        mail = cls(official, templates=ids, redirects=REDIRECTS)
    mail.reset_password(f"made-up@{domain.upper()}", number=7, name="A. Reader", reference="first")
    mail.reset_password(READER, number=8, name="A. Reader", reference="second")

    reader = NotificationsAPIClient(LIVE_KEY, base_url=sandbox.notify_url)
    sent = {row["reference"]: row for row in reader.get_all_notifications()["notifications"]}
    assert (sent["first"]["email_address"], sent["second"]["email_address"]) == (safe, READER)
    assert "7" in sent["first"]["subject"] + sent["first"]["body"]


PARTS = st.sampled_from(
    ["((a))", "((A b))", "((a-b??x))", "((a_B))", "(( c ))", "(a)", "((", "))", "((é))", " ", "((d??))"]
)


@given(st.lists(PARTS, max_size=8).map("".join), st.lists(PARTS, max_size=8).map("".join))
def test_placeholders_are_those_that_notify_asks_for(subject: str, body: str) -> None:
    held = HeldTemplate("1", "t", TemplateType.EMAIL, subject, body)

    assert placeholders([subject, body]) == asked(held)


@pytest.mark.parametrize(("format_", "client"), CLIENTS)
def test_what_changed_in_a_module_is_told_by_function(format_, client):
    files = f"mail.py: {{format: {format_}, client: {client}}}"
    [before] = modules(files)
    texts = {**TEXTS, "templates/maintenance.md": "Subject: We are closed\n\nUntil ((day)).\n"}
    [after] = modules(files, texts)

    assert changed_settings(before.content or "", after) == "~ maintenance"
    assert [*SENDERS[format_].read(before.content or "")[""]] == ["reset_password", "order_sent", "maintenance", "code"]


def test_arguments_are_names_and_the_personalisation_is_as_the_template_spells_it():
    content = module("python-mail")
    read = SENDERS["python-mail"].read(content)[""]

    assert read["order_sent"] == ["order_number", "to_", "class_", "value_1st_item", "is_late", "prenom", "a_b_c"]
    assert '"order number": order_number,' in content
    assert "print" not in read, "a letter is sent otherwise"


def test_a_module_may_send_some_templates_only():
    [made] = modules("mail.py: {format: python-mail, templates: [code]}")

    assert SENDERS["python-mail"].read(made.content or "") == {"": {"code": ["code"]}}


def test_a_template_whose_words_nobody_knows_is_named():
    with pytest.raises(InvalidInput) as refused:
        modules("mail.py: {format: python-mail}", {"templates/code.md": "Your code is ((code)).\n"})

    assert "which placeholders reset_password, order-sent, maintenance has, which app sends" in refused.value.message
    assert "emailops accept notify-template/reset_password" in refused.value.remedy
