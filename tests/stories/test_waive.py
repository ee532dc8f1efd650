"""What a waiver has to name stands in every finding, and `validate --waive` prints the entry to paste."""

from __future__ import annotations

import pytest
import yaml

UNREDIRECTED = """\
format: 1
service: Permits
stage_order: [test, production]
accounts: {notify: {live: {service_id: 11111111-1111-4111-8111-111111111111}}}
stages:
  test: {deployed: false, notify: {key: test}}
  production: {deployed: true, notify: {key: live}}
people: {developers: {role: develops, since: 2026-09-01}}
keys:
  _key: {account: live, owner: developers, purpose: all mail of a stage, created: 2026-09-01, kept: the store}
  test: {extends: _key, kind: test, stages: [test], secret: env:NOTIFY_KEY_TEST}
  live: {extends: _key, kind: live, stages: [production], secret: env:NOTIFY_KEY_LIVE}
templates:
  magic_link: {type: email, id: aaaaaaaa-0000-4000-8000-000000000001}
consumers:
  apps:
    repository: https://git.example/apps.git
    sends: [notify]
    literals: [magic_link]
    files: {"config/{stage}.env": {format: dotenv, settings: {MAGIC_LINK_ID: template magic_link}}}
    secrets: {NOTIFY_API_KEY: notify}
"""
WAIVABLE = {("redirect-missing", "stage/production"), ("redirect-unread", "consumer/apps")}


@pytest.fixture
def permits(minimal):
    """One deployed stage that redirects nothing, and a consumer that sends there."""
    (minimal.state / "emailops.yaml").write_text(UNREDIRECTED)
    return minimal


def test_json_holds_the_subject(permits):
    found = permits.run("validate", "--format", "json").json["findings"]

    assert {(finding["rule"], finding["subject"]) for finding in found} == WAIVABLE


@pytest.mark.parametrize("format_", ["text", "github"])
def test_the_line_of_a_finding_ends_with_the_subject(permits, format_):
    lines = permits.run("validate", "--format", format_).out.splitlines()

    for rule, subject in WAIVABLE:
        (line,) = [written for written in lines if rule in written]
        assert line.endswith(f" [{subject}]")


def test_a_mistake_that_no_waiver_takes_back_has_no_subject(permits):
    permits.edit("emailops.yaml", "deployed: true", "deployed: perhaps")

    found = permits.run("validate", "--format", "json").json["findings"]
    assert [finding["subject"] for finding in found if finding["rule"].startswith("wrong-")] == [""]


def test_the_printed_entries_take_the_errors_back_once_they_have_a_reason(permits):
    ran = permits.run("validate", "--waive")

    assert ran.code == 3
    assert "state/emailops.yaml" in ran.err
    assert {(waiver["rule"], waiver["resource"]) for waiver in yaml.safe_load(ran.out)["waivers"]} == WAIVABLE

    file = permits.state / "emailops.yaml"
    file.write_text(UNREDIRECTED + ran.out)
    assert permits.run("validate").out.count("write why the rule may be broken here") == 2

    file.write_text(UNREDIRECTED + ran.out.replace("reason: #", "reason: nobody has test addresses #"))
    accepted = permits.run("validate")
    assert accepted.code == 0, accepted.out
    assert accepted.out.startswith("no errors, 2 waived")


def test_entries_go_behind_those_that_a_file_of_waivers_holds(permits):
    first = (
        "  - {rule: redirect-missing, resource: stage/production, until: 2027-01-01, owner: developers, reason: none}\n"
    )
    (permits.state / "waivers.yaml").write_text(first)
    ran = permits.run("validate", "--waive")

    assert "state/waivers.yaml" in ran.err
    (entry,) = yaml.safe_load(ran.out)
    assert (entry["rule"], entry["resource"]) == ("redirect-unread", "consumer/apps")
    (permits.state / "waivers.yaml").write_text(first + ran.out.replace("reason: #", "reason: so be it #"))
    assert permits.run("validate").out.startswith("no errors, 2 waived")


def test_several_owners_leave_the_owner_to_a_person(permits):
    permits.edit("emailops.yaml", "people: {", "people: {operators: {role: operates, since: 2026-09-01}, ")

    assert {waiver["owner"] for waiver in yaml.safe_load(permits.run("validate", "--waive").out)["waivers"]} == {None}


def test_nothing_is_printed_where_nothing_is_wrong(minimal):
    ran = minimal.run("validate", "--waive")

    assert (ran.code, ran.out, ran.err) == (0, "", "there is no error to waive\n")
