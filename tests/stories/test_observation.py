"""A plan from an observation: the same as a live one where both would do the same, and never too sure."""

from __future__ import annotations

import json

import pytest

from tests.stories.telling import (
    DOS5,
    DOS5_ID,
    DOS6,
    DOS6_NAME,
    NO_KEYS,
    OTHER_TEAM,
    WRITES,
    assert_fits,
    assert_plain_failure,
    assert_refused,
    audience,
    audiences,
    change_of,
    drift,
    managed,
    planned,
    settled,
    tree,
)

FILE = "observation.json"
UPDATES_TITLE = "Digital Marketplace - open for applications"
PERSON = "somebody.private@elsewhere.example"
NEW_TEMPLATE = "0f0f0f0f-0000-4000-8000-000000000001"


def world_of(document, kind):
    """The first of them that holds something, if any does."""
    found = [world for world in document["worlds"] if world["kind"] == kind]
    return next((world for world in found if world["objects"]), found[0])


def observe(play, *arguments):
    ran = play.run("drift", "--observed", FILE, *arguments)
    assert ran.code in (0, 2, 6), ran.err
    return json.loads((play.folder / FILE).read_text())


def observed(play, *arguments):
    """The plan that rests on the observation, made without any key."""
    ran = play.run("plan", "--observed", FILE, "--format", "json", *arguments, **NO_KEYS)
    assert ran.code == 0, ran.err
    return ran.json


def another_team(play, name=OTHER_TEAM["name"]):
    play.change_world(lambda world: audiences(world).append({**OTHER_TEAM, "name": name}))


def declare_single(play, name, title):
    text = (play.state / "audiences/framework-updates.yaml").read_text()
    (play.state / f"audiences/{name}.yaml").write_text(text.replace(UPDATES_TITLE, title))


def as_it_is(play):
    pass


def with_a_drifted_field(play):
    settled(play)
    drift(play)


def with_one_to_adopt(play):
    play.change_world(lambda world: audiences(world).append({"id": "0123456789", "name": DOS6_NAME}))


def with_one_gone(play):
    play.change_world(lambda world: audiences(world).remove(audience(world, DOS5_ID)))


def with_a_release(play):
    (play.state / "recorded/shared.yaml").write_text('mailchimp-audience/long-gone: "0123456789"\n')


@pytest.mark.few(1)
@pytest.mark.parametrize("prepare", [as_it_is, with_a_drifted_field, with_one_to_adopt, with_one_gone, with_a_release])
def test_its_change_is_that_of_a_live_plan_which_would_do_the_same(marketplace, prepare):
    prepare(marketplace)
    observe(marketplace)
    marketplace.commit_all()
    seen, live = observed(marketplace, "--base", "HEAD"), marketplace.plan("--base", "HEAD")
    assert seen["change"] == live["change"]
    assert seen["changes"] == live["changes"]
    assert (seen["review_only"], live["review_only"]) == (True, False)
    assert seen["digest"] != live["digest"]


def test_what_a_branch_adds_after_the_observation_is_planned_as_live(marketplace):
    observe(marketplace)
    marketplace.edit("audiences/_opportunities.yaml", "permission_reminder: ", "permission_reminder: Hello. ")
    seen, live = observed(marketplace), marketplace.plan()
    assert seen["change"] == live["change"]
    assert change_of(seen, DOS5)["fields"][0]["before"] == change_of(live, DOS5)["fields"][0]["before"]


def test_no_provider_is_asked_and_the_plan_says_when_it_was(marketplace):
    document = observe(marketplace)
    before = len(marketplace.sandbox.requests)
    ran = marketplace.run("plan", "--observed", FILE, **NO_KEYS)
    assert len(marketplace.sandbox.requests) == before
    at = document["at"].replace("T", " ")[:16]
    assert f"providers as of {at} UTC, as observed" in ran.out.splitlines()[0]
    assert "for review only" in ran.out.splitlines()[-1]
    assert observed(marketplace)["observed"] == {"from": "observation", "at": document["at"]}
    (marketplace.folder / FILE).write_text(json.dumps({**document, "at": "2026-01-02T06:00:00Z"}))
    assert "2026-01-02 06:00 UTC, as observed" in marketplace.run("plan", "--observed", FILE, **NO_KEYS).out
    assert "rests on what was observed" in marketplace.run("plan", "--observed", FILE, "--format", "markdown").out


def test_a_name_that_another_teams_audience_bears_is_not_known_to_be_free(marketplace):
    another_team(marketplace, DOS6_NAME)
    text = (marketplace.state / "audiences/digital-outcomes-and-specialists-6.yaml").read_text()
    (marketplace.state / "audiences/digital-outcomes-and-specialists-6.yaml").unlink()
    assert world_of(observe(marketplace), "mailchimp-audience")["others"]["count"] == 1
    (marketplace.state / "audiences/digital-outcomes-and-specialists-6.yaml").write_text(text)
    plan = observed(marketplace)
    assert change_of(plan, DOS6[0])["action"] == "unknown"
    assert {name: action for name, action in managed(plan).items() if name in DOS6} == dict.fromkeys(DOS6[1:], "create")
    ran = marketplace.run("plan", "--observed", FILE, **NO_KEYS)
    assert f"? the observation says nothing about {DOS6[0]}\n" in ran.out


def test_an_id_that_was_recorded_after_it_is_unknown_and_not_gone(marketplace):
    observe(marketplace)
    settled(marketplace)
    plan = observed(marketplace)
    assert {change_of(plan, name)["action"] for name in DOS6} == {"unknown"}
    assert not managed(plan)


def test_why_a_template_is_not_in_the_list_is_known_afterwards_too(minimal):
    def archive(world):
        held = world["notify"]["services"][0]["templates"]
        next(template for template in held if template["name"] == "permit_granted").update(archived=True)

    minimal.change_world(archive)
    minimal.edit("emailops.yaml", "aaaaaaaa-0000-4000-8000-000000000002", "aaaaaaaa-0000-4000-8000-000000000009")
    document = observe(minimal)
    seen, live = observed(minimal), minimal.plan()
    steps = [step for step in seen["steps"] if step["resource"].startswith("notify-template/")]
    assert [step["why"].partition(";")[0] for step in steps] == [
        "it is archived in Notify",
        "no template of this service has this id: it is mistyped, or another service's",
    ]
    assert (seen["steps"], seen["changes"]) == (live["steps"], live["changes"])
    for world in document["worlds"]:
        world.pop("archived")
    (minimal.folder / FILE).write_text(json.dumps(document))
    older = observed(minimal)["steps"]
    assert [step["why"] for step in older if "archived, or the id is another's" in step["why"]]


def test_a_template_that_was_declared_after_it_is_unknown_and_not_missing(minimal):
    observe(minimal)
    minimal.edit("emailops.yaml", "aaaaaaaa-0000-4000-8000-000000000001", NEW_TEMPLATE)
    change = change_of(observed(minimal), "notify-template/permit_granted")
    assert (change["action"], change["reason"]) == ("unknown", "unobserved")


def test_an_account_that_was_declared_after_it_is_unknown(minimal):
    observe(minimal)
    minimal.edit("emailops.yaml", "22222222-2222", "33333333-2222")
    assert observed(minimal)["unknown"] == ["the observation says nothing about permits-trial"]


def test_what_could_not_be_read_stays_unknown(marketplace):
    marketplace.run("drift", "--observed", FILE, MAILCHIMP_KEY=None, NOTIFY_KEY_STAGING=None)
    plan = observed(marketplace)
    assert change_of(plan, DOS5)["action"] == "unknown"
    assert "no key for mailchimp here: MAILCHIMP_KEY is not set" in plan["unknown"]
    assert any("staging (NOTIFY_KEY_STAGING is not set)" in unread for unread in plan["unknown"])


def test_it_can_never_be_applied(marketplace):
    observe(marketplace)
    plan = planned(marketplace, "--observed", FILE)
    sent = len(marketplace.sandbox.requests)
    gate = assert_refused(marketplace.run("apply", "plan.json", "--format", "json"), "review-only")
    assert gate["id"] == plan["digest"]
    for edited in (
        {"review_only": False},
        {"observed": {**plan["observed"], "from": "providers"}},
        {"review_only": False, "observed": {**plan["observed"], "from": "providers"}},
    ):
        (marketplace.folder / "plan.json").write_text(json.dumps({**plan, **edited}))
        assert_plain_failure(marketplace.run("apply", "plan.json"), "has been edited")
    assert [request for request in marketplace.sandbox.requests[sent:] if request.method in WRITES] == []


def test_it_holds_what_is_declared_and_of_others_nothing_but_their_number(marketplace):
    another_team(marketplace)

    def live(world):
        audience(world, DOS5_ID)["permission_reminder"] = f"ask {PERSON}"
        audience(world, DOS5_ID)["members"].append({"email_address": PERSON, "status": "subscribed"})

    marketplace.change_world(live)
    document = observe(marketplace)
    assert_fits("observation", document)
    text = json.dumps(document)
    secrets = [text for name, text in marketplace.environment.items() if "KEY" in name]
    for private in (OTHER_TEAM["id"], OTHER_TEAM["name"], PERSON, "somebody.private", *secrets):
        assert private not in text
    held = {world["kind"]: world for world in document["worlds"]}["mailchimp-audience"]
    assert (held["others"]["count"], len(held["others"]["marks"]), len(held["others"]["marks"][0])) == (1, 1, 4)
    assert next(audience for audience in held["objects"] if audience["id"] == DOS5_ID)["size"] == 1
    assert observed(marketplace)["undeclared"] == marketplace.plan()["undeclared"]


def test_an_account_that_is_all_ours_is_observed_with_every_name(marketplace):
    another_team(marketplace, "Forgotten news")
    marketplace.edit("emailops.yaml", "owns: declared", "owns: everything")
    observe(marketplace)
    assert observed(marketplace)["undeclared"] == marketplace.plan()["undeclared"]
    declare_single(marketplace, "forgotten", "Forgotten news")
    assert observed(marketplace)["change"] == marketplace.plan()["change"]


def test_only_what_was_asked_for_is_written(marketplace):
    marketplace.commit_all()
    before = tree(marketplace.folder)
    marketplace.run("drift")
    assert tree(marketplace.folder) == before
    document = observe(marketplace)
    assert document["commit"] == marketplace.git("rev-parse", "HEAD")
    assert tree(marketplace.folder).keys() - before.keys() == {FILE}
    observe(marketplace, "--save")
    assert json.loads((marketplace.state / ".emailops/observation.json").read_text())["worlds"] == document["worlds"]


@pytest.mark.slow
def test_an_observation_is_not_replaced_by_one_that_tells_less(marketplace):
    assert marketplace.run("drift", "--save", MAILCHIMP_KEY=None).code == 6
    observe(marketplace, "--save")
    noted = marketplace.state / ".emailops/observation.json"
    noted.write_text('{"format": 1}')
    observe(marketplace, "--save")
    before = noted.read_bytes()
    ran = marketplace.run("drift", "--save", MAILCHIMP_KEY=None)
    assert ran.code == 1
    assert "not noted, since the last observation tells more: no key for mailchimp here" in ran.err
    assert "amber" in ran.out
    assert noted.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is not the JSON of an observation"),
        ("[]", "is not an observation"),
        ('{"format": 2}', "of format 2"),
        ("[" * 100_000, "is not"),
        ('{"format": 1, "at": 1.5}', "is not the JSON of an observation"),
        ("{}", "is not an observation"),
        ("\udcff", "is not the JSON of an observation"),
    ],
    ids=["empty", "a-list", "another-format", "nested-deeply", "a-fraction", "nothing-in-it", "no-utf-8"],
)
def test_a_file_that_is_none_is_refused(minimal, content, words):
    (minimal.folder / FILE).write_bytes(content.encode(errors="surrogateescape"))
    assert_plain_failure(minimal.run("plan", "--observed", FILE), words, "emailops drift --observed FILE writes one")


def test_a_file_that_is_not_there_is_named(minimal):
    assert_plain_failure(minimal.run("plan", "--observed", "nowhere.json"), "nowhere.json cannot be read")


@pytest.mark.few(4)
@pytest.mark.parametrize(
    "edit",
    [
        lambda document: document.update(at="yesterday"),
        lambda document: document.update(commit="HEAD"),
        lambda document: world_of(document, "notify-template").update(kind="kettle"),
        lambda document: world_of(document, "notify-template")["objects"][0].update(link="javascript:alert(1)"),
        lambda document: world_of(document, "notify-template")["objects"][0].update(member="someone"),
        lambda document: world_of(document, "notify-template")["others"].update(marks=["Another team's news"]),
        lambda document: document["worlds"][0].update(room=-1),
        lambda document: world_of(document, "notify-template")["objects"][0].update(attributes={}),
        lambda document: world_of(document, "notify-key")["objects"][0]["attributes"].update(answers=False),
        lambda document: world_of(document, "notify-template")["objects"][0]["attributes"].update({"body.length": 1}),
    ],
    ids=["time", "commit", "kind", "link", "more", "mark", "room", "no-attributes", "no-word-of-a-key", "two-shapes"],
)
def test_a_file_that_was_edited_into_something_else_is_refused(minimal, edit):
    document = observe(minimal)
    edit(document)
    (minimal.folder / FILE).write_text(json.dumps(document))
    assert_plain_failure(minimal.run("plan", "--observed", FILE), "is not an observation: $")


def test_what_a_hostile_file_says_cannot_break_out_of_its_line(minimal):
    document = observe(minimal)
    for world in document["worlds"]:
        world["unknown"] = "gone\x1b[2J\n::error::hello <b>@everyone</b>"
    (minimal.folder / FILE).write_text(json.dumps(document))
    text = minimal.run("plan", "--observed", FILE).out
    assert "\x1b" not in text
    assert "\n::error" not in text
    assert "<b>" not in minimal.run("plan", "--observed", FILE, "--format", "markdown").out
