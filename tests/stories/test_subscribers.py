"""Test subscribers: subscribed once by apply, never brought back, and nobody else's address ever seen."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from emailops.private import Address, Secret
from emailops.providers.mailchimp import MailchimpWriter, subscriber_hash
from tests.stories.subscribers import (
    ANNA,
    ANNAS,
    BOB,
    BOBS,
    SUBSCRIBER,
    SUE,
    SUES,
    TEST_AUDIENCE,
    TEST_ID,
    member,
    members,
    outcome,
    sent_since,
    subscribe,
    subscribers,
)
from tests.stories.telling import (
    add,
    audience,
    change_of,
    managed,
    people_file,
    planned,
    said,
    statuses,
    step_of,
)

HASH = {address: subscriber_hash(Address(address)) for address in (ANNAS, BOBS, SUES)}
STRANGERS = {
    "jo.bloggs@nhs.net": "subscribed",
    "max.muster@firma.de": "pending",
    "left@long-ago.org": "unsubscribed",
    "away@long-ago.org": "archived",
    "bounced@long-ago.org": "cleaned",
}


def put(address, of=TEST_ID):
    return ("PUT", f"/3.0/lists/{of}/members/{HASH[address]}")


def applied(play, *arguments, **environment):
    ran = play.run("apply", "plan.json", "--format", "json", *arguments, **environment)
    assert ran.out, ran.err
    return ran


def only_subscribers(play, **environment):
    ran = play.run("plan", "--only", "mailchimp-test-subscriber/*", "--out", "plan.json", **environment)
    assert ran.code == 0, ran.err
    return json.loads((play.folder / "plan.json").read_text())


def test_whoever_is_absent_is_subscribed_once_and_then_nothing_is_left(marketplace):
    subscribe(marketplace)
    plan = only_subscribers(marketplace)
    before = len(marketplace.sandbox.requests)
    ran = applied(marketplace)

    assert subscribers(plan) == {"anna": "create", "bob": "create"}
    assert ran.code == 0, ran.out
    assert sent_since(marketplace, before) == [put(ANNAS), put(BOBS)]
    assert members(marketplace) == {ANNAS: "subscribed", BOBS: "subscribed"}
    assert only_subscribers(marketplace)["changes"] == []
    assert not (marketplace.state / "recorded").joinpath("staging.yaml").exists()


def test_a_merge_field_that_the_audience_requires_keeps_no_tester_out(marketplace):
    required = {"merge_id": 1, "tag": "LICENCE", "name": "Licence number", "required": True}
    marketplace.change_world(lambda world: audience(world, TEST_ID).update(merge_fields=[required]))
    subscribe(marketplace)
    only_subscribers(marketplace)

    assert applied(marketplace).code == 0
    assert members(marketplace) == {ANNAS: "subscribed", BOBS: "subscribed"}


def test_a_second_apply_of_the_same_plan_is_satisfied_and_sends_nothing(marketplace):
    subscribe(marketplace)
    only_subscribers(marketplace)
    applied(marketplace)
    before = len(marketplace.sandbox.requests)
    ran = applied(marketplace)

    assert set(statuses(ran.json).values()) == {"satisfied"}
    assert sent_since(marketplace, before) == []


def test_one_who_is_there_in_another_case_is_there(marketplace):
    subscribe(marketplace)
    member(marketplace, ANNAS.upper(), "subscribed")

    assert subscribers(marketplace.plan()) == {"bob": "create"}
    assert marketplace.plan()["undeclared"] == []


def test_a_plan_asks_for_each_and_for_the_two_lists_of_those_who_get_mail(marketplace):
    before = marketplace.plan()["requests"]
    subscribe(marketplace)
    sent = len(marketplace.sandbox.requests)
    plan = marketplace.plan()
    asked = [request for request in marketplace.sandbox.requests[sent:] if f"/lists/{TEST_ID}/" in request.path]

    assert plan["requests"] == before + 2 + 2
    assert {request.method for request in marketplace.sandbox.requests} == {"GET"}
    assert len(asked) == 4
    assert not any("@" in request.path for request in marketplace.sandbox.requests)


def test_an_audience_without_declared_subscribers_is_not_looked_into(marketplace):
    for address, status in STRANGERS.items():
        member(marketplace, address, status)
    plan = marketplace.plan()

    assert plan["undeclared"] == []
    assert not any("/members" in request.path for request in marketplace.sandbox.requests)


class TestStrangers:
    @pytest.fixture
    def crowded(self, marketplace):
        subscribe(marketplace, people=True)
        for address, status in STRANGERS.items():
            member(marketplace, address, status)
        marketplace.environment.update(people_file(marketplace, sue=SUES))
        return marketplace

    def test_who_gets_mail_there_is_counted_with_a_link(self, crowded):
        [others] = [
            stranger for stranger in crowded.plan()["undeclared"] if stranger["kind"] == "mailchimp-test-subscriber"
        ]

        assert others["count"] == 2
        assert others["account"] == f"mailchimp-audience/{TEST_AUDIENCE}"
        assert "admin.mailchimp.com" in others["names"][0]
        text = crowded.run("plan").out
        assert "2 mailchimp-test-subscriber" in text
        assert others["names"][0] in text

    def test_they_are_left_as_they_are(self, crowded):
        only_subscribers(crowded)
        applied(crowded)

        assert {stranger: members(crowded)[stranger] for stranger in STRANGERS} == STRANGERS
        assert members(crowded)[SUES] == "subscribed"

    def test_no_address_of_theirs_or_of_a_person_is_said_or_written_anywhere(self, crowded):
        runs = [
            crowded.run("plan", "--out", "plan.json", "--format", format_) for format_ in ("text", "json", "markdown")
        ]
        runs += [crowded.run("show", SUE), crowded.run("show", "plan.json"), crowded.run("validate")]
        runs += [applied(crowded), crowded.run("plan", "--out", "plan.json"), crowded.run("apply", "plan.json")]
        runs += [crowded.run("show", SUE, "--reveal"), crowded.run("generate", "--out", "build")]
        text = said(crowded, *runs).lower()

        assert len(text) > 10_000
        assert [stranger for stranger in (*STRANGERS, SUES) if stranger in text] == []
        assert [stranger for stranger in (*STRANGERS, SUES) if subscriber_hash(Address(stranger)) in text] == []

    def test_without_an_address_that_is_declared_nobody_is_called_a_stranger(self, crowded):
        ran = crowded.run("plan", "--format", "json", EMAILOPS_PEOPLE=None)

        assert [
            stranger for stranger in ran.json["undeclared"] if stranger["kind"] == "mailchimp-test-subscriber"
        ] == []

    def test_more_than_one_page_of_them_is_counted_whole(self, crowded):
        many = [{"email_address": f"p{n}@firma.de", "status": "subscribed"} for n in range(2_300)]
        crowded.change_world(lambda world: audience(world, TEST_ID)["members"].extend(many))
        [others] = [
            stranger for stranger in crowded.plan()["undeclared"] if stranger["kind"] == "mailchimp-test-subscriber"
        ]

        assert others["count"] == 2_302


@pytest.mark.few(1)
@pytest.mark.parametrize("status", ["pending", "unsubscribed", "cleaned", "archived"])
def test_who_left_or_was_put_away_is_a_step_and_nothing_is_sent(marketplace, status):
    subscribe(marketplace)
    member(marketplace, ANNAS, status)
    member(marketplace, BOBS, "subscribed")
    plan = only_subscribers(marketplace)
    before = len(marketplace.sandbox.requests)
    ran = applied(marketplace)

    assert subscribers(plan) == {"anna": "person"}
    step = step_of(plan, ANNA)
    assert status in step["why"]
    assert f"id={web_id(marketplace)}" in step["open"]
    assert managed(plan) == {}
    assert ran.code == 6
    assert sent_since(marketplace, before) == []
    assert members(marketplace)[ANNAS] == status
    assert marketplace.run("plan", "--detailed-exitcode", "--only", "mailchimp-test-subscriber/*").code == 6


def web_id(play):
    return audience(play.sandbox.state(), TEST_ID)["web_id"]


def test_one_who_left_since_the_plan_was_made_is_not_brought_back(marketplace):
    subscribe(marketplace)
    only_subscribers(marketplace)
    member(marketplace, ANNAS, "unsubscribed")
    before = len(marketplace.sandbox.requests)
    ran = applied(marketplace)

    assert ran.code == 4
    assert ran.json["gate"]["name"] == "overtaken"
    assert [detail["resource"] for detail in ran.json["gate"]["details"]] == [ANNA]
    assert sent_since(marketplace, before) == []


def test_one_who_subscribed_since_the_plan_was_made_is_satisfied(marketplace):
    subscribe(marketplace)
    only_subscribers(marketplace)
    member(marketplace, ANNAS, "subscribed")
    ran = applied(marketplace)

    assert statuses(ran.json) == {ANNA: "satisfied", BOB: "done"}
    assert ran.code == 0


@pytest.mark.parametrize("status", ["unsubscribed", "archived", "pending", "cleaned"])
def test_the_request_itself_brings_nobody_back(marketplace, status):
    member(marketplace, ANNAS, status)
    key = Secret(marketplace.environment["MAILCHIMP_KEY"])
    with closing(MailchimpWriter(key, marketplace.sandbox.mailchimp_url, "us0", lambda value: value)) as writer:
        writer.subscribe(TEST_ID, Address(ANNAS))

    assert members(marketplace)[ANNAS] == status


class TestForgotten:
    """Erased for good once: it looks absent, and Mailchimp refuses."""

    @pytest.fixture
    def refused(self, marketplace):
        subscribe(marketplace)
        marketplace.change_world(lambda world: audience(world, TEST_ID)["forgotten"].append(HASH[ANNAS]))
        only_subscribers(marketplace)
        return marketplace, applied(marketplace)

    def test_the_refusal_is_recorded_and_the_others_go_on(self, refused):
        play, ran = refused

        assert statuses(ran.json) == {ANNA: "failed", BOB: "done"}
        assert f"{ANNA}: " in (play.state / "recorded/shared.yaml").read_text()
        assert members(play) == {BOBS: "subscribed"}
        assert ran.code == 5

    def test_a_record_alone_is_something_written(self, marketplace):
        subscribe(marketplace)
        gone = [HASH[ANNAS], HASH[BOBS]]
        marketplace.change_world(lambda world: audience(world, TEST_ID)["forgotten"].extend(gone))
        only_subscribers(marketplace)
        ran = applied(marketplace)

        assert set(statuses(ran.json).values()) == {"failed"}
        assert (marketplace.state / "recorded/shared.yaml").read_text().count("forgotten") == 2
        assert ran.code == 5, "recorded/ was written, so it is not an error before which nothing was"

    def test_the_next_plan_is_a_step_and_sends_nothing(self, refused):
        play, _ = refused
        plan = only_subscribers(play)
        before = len(play.sandbox.requests)
        ran = applied(play)

        assert subscribers(plan) == {"anna": "person"}
        assert "form" in json.dumps(step_of(plan, ANNA))
        assert sent_since(play, before) == []
        assert ran.code == 6

    def test_the_record_is_no_finding_and_no_id(self, refused):
        play, _ = refused

        assert play.run("validate").code == 0
        assert play.run("generate", "--out", "build").code == 0

    def test_back_by_the_form_nothing_is_left_to_do(self, refused):
        play, _ = refused
        member(play, ANNAS, "subscribed")

        assert subscribers(only_subscribers(play)) == {}

    def test_no_longer_declared_the_record_goes(self, refused):
        play, _ = refused
        play.edit(f"audiences/{TEST_AUDIENCE}.yaml", f"anna: {ANNAS}, ", "")
        plan = only_subscribers(play)
        ran = applied(play)

        assert subscribers(plan) == {"anna": "release"}
        assert statuses(ran.json) == {ANNA: "done"}
        assert "forgotten" not in (play.state / "recorded/shared.yaml").read_text()


class TestAudienceToCome:
    """Subscribers of an audience that the same plan creates."""

    AUDIENCE = "mailchimp-audience/test-news"
    ANNA, BOB = (f"mailchimp-test-subscriber/test-news.{name}" for name in ("anna", "bob"))

    @pytest.fixture
    def coming(self, marketplace):
        (marketplace.state / "audiences/test-news.yaml").write_text(
            f'extends: _test\naudience: {{name: "Test: News"}}\nsubscribers: {{anna: {ANNAS}, bob: {BOBS}}}\n'
        )
        return marketplace

    def test_it_is_created_first(self, coming):
        plan = planned(coming, "--only", "mailchimp-*/test-news*")
        before = len(coming.sandbox.requests)
        ran = applied(coming)
        [created] = [audience["id"] for audience in coming.audiences() if audience["name"] == "Test: News"]

        assert managed(plan) == {self.AUDIENCE: "create", self.ANNA: "create", self.BOB: "create"}
        assert ran.code == 0, ran.out
        assert sent_since(coming, before) == [("POST", "/3.0/lists"), put(ANNAS, created), put(BOBS, created)]
        assert planned(coming, "--only", "mailchimp-*/test-news*")["changes"] == []

    @pytest.mark.slow
    def test_with_the_whole_plan_too(self, coming):
        planned(coming)
        ran = applied(coming)

        assert ran.code == 6
        assert set(statuses(ran.json).values()) == {"done"}
        assert [change for change in coming.plan()["changes"] if change["control"] == "managed"] == []

    def test_when_it_cannot_be_created_they_are_skipped_with_the_reason(self, coming):
        planned(coming, "--only", "mailchimp-*/test-news*")
        coming.sandbox.set_faults(
            [{"route": "POST /3.0/lists", "do": "status", "status": 400, "body": {"status": 400}}]
        )
        before = len(coming.sandbox.requests)
        ran = applied(coming)

        assert statuses(ran.json) == {self.AUDIENCE: "failed", self.ANNA: "skipped", self.BOB: "skipped"}
        assert self.AUDIENCE in outcome(ran.json, self.ANNA)["detail"]
        assert "failed" in outcome(ran.json, self.ANNA)["detail"]
        assert ran.code == 1, "nothing was written"
        assert not any(method == "PUT" for method, _ in sent_since(coming, before))

    @pytest.mark.slow
    def test_when_the_answer_is_lost_they_are_skipped_and_made_by_the_next_run(self, coming):
        planned(coming, "--only", "mailchimp-*/test-news*")
        coming.sandbox.set_faults([{"route": "POST /3.0/lists", "do": "cut-after", "times": 1}])
        ran = applied(coming)

        assert statuses(ran.json)[self.AUDIENCE] == "ambiguous"
        assert statuses(ran.json)[self.ANNA] == "skipped"
        assert ran.code == 5

        planned(coming, "--only", "mailchimp-*/test-news*")
        again = applied(coming)
        assert set(statuses(again.json).values()) == {"done"}
        assert len([audience for audience in coming.audiences() if audience["name"] == "Test: News"]) == 1

    def test_asked_for_alone_they_are_skipped_with_what_they_require(self, coming):
        planned(coming, "--only", "mailchimp-test-subscriber/test-news.*")
        before = len(coming.sandbox.requests)
        ran = applied(coming)

        assert statuses(ran.json) == {self.ANNA: "skipped", self.BOB: "skipped"}
        assert self.AUDIENCE in outcome(ran.json, self.ANNA)["detail"]
        assert sent_since(coming, before) == []
        assert ran.code == 1

    def test_they_stand_under_their_audience_in_the_text(self, coming):
        out = coming.run("plan", "--only", "mailchimp-*/test-news*").out

        assert out.index(self.AUDIENCE) < out.index(self.ANNA) < out.index(self.BOB)


class TestRoom:
    """An account has room for so many audiences; subscribers take none of it."""

    def test_subscribers_take_no_room(self, marketplace):
        subscribe(marketplace)
        held = len(marketplace.audiences())
        marketplace.change_world(lambda world: world["mailchimp"]["accounts"][0].update(max_audiences=held + 3))
        plan = planned(marketplace)
        ran = applied(marketplace)

        assert ran.code == 6, ran.out
        assert set(statuses(ran.json).values()) == {"done"}
        assert not any(
            "room" in note
            for change in plan["changes"]
            if change["resource"] in (ANNA, BOB)
            for note in change.get("notes", [])
        )

    def test_room_is_said_of_audiences_alone(self, marketplace):
        subscribe(marketplace)
        held = len(marketplace.audiences())
        marketplace.change_world(lambda world: world["mailchimp"]["accounts"][0].update(max_audiences=held + 3))
        out = marketplace.run("plan").out

        assert "room for 3 more, 0 left" in out
        assert "too few" not in out


class TestPeople:
    @pytest.fixture
    def declared(self, marketplace):
        subscribe(marketplace, people=True)
        return marketplace

    def test_with_the_file_a_person_is_subscribed_like_anyone(self, declared):
        people = people_file(declared, sue=SUES)
        plan = only_subscribers(declared, **people)
        ran = applied(declared, **people)

        assert subscribers(plan) == {"anna": "create", "bob": "create", "sue": "create"}
        assert ran.code == 0, ran.out
        assert members(declared)[SUES] == "subscribed"
        assert only_subscribers(declared, **people)["changes"] == []
        assert SUES not in said(declared, ran).lower()

    @pytest.mark.few(1)
    @pytest.mark.parametrize("known", [None, {}, {"someone": "else@nhs.net"}], ids=["no file", "empty", "another's"])
    def test_without_her_address_she_is_unknown_and_it_is_said_once(self, declared, known):
        people = people_file(declared, **known) if known is not None else {}
        ran = declared.run("plan", "--format", "json", **people)
        text = declared.run("plan", **people).out

        assert subscribers(ran.json) == {"anna": "create", "bob": "create", "sue": "unknown"}
        assert sum("EMAILOPS_PEOPLE" in unread for unread in ran.json["unknown"]) == 1
        assert text.count("EMAILOPS_PEOPLE") == 1
        assert "else@nhs.net" not in text + ran.out

    def test_the_plan_is_the_same_wherever_her_address_is(self, declared):
        plan = declared.run("plan", "--format", "json", **people_file(declared, sue=SUES)).json
        other = declared.run("plan", "--format", "json", **people_file(declared, sue="sue@elsewhere.de")).json

        assert (plan["change"], plan["digest"]) == (other["change"], other["digest"])

    def test_what_mailchimp_says_of_her_address_is_not_repeated(self, declared):
        hers = "sue.real-person@hospital.test"
        people = people_file(declared, sue=hers)
        only_subscribers(declared, **people)
        ran = applied(declared, **people)

        assert statuses(ran.json) == {ANNA: "done", BOB: "done", SUE: "failed"}
        assert "looks fake" in outcome(ran.json, SUE)["detail"]
        assert ran.code == 5
        assert hers not in said(declared, ran)

    def test_without_her_address_at_apply_nothing_is_sent_for_her(self, declared):
        only_subscribers(declared, **people_file(declared, sue=SUES))
        before = len(declared.sandbox.requests)
        ran = applied(declared)

        assert ran.code != 0
        assert put(SUES) not in sent_since(declared, before)

    def test_a_file_that_cannot_be_read_is_named_and_not_shown(self, declared):
        (declared.folder / "people.json").write_text('{"sue": "sue.real-person@nhs.net"')
        ran = declared.run("plan", "--format", "json", EMAILOPS_PEOPLE="people.json")

        assert subscribers(ran.json)["sue"] == "unknown"
        assert any("EMAILOPS_PEOPLE" in unread for unread in ran.json["unknown"])
        assert SUES not in ran.out + ran.err


def test_a_lost_answer_is_settled_by_the_verifying_read(marketplace):
    subscribe(marketplace)
    only_subscribers(marketplace)
    marketplace.sandbox.set_faults([{"route": "PUT *", "do": "cut-after", "times": 1}])
    ran = applied(marketplace)

    assert statuses(ran.json) == {ANNA: "done", BOB: "done"}
    assert ran.code == 0


def test_without_the_key_they_are_unknown_with_the_audiences_in_one_line(marketplace):
    subscribe(marketplace)
    ran = marketplace.run("plan", "--format", "json", MAILCHIMP_KEY=None)

    assert set(subscribers(ran.json).values()) == {"unknown"}
    assert ran.json["review_only"] is True
    assert sum("MAILCHIMP_KEY" in unread for unread in ran.json["unknown"]) == 1


def test_under_another_name_of_the_audience_they_are_read_all_the_same(marketplace):
    """`moved:` keeps the id; the members are the same people."""
    subscribe(marketplace)
    member(marketplace, ANNAS, "subscribed")
    old, new = (marketplace.state / f"audiences/{name}.yaml" for name in (TEST_AUDIENCE, "test-mailings"))
    old.rename(new)
    marketplace.edit(
        "emailops.yaml",
        "policy:\n",
        "moved: {mailchimp-audience/test-opportunities: mailchimp-audience/test-mailings}\npolicy:\n",
    )
    plan = marketplace.plan()

    assert change_of(plan, "mailchimp-audience/test-mailings")["action"] == "adopt"
    assert subscribers(plan) == {"bob": "create"}
    assert plan["review_only"] is False


def test_the_address_of_one_who_is_nobody_stands_in_no_plan_either(marketplace):
    """A plan works with names: which address a name stands for is for apply to work out again."""
    subscribe(marketplace)
    only_subscribers(marketplace)
    text = (marketplace.folder / "plan.json").read_text()

    assert f"{SUBSCRIBER}anna" in text
    assert "user.marketplace.team" not in text


def test_one_at_a_domain_of_others_is_refused_before_anything_is_asked(marketplace):
    add(marketplace, f"audiences/{TEST_AUDIENCE}.yaml", "subscribers: {jo: jo.bloggs@nhs.net}\n")
    ran = marketplace.run("plan")

    assert ran.code == 3
    assert "subscriber-domain" in ran.out + ran.err
    assert marketplace.sandbox.requests == []
