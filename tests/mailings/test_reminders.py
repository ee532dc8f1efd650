"""The service's reminders, as their scripts sent them: the same placeholders, and the reference that Notify knows."""

from __future__ import annotations

import csv

import pytest

from emailops.clients.notify import default_reference
from tests.mailings.marketplace import with_mailings

ADDRESS = "ann@user.marketplace.team"
REMINDERS = {
    "incomplete-applications": (
        "25c7c763-fe51-418f-8e51-130c391edc35",
        {
            "message": "you have not submitted any services",
            "framework_name": "G-Cloud 12",
            "framework_slug": "g-cloud-12",
            "application_deadline": "Monday 30 November 2026",
        },
    ),
    "requirements-close": (
        "c1f88c6f-1c6f-4f50-b52b-947bcea5e6c1",
        {"brief_title": "A tester", "brief_responses_url": "https://www.example.gov.uk/responses"},
    ),
}


@pytest.mark.parametrize("name", REMINDERS)
def test_a_reminder_has_the_placeholders_and_the_reference_of_its_script_and_is_sent_once(marketplace, name):
    template, values = REMINDERS[name]
    with (marketplace.folder / "people.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["email address", *values], [ADDRESS, *values.values()]])
    mail = ("mail", name, "--stage", "production", "--from", "people.csv")
    with with_mailings(marketplace, {}):
        assert marketplace.run(*mail).code == 0
        again = marketplace.run(*mail, "--again")

    (message,) = marketplace.sandbox.state()["messages"]
    assert again.code == 0, again.err
    assert message["personalisation"] == values
    assert message["reference"] == default_reference(ADDRESS, template, values)
