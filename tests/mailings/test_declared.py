"""The service's notices as their scripts sent them: template, placeholders, reference; and runs that a script began."""

from __future__ import annotations

import csv
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from emailops.clients.compat.dm_mailchimp import DMMailChimpClient
from emailops.clients.compat.dm_notify import DMNotifyClient
from emailops.clients.compat.helpers import hash_string
from tests.mailings.marketplace import audience, brief, campaigns, fill, listed, with_mailings

ANN, BOB = "Ann@example.gov.uk", "bob@user.marketplace.team"
SINK = "success@simulator.amazonses.com"
RUN = "00010203-0405-0607-0809-0a0b0c0d0e0f"
SCRIPT = "notify-suppliers-of-awarded-briefs-1f2e3d4c"
Reference = Callable[[str, str, Mapping[str, str]], str]


def of_a_reminder(address: str, template: str, values: Mapping[str, str]) -> str:
    return DMNotifyClient.get_reference(address, template, values)


def of_an_event(address: str, template: str, _: Mapping[str, str]) -> str:
    return DMNotifyClient.get_reference(address, template, {"framework_slug": "g-cloud-12", "run_id": RUN})


def of_the_engine(address: str, template: str, values: Mapping[str, str]) -> str:
    """Its run's reference, and the hash of what it hands to Notify's client."""
    told = {"email_address": address, "template_id": template, "personalisation": dict(values)}
    return f"{SCRIPT}-{hash_string(told)}"


@dataclass(frozen=True)
class Original:
    """What a script sent; `more` are columns that the message does not show, `resumed` how its run is gone on with."""

    template: str
    values: dict[str, str]
    reference: Reference
    more: dict[str, str] = field(default_factory=dict)
    resumed: tuple[str, ...] = ()


DAY = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
FROM_A_FILE = {
    "incomplete-applications": Original(
        "25c7c763-fe51-418f-8e51-130c391edc35",
        {
            "message": "* finish your supplier declaration\n",
            "framework_name": "G-Cloud 12",
            "framework_slug": "g-cloud-12",
            "application_deadline": "5pm GMT, Monday 30 November 2026",
        },
        of_a_reminder,
    ),
    "requirements-close": Original(
        "c1f88c6f-1c6f-4f50-b52b-947bcea5e6c1",
        {"brief_title": "A tester", "brief_responses_url": "https://www.example.org/responses"},
        of_a_reminder,
        more={"closed_on": DAY},
    ),
    "new-questions": Original(
        "847e8aa0-4ba4-495e-9d39-ae3b32007025", {"briefs": "[A tester](https://www.example.org/1)"}, of_a_reminder
    ),
    "awarded-briefs": Original(
        "7379f74f-3f51-4b50-950c-d86b7880e999",
        {"brief_title": "It's a tester", "brief_link": "https://www.example.org/1", "utm_date": "20261124"},
        of_the_engine,
        resumed=("--resume", SCRIPT),
    ),
    "intention-to-award": Original(
        "d308ea6a-f218-4191-bb84-9e5f73d46b68",
        {"framework_name": "G-Cloud 12", "supplier_name": "Testers"},
        of_the_engine,
        resumed=("--resume", SCRIPT),
    ),
}
FRAMEWORK = {
    "slug": "g-cloud-12",
    "name": "G-Cloud 12",
    "clarificationQuestionsOpen": False,
    "clarificationsCloseAtUTC": "2026-06-15T16:00:00.000000Z",
    "clarificationsPublishAtUTC": "2026-06-22T16:00:00.000000Z",
    "applicationsCloseAtUTC": "2026-12-07T09:30:00.000000Z",
    "intentionToAwardAtUTC": "2027-01-11T00:00:00.000000Z",
    "frameworkLiveAtUTC": "2027-02-01T00:00:00.000000Z",
}
OF_AN_EVENT = {
    "framework_name": "G-Cloud 12",
    "updates_url": "https://www.preview.marketplace.team/suppliers/frameworks/g-cloud-12/updates",
    "framework_dashboard_url": "https://www.preview.marketplace.team/suppliers/frameworks/g-cloud-12/",
    "clarification_questions_closed": "yes",
    "clarificationsCloseAt_displaytimeformat": "5:00pm BST",
    "clarificationsCloseAt_dateformat": "Monday 15 June 2026",
    "clarificationsCloseAt_datetimeformat": "Monday 15 June 2026 at 5:00pm BST",
    "clarificationsPublishAt_dateformat": "Monday 22 June 2026",
    "clarificationsPublishAt_datetimeformat": "Monday 22 June 2026 at 5:00pm BST",
    "applicationsCloseAt_displaytimeformat": "9:30am GMT",
    "applicationsCloseAt_dateformat": "Monday 7 December 2026",
    "applicationsCloseAt_datetimeformat": "Monday 7 December 2026 at 9:30am GMT",
    "intentionToAwardAt_dateformat": "Monday 11 January 2027",
    "intentionToAwardAt_datetimeformat": "Monday 11 January 2027 at 12:00am GMT",
    "frameworkLiveAt_dateformat": "Monday 1 February 2027",
    "frameworkLiveAt_datetimeformat": "Monday 1 February 2027 at 12:00am GMT",
}
EVENTS = {
    name: Original(template, OF_AN_EVENT, of_an_event, resumed=("--set", "framework=g-cloud-12", "--resume", RUN))
    for name, template in {
        "clarification-answers": "ed9944eb-112e-4f04-a4bb-19f397550ffe",
        "clarification-questions-close-next-week": "119dde9a-1e44-4b1d-9224-2f7020a74f9f",
        "clarification-questions-close-today": "1464000b-1027-4fa5-97fe-7280ab9daf1d",
        "final-clarification-answers": "dac3b69b-5672-4c1d-957a-258da8423347",
        "applications-close-soon": "441142fb-adaf-4510-b1f4-e3f918993881",
        "standstill-starts-today": "8c5b822a-844c-4376-8a76-4bb3706a5e35",
        "standstill-has-ended": "395253ed-1ab6-424e-b032-1f197d9271e7",
    }.items()
}
ORIGINALS = FROM_A_FILE | EVENTS
SUPPLIERS = [{"supplierId": 1}, {"supplierId": 2}, {"supplierId": 3}]
USERS = {
    "/users?supplier_id=1": [{"emailAddress": ANN, "active": True}, {"emailAddress": BOB, "active": False}],
    "/users?supplier_id=2": [],
    "/users?supplier_id=3": [{"emailAddress": BOB, "active": True}],
}
API = {
    "/frameworks/g-cloud-12": {"frameworks": FRAMEWORK},
    "/frameworks/g-cloud-12/suppliers": listed("supplierFrameworks", SUPPLIERS),
} | {path: listed("users", users, size=1) for path, users in USERS.items()}


def mail(play: Any, name: str, original: Original, *more: str) -> Any:
    """To Ann and Bob, at preview."""
    columns = original.values | original.more
    with (play.folder / "people.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["email address", *columns], *([to, *columns.values()] for to in (ANN, BOB))])
    source = () if name in EVENTS else ("--from", "people.csv")
    return play.run("mail", name, "--stage", "preview", *source, *original.resumed, *more, "--format", "json")


def messages(play: Any) -> list[dict[str, Any]]:
    held: list[dict[str, Any]] = play.sandbox.state()["messages"]
    return sorted(held, key=lambda message: message["recipient"], reverse=True)


@pytest.mark.few(1)
@pytest.mark.parametrize("name", ORIGINALS)
def test_a_notice_is_the_one_that_its_script_sent(marketplace, name):
    """Some of the scripts sent without redirects: a test address got what it should not have got."""
    original = ORIGINALS[name]
    with with_mailings(marketplace, API):
        ran = mail(marketplace, name, original)

    assert (ran.code, ran.json["counts"]["sent"]) == (0, 2), (ran.out, ran.err)
    to_ann, to_bob = messages(marketplace)
    for message in (to_ann, to_bob):
        assert message["recipient"] == SINK, "both domains are redirected"
        assert message["personalisation"] == original.values
    assert {message["template_id"] for message in (to_ann, to_bob)} == {original.template}
    wanted = {original.reference(address, original.template, original.values) for address in (ANN, BOB)}
    assert {message["reference"] for message in (to_ann, to_bob)} == wanted


@pytest.mark.few(1)
@pytest.mark.parametrize("name", ORIGINALS)
def test_a_run_that_its_script_began_is_finished(marketplace, name):
    """Ann has it from the script, which then died; afterwards each has it once, however often it is run."""
    original = ORIGINALS[name]
    with with_mailings(marketplace, API):
        script = DMNotifyClient(
            marketplace.environment["NOTIFY_KEY_PREVIEW"],
            marketplace.sandbox.notify_url,
            {},
            logger=logging.getLogger("script"),
        )
        reference = original.reference(ANN, original.template, original.values)
        script.send_email(ANN, original.template, original.values, allow_resend=False, reference=reference)
        first, second = (mail(marketplace, name, original) for _ in range(2))

    assert (first.code, second.code) == (0, 0), (first.err, second.err)
    assert len(messages(marketplace)) == len({message["reference"] for message in messages(marketplace)}) == 2


@pytest.mark.few(1)
@pytest.mark.parametrize(
    "name", [name for name, original in FROM_A_FILE.items() if original.reference is of_a_reminder]
)
def test_a_reminder_is_sent_once_also_when_it_is_begun_anew(marketplace, name):
    """The script of new questions and answers sent everything again when it was run again."""
    with with_mailings(marketplace, {}):
        assert mail(marketplace, name, ORIGINALS[name]).code == 0
        assert mail(marketplace, name, ORIGINALS[name], "--again").code == 0
    assert len(messages(marketplace)) == 2


@pytest.mark.few(1)
@pytest.mark.parametrize(("days", "code"), [(0, 0), (8, 0), (9, 1), (-1, 1)])
def test_requirements_that_closed_long_ago_or_are_still_to_close_are_not_mailed_about(marketplace, days, code):
    original = ORIGINALS["requirements-close"]
    day = f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%d}"
    with with_mailings(marketplace, {}):
        ran = mail(marketplace, "requirements-close", replace(original, more={"closed_on": day}))

    assert ran.code == code, ran.err
    if code:
        assert "people.csv:2: its closed_on is not a day of the last 8" in ran.err
        assert messages(marketplace) == []


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("clarification-answers", ("--set", "framework=g-cloud-12"), "it is a UUID"),
        ("awarded-briefs", (), "it is a UUID"),
        ("requirements-close", (), "in the send ledger"),
    ],
)
def test_a_run_that_nobody_can_know_is_refused(marketplace, name, words, said):
    resumed = replace(ORIGINALS[name], resumed=(*words, "--resume", "no such run"))
    with with_mailings(marketplace, API):
        ran = mail(marketplace, name, resumed)

    assert ran.code in (1, 64)
    assert said in ran.err
    assert messages(marketplace) == []


@pytest.mark.parametrize("is_sent", [False, True])
def test_a_campaign_that_the_script_began_is_finished_and_one_that_it_sent_is_not_sent_again(marketplace, is_sent):
    """By title and audience, of a day with one figure."""
    digital_outcomes = "eebeddcc2b"
    fill(marketplace, digital_outcomes, {"reader@user.marketplace.team": "subscribed"})
    with with_mailings(marketplace, {"/briefs": listed("briefs", [brief(1, "2026-12-02")])}):
        script = DMMailChimpClient("jenkins", marketplace.environment["MAILCHIMP_KEY"], logging.getLogger("script"))
        script._client.base_url = marketplace.environment["EMAILOPS_MAILCHIMP_URL"]
        settings = {
            "subject_line": "New opportunities for Digital outcomes: Digital Outcomes and Specialists 5",
            "title": "DOS Suppliers: Digital outcomes [03 December]",
            "from_name": "Digital Marketplace Team",
            "reply_to": "do-not-reply@digitalmarketplace.service.gov.uk",
        }
        body = {"type": "regular", "recipients": {"list_id": digital_outcomes}, "settings": settings}
        campaign = script.create_campaign(body)
        if is_sent:
            script.set_campaign_content(campaign, {"html": "<p>Opportunities</p>"})
            script.send_campaign(campaign)
        ran = marketplace.run(
            *("mail", "opportunities", "--stage", "production", "--today", "2026-12-03", "--format", "json")
        )

    assert ran.code == 0, ran.err
    assert [route["status"] for route in ran.json["routes"]] == ["already sent" if is_sent else "sent"]
    assert [held["status"] for held in campaigns(marketplace)] == ["sent"]
    assert audience(marketplace, digital_outcomes)["name"] == "Digital Outcomes and Specialists 5: Digital outcomes"
