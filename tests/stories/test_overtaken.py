"""A plan is consent to what it saw: when world or state is another one, apply refuses before the first write."""

from __future__ import annotations

import json

import pytest

from tests.stories.telling import (
    DOS5,
    DOS5_ID,
    DOS6,
    DOS6_NAME,
    assert_refused,
    audience,
    audiences,
    drift,
    nothing_written,
    planned,
    settings_of,
    settled,
    statuses,
)

FROM_NAME = "campaign_defaults.from_name"


def _apply(play):
    return play.run("apply", "plan.json", "--format", "json")


def _details(play):
    with nothing_written(play):
        return assert_refused(_apply(play), "overtaken")["details"]


def _field_moved_on(play):
    drift(play, "Yet another")


def _another_field_moved(play):
    play.change_world(lambda world: audience(world, DOS5_ID).update(permission_reminder="You get this."))


def _another_object(play):
    play.change_world(lambda world: audience(world, DOS5_ID).update(date_created="2026-11-01T00:00:00+00:00"))


def _deleted(play):
    play.change_world(lambda world: audiences(world).remove(audience(world, DOS5_ID)))


def _made_by_hand(play):
    play.change_world(lambda world: audiences(world).append({"id": "abcdef0123", "name": DOS6_NAME}))


def _made_twice_by_hand(play):
    _made_by_hand(play)
    play.change_world(lambda world: audiences(world).append({"id": "abcdef0124", "name": DOS6_NAME}))


def _record_lost(play):
    path = play.state / "recorded/production.yaml"
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if DOS5_ID not in line))


def _recorded_otherwise(play):
    play.edit("recorded/production.yaml", f'"{DOS5_ID}"', '"a0a0a0a0a0"')
    play.change_world(lambda world: audiences(world).append({"id": "a0a0a0a0a0", "name": "Elsewhere"}))


def _value_edited(play):
    play.edit("audiences/_audience.yaml", "from_name: Digital Marketplace Team", "from_name: Marketplace Team")


def _no_longer_declared(play):
    (play.state / "audiences/digital-outcomes-and-specialists-6.yaml").unlink()


def _key_edited(play):
    play.edit("keys.yaml", "purpose: apps and scripts in staging", "purpose: apps in staging")


def _template_edited(play):
    play.edit("templates.yaml", "reset_password: {extends: _link,", "reset_password: {extends: _link, version: 9,")


def _domain_added(play):
    play.edit("stages/_deployed.yaml", "    example.com:", "    example.org: invalid buyer\n    example.com:")


MOVED = [
    (_field_moved_on, (DOS5, FROM_NAME)),
    (_another_field_moved, (DOS5, "permission_reminder")),
    (_another_object, (DOS5, "fingerprint")),
    (_deleted, (DOS5, "action")),
    (_made_by_hand, (DOS6[0], "action")),
    (_made_twice_by_hand, (DOS6[0], "action")),
    (_record_lost, (DOS5, "action")),
    (_recorded_otherwise, (DOS5, "name")),
    (_value_edited, (DOS5, FROM_NAME)),
    (_value_edited, ("", "configuration")),
    (_no_longer_declared, ("", "configuration")),
    (_key_edited, ("", "configuration")),
    (_template_edited, ("", "configuration")),
    (_domain_added, ("", "configuration")),
]


@pytest.mark.few(1)
@pytest.mark.parametrize(("moved", "place"), MOVED)
def test_overtaken_is_refused_with_before_planned_and_now(marketplace, moved, place):
    drift(marketplace)
    planned(marketplace)
    moved(marketplace)
    details = {(detail["resource"], detail["field"]): detail for detail in _details(marketplace)}
    assert place in details
    detail = details[place]
    assert detail["now"] != detail["planned"]
    assert detail["message"]


def test_the_details_hold_what_was_before_what_was_planned_and_what_is_now(marketplace):
    drift(marketplace)
    planned(marketplace)
    drift(marketplace, "Yet another")
    assert [
        {k: detail[k] for k in ("resource", "field", "before", "planned", "now")} for detail in _details(marketplace)
    ] == [
        {
            "resource": DOS5,
            "field": FROM_NAME,
            "before": "DOS Team",
            "planned": "Digital Marketplace Team",
            "now": "Yet another",
        }
    ]


def test_every_difference_is_listed_and_one_stops_all(marketplace):
    drift(marketplace)
    planned(marketplace)
    drift(marketplace, "Yet another")
    _made_by_hand(marketplace)
    assert {detail["resource"] for detail in _details(marketplace)} == {DOS5, DOS6[0]}


def test_in_text_the_gate_is_on_standard_error_and_says_what_to_do(marketplace):
    drift(marketplace)
    planned(marketplace)
    drift(marketplace, "Yet another")
    ran = marketplace.run("apply", "plan.json")
    assert (ran.code, ran.out) == (4, "")
    for fragment in ("overtaken", DOS5, "DOS Team", "Yet another", "Digital Marketplace Team", "new plan"):
        assert fragment in ran.err


def test_what_moved_beside_the_planned_changes_is_no_reason_to_refuse(marketplace):
    drift(marketplace)
    planned(marketplace, "--only", DOS5)
    drift(marketplace, "Nobody", "7534b3e89a")
    _made_by_hand(marketplace)
    marketplace.change_world(lambda world: audience(world, DOS5_ID).update(notify_on_subscribe="a@example.gov.uk"))
    assert statuses(_apply(marketplace).json) == {DOS5: "done"}


def test_people_attestations_and_texts_are_no_reason_to_refuse(marketplace):
    drift(marketplace)
    planned(marketplace)
    marketplace.run("attest", "notify-guest-list/marketplace", "--by", "ccs")
    marketplace.edit("people.yaml", "ccs:", "newcomer: {role: joined today, since: 2026-11-23}\nccs:")
    marketplace.edit("keys.yaml", "kept: the credentials store", "kept: another store")
    (marketplace.state / "templates").mkdir()
    (marketplace.state / "templates/reset_password.md").write_text("Subject: A\n\nB\n")
    assert set(statuses(_apply(marketplace).json).values()) == {"done"}


class TestSettings:
    def _rename(self, play, new):
        play.edit("consumers/scripts.yaml", "DEFAULT_REDIRECT_DOMAINS: redirects", f"{new}: redirects")

    def test_a_reviewed_setting_that_was_edited_since_is_refused(self, marketplace):
        marketplace.commit_all()
        self._rename(marketplace, "REDIRECTS")
        planned(marketplace)
        marketplace.edit("consumers/scripts.yaml", "REDIRECTS: redirects", "REDIRECTIONS: redirects")
        with nothing_written(marketplace):
            gate = assert_refused(_apply(marketplace), "overtaken")
        names = {detail["resource"] for detail in gate["details"]}
        assert any("scripts" in name and "REDIRECTS" in name for name in names)

    def test_a_reviewed_setting_that_was_taken_back_is_refused(self, marketplace):
        marketplace.commit_all()
        before = (marketplace.state / "consumers/scripts.yaml").read_text()
        self._rename(marketplace, "REDIRECTS")
        planned(marketplace)
        (marketplace.state / "consumers/scripts.yaml").write_text(before)
        with nothing_written(marketplace):
            assert_refused(_apply(marketplace), "overtaken")

    def test_a_setting_that_nobody_reviewed_is_not_noted_as_applied(self, marketplace):
        """Else no later plan would show it."""
        settled(marketplace)
        drift(marketplace)
        planned(marketplace)
        self._rename(marketplace, "REDIRECTS")
        assert set(statuses(_apply(marketplace).json).values()) == {"done"}
        settings = settings_of(marketplace.plan())
        assert {setting["name"] for setting in settings} == {"DEFAULT_REDIRECT_DOMAINS", "REDIRECTS"}

    def test_another_id_than_the_one_that_the_reviewed_setting_waits_for_is_refused(self, marketplace):
        marketplace.commit_all()
        text = (marketplace.state / "audiences/framework-updates.yaml").read_text()
        (marketplace.state / "audiences/news.yaml").write_text(text.replace("open for applications", "news"))
        marketplace.edit(
            "consumers/scripts.yaml",
            "      MAILCHIMP_LIST_IDS:",
            "      NEWS_ID: audience news\n      MAILCHIMP_LIST_IDS:",
        )
        [news] = [
            setting
            for setting in settings_of(planned(marketplace))
            if (setting["name"], setting["stage"]) == ("NEWS_ID", "production")
        ]
        assert news["after"] == {"$pending": "mailchimp-audience/news"}
        marketplace.edit("consumers/scripts.yaml", "NEWS_ID: audience news", "NEWS_ID: audience framework-updates")
        with nothing_written(marketplace):
            assert_refused(_apply(marketplace), "overtaken")

    def test_an_id_that_came_since_is_the_reviewed_value(self, marketplace):
        """The reviewed setting waited for this very id."""
        marketplace.commit_all()
        text = (marketplace.state / "audiences/digital-outcomes-and-specialists-6.yaml").read_text()
        path = marketplace.state / "audiences/digital-outcomes-and-specialists-7.yaml"
        path.write_text(text.replace("Specialists 6", "Specialists 7"))
        planned(marketplace)
        first = _apply(marketplace)
        assert set(statuses(first.json).values()) == {"done"}
        again = _apply(marketplace)
        assert set(statuses(again.json).values()) == {"satisfied"}
        assert again.code == first.code


def test_the_gate_names_the_plan_that_it_refused(marketplace):
    drift(marketplace)
    digest = planned(marketplace)["digest"]
    drift(marketplace, "Yet another")
    ran = _apply(marketplace)
    assert ran.json["plan"] == digest
    assert ran.json["gate"]["id"] == digest


def test_standard_output_is_the_report_alone(marketplace):
    drift(marketplace)
    planned(marketplace)
    drift(marketplace, "Yet another")
    assert json.loads(_apply(marketplace).out)
