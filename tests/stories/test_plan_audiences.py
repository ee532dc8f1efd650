"""Audiences against the account: adoption, several of a name, gone, release, rename, room, and what is not ours."""

from __future__ import annotations

import pytest
import yaml

from tests.stories.telling import (
    AUDIENCE,
    DOS5,
    DOS5_ID,
    DOS6,
    DOS6_NAME,
    OTHER_TEAM,
    UPDATES,
    UPDATES_ID,
    actions,
    assert_plain_failure,
    audience,
    audiences,
    change_of,
    managed,
    named,
    planned,
    statuses,
    step_of,
)

FOUND = "abcdef0123"
MEMBERS = [
    {"email_address": f"{who}@user.marketplace.team", "status": status}
    for who, status in (("one", "subscribed"), ("two", "subscribed"), ("left", "unsubscribed"))
]


def _add(play, id_=FOUND, name=DOS6_NAME, **settings):
    play.change_world(lambda world: audiences(world).append({"id": id_, "name": name, **settings}))


def _recorded(play, scope="production"):
    return yaml.safe_load((play.state / f"recorded/{scope}.yaml").read_text())


def _forget(play, resource, scope="production"):
    """As if the id had never been noted."""
    path = play.state / f"recorded/{scope}.yaml"
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if resource not in line))


class TestFoundByName:
    def test_an_audience_of_the_name_is_to_be_adopted_and_shown_with_date_members_and_link(self, marketplace):
        _add(marketplace, members=MEMBERS, date_created="2026-05-06T07:08:09+00:00", web_id=4711)
        change = change_of(marketplace.plan(), DOS6[0])
        assert (change["action"], change["id"]) == ("adopt", FOUND)
        shown = " ".join(change["notes"])
        for fragment in (FOUND, "2026-05-06", "2 members", "https://us0.admin.mailchimp.com/", "4711"):
            assert fragment in shown
        assert {field["name"] for field in change["fields"]} >= {"campaign_defaults.from_name", "contact.company"}

    def test_apply_records_its_id_then_updates_its_fields_and_keeps_its_members(self, marketplace):
        _add(marketplace, members=MEMBERS)
        planned(marketplace, "--only", DOS6[0])
        ran = marketplace.run("apply", "plan.json", "--format", "json")
        assert statuses(ran.json) == {DOS6[0]: "done"}
        assert _recorded(marketplace)[DOS6[0]] == FOUND
        [adopted] = named(marketplace, DOS6_NAME)
        assert adopted["campaign_defaults"]["from_name"] == "Digital Marketplace Team"
        assert [member["email_address"] for member in adopted["members"]] == [
            member["email_address"] for member in MEMBERS
        ]

    def test_one_that_is_as_declared_already_is_adopted_without_a_write(self, marketplace):
        _forget(marketplace, DOS5)
        change = change_of(planned(marketplace, "--only", DOS5), DOS5)
        assert (change["action"], change["fields"]) == ("adopt", [])
        marketplace.run("apply", "plan.json")
        assert _recorded(marketplace)[DOS5] == DOS5_ID
        assert [request for request in marketplace.sandbox.requests if request.method != "GET"] == []

    def test_a_name_in_another_case_is_another_name(self, marketplace):
        _add(marketplace, name=DOS6_NAME.upper())
        assert actions(marketplace.plan())[DOS6[0]] == "create"

    def test_several_of_the_name_are_for_a_person_and_nothing_is_created_beside_them(self, marketplace):
        _add(marketplace)
        _add(marketplace, "abcdef0124", members=MEMBERS)
        plan = planned(marketplace, "--only", DOS6[0])
        assert (change_of(plan, DOS6[0])["action"], plan["review_only"]) == ("person", False)
        step = step_of(plan, DOS6[0])
        assert [row["value"] for row in step["enter"]] == [FOUND, "abcdef0124"]
        assert "2 members" in step["enter"][1]["note"]
        assert f"emailops adopt {DOS6[0]}" in step["then"]
        assert marketplace.run("apply", "plan.json").code == 6
        assert len(named(marketplace, DOS6_NAME)) == 2

    def test_the_command_that_the_step_names_settles_it(self, marketplace):
        _add(marketplace)
        _add(marketplace, "abcdef0124")
        assert marketplace.run("adopt", DOS6[0], "abcdef0124").code == 0
        change = change_of(marketplace.plan(), DOS6[0])
        assert (change["action"], change["id"]) == ("update", "abcdef0124")

    def test_one_that_is_recorded_for_another_resource_is_never_adopted(self, marketplace):
        """The audience was renamed in Mailchimp's web page, onto the name of one to come."""
        marketplace.change_world(lambda world: audience(world, DOS5_ID).update(name=DOS6_NAME))
        plan = marketplace.plan()
        assert change_of(plan, DOS6[0])["action"] == "person"
        assert DOS5 in step_of(plan, DOS6[0])["enter"][0]["note"]
        assert change_of(plan, DOS5)["action"] == "update"

    def test_a_recorded_id_wins_over_a_name(self, marketplace):
        marketplace.change_world(lambda world: audience(world, DOS5_ID).update(name="Renamed by hand"))
        _add(marketplace, name="Digital Outcomes and Specialists 5: Digital outcomes")
        change = change_of(marketplace.plan(), DOS5)
        assert (change["action"], change["id"]) == ("update", DOS5_ID)


class TestGone:
    def test_an_id_that_is_gone_needs_a_decision_and_is_never_created_silently(self, marketplace):
        marketplace.change_world(lambda world: audiences(world).remove(audience(world, DOS5_ID)))
        plan = planned(marketplace, "--only", DOS5)
        assert actions(plan) == {DOS5: "person"}
        step = step_of(plan, DOS5)
        assert DOS5_ID in step["why"]
        assert f"emailops adopt {DOS5} --anew" in step["then"]
        count = len(marketplace.audiences())
        assert marketplace.run("apply", "plan.json").code == 6
        assert len(marketplace.audiences()) == count

    def test_given_up_with_anew_it_is_created_by_the_next_plan(self, marketplace):
        marketplace.change_world(lambda world: audiences(world).remove(audience(world, DOS5_ID)))
        assert marketplace.run("adopt", DOS5, "--anew").code == 0
        assert DOS5 not in _recorded(marketplace)
        assert actions(marketplace.plan())[DOS5] == "create"

    def test_a_gone_audience_that_was_renamed_can_be_given_up_by_the_command_in_its_step(self, marketplace):
        new = f"{AUDIENCE}updates"
        (marketplace.state / "audiences/framework-updates.yaml").rename(marketplace.state / "audiences/updates.yaml")
        marketplace.edit("emailops.yaml", "policy:", f"moved: {{{UPDATES}: {new}}}\npolicy:")
        for consumer in ("supplier-frontend", "scripts", "jenkins"):
            path = marketplace.state / f"consumers/{consumer}.yaml"
            path.write_text(path.read_text().replace("audience framework-updates", "audience updates"))
        marketplace.change_world(lambda world: audiences(world).remove(audience(world, UPDATES_ID)))
        assert actions(marketplace.plan())[new] == "person"
        ran = marketplace.run("adopt", new, "--anew")
        assert ran.code == 0, ran.err
        assert actions(marketplace.plan())[new] == "create"


class TestReleased:
    def test_an_audience_no_longer_declared_is_released_and_stays_at_mailchimp(self, marketplace):
        (marketplace.state / "audiences/test-opportunities.yaml").unlink()
        plan = planned(marketplace, "--only", f"{AUDIENCE}test-*")
        resource = f"{AUDIENCE}test-opportunities"
        change = change_of(plan, resource)
        assert (change["action"], change["scope"], change["id"]) == ("release", "shared", "096e52cebb")
        before = marketplace.audiences()
        ran = marketplace.run("apply", "plan.json", "--format", "json")
        assert statuses(ran.json) == {resource: "done"}
        assert resource not in _recorded(marketplace, "shared")
        assert marketplace.audiences() == before
        assert [request for request in marketplace.sandbox.requests if request.method != "GET"] == []
        assert resource not in actions(marketplace.plan())

    def test_a_plan_of_a_part_releases_nothing_of_another(self, marketplace):
        (marketplace.state / "audiences/test-opportunities.yaml").unlink()
        resource = f"{AUDIENCE}test-opportunities"
        assert actions(marketplace.plan("--stage", "shared"))[resource] == "release"
        assert resource not in actions(marketplace.plan("--stage", "production"))

    def test_a_release_needs_no_room_and_no_writer(self, marketplace):
        marketplace.change_world(lambda world: world["mailchimp"]["accounts"][0].update(max_audiences=18))
        (marketplace.state / "audiences/test-opportunities.yaml").unlink()
        planned(marketplace, "--only", f"{AUDIENCE}test-*")
        assert marketplace.run("apply", "plan.json").code == 0


class TestRenamed:
    NEW = f"{AUDIENCE}updates"

    def _rename(self, play):
        (play.state / "audiences/framework-updates.yaml").rename(play.state / "audiences/updates.yaml")
        path = play.state / "consumers/supplier-frontend.yaml"
        path.write_text(path.read_text().replace("audience framework-updates", "audience updates"))

    def test_without_moved_it_is_refused_with_the_line_to_write(self, marketplace):
        self._rename(marketplace)
        ran = marketplace.run("plan")
        assert_plain_failure(ran, f"moved: {{{UPDATES}: {self.NEW}}}")
        assert ran.out == ""

    def test_the_line_that_it_names_is_accepted_as_it_stands(self, marketplace):
        self._rename(marketplace)
        said = marketplace.run("plan").err
        line = said[said.index("moved: {") : said.index("}", said.index("moved: {")) + 1]
        marketplace.edit("emailops.yaml", "policy:", f"{line}\npolicy:")
        assert actions(marketplace.plan())[self.NEW] == "adopt"

    def test_with_moved_the_audience_keeps_its_id_and_members_and_the_old_record_goes(self, marketplace):
        marketplace.change_world(lambda world: audience(world, UPDATES_ID).update(members=MEMBERS))
        before = next(audience for audience in marketplace.audiences() if audience["id"] == UPDATES_ID)
        self._rename(marketplace)
        marketplace.edit("emailops.yaml", "policy:", f"moved: {{{UPDATES}: {self.NEW}}}\npolicy:")
        plan = planned(marketplace, "--only", "*updates")
        change = change_of(plan, self.NEW)
        assert (change["action"], change["id"], change["fields"]) == ("adopt", UPDATES_ID, [])
        assert actions(plan) == {self.NEW: "adopt"}
        ran = marketplace.run("apply", "plan.json", "--format", "json")
        assert statuses(ran.json) == {self.NEW: "done"}
        recorded = _recorded(marketplace)
        assert recorded[self.NEW] == UPDATES_ID
        assert UPDATES not in recorded
        assert next(audience for audience in marketplace.audiences() if audience["id"] == UPDATES_ID) == before
        assert self.NEW not in actions(marketplace.plan())

    def test_the_line_may_stay_after_it_was_applied(self, marketplace):
        self._rename(marketplace)
        marketplace.edit("emailops.yaml", "policy:", f"moved: {{{UPDATES}: {self.NEW}}}\npolicy:")
        planned(marketplace)
        assert marketplace.run("apply", "plan.json").code == 6
        assert marketplace.run("validate").code == 0
        assert managed(marketplace.plan()) == {}

    def test_a_name_that_has_an_id_of_its_own_takes_none_from_the_old_one(self, marketplace):
        self._rename(marketplace)
        marketplace.edit("emailops.yaml", "policy:", f"moved: {{{UPDATES}: {self.NEW}}}\npolicy:")
        marketplace.edit("recorded/production.yaml", f'{UPDATES}: "', f'{self.NEW}: "{OTHER_TEAM["id"]}"\n{UPDATES}: "')
        new = {**audience(marketplace.sandbox.state(), UPDATES_ID), "id": OTHER_TEAM["id"]}
        marketplace.change_world(lambda world: audiences(world).append(new))
        assert actions(marketplace.plan("--only", "*updates")) == {UPDATES: "release"}

    def test_a_name_that_was_never_recorded_gives_no_id_to_the_new_one(self, marketplace):
        self._rename(marketplace)
        marketplace.edit("emailops.yaml", "policy:", f"moved: {{{AUDIENCE}older: {self.NEW}}}\npolicy:")
        (marketplace.state / "recorded/production.yaml").write_text("{}\n")
        change = change_of(marketplace.plan("--only", self.NEW), self.NEW)
        assert (change["action"], change["reason"]) == ("adopt", "same_name")

    @pytest.mark.parametrize(("gone", "action"), [(True, "person"), (False, "adopt")])
    def test_whose_audience_is_gone_needs_a_person_as_under_its_old_name(self, marketplace, gone, action):
        self._rename(marketplace)
        marketplace.edit("emailops.yaml", "policy:", f"moved: {{{UPDATES}: {self.NEW}}}\npolicy:")
        if gone:
            marketplace.change_world(lambda world: audiences(world).remove(audience(world, UPDATES_ID)))
        assert actions(marketplace.plan("--only", self.NEW)) == {self.NEW: action}

    @pytest.mark.slow
    def test_a_rename_that_also_changes_a_field_is_one_change(self, marketplace):
        self._rename(marketplace)
        marketplace.edit("emailops.yaml", "policy:", f"moved: {{{UPDATES}: {self.NEW}}}\npolicy:")
        marketplace.edit("audiences/updates.yaml", "open for applications\n", "applications\n")
        planned(marketplace, "--only", "*updates")
        change = change_of(marketplace.plan(), self.NEW)
        assert [field["name"] for field in change["fields"]] == ["name"]
        assert marketplace.run("apply", "plan.json").code == 0
        [renamed] = [audience for audience in marketplace.audiences() if audience["id"] == UPDATES_ID]
        assert renamed["name"] == "Digital Marketplace - applications"

    def test_a_part_that_leaves_the_release_out_does_not_create_a_second_of_the_name(self, marketplace):
        self._rename(marketplace)
        ran = marketplace.run("plan", "--only", self.NEW, "--format", "json")
        assert ran.code == 1 or actions(ran.json)[self.NEW] == "person"


class TestRoom:
    @pytest.mark.few(2)
    @pytest.mark.parametrize(
        ("limit", "note"),
        [
            (24, "room for 6 more, 3 left"),
            (21, "room for 3 more, 0 left"),
            (20, "room for 2 more, 1 too few"),
            (18, "room for 0 more, 3 too few"),
            (10, "room for 0 more, 3 too few"),
        ],
    )
    def test_a_create_shows_what_room_the_account_has(self, marketplace, limit, note):
        marketplace.change_world(lambda world: world["mailchimp"]["accounts"][0].update(max_audiences=limit))
        notes = change_of(marketplace.plan(), DOS6[0])["notes"]
        assert any(note in said for said in notes), notes

    def test_an_account_without_a_limit_says_nothing_of_room(self, marketplace):
        marketplace.change_world(lambda world: world["mailchimp"]["accounts"][0].update(max_audiences=-1))
        assert not any("room" in note for note in change_of(marketplace.plan(), DOS6[0])["notes"])

    def test_a_part_counts_its_own_creates(self, marketplace):
        marketplace.change_world(lambda world: world["mailchimp"]["accounts"][0].update(max_audiences=19))
        notes = change_of(marketplace.plan("--only", DOS6[0]), DOS6[0])["notes"]
        assert any("room for 1 more, 0 left" in note for note in notes)

    def test_a_create_shows_its_values(self, marketplace):
        fields = {field["name"]: field for field in change_of(marketplace.plan(), DOS6[0])["fields"]}
        assert fields["name"]["after"] == DOS6_NAME
        assert fields["double_optin"]["after"] is False
        assert fields["contact.zip"]["after"] == "E1 8QS"
        assert all(field["before"] is None for field in fields.values())


class TestNotOurs:
    def test_in_a_shared_account_only_their_number_is_shown(self, marketplace):
        marketplace.change_world(lambda world: audiences(world).append(OTHER_TEAM))
        plan = marketplace.plan()
        assert plan["undeclared"] == [
            {"kind": "mailchimp-audience", "account": "digital-marketplace-sandbox", "count": 1, "names": []}
        ]
        for format_ in ("text", "json", "markdown"):
            assert OTHER_TEAM["name"] not in marketplace.run("plan", "--format", format_).out

    def test_in_an_account_that_is_all_ours_they_are_named(self, marketplace):
        marketplace.edit("emailops.yaml", "owns: declared", "owns: everything")
        marketplace.change_world(lambda world: audiences(world).append(OTHER_TEAM))
        assert marketplace.plan()["undeclared"][0]["names"] == [OTHER_TEAM["name"]]
        assert OTHER_TEAM["name"] in marketplace.run("plan").out

    def test_undeclared_objects_are_never_touched(self, marketplace):
        marketplace.edit("emailops.yaml", "owns: declared", "owns: everything")
        marketplace.change_world(lambda world: audiences(world).append({**OTHER_TEAM, "members": MEMBERS}))
        before = next(audience for audience in marketplace.audiences() if audience["id"] == OTHER_TEAM["id"])
        planned(marketplace)
        marketplace.run("apply", "plan.json")
        assert next(audience for audience in marketplace.audiences() if audience["id"] == OTHER_TEAM["id"]) == before
        assert not any(OTHER_TEAM["id"] in request.path for request in marketplace.sandbox.requests)
