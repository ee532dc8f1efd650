"""A key is replaced, one phase a run: whoever runs it next goes on where the last one stopped."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from emailops.private import Secret, fingerprint
from emailops.receipts import payload
from emailops.receipts.store import ReceiptStore
from tests.playing import Play
from tests.receipts.served import receipt

SERVICE = "00000000-0000-4000-8000-000000000001"
SECRET = "77777777-0000-4000-8000-000000000007"
NEW = f"production_2-{SERVICE}-{SECRET}"
HEX = fingerprint(Secret(NEW))


def phase(play: Play, key: str = "production", *arguments: str, **environment: str | None):
    ran = play.run("rotate", key, "--format", "json", *arguments, **environment)
    assert ran.code == 0, ran.err
    (turn,) = ran.json["rotations"]
    return turn


def keys(play: Play):
    return yaml.safe_load((play.state / "keys.yaml").read_text())


def made_in_notify(play: Play) -> None:
    def change(world):
        service = next(held for held in world["notify"]["services"] if held["id"] == SERVICE)
        service["keys"].append({"name": "production_2", "kind": "live", "secret": SECRET})

    play.change_world(change)


def revoked_in_notify(play: Play, name: str = "production") -> None:
    def change(world):
        for service in world["notify"]["services"]:
            for key in service["keys"]:
                if key["name"] == name:
                    key["revoked"] = True

    play.change_world(change)


def attested(play: Play, name: str) -> None:
    ran = play.run("attest", name, "--by", "developers")
    assert ran.code == 0, ran.err


@pytest.fixture
def made(marketplace):
    """Declared, made in Notify, and its fingerprint noted."""
    phase(marketplace)
    made_in_notify(marketplace)
    phase(marketplace, NOTIFY_KEY_PRODUCTION_2=NEW)
    return marketplace


@pytest.fixture
def handed_over(made):
    """And in the hands of whoever holds the old one."""
    attested(made, "notify-key/production-2")
    attested(made, "key-hand-over/production-2.*")
    return made


def steps(turn) -> dict[str, str]:
    return {step["do"]: step["with"] for step in turn["steps"]}


def test_the_first_run_declares_the_new_key_and_says_where_to_make_it(marketplace):
    turn = phase(marketplace)
    assert (turn["phase"], turn["number"], turn["written"]) == ("make", 1, ["keys.yaml"])
    declared = keys(marketplace)
    assert declared["production"]["successor"] == "production-2"
    assert declared["production-2"] == {
        "extends": "_key",
        "kind": "live",
        "stages": ["production"],
        "purpose": declared["production"]["purpose"],
        "created": "unknown",
        "secret": "env:NOTIFY_KEY_PRODUCTION_2",
    }
    assert SERVICE in steps(turn)["make"]
    assert marketplace.run("validate").code == 0


def test_what_else_stands_in_the_file_stays(marketplace):
    before = (marketplace.state / "keys.yaml").read_text()
    phase(marketplace)
    kept = (marketplace.state / "keys.yaml").read_text()
    assert [line for line in before.splitlines() if line not in kept.splitlines()] == []


def test_a_second_run_changes_nothing_until_the_step_is_taken(marketplace):
    phase(marketplace)
    before = (marketplace.state / "keys.yaml").read_bytes()
    turn = phase(marketplace)
    assert (turn["phase"], turn["written"]) == ("make", [])
    assert (marketplace.state / "keys.yaml").read_bytes() == before


def test_where_the_new_key_can_be_read_its_fingerprint_is_noted_once_notify_takes_it(marketplace):
    phase(marketplace)
    refused = marketplace.run("rotate", "production", NOTIFY_KEY_PRODUCTION_2=NEW)
    assert refused.code == 1
    assert "production-2 is refused" in refused.err
    made_in_notify(marketplace)
    turn = phase(marketplace, NOTIFY_KEY_PRODUCTION_2=NEW)
    assert keys(marketplace)["production-2"]["fingerprint"] == HEX
    assert keys(marketplace)["production-2"]["created"] == "2026-11-24"
    assert turn["left"] == ["notify-key/production-2"]
    assert SECRET not in str(turn)


def test_elsewhere_it_is_told(marketplace):
    phase(marketplace)
    phase(marketplace, "production", "--fingerprint", HEX)
    assert keys(marketplace)["production-2"]["fingerprint"] == HEX


@pytest.mark.parametrize(
    ("told", "code", "says"),
    [
        (NEW, 64, "an argument holds what looks like a secret"),
        ("0123456789a", 1, "that is not a fingerprint"),
        ("0123456789ab", 1, f"env:NOTIFY_KEY_PRODUCTION_2 holds the fingerprint {HEX}, not 0123456789ab"),
    ],
)
def test_a_wrong_fingerprint_is_refused_and_a_key_in_its_place_is_not_said_again(marketplace, told, code, says):
    phase(marketplace)
    made_in_notify(marketplace)
    ran = marketplace.run("rotate", "production", "--fingerprint", told, NOTIFY_KEY_PRODUCTION_2=NEW)
    assert ran.code == code
    assert says in ran.err
    assert SECRET not in ran.out + ran.err
    assert "fingerprint" not in keys(marketplace)["production-2"]


def test_the_old_key_is_not_taken_for_the_new_one(marketplace):
    phase(marketplace)
    old = marketplace.environment["NOTIFY_KEY_PRODUCTION"]
    ran = marketplace.run("rotate", "production", NOTIFY_KEY_PRODUCTION_2=old)
    assert ran.code == 1
    assert "production-2 is the same key as production" in ran.err


def test_it_is_handed_over_consumer_by_consumer(made):
    attested(made, "notify-key/production-2")
    turn = phase(made)
    assert turn["phase"] == "hand_over"
    assert turn["left"] == sorted(turn["left"])
    assert len(turn["left"]) > 5
    assert f"DM_NOTIFY_API_KEY: production-2, fingerprint {HEX}" in str(turn["steps"])
    attested(made, turn["left"][0])
    assert phase(made)["left"] == turn["left"][1:]
    assert made.run("rotate", "production").out.startswith(
        f"production to production-2 · phase 2 of 4: hand the new key over, {len(turn['left']) - 1} of"
    )


def test_once_everybody_has_it_the_state_names_it_and_no_hand_over_is_asked_for_again(handed_over):
    turn = phase(handed_over)
    assert turn["written"]
    assert turn["phase"] == "revoke"
    stage = yaml.safe_load((handed_over.state / "stages" / "production.yaml").read_text())
    assert stage["notify"]["key"] == "production-2"
    assert handed_over.run("validate").code == 0


def test_revoked_is_declared_once_notify_refuses_the_old_key_and_from_then_on_verified(handed_over):
    phase(handed_over)
    turn = phase(handed_over)
    assert (turn["found"], turn["written"]) == (["production still answers"], [])
    revoked_in_notify(handed_over)
    turn = phase(handed_over)
    assert turn["phase"] == "over"
    assert "Revoked: verified" in turn["found"][0]
    assert keys(handed_over)["production"]["revoked"] is True
    plan = handed_over.plan()
    assert [row for row in plan["steps"] if row["resource"] == "notify-key/production"] == []


def test_a_key_that_is_declared_to_be_revoked_and_still_answers_is_a_step(handed_over):
    phase(handed_over)
    revoked_in_notify(handed_over)
    phase(handed_over)
    handed_over.change_world(
        lambda world: [key.pop("revoked", None) for held in world["notify"]["services"] for key in held["keys"]]
    )
    (step,) = [row for row in handed_over.plan()["steps"] if row["resource"] == "notify-key/production"]
    assert "still takes the key" in step["why"]


def test_without_the_old_key_a_person_says_that_it_is_revoked(handed_over):
    phase(handed_over)
    turn = phase(handed_over, NOTIFY_KEY_PRODUCTION=None)
    assert turn["written"] == []
    turn = phase(handed_over, "production", "--revoked", NOTIFY_KEY_PRODUCTION=None)
    assert turn["phase"] == "over"


def test_the_limit_of_live_keys_knows_the_overlap_and_what_is_revoked(handed_over):
    handed_over.edit("emailops.yaml", "live_keys: 2", "live_keys: 1")
    assert "2 live keys, and the limit is 1: production, ccs" in handed_over.run("validate").out
    handed_over.edit("emailops.yaml", "live_keys: 1", "live_keys: 2")
    assert handed_over.run("validate").code == 0
    phase(handed_over)
    revoked_in_notify(handed_over)
    phase(handed_over)
    assert handed_over.run("validate").code == 0


class TestLeaked:
    """Strangers may have it: mail stops before they can send more."""

    def test_the_state_names_the_new_key_at_once_and_the_old_one_goes_first(self, marketplace):
        turn = phase(marketplace, "production", "--leaked")
        assert turn["phases"] == ["make", "revoke", "hand_over"]
        stage = yaml.safe_load((marketplace.state / "stages" / "production.yaml").read_text())
        assert stage["notify"]["key"] == "production-2"
        made_in_notify(marketplace)
        phase(marketplace, NOTIFY_KEY_PRODUCTION_2=NEW)
        attested(marketplace, "notify-key/production-2")
        assert phase(marketplace)["phase"] == "revoke"
        revoked_in_notify(marketplace)
        assert phase(marketplace)["phase"] == "hand_over"
        attested(marketplace, "key-hand-over/production-2.*")
        assert phase(marketplace)["phase"] == "over"

    def test_it_can_turn_out_in_the_middle(self, made):
        turn = phase(made, "production", "--leaked")
        assert turn["phases"] == ["make", "revoke", "hand_over"]
        assert keys(made)["production"]["leaked"] is True


def test_todo_names_the_phase_and_the_command(made):
    found = made.run("todo", "--format", "json").json["todo"]
    (entry,) = [row for row in found if row["command"] == "emailops rotate production"]
    assert entry["what"].startswith("phase 1 of 4: make the new key")


def test_a_key_that_is_revoked_and_still_used_is_an_error(marketplace):
    secret = "  secret: env:NOTIFY_KEY_STAGING"
    marketplace.edit("keys.yaml", secret, f"{secret}\n  revoked: true")
    ran = marketplace.run("validate")
    assert ran.code == 3
    assert "is the key staging in staging, which is revoked" in ran.out


def test_mailchimps_key_is_replaced_in_the_same_way(marketplace):
    assert phase(marketplace, "mailchimp")["phase"] == "make"
    phase(marketplace, "mailchimp", "--fingerprint", HEX)
    attested(marketplace, "key-hand-over/mailchimp-2.*")
    assert phase(marketplace, "mailchimp")["phase"] == "revoke"
    account = yaml.safe_load((marketplace.state / "emailops.yaml").read_text())["accounts"]["mailchimp"]
    assert account["key"] == "mailchimp-2"
    assert phase(marketplace, "mailchimp")["found"] == ["mailchimp still answers"]
    marketplace.change_world(lambda world: world["mailchimp"]["accounts"][0].update(api_keys=[f"{'0' * 32}-us0"]))
    assert phase(marketplace, "mailchimp")["phase"] == "over"


def test_a_plan_says_how_far_each_has_come(marketplace):
    assert "being replaced" not in marketplace.run("plan").out
    phase(marketplace)
    assert marketplace.run("plan", "--out", "plan.json").code in (0, 6)

    for command in (("plan",), ("show", "plan.json"), ("plan", "--format", "markdown")):
        said = marketplace.run(*command).out.replace("`", "")
        assert "eys that are being replaced" in said
        assert "phase 1 of 4: make the new key" in said


def test_all_of_a_stage(marketplace):
    ran = marketplace.run("rotate", "--all", "--stage", "production", "--format", "json")
    assert ran.code == 0, ran.err
    assert [(turn["old"], turn["new"]) for turn in ran.json["rotations"]] == [
        ("production", "production-2"),
        ("ccs", "ccs-2"),
        ("mailchimp", "mailchimp-2"),
    ]
    assert marketplace.run("rotate", "--all", "--stage", "production").code == 0


@pytest.mark.slow
def test_all_of_a_stage_names_what_has_been_replaced_and_begins_it_no_second_time(handed_over):
    phase(handed_over)
    revoked_in_notify(handed_over)
    phase(handed_over)
    for _ in range(2):
        ran = handed_over.run("rotate", "--all", "--stage", "production", "--format", "json")
        (turn,) = (turn for turn in ran.json["rotations"] if turn["old"] == "production")
        assert (turn["new"], turn["written"]) == ("production-2", [])
        assert "remove" in str(turn["steps"])


def test_the_next_rotation_counts_on(handed_over):
    phase(handed_over)
    revoked_in_notify(handed_over)
    phase(handed_over)
    turn = phase(handed_over, "production-2")
    assert turn["new"] == "production-3"
    assert keys(handed_over)["production-3"]["secret"] == "env:NOTIFY_KEY_PRODUCTION_3"


def test_two_people_who_begin_the_same_do_the_same(marketplace, tmp_path):
    marketplace.commit_all()
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "--quiet", str(marketplace.folder), str(other)], check=True)
    phase(marketplace)
    marketplace.commit_all("Declare the new key")
    there = Play(other, marketplace.sandbox, marketplace.environment)
    phase(there)
    there.commit_all("Declare the new key, too")
    there.git("pull", "--quiet", "--no-rebase", "--no-edit", str(marketplace.folder), "main")
    assert there.run("validate").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["nothing"], 64, "there is no key 'nothing'"),
        (["productoin"], 64, "did you mean production?"),
        ([], 64, "rotate takes a key"),
        (["--all"], 64, "rotate takes a key"),
        (["--all", "--stage", "production", "--revoked"], 64, "are for one key"),
        (["production", "--as", "ccs"], 1, "there is a key ccs already"),
        (["production", "--as", "_x"], 1, "cannot be a name"),
    ],
)
def test_what_is_refused(marketplace, arguments, code, says):
    before = (marketplace.state / "keys.yaml").read_bytes()
    ran = marketplace.run("rotate", *arguments)
    assert (ran.code, says in ran.err) == (code, True), ran.err
    assert (marketplace.state / "keys.yaml").read_bytes() == before


def test_a_key_that_is_taking_anothers_place_is_not_rotated_itself(marketplace):
    phase(marketplace)
    ran = marketplace.run("rotate", "production-2")
    assert ran.code == 1
    assert "production-2 is taking the place of production" in ran.err


def test_in_a_state_of_one_file(minimal):
    phase(minimal)
    written = yaml.safe_load((minimal.state / "emailops.yaml").read_text())["keys"]
    assert written["production"]["successor"] == "production-2"
    assert minimal.run("validate").code == 0


def test_a_token_of_callbacks_is_replaced_while_the_receiver_takes_both(marketplace):
    name = "notify-callback/marketplace"

    def tokens():
        return yaml.safe_load((marketplace.state / "notify.yaml").read_text())["marketplace"]["callback"]["tokens"]

    assert phase(marketplace, name)["phase"] == "look"
    assert marketplace.run("rotate", name).out.startswith("current · see that the declared tokens")
    attested(marketplace, name)
    turn = phase(marketplace, name)
    assert (turn["phase"], tokens()) == ("enter", ["current-2", "current"])
    assert "/api/callbacks/delivery-status-callback" in steps(turn)["enter"]
    assert (phase(marketplace, name)["written"], tokens()) == ([], ["current-2", "current"])
    attested(marketplace, name)
    turn = phase(marketplace, name)
    assert (turn["phase"], tokens()) == ("drop", ["current-2"])
    assert phase(marketplace, name)["phase"] == "look"


NEW_TOKEN, OLD_TOKEN, SHORT = "the-new-token-of-callbacks", "the-old-token-of-callbacks", "short-token"


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("used", "told", "says"),
    [
        ({OLD_TOKEN: 30}, f"{NEW_TOKEN}:{OLD_TOKEN}", "a receipt came with an old token 30 minutes ago"),
        ({OLD_TOKEN: 59, NEW_TOKEN: 1}, f"{NEW_TOKEN}:{OLD_TOKEN}", "a receipt came with an old token 59 minutes ago"),
        ({OLD_TOKEN: 61, NEW_TOKEN: 1}, f"{NEW_TOKEN}:{OLD_TOKEN}", ""),
        ({NEW_TOKEN: 1}, f"{NEW_TOKEN}:{OLD_TOKEN}", ""),
        ({OLD_TOKEN: 30}, NEW_TOKEN, "a receipt came with an old token 30 minutes ago"),
        ({NEW_TOKEN: 1}, NEW_TOKEN, ""),
        ({SHORT: 30}, f"{NEW_TOKEN}:{SHORT}", "a receipt came with an old token 30 minutes ago"),
        ({SHORT: 61, NEW_TOKEN: 1}, f"{NEW_TOKEN}:{SHORT}", ""),
        ({SHORT: 1}, f"{SHORT}er:{SHORT}", "the new token has less than 20 characters"),
        ({NEW_TOKEN: 1}, "", "nobody says with which token"),
        ({OLD_TOKEN: 61}, "", ""),
        ({}, "", ""),
    ],
)
def test_a_token_with_which_a_receipt_came_within_the_hour_is_not_dropped(marketplace, tmp_path, used, told, says):
    name = "notify-callback/marketplace"
    attested(marketplace, name)
    phase(marketplace, name)
    attested(marketplace, name)
    before = (marketplace.state / "notify.yaml").read_text()
    database = f"sqlite:///{tmp_path / 'r.sqlite'}"
    store = ReceiptStore(Secret(database))
    for number, (token, minutes) in enumerate(used.items()):
        body = json.dumps(receipt(number)).encode()
        store.record([payload.read(body, fingerprint(Secret(token)), time.time() - 60 * minutes)])
    store.close()
    environment = {"EMAILOPS_DATABASE": database}
    if told:
        environment |= {"TOKENS": told, "EMAILOPS_SECRETS": "env:TOKENS"}

    ran = marketplace.run("rotate", name, *(["--tokens", "env:TOKENS"] if told else []), **environment)

    assert (ran.code, says in ran.err) == (1 if says else 0, True)
    assert ((marketplace.state / "notify.yaml").read_text() == before) == bool(says)
    assert OLD_TOKEN not in ran.out + ran.err


class TestFingerprints:
    def test_each_variable_that_holds_a_key_and_never_the_key(self, marketplace):
        ran = marketplace.run("fingerprint", OTHER="words", NOTIFY_KEY_PRODUCTION_2=NEW)
        assert f"NOTIFY_KEY_PRODUCTION_2  {HEX}" in ran.out
        assert "OTHER" not in ran.out
        assert SECRET not in ran.out

    def test_a_key_under_another_name_is_the_same_key(self, marketplace):
        copy = f"renamed-{SERVICE}-{SECRET.upper()}"
        ran = marketplace.run("fingerprint", "A", "B", "--format", "json", A=NEW, B=copy)
        assert ran.json["fingerprints"] == {"A": HEX, "B": HEX}

    def test_a_text_that_could_be_guessed_has_none(self, marketplace):
        ran = marketplace.run("fingerprint", "A", A="short")
        assert ran.code == 1
        assert "A holds nothing that has a fingerprint" in ran.err

    def test_it_needs_no_state(self, tmp_path: Path, reused):
        ran = Play(tmp_path, reused, {"PATH": "/bin", "KEY": NEW}).run("fingerprint")
        assert (ran.code, ran.out) == (0, f"KEY  {HEX}\n")
