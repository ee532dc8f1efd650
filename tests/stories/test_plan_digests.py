"""What the two digests of a plan rest on, and what they do not."""

from __future__ import annotations

import pytest

from tests.stories.telling import (
    DOS5,
    DOS5_ID,
    OTHER_TEAM,
    actions,
    assert_fits,
    audience,
    audiences,
    change_of,
    drift,
    on_day,
    settings_of,
    template,
)

MEMBER = {"email_address": "someone@user.marketplace.team", "status": "subscribed"}


def _digests(plan):
    return plan["change"], plan["digest"]


def _other_audience(play):
    play.change_world(lambda world: audiences(world).append(OTHER_TEAM))


def _member(play):
    play.change_world(lambda world: audience(world, DOS5_ID)["members"].append(MEMBER))


def _template_edited(play):
    play.change_world(lambda world: template(world, "reset_password").update(version=7))


def _text_kept(play):
    (play.state / "templates").mkdir()
    (play.state / "templates/reset_password.md").write_text("Subject: Other\n\nOther words\n")


def _person_added(play):
    play.edit("people.yaml", "ccs:", "newcomer: {role: joined today, since: 2026-11-23}\nccs:")


def _attested(play):
    assert play.run("attest", "notify-guest-list/marketplace", "--by", "developers").code == 0


def _notify_key_gone(play):
    del play.environment["NOTIFY_KEY_CCS"]


def _kept_elsewhere(play):
    play.edit("keys.yaml", "kept: the credentials store", "kept: another store")


def _rotation_planned(play):
    play.edit("keys.yaml", "created: unknown,", "created: 2026-01-01, rotate_by: 2027-01-01,")


def _consumer_repository(play):
    play.edit("consumers/user-frontend.yaml", "digitalmarketplace-user-frontend.git", "user-frontend.git")


def _unmanaged_field(play):
    play.change_world(lambda world: audience(world, DOS5_ID).update(notify_on_subscribe="team@example.gov.uk"))


def _nothing(play):
    pass


@pytest.mark.few(1)
@pytest.mark.parametrize(
    "moved",
    [
        _nothing,
        _other_audience,
        _member,
        _template_edited,
        _text_kept,
        _person_added,
        _attested,
        _notify_key_gone,
        _kept_elsewhere,
        _rotation_planned,
        _consumer_repository,
        _unmanaged_field,
    ],
)
def test_what_is_beside_the_managed_changes_moves_neither_digest(marketplace, moved):
    drift(marketplace)
    before = marketplace.plan()
    moved(marketplace)
    assert _digests(marketplace.plan()) == _digests(before)


def test_a_day_later_both_digests_are_the_same(marketplace):
    drift(marketplace)
    today = marketplace.plan()
    tomorrow = on_day(marketplace, "2026-11-25", "plan", "--format", "json")
    assert tomorrow.code == 0, tomorrow.err
    assert _digests(tomorrow.json) == _digests(today)


def test_the_order_in_which_mailchimp_lists_audiences_moves_neither_digest(marketplace):
    drift(marketplace)
    before = marketplace.plan()
    marketplace.change_world(lambda world: audiences(world).reverse())
    assert _digests(marketplace.plan()) == _digests(before)


def _drifted(play):
    drift(play)


def _drifted_otherwise(play):
    drift(play, "Another name")


def _renamed_in_state(play):
    play.edit("audiences/_audience.yaml", "from_name: Digital Marketplace Team", "from_name: Marketplace Team")


def _one_more_domain(play):
    play.edit("stages/_deployed.yaml", "    example.com:", "    example.org: invalid buyer\n    example.com:")


def _iteration_gone(play):
    (play.state / "audiences/digital-outcomes-and-specialists-6.yaml").unlink()


@pytest.mark.few(1)
@pytest.mark.parametrize("moved", [_drifted, _drifted_otherwise, _renamed_in_state, _one_more_domain, _iteration_gone])
def test_another_change_is_another_change_digest_and_another_digest(marketplace, moved):
    marketplace.commit_all()
    before = marketplace.plan()
    moved(marketplace)
    after = marketplace.plan()
    assert after["change"] != before["change"]
    assert after["digest"] != before["digest"]


def test_two_different_drifts_of_one_field_are_two_changes(marketplace):
    drift(marketplace, "One")
    before = marketplace.plan()
    drift(marketplace, "Two")
    assert marketplace.plan()["change"] != before["change"]


def _other_host(play):
    play.environment["EMAILOPS_NOTIFY_URL"] = play.environment["EMAILOPS_NOTIFY_URL"].replace("127.0.0.1", "localhost")


def _other_service(play):
    new = "00000000-0000-4000-8000-00000000000c"
    play.edit("emailops.yaml", "00000000-0000-4000-8000-000000000002", new)
    play.change_world(lambda world: world["notify"]["services"][1].update(id=new))
    play.environment["NOTIFY_KEY_CCS"] = play.environment["NOTIFY_KEY_CCS"].replace(
        "00000000-0000-4000-8000-000000000002", new
    )


def _other_account(play):
    play.edit("emailops.yaml", "account_id: digital-marketplace-sandbox", "account_id: another-account")
    play.change_world(lambda world: world["mailchimp"]["accounts"][0].update(account_id="another-account"))


def _key_of_another_purpose(play):
    play.edit("keys.yaml", "purpose: apps and scripts in staging", "purpose: apps in staging")


def _guest_added(play):
    play.edit(
        "notify.yaml",
        "  callback:",
        "    - {address: tester@user.marketplace.team, why: tests, until: 2027-01-01}\n  callback:",
    )


def _version_reviewed(play):
    play.edit("templates.yaml", "reset_password: {extends: _link,", "reset_password: {extends: _link, version: 9,")


def _another_object(play):
    """The audience was deleted and made again under its old id: only its creation date tells."""
    play.change_world(lambda world: audience(world, DOS5_ID).update(date_created="2026-11-01T00:00:00+00:00"))


@pytest.mark.few(1)
@pytest.mark.parametrize(
    "moved",
    [
        _other_host,
        _other_service,
        _other_account,
        _key_of_another_purpose,
        _guest_added,
        _version_reviewed,
        _another_object,
    ],
)
def test_other_ground_under_the_same_change_is_another_digest_alone(marketplace, moved):
    drift(marketplace)
    before = marketplace.plan()
    moved(marketplace)
    after = marketplace.plan()
    assert after["change"] == before["change"]
    assert after["digest"] != before["digest"]


def test_members_of_an_audience_to_adopt_are_shown_and_are_outside_both_digests(marketplace):
    same_name = {"id": "abcdef0123", "name": "Digital Outcomes and Specialists 6: Digital outcomes"}
    marketplace.change_world(lambda world: audiences(world).append(same_name))
    before = marketplace.plan()
    marketplace.change_world(lambda world: audience(world, "abcdef0123")["members"].append(MEMBER))
    after = marketplace.plan()
    assert _digests(after) == _digests(before)
    resource = "mailchimp-audience/digital-outcomes-and-specialists-6.digital-outcomes"
    assert any("1 member" in note for note in change_of(after, resource)["notes"])


@pytest.mark.parametrize("state", ["marketplace", "minimal"])
def test_a_plan_satisfies_its_published_schema(state, request):
    play = request.getfixturevalue(state)
    assert_fits("plan", play.plan())


def test_a_plan_with_every_action_satisfies_its_published_schema(marketplace):
    drift(marketplace)
    marketplace.change_world(
        lambda world: audiences(world).append(
            {"id": "abcdef0123", "name": "Digital Outcomes and Specialists 6: Digital outcomes"}
        )
    )
    (marketplace.state / "audiences/test-opportunities.yaml").unlink()
    del marketplace.environment["NOTIFY_KEY_CCS"]
    marketplace.commit_all()
    _one_more_domain(marketplace)
    plan = marketplace.plan()
    assert set(actions(plan).values()) == {"create", "update", "adopt", "release", "person", "unknown"}
    assert settings_of(plan)
    assert plan["undeclared"] == []
    assert_fits("plan", plan)
    counts = {"create": 2, "update": 1, "adopt": 1, "release": 1, "consumers": 7, "attested": 0}
    assert plan["counts"] | counts == plan["counts"]


def test_the_plan_file_is_the_plan_that_was_printed(marketplace):
    drift(marketplace)
    printed = marketplace.run("plan", "--format", "json", "--out", "made/plan.json")
    assert printed.code == 0
    assert (marketplace.folder / "made/plan.json").read_text() == printed.out


def test_a_plan_names_each_change_once_with_what_is_before_and_after(marketplace):
    drift(marketplace)
    change = change_of(marketplace.plan(), DOS5)
    assert change["fields"] == [
        {"name": "campaign_defaults.from_name", "before": "DOS Team", "after": "Digital Marketplace Team"}
    ]
    assert (change["action"], change["control"], change["scope"]) == ("update", "managed", "production")
    assert change["id"] == DOS5_ID
