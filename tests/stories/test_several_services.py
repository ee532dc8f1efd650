"""A team with several Notify services, text messages, and numbers on a guest list; the one-file state with edits."""

from __future__ import annotations

import runpy

import pytest

from tests.stories.telling import make_world_anew, of_kind, step_of, to_attest

LETTERS = "33333333-3333-4333-8333-333333333333"
SMS_IDS = "{permits: aaaaaaaa-0000-4000-8000-000000000003, permits-trial: bbbbbbbb-0000-4000-8000-000000000003}"
SMS = {"permits": "aaaaaaaa-0000-4000-8000-000000000003", "permits-trial": "bbbbbbbb-0000-4000-8000-000000000003"}
STATISTICS = "cccccccc-0000-4000-8000-000000000001"


@pytest.fixture
def wider(minimal):
    """Three services, one of them no stage's; a text message; and a guest list with numbers in each of two."""
    minimal.edit(
        "emailops.yaml",
        "policy: {live_keys: 1}",
        f"    permits-statistics: {{service_id: {LETTERS}}}\npolicy: {{live_keys: 2}}",
    )
    minimal.edit(
        "emailops.yaml",
        "templates:\n",
        "  statistics:\n    extends: _key\n    account: permits-statistics\n    kind: live\n    stages: [production]\n"
        "    secret: env:NOTIFY_KEY_STATISTICS\n"
        "notify:\n"
        "  permits:\n"
        "    guest_list:\n"
        "      - {address: sink@permits.example, why: tests, until: 2027-01-01}\n"
        "      - {number: 07700 900000, why: a test phone, until: 2027-01-01}\n"
        "      - {number: +44 7700 900111, why: another, until: 2027-01-01}\n"
        "  permits-trial:\n"
        "    guest_list: [{number: 07700 900222, why: a test phone, until: 2027-01-01}]\n"
        "templates:\n"
        f"  permit_sms: {{type: sms, version: 3, id: {SMS_IDS}}}\n"
        f"  statistics: {{type: email, id: {{permits-statistics: {STATISTICS}}}}}\n",
    )
    minimal.edit(
        "emailops.yaml",
        "templates: [permit_granted, permit_refused]\n",
        "templates: [permit_granted, permit_refused, permit_sms]\n    literals: [statistics]\n",
    )
    minimal.edit("emailops.yaml", "REDIRECTS: redirects}", "REDIRECTS: redirects, STATISTICS: template statistics}")
    make_world_anew(minimal)
    return minimal


def test_it_is_valid(wider):
    ran = wider.run("validate", "--format", "json")

    assert ran.code == 0, ran.out
    assert [finding for finding in ran.json["findings"] if finding["severity"] == "error"] == []


def test_each_service_is_read_with_its_own_key(wider):
    plan = wider.plan()

    assert of_kind(plan, "notify-template") == {}
    assert plan["requests"] == len(wider.sandbox.requests) == 3
    assert {account["service_id"] for account in plan["accounts"]["notify"].values()} == {
        "11111111-1111-4111-8111-111111111111",
        "22222222-2222-4222-8222-222222222222",
        LETTERS,
    }
    assert plan["counts"]["verified"] == 2 * 3 + 1 + 3
    assert plan["unknown"] == []


def test_each_guest_list_is_attested_for_its_own_service(wider):
    plan = wider.plan()
    lists = [name for name in to_attest(plan) if name.startswith("notify-guest-list/")]

    assert sorted(lists) == ["notify-guest-list/permits", "notify-guest-list/permits-trial"]
    step = step_of(plan, "notify-guest-list/permits")
    assert [line["value"] for line in step["enter"]] == ["sink@permits.example", "+447700900111", "07700900000"]
    assert step["open"].endswith("/services/11111111-1111-4111-8111-111111111111/api/guest-list")
    assert wider.run("attest", "notify-guest-list/permits", "--by", "developers").code == 0
    assert [name for name in to_attest(wider.plan()) if name.startswith("notify-guest-list/")] == [
        "notify-guest-list/permits-trial"
    ]


def test_spaces_in_a_number_outdate_nothing_and_a_digit_does(wider):
    wider.run("attest", "notify-guest-list/permits", "--by", "developers")
    wider.edit("emailops.yaml", "07700 900000", "0770 0900 000")
    assert "notify-guest-list/permits" not in to_attest(wider.plan())
    wider.edit("emailops.yaml", "0770 0900 000", "0770 0900 001")
    assert "notify-guest-list/permits" in to_attest(wider.plan())


def test_each_stage_gets_the_ids_of_its_own_service(wider):
    assert wider.run("generate", "--out", "build").code == 0
    by_stage = {
        stage: runpy.run_path(str(wider.folder / f"build/web/permits/email/{stage}.py"))
        for stage in ("development", "production")
    }
    texts = {stage: (wider.folder / f"build/web/permits/email/{stage}.py").read_text() for stage in by_stage}

    assert by_stage["production"]["TEMPLATES"]["permit_sms"] == SMS["permits"]
    assert by_stage["development"]["TEMPLATES"]["permit_sms"] == SMS["permits-trial"]
    assert "aaaaaaaa-" not in texts["development"]
    assert "bbbbbbbb-" not in texts["production"]
    assert by_stage["development"]["STATISTICS"] == by_stage["production"]["STATISTICS"] == STATISTICS
    assert by_stage["development"]["REDIRECTS"] == {}


def test_a_text_message_is_compared_by_version_and_text(wider):
    assert wider.plan()["counts"]["person"] == len(wider.plan()["steps"])
    (wider.state / "templates").mkdir()
    whole = (wider.state / "emailops.yaml").read_text()
    before, _, rest = whole.partition("templates:\n  permit_sms")
    section, found, after = f"  permit_sms{rest}".partition("consumers:\n")
    (wider.state / "emailops.yaml").write_text(f"{before}{found}{after}")
    lines = [line.removeprefix("  ") for line in section.splitlines()]
    (wider.state / "templates.yaml").write_text("\n".join(lines) + "\n")
    (wider.state / "templates/permit_sms.md").write_text("Your permit is ((state)).\n")
    plan = wider.plan()
    fields = {
        change["resource"]: [field["name"] for field in change["fields"]]
        for change in plan["changes"]
        if change["resource"].startswith("notify-template/")
    }

    assert fields == {"notify-template/permit_sms": ["body"], "notify-template/permits-trial.permit_sms": ["body"]}


def test_a_template_of_one_service_alone_is_missing_at_the_other_stage(wider):
    wider.edit("emailops.yaml", SMS_IDS, f"{{permits: {SMS['permits']}}}")
    ran = wider.run("validate", "--format", "json")

    assert ran.code == 0
    (finding,) = ran.json["findings"]
    assert (finding["rule"], finding["severity"]) == ("template-absent", "warning")
    assert "development has no permit_sms yet" in finding["message"]


def test_a_key_of_one_service_missing_leaves_the_others_known(wider):
    ran = wider.run("plan", "--format", "json", NOTIFY_KEY_TRIAL=None)
    unknown = {change["resource"] for change in ran.json["changes"] if change["action"] == "unknown"}

    assert unknown == {
        "notify-key/development",
        *(f"notify-template/permits-trial.{name}" for name in ("permit_granted", "permit_refused", "permit_sms")),
    }
    assert len(ran.json["unknown"]) == 1
    assert ran.json["review_only"] is False
