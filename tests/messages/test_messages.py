"""`messages find|failures|show|hash|campaigns`: what people look for in web pages and logs, as commands."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import time
from pathlib import Path

import pytest
from notifications_python_client import NotificationsAPIClient

from emailops.clients.private import digest
from emailops.private import Secret
from emailops.receipts import payload
from emailops.receipts.store import ReceiptStore
from tests.playing import Play
from tests.receipts.served import receipt
from tests.world import declaration_of

TO = "Jane.Doe@supplier.example"


def send(play: Play, stage: str, to: str, reference: str, name: str = "reset_password") -> str:
    """The id of a message that a stage sent."""
    held = declaration_of(play.state).all_templates()
    template = next(each for each in held if (each.account, each.name) == ("marketplace", name))
    client = NotificationsAPIClient(play.environment[f"NOTIFY_KEY_{stage.upper()}"], base_url=play.sandbox.notify_url)
    sent = client.send_email_notification(to, template.id, {"url": "https://service.example"}, reference=reference)
    return str(sent["id"])


@pytest.fixture
def sent(marketplace: Play) -> dict[str, str]:
    """Stage -> the id of a message that it sent for one address; that of development, with a test key, fails."""
    simulated = dict.fromkeys(("preview", "production"), "success@simulator.amazonses.com")
    simulated["development"] = "perm-fail@simulator.notify"
    return {stage: send(marketplace, stage, to, f"{stage}-{digest(TO)}") for stage, to in simulated.items()}


def test_needs_somebody_to_ask(marketplace):
    ran = marketplace.run("messages", "find", "--to", TO)

    assert ran.code == 1
    assert "nobody could be asked: receipts: there is no database of receipts here" in ran.err
    assert "--ask" in ran.err
    assert TO not in ran.err


class TestFind:
    def test_by_recipient_finds_what_its_redirect_hid(self, marketplace, sent):
        ran = marketplace.run("messages", "find", "--to", TO, "--ask", "--format", "json")

        assert ran.code == 6  # receipts were not asked
        found = {each["id"]: each["stages"] for each in ran.json["messages"]}
        assert set(found) == set(sent.values())
        assert "Jane" not in ran.out

    @pytest.mark.parametrize(
        ("stage", "senders"), [("preview", {"preview", "development"}), ("production", {"production"})]
    )
    def test_of_a_stage_finds_what_keys_of_its_kind_sent(self, marketplace, sent, stage, senders):
        ran = marketplace.run("messages", "find", "--to", TO, "--ask", "--stage", stage, "--format", "json")

        assert {each["id"] for each in ran.json["messages"]} == {sent[sender] for sender in senders}

    def test_by_id_is_no_way_to_another_stages_message(self, marketplace, sent):
        ran = marketplace.run(
            "messages", "find", "--id", sent["production"], "--ask", "--stage", "preview", "--format", "json"
        )

        assert ran.json["messages"] == []

    def test_asks_every_page(self, marketplace):
        sent = {send(marketplace, "preview", "success@simulator.amazonses.com", "of-many") for _ in range(251)}
        ran = marketplace.run(
            "messages", "find", "--reference", "of-many", "--ask", "--stage", "preview", "--format", "json"
        )

        assert {each["id"] for each in ran.json["messages"]} == sent

    def test_receipts_and_notify_agree(self, marketplace, sent, tmp_path):
        database = f"sqlite:///{tmp_path / 'r.sqlite'}"
        store = ReceiptStore(Secret(database))
        for stage, id_ in sent.items():
            told = receipt(1, "permanent-failure" if stage == "development" else "delivered", id=id_)
            told["reference"] = f"{stage}-{digest(TO)}"
            store.record([payload.read(json.dumps(told).encode(), "", time.time())])
        store.close()
        marketplace.sandbox.advance(60)

        by_receipts = marketplace.run("messages", "find", "--to", TO, "--format", "json", EMAILOPS_DATABASE=database)
        by_both = marketplace.run(
            "messages", "find", "--to", TO, "--ask", "--format", "json", EMAILOPS_DATABASE=database
        )
        assert (by_receipts.code, by_both.code) == (0, 0)
        first, second = (
            {each["id"]: each["status"] for each in ran.json["messages"]} for ran in (by_receipts, by_both)
        )
        assert first == second
        assert {tuple(each["told by"]) for each in by_both.json["messages"]} == {("receipts", "Notify")}

    def test_a_table_begins_no_cell_as_a_formula_does(self, marketplace, tmp_path):
        database = f"sqlite:///{tmp_path / 'r.sqlite'}"
        store = ReceiptStore(Secret(database))
        told = receipt(1, reference='=HYPERLINK("https://evil.example")')
        store.record([payload.read(json.dumps(told).encode(), "", time.time())])
        store.close()

        ran = marketplace.run("messages", "find", "--id", told["id"], "--format", "csv", EMAILOPS_DATABASE=database)
        (row,) = csv.DictReader(io.StringIO(ran.out))
        assert row["reference"] == "'" + told["reference"]
        assert row["recipient"] == "P***@example.gov.uk"

    def test_shows_whom_it_went_to_on_a_terminal_alone(self, marketplace):
        ran = marketplace.run("messages", "find", "--to", TO, "--ask", "--reveal")

        assert (ran.code, ran.out) == (64, "")
        assert "--reveal is for a terminal" in ran.err

    @pytest.mark.parametrize("given", [[], ["--to", TO, "--id", "1"], ["--to", "nobody"]])
    def test_says_what_to_give(self, marketplace, given):
        assert marketplace.run("messages", "find", *given).code == 64


def test_failures_are_those_that_did_not_arrive(marketplace, sent):
    marketplace.sandbox.advance(60)
    ran = marketplace.run("messages", "failures", "--since", "2026-01-01", "--ask", "--format", "json")

    assert [(each["id"], each["status"]) for each in ran.json["messages"]] == [
        (sent["development"], "permanent-failure")
    ]


class TestShow:
    def test_gives_the_words_as_they_were_sent(self, marketplace, sent):
        ran = marketplace.run("messages", "show", sent["preview"], "--stage", "preview", "--format", "json")

        assert ran.code == 0, ran.err
        assert ran.json["subject"]
        assert ran.json["body"]

    def test_of_another_stage_is_not_there(self, marketplace, sent):
        ran = marketplace.run("messages", "show", sent["production"], "--stage", "preview")

        assert (ran.code, ran.out) == (1, "")
        assert "not one of preview" in ran.err

    @pytest.mark.parametrize(("template", "code"), [("reset_password", 4), ("change_password_alert", 0)])
    def test_of_production_is_not_shown_where_a_placeholder_is_sensitive(self, marketplace, template, code):
        id_ = send(marketplace, "production", "success@simulator.amazonses.com", "of-production", template)

        ran = marketplace.run("messages", "show", id_, "--stage", "production")
        assert ran.code == code, ran.err
        assert (ran.out == "") == bool(code)
        assert not code or "reset_password has sensitive placeholders: production does not show it" in ran.err


LOG = [
    ("INFO Notify callback: delivered: a-reference to {hash}", "delivered", "a-reference"),
    ("WARNING Notify failed to deliver None to {hash}", "not delivered", ""),
    ('{{"message": "Message with reference r1 to {hash} was sent", "time": "2026-11-28T10:00:00Z"}}', "sent", "r1"),
    ("User account disabled for {hash} after Notify reported permanent delivery failure.", "account disabled", ""),
    ("Mailchimp failed to add user ({member}) to list (abc)", "not subscribed", ""),
    ("somebody logged {clear} itself", "address in clear", ""),
]


class TestLogs:
    def _log(self, folder: Path) -> Path:
        member = hashlib.md5(TO.lower().encode(), usedforsecurity=False).hexdigest()
        lines = [line.format(hash=digest(TO), member=member, clear=TO.lower()) for line, _, _ in LOG]
        log = folder / "app.log"
        log.write_text("\n".join(["nothing of interest", *lines, f"delivered to {digest('another@example.uk')}"]))
        return log

    def test_are_searched_for_every_form_in_which_they_hold_somebody(self, marketplace, tmp_path):
        ran = marketplace.run("messages", "find", "--to", TO, "--logs", str(self._log(tmp_path)), "--format", "json")

        assert [(each["event"], each["reference"]) for each in ran.json] == [(event, of) for _, event, of in LOG]
        assert "supplier.example" not in ran.out

    def test_that_are_not_there_are_named(self, marketplace):
        ran = marketplace.run("messages", "find", "--to", TO, "--logs", "nowhere.log")

        assert ran.code == 1
        assert "nowhere.log cannot be read" in ran.err


class TestHash:
    @pytest.mark.parametrize(
        ("address", "hashed"),
        [
            ("my-email@notify.callback.com", "urpXHRZxYlyjcR9cAeiJkNpfSjZYuw-IOGMbo5x2HTM="),
            ("test+1@digital.gov.uk", "-htpNCrT2nn2dCuqWsXwBZDgkP-WQQCYAfPgSw7Rb4A="),
        ],
    )
    def test_is_the_one_in_the_logs_of_the_service(self, marketplace, address, hashed):
        ran = marketplace.run("messages", "hash", address, "--format", "json")

        assert ran.json["digests"] == [hashed]
        assert all(hashed in query for query in ran.json["queries"].values())

    def test_of_capitals_is_given_as_written_and_in_small_letters(self, marketplace):
        ran = marketplace.run("messages", "hash", TO, "--format", "json")

        assert ran.json["digests"] == [digest(TO), digest(TO.lower())]

    def test_of_a_number_knows_how_else_it_is_written(self, marketplace):
        first, second = (
            marketplace.run("messages", "hash", number, "--format", "json").json["digests"]
            for number in ("07700 900123", "+447700900123")
        )
        assert set(second) <= set(first)

    def test_of_what_is_neither_is_refused(self, marketplace):
        assert marketplace.run("messages", "hash", "somebody").code == 64


def test_campaigns_that_were_sent_are_listed_with_how_they_were_received(marketplace):
    audience = marketplace.audiences()[0]

    def add(accounts):
        account = accounts["mailchimp"]["accounts"][0]
        account["campaigns"] = [
            {
                "id": f"000000000{number}",
                "status": status,
                "type": "regular",
                "recipients": {"list_id": audience["id"]},
                "settings": {"title": f"News {number}", "subject_line": "News"},
                "create_time": "2026-11-01T09:00:00+00:00",
                "send_time": f"2026-11-0{number}T10:00:00+00:00" if status == "sent" else "",
            }
            for number, status in ((1, "sent"), (5, "sent"), (6, "save"))
        ]

    marketplace.change_world(add)
    ran = marketplace.run("messages", "campaigns", "--since", "2026-11-03", "--format", "json")

    assert ran.code == 0, ran.err
    assert [(each["title"], each["sent"][:10]) for each in ran.json] == [("News 5", "2026-11-05")]
