"""How the world differs from what is declared, why, and for whom; and that asking changes nothing."""

from __future__ import annotations

import json

import pytest

from tests.stories.telling import (
    DOS5,
    DOS5_ID,
    DOS6,
    NO_KEYS,
    OTHER_TEAM,
    UPDATES,
    assert_fits,
    attest_all,
    audience,
    audiences,
    drift,
    nothing_written,
    on_day,
    settled,
    template,
)

PERSON = "somebody.private@elsewhere.example"
TEMPLATE = "notify-template/create_user_account"
WORDS = "Hello\n\nFollow this link within 7 days:\n\n((url))\n\nBye"
SUBSCRIBER = "mailchimp-test-subscriber/test-digital-outcomes.tester"


@pytest.fixture
def calm(marketplace):
    """Everything applied and attested."""
    attest_all(marketplace)
    settled(marketplace)
    return marketplace


def found(play, *arguments, **environment):
    """What a drift says, as JSON, with the code it ended with."""
    ran = play.run("drift", "--format", "json", *arguments, **environment)
    assert_fits("drift", ran.json)
    return {**ran.json, "code": ran.code}


def reasons(document, of="world"):
    return {drifted["subject"]: drifted["reason"] for drifted in document["drifted"] if drifted["of"] == of}


def test_a_world_as_declared_is_green(calm):
    document = found(calm)
    assert (document["code"], document["verdict"], document["drifted"]) == (0, "green", [])
    assert calm.run("drift").out.splitlines()[-1] == "green: as declared · next: nothing to do"


def change_a_field(play):
    drift(play)


def remove_an_audience(play):
    play.change_world(lambda world: audiences(world).remove(audience(world, DOS5_ID)))


def change_a_template(play):
    play.change_world(lambda world: template(world, "create_user_account").update(type="sms"))


def archive_a_template(play):
    play.change_world(lambda world: template(world, "create_user_account").update(archived=True))


def revoke_a_key(play):
    def revoke(world):
        next(key for key in world["notify"]["services"][0]["keys"] if key["name"] == "staging").update(revoked=True)

    play.change_world(revoke)


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("happens", "subject", "reason"),
    [
        (change_a_field, DOS5, "changed_outside"),
        (remove_an_audience, DOS5, "gone"),
        (change_a_template, TEMPLATE, "changed_outside"),
        (archive_a_template, TEMPLATE, "archived"),
    ],
    ids=lambda change: getattr(change, "__name__", change).replace("_", "-"),
)
def test_what_happened_outside_is_red(calm, happens, subject, reason):
    happens(calm)
    document = found(calm)
    assert reasons(document) == {subject: reason}
    assert (document["code"], document["verdict"]) == (2, "red")


def test_a_key_that_is_refused_is_red(calm):
    revoke_a_key(calm)
    assert reasons(found(calm)) == {"notify-key/staging": "changed_outside"}
    assert "Notify refuses the key" in calm.run("drift").out


@pytest.mark.slow
def test_what_is_declared_and_waits_for_an_apply_was_never_applied(marketplace):
    assert reasons(found(marketplace)) == dict.fromkeys(DOS6, "never_applied")
    settled(marketplace)
    marketplace.edit("audiences/_audience.yaml", "from_name: Digital Marketplace Team", "from_name: The Team")
    assert set(reasons(found(marketplace)).values()) == {"never_applied"}
    text = marketplace.run("drift").out
    assert "campaign_defaults.from_name  Digital Marketplace Team there, The Team declared" in text
    drift(marketplace)
    assert reasons(found(marketplace))[DOS5] == "changed_outside"


def test_without_a_noted_apply_nobody_knows_since_when(marketplace):
    drift(marketplace)
    assert reasons(found(marketplace))[DOS5] == "unclear"
    assert "no apply is noted that could tell since when" in marketplace.run("drift").out


def test_an_apply_of_one_stage_notes_no_other_as_applied(calm):
    calm.edit("audiences/_audience.yaml", "from_name: Digital Marketplace Team", "from_name: The Team")
    calm.run("apply", "--stage", "staging", "--yes")
    assert reasons(found(calm))[DOS5] == "never_applied"


def test_settings_that_no_apply_has_left_yet_are_red(calm):
    calm.edit("stages/_deployed.yaml", "domains:", "domains:\n    example.org: invalid buyer")
    document = found(calm)
    assert (document["code"], document["drifted"]) == (2, [])
    assert {row["subject"] for row in document["declared"]} > {"scripts", "user-frontend"}
    assert "never applied" in calm.run("drift").out


def test_people_alone_are_amber(calm):
    calm.edit(
        "notify.yaml", "guest_list:", "guest_list:\n    - {address: a@example.com, why: trial, until: 2027-01-01}"
    )
    document = found(calm)
    assert reasons(document, "people") == {"notify-guest-list/marketplace": "outdated"}
    assert (document["code"], document["verdict"], reasons(document)) == (6, "amber", {})
    assert "1 to attest: it has changed since it was attested" in calm.run("drift").out


def test_an_attestation_wears_out_and_a_key_is_to_be_rotated(calm):
    calm.edit("keys.yaml", "purpose: runs apps", "rotate_by: 2027-11-23\n  purpose: runs apps")
    ran = on_day(calm, "2027-11-24", "drift", "--format", "json")
    document = json.loads(ran.out)
    assert set(reasons(document, "people").values()) == {"expired"}
    assert "key-rotation" in {moment["rule"] for moment in document["time"]}
    assert "attestation-expired" not in {moment["rule"] for moment in document["time"]}
    assert ran.code == 6


def test_what_cannot_be_read_is_amber_and_said_once(calm):
    document = found(calm, **NO_KEYS)
    assert (document["code"], document["verdict"], document["drifted"]) == (6, "amber", [])
    assert len(document["unknown"]) == 3
    said = calm.run("drift", **NO_KEYS).out
    assert said.count("MAILCHIMP_KEY is not set") == 1
    assert said.splitlines()[0].endswith("· no provider was asked")


def test_settings_without_a_base_are_not_known(minimal):
    attest_all(minimal)
    document = found(minimal)
    assert (document["code"], document["unknown"]) == (
        6,
        ["settings: there is no snapshot and no main branch to compare with"],
    )


def test_others_objects_are_no_strangers_in_a_shared_account(calm):
    calm.change_world(lambda world: audiences(world).append(OTHER_TEAM))
    assert found(calm)["code"] == 0
    calm.edit("emailops.yaml", "owns: declared", "owns: everything")
    document = found(calm)
    assert [(drifted["reason"], drifted["detail"]) for drifted in document["drifted"]] == [
        ("stranger", OTHER_TEAM["name"])
    ]
    assert document["code"] == 2


@pytest.mark.slow
def test_a_subscriber_whom_nobody_declared_is_counted_and_never_named(calm):
    calm.edit(
        "audiences/test-digital-outcomes.yaml",
        "audience:",
        "subscribers: {tester: tester@user.marketplace.team}\naudience:",
    )
    settled(calm)
    id_ = next(audience["id"] for audience in calm.audiences() if any(m["email_address"] for m in audience["members"]))

    def sign_up(world):
        audience(world, id_)["members"].append({"email_address": PERSON, "status": "subscribed"})

    calm.change_world(sign_up)
    ran = calm.run("drift", "--observed", "observation.json")
    assert "a stranger: nothing here declares it" in ran.out
    assert "1 subscriber nobody declared" in ran.out
    assert PERSON not in ran.out + (calm.folder / "observation.json").read_text()
    calm.change_world(lambda world: audience(world, id_).update(members=[]))
    assert reasons(found(calm)) == {SUBSCRIBER: "gone"}


def test_it_changes_nothing(marketplace):
    drift(marketplace)
    with nothing_written(marketplace):
        marketplace.run("drift")


def test_hostile_names_cannot_break_out(calm):
    calm.edit("emailops.yaml", "owns: declared", "owns: everything")
    name = "x\x1b[2J\n::error::<b>@everyone</b>"
    calm.change_world(lambda world: audiences(world).append({**OTHER_TEAM, "name": name}))
    text, markdown = calm.run("drift").out, calm.run("drift", "--format", "markdown").out
    assert "\x1b" not in text + markdown
    assert "\n::error" not in text + markdown
    assert "<b>" not in markdown


def test_markdown_says_all_that_text_says(marketplace):
    drift(marketplace)
    settled_text = marketplace.run("drift", "--format", "markdown").out
    for words in ("red: ", "The world differs", DOS5, "DOS Team", "People's work", UPDATES.partition("/")[0]):
        assert words in settled_text
    assert settled_text.count("emailops attest ") == len(reasons(found(marketplace), "people"))


def test_a_designers_words_are_lines_that_differ(calm):
    """Somebody changed two lines of a text of five; nobody has to read them in one line."""
    calm.change_world(lambda world: template(world, "create_user_account").update(version=1, body=WORDS))
    assert calm.run("accept", TEMPLATE).code == 0
    text = calm.state / "templates/create_user_account.md"
    text.write_text(text.read_text().replace("7 days", "14 days").replace("Bye", "Goodbye"))
    lines = calm.run("drift").out.splitlines()
    start = lines.index("      body  what is there, beside what is declared:")
    assert [line.strip() for line in lines[start + 1 : start + 4]] == [
        "~ Follow this link within [14 -> 7] days:",
        "- Goodbye",
        "+ Bye",
    ]
    markdown = calm.run("drift", "--format", "markdown").out
    assert "~ Follow this link within [14 -> 7] days:\n" in markdown
    assert "\\n" not in markdown
    for command in ("explain", "show"):
        assert "        | Follow this link within 14 days:\n" in calm.run(command, TEMPLATE).out
