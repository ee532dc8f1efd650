"""`messages find|failures|show|hash|campaigns`: what people look for in web pages and logs, as commands."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import time
from pathlib import Path

import pytest
from notifications_python_client import NotificationsAPIClient

from emailops.clients.private import digest
from emailops.private import Secret, fingerprint
from emailops.receipts import payload
from emailops.receipts.store import ReceiptStore
from tests.playing import Play
from tests.receipts.served import complaint, receipt
from tests.world import declaration_of

TO = "Jane.Doe@supplier.example"
PREVIEW_KEY = "preview:\n  extends: _key\n  kind: test"


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

    @pytest.mark.slow
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

    @pytest.mark.parametrize(
        "given",
        [
            *([], ["--to", TO, "--id", "1"], ["--to", "nobody"], ["--id", "no-id"], ["--id", "--ask"]),
            *(["--reference"], ["--reference", ""], ["--reference", " "], ["--reference="], ["--id", ""], ["--to", ""]),
            *(["--to", TO, "--stage", ""], ["--to", TO, "--since", ""], ["--to", TO, "--logs", ""]),
        ],
    )
    def test_says_what_to_give(self, marketplace, given):
        ran = marketplace.run("messages", "find", *given, "--ask")

        assert (ran.code, ran.out) == (64, "")
        assert marketplace.sandbox.requests == []

    def test_by_id_takes_any_spelling_of_it(self, marketplace, sent):
        spelt = sent["preview"].replace("-", "").upper()

        ran = marketplace.run("messages", "find", "--id", spelt, "--ask", "--format", "json")
        assert [each["id"] for each in ran.json["messages"]] == [sent["preview"]]


TODAY, BEFORE = "2026-11-28T10:00:00.000000Z", "2026-11-27T23:00:00.000000Z"


def kept(folder: Path, *told: dict[str, object]) -> str:
    """The URL of a database into which these came just now, one after the other."""
    database = f"sqlite:///{folder / 'r.sqlite'}"
    store = ReceiptStore(Secret(database))
    store.record([payload.read(json.dumps(each).encode(), "", time.time()) for each in told])
    store.close()
    return database


class TestReceipts:
    """What a database of receipts tells, without Notify."""

    def _run(self, marketplace, database, *arguments):
        return marketplace.run("messages", *arguments, "--format", "json", EMAILOPS_DATABASE=database)

    @pytest.mark.parametrize("command", [["find", "--reference", "same"], ["failures"]])
    def test_since_is_when_a_message_was_sent(self, marketplace, tmp_path, command):
        told = [
            receipt(number, "permanent-failure", reference="same", created_at=at)
            for number, at in ((1, BEFORE), (2, TODAY))
        ]
        ran = self._run(marketplace, kept(tmp_path, *told), *command, "--since", "2026-11-28")

        assert [each["id"] for each in ran.json["messages"]] == [told[1]["id"]]

    def test_that_came_in_another_order_are_put_in_theirs(self, marketplace, tmp_path):
        late = receipt(1, "delivered", completed_at="2026-11-28T18:40:00.000000Z")
        ran = self._run(marketplace, kept(tmp_path, late, receipt(1, "temporary-failure")), "find", "--id", late["id"])

        (found,) = ran.json["messages"]
        assert found["status"] == "delivered"
        assert [each["status"] for each in found["history"]] == ["temporary-failure", "delivered"]

    def test_of_what_arrived_after_all_are_no_failure(self, marketplace, tmp_path):
        after_all = receipt(1, "delivered", completed_at="2026-11-28T18:40:00.000000Z")
        database = kept(tmp_path, receipt(1, "temporary-failure"), after_all, receipt(2, "technical-failure"))
        ran = self._run(marketplace, database, "failures", "--since", "2026-11-28")

        assert [each["id"] for each in ran.json["messages"]] == [receipt(2)["id"]]
        assert ran.json["notes"] == ["1 more failed at first and arrived after all: not in the list"]

    @pytest.mark.parametrize("command", [["find", "--id", receipt(1)["id"]], ["failures", "--since", "2026-11-28"]])
    def test_say_who_marked_a_message_as_spam(self, marketplace, tmp_path, command):
        database = kept(tmp_path, receipt(1, created_at=BEFORE), receipt(2), complaint(1))
        ran = self._run(marketplace, database, *command)

        (found,) = ran.json["messages"]
        assert (found["status"], found["complained"]) == ("delivered", "2026-11-28T19:00:00+00:00")
        text = marketplace.run("messages", *command, EMAILOPS_DATABASE=database).out
        assert "marked as spam 2026-11-28 19:00" in text

    @pytest.mark.parametrize(("stage", "notes"), [([], 0), (["--stage", "preview"], 1)])
    def test_say_that_they_name_no_stage(self, marketplace, tmp_path, stage, notes):
        ran = self._run(marketplace, kept(tmp_path, receipt(1)), "find", "--id", receipt(1)["id"], *stage)

        assert len(ran.json["notes"]) == notes
        assert all("other stages may have sent 1 of these" in note for note in ran.json["notes"])


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

    def test_of_production_is_not_shown_with_a_key_of_production_that_is_kept_as_another(self, marketplace, sent):
        live = marketplace.environment["NOTIFY_KEY_PRODUCTION"]
        show = ("messages", "show", sent["production"], "--stage", "preview")

        ran = marketplace.run(*show, NOTIFY_KEY_PREVIEW=live)
        assert (ran.code, ran.out) == (1, "")
        assert "env:NOTIFY_KEY_PREVIEW holds the secret of production" in ran.err

    def test_nor_where_only_its_fingerprint_is_known(self, marketplace, sent):
        live = marketplace.environment.pop("NOTIFY_KEY_PRODUCTION")
        marketplace.edit("keys.yaml", "\nproduction:", f"\nproduction:\n  fingerprint: {fingerprint(Secret(live))}")

        ran = marketplace.run("messages", "show", sent["production"], "--stage", "preview", NOTIFY_KEY_PREVIEW=live)
        assert (ran.code, ran.out) == (1, "")
        assert "holds the secret of production" in ran.err

    @pytest.mark.parametrize(("kind", "why"), [("live", "production does not show it"), ("unknown", "may have sent")])
    def test_nor_of_a_stage_whose_key_may_be_of_its_kind(self, marketplace, sent, kind, why):
        marketplace.edit("keys.yaml", PREVIEW_KEY, PREVIEW_KEY.replace("kind: test", f"kind: {kind}"))
        waivers = marketplace.run("validate", "--waive").out.replace("owner:", "owner: developers")
        with (marketplace.state / "emailops.yaml").open("a") as file:
            file.write(waivers.replace("reason:", "reason: one key for all"))

        ran = marketplace.run("messages", "show", sent["preview"], "--stage", "preview")
        assert (ran.code, ran.out) == (4, ""), ran.err
        assert why in ran.err


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

    def test_may_be_compressed(self, marketplace, tmp_path):
        log = self._log(tmp_path)
        log.write_bytes(gzip.compress(log.read_bytes()[:100]) + gzip.compress(log.read_bytes()[100:]))

        ran = marketplace.run("messages", "find", "--to", TO, "--logs", str(log), "--format", "json")
        assert len(ran.json) == len(LOG)

    def test_that_are_compressed_and_damaged_are_named(self, marketplace, tmp_path):
        log = tmp_path / "app.log.gz"
        log.write_bytes(gzip.compress(self._log(tmp_path).read_bytes())[:-20])

        ran = marketplace.run("messages", "find", "--to", TO, "--logs", str(log))
        assert (ran.code, ran.out) == (1, "")
        assert "app.log.gz cannot be read: it is not a whole gzip file" in ran.err

    @pytest.mark.parametrize("more", [["--ask"], ["--reveal"], ["--since", "2026-11-01"], ["--stage", "preview"]])
    def test_are_asked_for_the_recipient_alone(self, marketplace, tmp_path, more):
        ran = marketplace.run("messages", "find", "--to", TO, "--logs", str(self._log(tmp_path)), *more)

        assert (ran.code, ran.out) == (64, "")
        assert f"leave out {more[0]}" in ran.err

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
