"""The page of the clients: its app runs, its types hold, and its tables are those of the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import requests
from mypy import api

from emailops.clients import Outcome, errors
from emailops.generate.header import body
from tests.clients.accounts import LIVE_KEY, READER, REDIRECTS, TEMPLATES
from tests.clients.sandbox import Sandbox, running
from tests.docs.pages import read
from tests.generate.mailing import modules

PAGE = read("docs/clients.md")


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with running(tmp_path) as sandbox:
        yield sandbox


class Config:
    """As emailops generates it."""

    NOTIFY_TEMPLATES = TEMPLATES
    NOTIFY_REDIRECTS = REDIRECTS


def test_the_app_of_ten_lines_sends_once(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAILOPS_NOTIFY_URL", sandbox.notify_url)
    monkeypatch.setenv("NOTIFY_API_KEY", LIVE_KEY)
    code = _block("app").replace("emailops_clients", "emailops.clients")
    names = {"Config": Config, "__name__": "bookshop"}
    exec(code, names)
    for _ in range(2):
        assert names["app"].test_client().post("/orders/7/send").text == "sent"  # type: ignore[attr-defined]
    question = {"to": READER, "wait": "5"}
    inbox = requests.get(f"{sandbox.notify_url}/__sandbox__/inbox", question, timeout=30).json()
    assert [entry["subject"] for entry in inbox["entries"]] == ["Your order 7"]
    assert len([line for line in code.splitlines() if line.strip() and not line.startswith(("import", "from"))]) <= 10


@pytest.mark.few(2)
@pytest.mark.parametrize(
    ("call", "refused"),
    [
        ('mail.reset_password("a@b.uk", url="https://b.uk")', ""),
        ('mail.reset_password("a@b.uk", url=["one", "two"], resend=False).reference', ""),
        ('mail.reset_password("a@b.uk")', 'Missing named argument "url"'),
        ('mail.reset_password("a@b.uk", link="https://b.uk")', 'Unexpected keyword argument "link"'),
        ('mail.reset_password("a@b.uk", url=None)', 'Argument "url"'),
        ('mail.reset_pasword("a@b.uk", url="https://b.uk")', '"Mail" has no attribute "reset_pasword"'),
    ],
)
def test_mypy_refuses_what_notify_would(tmp_path: Path, call: str, refused: str) -> None:
    module = tmp_path / "typed_mail.py"
    code = _block("typed").replace("emailops_clients", "emailops.clients")
    module.write_text(f"{code}\n\ndef send(mail: Mail) -> None:\n    {call}\n")
    cache = Path(__file__).parents[1] / ".venv/.mypy_cache_page"
    said, _, ended = api.run(["--strict", "--follow-imports", "silent", "--cache-dir", str(cache), str(module)])
    assert (ended == 0) is not bool(refused), said
    assert refused in said


def test_the_typed_module_is_what_is_generated() -> None:
    [made] = modules("mail.py: {format: python-mail, templates: [reset_password]}")
    assert body(made.content or "").lstrip("\n") == _block("typed")


def test_each_error_has_a_row() -> None:
    named = {
        name
        for name, error in vars(errors).items()
        if isinstance(error, type) and issubclass(error, errors.ClientError) and error is not errors.ClientError
    }
    assert set(_first_column("What each error means")) == named


def test_each_outcome_has_a_row() -> None:
    assert set(_first_column("Audiences and campaigns")) == {str(outcome) for outcome in Outcome}


def test_each_line_to_change_names_what_is_there() -> None:
    lines = re.findall(r"from (emailops_clients\.compat[\w.]*) import (\w+)", PAGE)
    assert len(lines) == 6
    for module, name in lines:
        if not module.endswith("tokens"):  # needs cryptography, which make test-extra has
            assert getattr(import_module(module.replace("emailops_clients", "emailops.clients")), name)


def _block(name: str) -> str:
    found = re.search(rf"<!-- run: {name} -->\n\n?```python\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def _first_column(heading: str) -> list[str]:
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [name for cell in rows for name in re.findall(r"`([\w-]+)`", cell)]
