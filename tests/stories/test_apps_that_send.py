"""An app with generated settings, in a shell of `local-env`, sends through the clients to the sandbox."""

from __future__ import annotations

import runpy
import subprocess
from pathlib import Path
from typing import Any

import flask
import pytest

from emailops.clients import NotifyClient, NotifyNames
from emailops.clients.compat import DMNotifyClient
from emailops.clients.errors import Misconfigured
from tests.playing import Play

ADDRESS = "buyer@example.gov.uk"
NAMES = NotifyNames(key="DM_NOTIFY_API_KEY", redirects="DM_NOTIFY_REDIRECT_DOMAINS_TO_ADDRESS")


@pytest.fixture
def app(marketplace: Play, monkeypatch: pytest.MonkeyPatch) -> Any:
    """As the service's apps are made: a class for all stages, one for the deployed ones, the key from the shell."""
    folder = marketplace.folder / "user-frontend"
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    (folder / ".gitignore").write_text(".env\n")
    port = marketplace.sandbox.notify_url.rpartition(":")[2]
    for command in (["generate", "user-frontend"], ["local-env", "user-frontend", "--port", port]):
        ran = marketplace.run(*command, "--into", str(folder))
        assert ran.code == 0, ran.err
    for name, value in _variables(folder / ".env").items():
        monkeypatch.setenv(name, value)
    (generated,) = folder.rglob("email_config.py")
    classes = runpy.run_path(str(generated))
    app = flask.Flask("user-frontend")
    app.config.from_object(classes["Config"])
    app.config.from_object(classes["Live"])
    app.config["DM_NOTIFY_API_KEY"] = _variables(folder / ".env")["DM_NOTIFY_API_KEY"]
    return app


def test_with_the_new_client(marketplace: Play, app: Any) -> None:
    client = NotifyClient.from_settings(app, names=NAMES)
    sent = client.send_email(ADDRESS, "reset_password", {"url": "https://user.example"})
    (message,) = marketplace.sandbox.state()["messages"]
    assert (message["id"], message["original"]) == (sent.id, ADDRESS)
    assert message["recipient"] == app.config[NAMES.redirects]["example.gov.uk"]


def test_with_the_present_client_s_names(marketplace: Play, app: Any) -> None:
    with app.app_context():
        DMNotifyClient().send_email(ADDRESS, "reset_password", {"url": "https://user.example"})
    (message,) = marketplace.sandbox.state()["messages"]
    assert message["original"] == ADDRESS


def test_an_app_whose_environment_overrides_its_settings_hears_of_it_at_the_start(app: Any) -> None:
    app.config["NOTIFY_TEMPLATES"] = str(app.config["NOTIFY_TEMPLATES"])
    with pytest.raises(Misconfigured, match="an environment variable cannot hold one"):
        NotifyClient.from_settings(app, names=NAMES)


def test_outside_of_that_shell_redirects_have_to_be_said(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMAILOPS_NOTIFY_URL")
    app.config.pop(NAMES.redirects)
    with pytest.raises(Misconfigured, match="redirects"):
        NotifyClient.from_settings(app, names=NAMES)


def _variables(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)}
