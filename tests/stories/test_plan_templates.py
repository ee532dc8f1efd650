"""Templates against Notify: archived, another version, another text. Only a person can change one."""

from __future__ import annotations

import pytest

from tests.stories.telling import actions, change_of, managed, step_of, template

RESOURCE = "notify-template/reset_password"
ID = "4ae02cdd-65fd-417f-8c24-61260229f9af"
BODY = "Hello\n\nFollow this link within 24 hours:\n\n((url))"
TEXT = f"Subject: Reset your password\n\n{BODY}\n"


def _kept(play, text=TEXT, *, newline="\n"):
    (play.state / "templates").mkdir(exist_ok=True)
    (play.state / "templates/reset_password.md").write_text(text, newline=newline)


def _in_notify(play, **fields):
    play.change_world(lambda world: template(world, "reset_password").update(**fields))


def test_an_archived_template_is_a_step_before_the_merge(marketplace):
    _in_notify(marketplace, archived=True)
    plan = marketplace.plan()
    assert change_of(plan, RESOURCE)["control"] == "verified"
    step = step_of(plan, RESOURCE)
    assert step["when"] == "now"
    assert step["why"] == "it is archived in Notify; sending with it fails"
    assert ID in step["enter"][0]["value"]
    assert "templates.yaml:" in step["enter"][0]["note"]


def test_the_id_of_another_services_template_is_not_there(marketplace):
    marketplace.edit("templates.yaml", ID, "493ede76-d9c8-40b8-b543-1127ccb60675")
    plan = marketplace.plan()
    assert actions(plan)[RESOURCE] == "person"
    assert step_of(plan, RESOURCE)["why"].startswith("no template of this service has this id: it is mistyped, or")


def test_what_is_missing_costs_a_request_each_and_no_more_than_ten(marketplace):
    before = marketplace.plan()["requests"]
    marketplace.change_world(
        lambda world: [held.update(archived=True) for held in world["notify"]["services"][0]["templates"][:15]]
    )
    plan = marketplace.plan()
    assert plan["requests"] - before == 10
    whys = {step["why"].partition(";")[0] for step in plan["steps"] if step["resource"].startswith("notify-template/")}
    assert "it is archived in Notify" in whys
    assert "it is not in the service's list: archived, or the id is another's" in whys


def test_another_version_is_a_step_that_names_both_and_the_line_to_write(marketplace):
    _in_notify(marketplace, version=4)
    plan = marketplace.plan()
    assert change_of(plan, RESOURCE)["fields"] == [{"name": "version", "before": 4, "after": 1}]
    step = step_of(plan, RESOURCE)
    assert "version 4" in step["why"]
    assert "version 1" in step["why"]
    assert "its version 4" in step["ways"][0]["act"]
    assert step["open"].endswith(f"/templates/{ID}")


def test_the_version_that_was_reviewed_is_no_difference(marketplace):
    _in_notify(marketplace, version=4)
    marketplace.edit(
        "templates.yaml", "reset_password: {extends: _link,", "reset_password: {extends: _link, version: 4,"
    )
    assert RESOURCE not in actions(marketplace.plan())


def test_an_edit_of_a_text_that_is_kept_here_shows_its_words(marketplace):
    _in_notify(marketplace, subject="Reset your password", body=BODY.replace("24 hours", "7 days"), version=2)
    _kept(marketplace)
    ran = marketplace.run("plan")
    assert "7 days" in ran.out
    assert "24 hours" in ran.out
    assert "Hello" not in ran.out.partition("enter")[0], "lines that are the same are not shown"
    fields = change_of(marketplace.plan(), RESOURCE)["fields"]
    assert [field["name"] for field in fields] == ["body", "version"]
    assert BODY in [row["value"] for row in step_of(marketplace.plan(), RESOURCE)["enter"]]


def test_another_subject_alone_is_shown(marketplace):
    _in_notify(marketplace, subject="Password", body=BODY)
    _kept(marketplace)
    fields = change_of(marketplace.plan(), RESOURCE)["fields"]
    assert fields == [{"name": "subject", "before": "Password", "after": "Reset your password"}]


SAME = [
    ("ends of lines as Windows has them, in Notify", TEXT, "\n", BODY.replace("\n", "\r\n")),
    ("ends of lines as Windows has them, in Git", TEXT, "\r\n", BODY),
    ("in both", TEXT, "\r\n", BODY.replace("\n", "\r\n")),
    ("more empty lines at the end", f"{TEXT}\n\n", "\n", f"{BODY}\n"),
    ("no end of the last line", TEXT.rstrip("\n"), "\n", BODY),
    ("an address that is nobody's", TEXT.replace("Hello", "a@user.marketplace.team"), "\n", None),
    ("an address of the service's own", TEXT.replace("Hello", "a@digitalmarketplace.service.gov.uk"), "\n", None),
    (
        "an address at a domain that nobody declared",
        TEXT.replace("Hello", "Write to help@elsewhere.gov.uk"),
        "\n",
        None,
    ),
]


@pytest.mark.few(1)
@pytest.mark.parametrize(("text", "newline", "body"), [row[1:] for row in SAME], ids=[row[0] for row in SAME])
def test_the_same_words_are_no_difference(marketplace, text, newline, body):
    _in_notify(marketplace, subject="Reset your password", body=body or text.partition("\n\n")[2])
    _kept(marketplace, text, newline=newline)
    assert RESOURCE not in actions(marketplace.plan())


def test_a_text_that_is_not_kept_here_is_not_managed(marketplace):
    _in_notify(marketplace, subject="Quite another", body="Quite other words")
    assert RESOURCE not in actions(marketplace.plan())


def test_a_template_of_another_type_is_a_step(marketplace):
    _in_notify(marketplace, type="sms", subject=None)
    assert change_of(marketplace.plan(), RESOURCE)["fields"] == [{"name": "type", "before": "sms", "after": "email"}]


def test_nothing_of_a_template_is_ever_managed_or_in_the_way_of_apply(marketplace):
    _in_notify(marketplace, version=9)
    assert RESOURCE not in managed(marketplace.plan())
    assert marketplace.plan()["review_only"] is False
    ran = marketplace.run("apply", "--stage", "shared", "--yes", "--format", "json")
    assert ran.code == 6
    assert ran.json["converged"] is True


def test_each_service_reads_its_own_templates(minimal):
    minimal.change_world(lambda world: world["notify"]["services"][1]["templates"][0].update(version=2))
    assert actions(minimal.plan()) == {"notify-template/permits-trial.permit_granted": "person"}


def test_templates_of_nobody_here_are_named_and_left_alone(minimal):
    more = {"id": "cccccccc-0000-4000-8000-000000000001", "name": "Someone's draft"}
    minimal.change_world(lambda world: world["notify"]["services"][0]["templates"].append(more))
    [beside] = minimal.plan()["undeclared"]
    assert (beside["kind"], beside["count"], beside["names"]) == ("notify-template", 1, ["Someone's draft"])
