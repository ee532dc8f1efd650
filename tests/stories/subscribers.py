"""What the stories of test subscribers share: who is declared, and who is at Mailchimp."""

from __future__ import annotations

from typing import Any

from tests.playing import Play
from tests.stories.telling import WRITES, add, audience, of_kind
from tests.world import CREATED

TEST_AUDIENCE = "test-opportunities"
TEST_ID = "096e52cebb"
SUBSCRIBER = f"mailchimp-test-subscriber/{TEST_AUDIENCE}."
ANNA, BOB, SUE = (f"{SUBSCRIBER}{name}" for name in ("anna", "bob", "sue"))
ANNAS, BOBS = "Anna@user.marketplace.team", "bob@digitalmarketplace.service.gov.uk"
SUES = "sue.real-person@nhs.net"
"""A person's address: it stands in the file outside Git and at Mailchimp, and nowhere else."""


def subscribe(play: Play, *, people: bool = False, to: str = TEST_AUDIENCE) -> None:
    """Declare test subscribers: two addresses, or a person beside them."""
    person = ", sue: {person: sue}" if people else ""
    with (play.state / f"audiences/{to}.yaml").open("a") as file:
        file.write(f"subscribers: {{anna: {ANNAS}, bob: {BOBS}{person}}}\n")
    if people:
        add(play, "people.yaml", "sue: {role: tests mailings, since: 2026-11-01}\n")


def member(play: Play, address: str, status: str, *, of: str = TEST_ID) -> None:
    """Someone is at Mailchimp, in whatever status."""
    entry = {"email_address": address, "status": status, "last_changed": CREATED}
    play.change_world(lambda world: audience(world, of)["members"].append(entry))


def members(play: Play, of: str = TEST_ID) -> dict[str, str]:
    """Address, as Mailchimp holds it -> status."""
    found = [audience for audience in play.audiences() if audience["id"] == of]
    assert len(found) == 1
    return {member["email_address"]: member["status"] for member in found[0]["members"]}


def subscribers(plan: Any) -> dict[str, str]:
    """Name -> action, of the test subscribers in a plan."""
    return {name.rpartition(".")[2]: action for name, action in of_kind(plan, "mailchimp-test-subscriber").items()}


def outcome(report: Any, resource: str) -> Any:
    found = [outcome for outcome in report["outcomes"] if outcome["resource"] == resource]
    assert len(found) == 1, report["outcomes"]
    return found[0]


def sent_since(play: Play, before: int) -> list[tuple[str, str]]:
    """Method and path of every request that writes, after the first `before`."""
    return [(request.method, request.path) for request in play.sandbox.requests[before:] if request.method in WRITES]
