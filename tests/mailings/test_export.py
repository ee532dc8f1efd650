"""An export says of which audience and stage it is, and a notice takes no other."""

from __future__ import annotations

import csv
import json

import pytest

from tests.mailings.marketplace import fill, with_mailings

PRODUCTION, TEST = "7534b3e89a", "18fb1fa411"
API = {
    "/users/export/": {
        "users": [{"email address": "Both@user.marketplace.team"}, {"email address": "user@user.marketplace.team"}]
    }
}
NOTICE = """
framework-opens:
  kind: notice
  stages: {preview: anywhere, production: pipeline}
  source: {export: framework-updates}
  template: application_made
"""


def export(play, stage="production", *more):
    arguments = ("--out", "people.csv", "--set", "previous_framework=g-cloud-11", "--format", "json")
    return play.run("export", "framework-updates", "--stage", stage, *arguments, *more)


def filled(play):
    fill(play, PRODUCTION, {"both@user.marketplace.team": "subscribed", "left@user.marketplace.team": "unsubscribed"})
    fill(play, TEST, {"tester@user.marketplace.team": "subscribed"})


def rows(play):
    with (play.folder / "people.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_members_joined_by_the_list_each_once_with_a_manifest(marketplace):
    filled(marketplace)
    with with_mailings(marketplace, API) as api:
        ran = export(marketplace)

    assert ran.code == 0, ran.err
    assert api.asked == ["/users/export/g-cloud-11"]
    assert rows(marketplace) == [["email address"], ["both@user.marketplace.team"], ["user@user.marketplace.team"]]
    manifest = json.loads((marketplace.folder / "people.csv.manifest.json").read_text())
    assert (manifest["audience"], manifest["audience_id"]) == ("mailchimp-audience/framework-updates", PRODUCTION)
    assert (manifest["stage"], manifest["count"]) == ("production", 2)
    assert (marketplace.folder / "people.csv").stat().st_mode & 0o077 == 0
    assert "user.marketplace.team" not in ran.out + ran.err


def test_each_stage_has_its_own_audience(marketplace):
    """For one framework the wrong list was exported, and people were not told."""
    filled(marketplace)
    with with_mailings(marketplace, {"/users/export/": {"users": []}}):
        assert export(marketplace, "preview").code == 0
    assert rows(marketplace)[1:] == [["tester@user.marketplace.team"]]


def test_since_a_day(marketplace):
    filled(marketplace)

    def old(accounts):
        for held in accounts["mailchimp"]["accounts"][0]["audiences"]:
            for member in held["members"]:
                member["timestamp_opt"] = "2020-01-01T00:00:00+00:00"

    marketplace.change_world(old)
    with with_mailings(marketplace, {"/users/export/": {"users": []}}):
        assert export(marketplace, "production", "--since", "2026-01-31").json["count"] == 0


def test_a_file_joins_it_too(marketplace):
    filled(marketplace)
    (marketplace.folder / "more.csv").write_text("email address\nMORE@user.marketplace.team\n")
    with with_mailings(marketplace, {"/users/export/": {"users": []}}):
        assert export(marketplace, "production", "--list", "more.csv").json["count"] == 2
    assert ["more@user.marketplace.team"] in rows(marketplace)


def test_what_a_spreadsheet_would_run_is_left_out_and_said(marketplace):
    with with_mailings(marketplace, {"/users/export/": {"users": [{"email address": "=cmd@user.marketplace.team"}]}}):
        ran = export(marketplace)

    assert (ran.code, ran.json["left_out"]) == (5, 1)
    assert rows(marketplace) == [["email address"]]


@pytest.mark.parametrize("fault", ["short-page", "cut-before", "truncate"])
def test_a_listing_that_is_not_whole_writes_nothing(marketplace, fault):
    fill(marketplace, PRODUCTION, {f"{n}@user.marketplace.team": "subscribed" for n in range(4)})
    with with_mailings(marketplace, API):
        marketplace.sandbox.set_faults([{"route": "GET /3.0/lists/*/members", "do": fault}])
        ran = export(marketplace)

    assert ran.code == 1, ran.err
    assert not (marketplace.folder / "people.csv").exists()


def test_a_file_of_the_state_is_not_overwritten(marketplace):
    with with_mailings(marketplace, API):
        ran = export(marketplace, "production", "--out", "state/keys.yaml")
    assert ran.code == 64


def spoil_nothing(folder):
    """As it was exported."""


def edit(folder):
    path = folder / "people.csv"
    path.write_text(path.read_text() + "more@user.marketplace.team\r\n")


def lose_manifest(folder):
    (folder / "people.csv.manifest.json").unlink()


def break_manifest(folder):
    (folder / "people.csv.manifest.json").write_text("{")


def other_audience(folder):
    path = folder / "people.csv.manifest.json"
    path.write_text(path.read_text().replace(PRODUCTION, TEST))


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("stage", "spoil", "code", "said"),
    [
        ("production", spoil_nothing, 0, ""),
        ("preview", spoil_nothing, 4, "is an export of framework-updates at production"),
        ("production", edit, 4, "was changed since it was exported"),
        ("production", lose_manifest, 4, "has no manifest beside it"),
        ("production", break_manifest, 4, "has no manifest beside it that can be read"),
        ("production", other_audience, 4, "is of the audience"),
    ],
    ids=["as exported", "another stage", "edited", "without a manifest", "a broken one", "another audience"],
)
def test_a_notice_takes_only_the_export_of_its_stage(marketplace, stage, spoil, code, said):
    filled(marketplace)
    with with_mailings(marketplace, API):
        mailings = marketplace.state / "mailings.yaml"
        mailings.write_text(mailings.read_text() + NOTICE)
        assert export(marketplace).code == 0
        spoil(marketplace.folder)
        ran = marketplace.run("mail", "framework-opens", "--stage", stage, "--from", "people.csv")

    assert ran.code == code, ran.err
    assert said in ran.err
    assert len(marketplace.sandbox.state()["messages"]) == (2 if code == 0 else 0)
