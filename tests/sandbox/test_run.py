"""`emailops sandbox` as a person starts it: with nothing, with a state, with a file, and wrongly."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from notifications_python_client import NotificationsAPIClient

from emailops.cli import main
from emailops.sandbox import PORT
from tests.playing import Play
from tests.world import STATES

from .accounts import LIVE_SERVICE, SECRETS, accounts, api_key

EMAILOPS = Path(sys.executable).parent / "emailops"


class Running:
    """The process, the JSON line that it printed, and what it says to people when it has ended."""

    def __init__(self, process: subprocess.Popen[str], line: str, said: int) -> None:
        self.process = process
        self.line: dict[str, Any] = json.loads(line)
        self._said = said

    def end(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=60) == 0
        said = b""
        with suppress(OSError):
            while read := os.read(self._said, 4096):
                said += read
        return said.decode().replace("\r\n", "\n")


@contextmanager
def running(*arguments: str, terminal: bool = False, **environment: str) -> Iterator[Running]:
    ours, theirs = pty.openpty() if terminal else os.pipe()
    command = [EMAILOPS, "sandbox", *arguments]
    known = {**os.environ, **environment}
    with subprocess.Popen(command, env=known, stdout=subprocess.PIPE, stderr=theirs, text=True) as process:
        os.close(theirs)
        assert process.stdout is not None
        try:
            yield Running(process, process.stdout.readline(), ours)
        finally:
            process.kill()
            os.close(ours)


def test_it_needs_nothing_and_tells_people_where_it_is() -> None:
    with running(terminal=True) as sandbox:
        url = sandbox.line["notify"]
        assert sandbox.line == {"notify": url, "mailchimp": f"{url}/3.0/", "inbox": f"{url}/"}
        assert requests.get(sandbox.line["inbox"], timeout=60).status_code == 200
        said = sandbox.end()
    for part in (
        f"base_url = {url}\n",
        f"{url}/3.0/ (with the slash",
        f"every message   {url}/\n",
        "Nothing leaves it",
    ):
        assert part in said
    assert "Any well-formed key works" in said


def test_without_a_terminal_it_prints_the_line_and_nothing_else() -> None:
    with running("--port", "0") as sandbox:
        assert sandbox.end() == ""


def test_a_port_that_is_taken_is_named_and_another_found() -> None:
    with closing(socket.socket()) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # already taken by another sandbox on this machine
            taken.bind(("127.0.0.1", PORT))
            taken.listen()
        with running() as sandbox:
            port = sandbox.line["notify"].rpartition(":")[2]
            assert port != str(PORT)
            assert sandbox.end() == f"port {PORT} is taken: this sandbox has port {port}.\n"


def test_strict_knows_only_the_keys_that_it_is_told() -> None:
    key = f"app-test-x-{LIVE_SERVICE}-{SECRETS['test']}"
    with running("--strict", "--key", key, "--port", "0", terminal=True) as sandbox:
        assert sandbox.line["keys"] == [{"service": LIVE_SERVICE, "kind": "test"}]
        client = NotificationsAPIClient(key, base_url=sandbox.line["notify"])
        assert client.get_all_templates() == {"templates": []}
        other = requests.get(f"{sandbox.line['mailchimp']}ping", auth=("a", "0" * 32 + "-us1"), timeout=60)
        assert other.status_code == 401
        said = sandbox.end()
    assert f"Told a test key of the service {LIVE_SERVICE}." in said
    assert SECRETS["test"] not in said


def test_from_the_state_it_is_the_declared_world(minimal: Play) -> None:
    with running("--from-state", "--state", str(minimal.state), "--port", "0") as sandbox:
        assert minimal.run("plan", **sandbox.line["environment"]).code == 0
        state = requests.get(f"{sandbox.line['inbox']}__sandbox__/state", timeout=60).json()
        assert {service["name"]: service["trial"] for service in state["notify"]["services"]} == {
            "permits": False,
            "permits-trial": True,
        }
        assert state["notify"]["services"][0]["redirects_to"] == ["sink@permits.example"]


@pytest.mark.slow
def test_from_an_observation_it_is_the_observed_world(marketplace: Play, tmp_path: Path) -> None:
    marketplace.change_world(lambda world: world["mailchimp"]["accounts"][0]["audiences"].pop())
    seen = str(tmp_path / "observation.json")
    marketplace.run("drift", "--observed", seen)
    with running("--observed", seen, "--state", str(marketplace.state), "--port", "0", terminal=True) as sandbox:
        there, here = (
            json.loads(marketplace.run("plan", "--format", "json", **variables).out)
            for variables in (sandbox.line["environment"], {})
        )
        assert there["change"] == here["change"]
        assert there["counts"]["unknown"] == 0
        assert {audience["name"] for audience in _audiences(sandbox)} == {
            audience["name"] for audience in marketplace.audiences()
        }
        said = sandbox.end()
    assert "It knows what was declared or observed" in said


@pytest.mark.slow
def test_it_reports_to_a_receiver_that_is_named(minimal: Play) -> None:
    token = {"EMAILOPS_SECRETS": "env:TOKENS", "TOKENS": "the-new-token-of-all:the-old-token-of-all"}
    url = "http://127.0.0.1:9/callbacks/notify"
    told = ("--callback", url, "--callback-token", "env:TOKENS")
    with running("--from-state", "--state", str(minimal.state), *told, "--port", "0", **token) as sandbox:
        state = requests.get(f"{sandbox.line['inbox']}__sandbox__/state", timeout=60).json()
        assert [service["callback"] for service in state["notify"]["services"]] == [
            {"url": url, "bearer_token": "the-new-token-of-all"}
        ] * 2


def _audiences(sandbox: Running) -> Any:
    state = requests.get(f"{sandbox.line['inbox']}__sandbox__/state", timeout=60).json()
    return state["mailchimp"]["accounts"][0]["audiences"]


@pytest.mark.slow
def test_a_file_goes_before_the_accounts_and_says_so(tmp_path: Path) -> None:
    held, kept = tmp_path / "accounts.json", tmp_path / "kept"
    held.write_text(json.dumps(accounts()))
    with running("--accounts", str(held), "--data", str(kept), "--port", "0") as sandbox:
        assert sandbox.end() == ""
    held.write_text("{}")
    with running("--accounts", str(held), "--data", str(kept), "--port", "0") as sandbox:
        client = NotificationsAPIClient(api_key("live"), base_url=sandbox.line["notify"])
        assert client.get_all_templates()["templates"]
        assert sandbox.end() == f"{kept} holds a sandbox already: it goes on with that, whatever the accounts say.\n"


def test_another_host_comes_with_a_warning() -> None:
    with running("--host", "0.0.0.0", "--port", "0") as sandbox:
        assert sandbox.line["notify"].startswith("http://127.0.0.1:")
        assert requests.get(sandbox.line["inbox"], timeout=60).status_code == 200
        assert sandbox.end().startswith("warning: other machines can reach this sandbox")


WRONG = {
    "two sources": (["--accounts", "a", "--from-state"], 64, "give one of them"),
    "declared and observed": (["--from-state", "--observed", "a"], 64, "give one of them"),
    "a file and observed": (["--accounts", "a", "--observed", "a"], 64, "give one of them"),
    "a state that is not asked for": (["--state", "x"], 64, "--from-state --state DIR"),
    "no observation": (["--observed", "absent.json", "--state", str(STATES / "minimal")], 1, "emailops drift"),
    "a port that is none": (["--port", "70000"], 64, "--port"),
    "an accounts file that is not there": (["--accounts", "absent.json"], 1, "absent.json"),
    "a host that is elsewhere": (["--host", "192.0.2.1", "--port", "0"], 1, "another address of this machine"),
    "a key that is none": (["--key", "secret-text"], 1, "NAME-SERVICE_ID-SECRET"),
    "a file in no folder": (["--data", "absent/kept"], 1, "absent/kept cannot be opened"),
    "no services that report": (["--callback", "http://127.0.0.1:9", "--callback-token", "env:X"], 64, "--from-state"),
    "a callback without a token": (
        ["--from-state", "--state", str(STATES / "minimal"), "--callback", "http://127.0.0.1:9"],
        64,
        "--callback-token",
    ),
    "no state": (["--from-state", "--state", "absent"], 64, "absent"),
    "a state with findings": (["--from-state", "--state", str(STATES.parent / "examples")], 3, ""),
}


@pytest.mark.parametrize(("arguments", "code", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_and_nothing_starts(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        assert main(["sandbox", *arguments]) == code
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "secret-text" not in err


@pytest.mark.parametrize("library", ["jwt"])
def test_without_its_extra_it_says_what_to_install(library: str) -> None:
    absent = f"import sys; sys.modules[{library!r}] = None; from emailops.cli import main; sys.exit(main(['sandbox']))"
    done = subprocess.run([sys.executable, "-c", absent], check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"the sandbox needs {library}" in done.stderr
    assert "pip install 'emailops[sandbox]'" in done.stderr
