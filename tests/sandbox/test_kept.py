"""A sandbox that keeps to a file: everything is there again, also after kill -9, and nobody else's file is touched."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from emailops.errors import InvalidInput
from emailops.sandbox import Sandbox

from .accounts import (
    AUDIENCE,
    CAMPAIGN_DEFAULTS,
    CONTACT,
    GUEST,
    NEW_AUDIENCE,
    REPLY_TO,
    SECOND,
    TEMPLATES,
    accounts,
    basic,
    bearer,
)
from .conformance import test_mailchimp, test_notify
from .conftest import NOW
from .notify_calls import send, text
from .test_mailchimp_lists import call

ANNA = f"lists/{AUDIENCE}/members/anna@builders.gov.uk"
NEW = {"email_address": "new@builders.gov.uk", "status": "subscribed"}
FIELDS = f"lists/{AUDIENCE}/merge-fields"
SETTINGS = {"subject_line": "News", "from_name": "Permits", "reply_to": "permits@permits.gov.uk"}
TEST = {"test_emails": ["anna@builders.gov.uk"], "send_type": "html"}
UPDATE = {
    "name": "Roofers",
    "contact": {**CONTACT, "state": "", "zip": ""},
    "permission_reminder": "You asked.",
    "campaign_defaults": CAMPAIGN_DEFAULTS,
    "email_type_option": True,
}


def campaign(sandbox: Sandbox) -> str:
    """The path of a new one; of none, once the audience is gone."""
    body = {"type": "regular", "recipients": {"list_id": AUDIENCE}, "settings": SETTINGS}
    return f"campaigns/{call(sandbox, 'POST campaigns', body).json().get('id')}"


def ready(sandbox: Sandbox) -> str:
    """The path of a new one with content."""
    path = campaign(sandbox)
    call(sandbox, f"PUT {path}/content", {"html": "<p>News"})
    return path


def named(sandbox: Sandbox) -> str:
    """The path of a merge field of which a member has a value, put there by an answer before."""
    call(sandbox, f"PATCH {ANNA}", {"merge_fields": {"FNAME": "Anna"}})
    return f"lists/{AUDIENCE}/merge-fields/1"


def emptied(sandbox: Sandbox) -> requests.Response:
    send(sandbox)
    campaign(sandbox)
    return requests.delete(f"{sandbox.inbox_url}__sandbox__/inbox", timeout=60)


def read(sandbox: Sandbox, entry_id: str) -> requests.Response:
    return requests.patch(f"{sandbox.inbox_url}__sandbox__/inbox/{entry_id}", json={"read": True}, timeout=5)


WRITES: dict[str, Callable[[Sandbox], Any]] = {
    "an email": lambda sandbox: send(sandbox, reference="r", email_reply_to_id=REPLY_TO),
    "an email with odd values": lambda sandbox: send(
        sandbox, "test", email_address=GUEST, personalisation={"odd": [1, None, {"é\ud800": 1.5}]}
    ),
    "a new audience": lambda sandbox: call(sandbox, "POST lists", NEW_AUDIENCE),
    "an audience changed": lambda sandbox: call(sandbox, f"PATCH lists/{AUDIENCE}", UPDATE),
    "an audience deleted": lambda sandbox: call(sandbox, f"DELETE lists/{AUDIENCE}"),
    "a member added": lambda sandbox: call(sandbox, f"POST lists/{AUDIENCE}/members", NEW),
    "a member put": lambda sandbox: call(sandbox, f"PUT lists/{SECOND}/members/new@builders.gov.uk", NEW),
    "a member changed": lambda sandbox: call(sandbox, f"PATCH {ANNA}", {"vip": True, "merge_fields": {"FNAME": "A"}}),
    "a member moved": lambda sandbox: call(sandbox, f"PATCH {ANNA}", {"email_address": "ann@builders.gov.uk"}),
    "a member archived": lambda sandbox: call(sandbox, f"DELETE {ANNA}"),
    "a member forgotten": lambda sandbox: call(sandbox, f"POST {ANNA}/actions/delete-permanent"),
    "a batch": lambda sandbox: call(sandbox, f"POST lists/{SECOND}", {"members": [NEW]}),
    "tags": lambda sandbox: call(sandbox, f"POST {ANNA}/tags", {"tags": [{"name": "VIP", "status": "active"}]}),
    "a merge field": lambda sandbox: call(sandbox, f"POST {FIELDS}", {"name": "Trade", "type": "text"}),
    "a merge field renamed": lambda sandbox: call(
        sandbox, f"PATCH {named(sandbox)}", {"tag": "GIVEN", "name": "Given name"}
    ),
    "a merge field deleted": lambda sandbox: call(sandbox, f"DELETE {named(sandbox)}"),
    "a campaign": campaign,
    "a campaign changed": lambda sandbox: call(sandbox, f"PATCH {campaign(sandbox)}", {"settings": SETTINGS}),
    "a campaign's content": lambda sandbox: call(sandbox, f"PUT {campaign(sandbox)}/content", {"html": "<p>News"}),
    "a test of a campaign": lambda sandbox: call(sandbox, f"POST {ready(sandbox)}/actions/test", TEST),
    "a campaign sent": lambda sandbox: call(sandbox, f"POST {ready(sandbox)}/actions/send"),
    "a campaign deleted": lambda sandbox: call(sandbox, f"DELETE {campaign(sandbox)}"),
    "the inbox emptied": emptied,
    "a message read": lambda sandbox: read(sandbox, send(sandbox).json()["id"]),
    "a message deleted": lambda sandbox: requests.delete(
        f"{sandbox.inbox_url}__sandbox__/inbox/{send(sandbox).json()['id']}", timeout=5
    ),
    "a campaign read": lambda sandbox: read(sandbox, campaign(sandbox).removeprefix("campaigns/")),
    "a text message": text,
    "a key told": lambda sandbox: sandbox.learn(f"x-test-{TEMPLATES['plain']}-{TEMPLATES['text']}"),
    "another state": lambda sandbox: sandbox.replace(json.loads(json.dumps(sandbox.state() | {"messages": []}))),
    "a reset": lambda sandbox: sandbox.reset(),
    "the clock": lambda sandbox: sandbox.advance(60),
}


@contextmanager
def kept(path: Path, held: Any = None) -> Iterator[Sandbox]:
    with Sandbox(held if held is not None else accounts(), kept_in=path, clock=lambda: NOW) as sandbox:
        yield sandbox


@pytest.mark.few(4)
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_every_write_is_there_again(tmp_path: Path, write: Callable[[Sandbox], Any]) -> None:
    with kept(tmp_path / "kept") as sandbox:
        assert not sandbox.took_up
        done = write(sandbox)
        assert done is None or isinstance(done, dict | str) or done.ok
        before, now = sandbox.state(), sandbox.now()
    with kept(tmp_path / "kept", {}) as sandbox:
        assert sandbox.took_up
        assert (sandbox.state(), sandbox.now()) == (before, now)


MADE = "b00000000b"


def test_an_audience_made_on_first_sight_is_there_again_and_a_deleted_one_is_not(tmp_path: Path) -> None:
    with Sandbox({}, open=True, kept_in=tmp_path / "kept", clock=lambda: NOW) as sandbox:
        assert call(sandbox, f"POST lists/{MADE}/members", NEW).status_code == 200
        assert call(sandbox, f"DELETE lists/{AUDIENCE}").status_code == 204
        before = sandbox.state()
    with Sandbox({}, open=True, kept_in=tmp_path / "kept", clock=lambda: NOW) as sandbox:
        assert sandbox.state() == before
        assert call(sandbox, f"GET lists/{MADE}").json()["stats"]["member_count"] == 1
        assert call(sandbox, f"GET lists/{AUDIENCE}").status_code == 404


@pytest.mark.slow
def test_any_order_of_writes_is_there_again(tmp_path: Path) -> None:
    chance = random.Random(1)
    with kept(tmp_path / "kept") as sandbox:
        for write in chance.choices([write for name, write in WRITES.items() if name != "a reset"], k=80):
            write(sandbox)
        before = sandbox.state()
    assert len(before["messages"]) > 1
    with kept(tmp_path / "kept", {}) as sandbox:
        assert sandbox.state() == before


def rows_of_mailchimp(sandbox: Sandbox) -> None:
    with requests.Session() as session:
        for row in test_mailchimp.rows():
            for step in (*row.get("after", ()), row):
                test_mailchimp.asked(step, sandbox, session)


def rows_of_notify(sandbox: Sandbox) -> None:
    names = {**test_notify.NAMES, "here": sandbox.notify_url, "sent": ""}
    for row in test_notify.ROWS:
        test_notify.ask(sandbox, row, names)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("held", "ask_all"),
    [
        pytest.param(accounts(), rows_of_notify, id="Notify"),
        pytest.param(test_mailchimp.accounts(), rows_of_mailchimp, id="Mailchimp"),
    ],
)
def test_what_any_request_of_the_conformance_tables_wrote_is_there_again(
    tmp_path: Path, held: Any, ask_all: Callable[[Sandbox], None]
) -> None:
    with kept(tmp_path / "kept", held) as sandbox:
        ask_all(sandbox)
        before = sandbox.state()
    with kept(tmp_path / "kept", {}) as sandbox:
        assert sandbox.state() == before


def test_reading_writes_nothing(tmp_path: Path) -> None:
    with kept(tmp_path / "kept") as sandbox:
        send(sandbox)
        before = (tmp_path / "kept-wal").stat().st_size
        for path in ("v2/templates", "v2/notifications", f"v2/template/{TEMPLATES['plain']}"):
            assert requests.get(f"{sandbox.notify_url}/{path}", headers=bearer(), timeout=60).status_code == 200
        for route in ("lists", ANNA, f"lists/{AUDIENCE}/members"):
            assert call(sandbox, f"GET {route}").status_code == 200
        assert (tmp_path / "kept-wal").stat().st_size == before


def test_starting_again_goes_on_with_the_file(tmp_path: Path) -> None:
    sandbox = Sandbox(accounts(), kept_in=tmp_path / "kept")
    for _ in range(2):
        with sandbox:
            send(sandbox)
    assert len(sandbox.state()["messages"]) == 2


@contextmanager
def started(path: Path, held: Path, before: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """The URLs of a sandbox as a process of its own, which is killed in the end."""
    held.write_text(json.dumps(accounts()))
    command = [Path(sys.executable).parent / "emailops", "sandbox", "--accounts", held, "--data", path, "--port", "0"]
    with subprocess.Popen([*before, *command], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.kill()


def post(session: requests.Session, urls: dict[str, str], subject: str = "") -> requests.Response:
    body = {"template_id": TEMPLATES["granted"], "email_address": GUEST}
    body["personalisation"] = {"reference": "r", "applicant name": subject}
    return session.post(f"{urls['notify']}/v2/notifications/email", json=body, headers=bearer("team"), timeout=60)


def test_a_kill_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    with started(path, tmp_path / "accounts.json") as urls, requests.Session() as session:
        sent = [post(session, urls).json()["id"] for _ in range(20)]
        members = f"{urls['mailchimp']}lists/{SECOND}/members"
        assert session.post(members, json=NEW, headers=basic(), timeout=60).status_code == 200
    with kept(path, {}) as sandbox:
        state = sandbox.state()
    assert [message["id"] for message in state["messages"]] == sent
    held = state["mailchimp"]["accounts"][0]["audiences"][1]["members"]
    assert [member["email_address"] for member in held] == [NEW["email_address"]]


def test_what_cannot_be_kept_is_not_answered_as_if_it_were(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    little_room = ("sh", "-c", 'ulimit -f 600 && exec "$@"', "sh")
    with started(path, tmp_path / "accounts.json", little_room) as urls, requests.Session() as session:
        answers = [post(session, urls, "long " * 4000) for _ in range(20)]
        assert session.get(f"{urls['mailchimp']}ping", headers=basic(), timeout=60).status_code == 200
    assert answers[-1].status_code == 507
    assert "cannot be written" in answers[-1].json()["reason"]
    with kept(path, {}) as sandbox:
        messages = {message["id"] for message in sandbox.state()["messages"]}
    assert {answer.json()["id"] for answer in answers if answer.status_code == 201} <= messages


def test_two_sandboxes_do_not_share_a_file(tmp_path: Path) -> None:
    with kept(tmp_path / "kept") as first:
        with pytest.raises(InvalidInput, match="another sandbox is using it"), kept(tmp_path / "kept"):
            pass
        send(first)
    with kept(tmp_path / "kept"):
        pass


def test_a_port_that_is_taken_leaves_the_file_free(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot listen"):
        Sandbox({}, kept_in=tmp_path / "kept", port=sandbox.port).start()
    with kept(tmp_path / "kept"):
        pass


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("CREATE TABLE mine (a)")


def damaged(statement: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        with kept(path) as sandbox:
            send(sandbox)
        with closing(sqlite3.connect(path)) as file, file:
            file.execute(statement)

    return damage


def overwritten(path: Path) -> None:
    with kept(path):
        pass
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


WRONG: dict[str, tuple[Callable[[Path], Any], str]] = {
    "text": (lambda path: path.write_text("Dear diary,\n" * 100), "is not a sandbox's file"),
    "a folder": (lambda path: path.mkdir(), "cannot be opened"),
    "another program's": (foreign, "not one of this sandbox"),
    "a later format": (damaged("PRAGMA user_version = 2"), "not one of this sandbox"),
    "no JSON": (damaged("UPDATE kept SET content = '{' WHERE kind = 'message'"), "is damaged"),
    "an unknown kind of key": (
        damaged("UPDATE kept SET content = replace(content, '\"live\"', '\"dead\"')"),
        r"is damaged: \$\.notify\.services\[0\]\.keys\[0\]\.kind: must be one of",
    ),
    "a clock that is none": (damaged("UPDATE kept SET content = '[]' WHERE kind = 'clock'"), "is damaged"),
    "a clock without end": (damaged("UPDATE kept SET content = '1e99' WHERE kind = 'clock'"), "is damaged"),
    "an audience of no account": (damaged("DELETE FROM kept WHERE kind = 'account'"), "is damaged"),
    "overwritten": (overwritten, "damaged|not a sandbox's file"),
}


@pytest.mark.parametrize(("make", "reason"), WRONG.values(), ids=WRONG)
def test_a_file_that_is_not_a_sandboxs_is_refused_and_left_alone(
    tmp_path: Path, make: Callable[[Path], Any], reason: str
) -> None:
    path = tmp_path / "kept"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(InvalidInput, match=reason) as error:
        Sandbox({}, kept_in=path).start()
    assert error.value.message.startswith(str(path))
    assert error.value.remedy
    assert "damaged" in reason or not path.is_file() or path.read_bytes() == before


def test_a_path_that_leads_nowhere(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be opened"):
        Sandbox({}, kept_in=tmp_path / "absent" / "kept").start()


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    with kept(tmp_path / "kept"):
        assert (tmp_path / "kept").stat().st_mode & 0o077 == 0
