"""What the facts share: more that is declared, members at Mailchimp, and everything that was said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.playing import Play, Ran
from tests.stories.telling import audience
from tests.world import CREATED

TEST_AUDIENCE = "test-opportunities"
TEST_ID = "096e52cebb"
SUBSCRIBER = f"mailchimp-test-subscriber/{TEST_AUDIENCE}."
ANNA, BOB, SUE = (f"{SUBSCRIBER}{name}" for name in ("anna", "bob", "sue"))
ANNAS, BOBS = "Anna@user.marketplace.team", "bob@digitalmarketplace.service.gov.uk"
SUES = "sue.real-person@nhs.net"
"""A person's address: it stands in the file outside Git and at Mailchimp, and nowhere else."""
READING = {"GET"}


def subscribe(play: Play, *, people: bool = False, to: str = TEST_AUDIENCE) -> None:
    """Declare test subscribers: two addresses, or a person beside them."""
    person = ", sue: {person: sue}" if people else ""
    with (play.state / f"audiences/{to}.yaml").open("a") as file:
        file.write(f"subscribers: {{anna: {ANNAS}, bob: {BOBS}{person}}}\n")
    if people:
        add(play, "people.yaml", "sue: {role: tests mailings, since: 2026-11-01}\n")


def people_file(play: Play, **addresses: str) -> dict[str, str]:
    """The variable that names a file of people's addresses, which is outside the state."""
    (play.folder / "people.json").write_text(json.dumps(addresses))
    return {"EMAILOPS_PEOPLE": "people.json"}


def add(play: Play, path: str, text: str) -> None:
    with (play.state / path).open("a") as file:
        file.write(text)


def member(play: Play, address: str, status: str, *, of: str = TEST_ID) -> None:
    """Someone is at Mailchimp, in whatever status."""
    one = {"email_address": address, "status": status, "last_changed": CREATED}
    play.change_world(lambda world: audience(world, of)["members"].append(one))


def members(play: Play, of: str = TEST_ID) -> dict[str, str]:
    """Address, as Mailchimp holds it -> status."""
    found = [one for one in play.audiences() if one["id"] == of]
    assert len(found) == 1
    return {one["email_address"]: one["status"] for one in found[0]["members"]}


def of_kind(plan: Any, kind: str) -> dict[str, str]:
    """Resource -> action, of the changes of one kind."""
    return {one["resource"]: one["action"] for one in plan["changes"] if one["resource"].startswith(f"{kind}/")}


def change_of(plan: Any, resource: str) -> Any:
    found = [one for one in plan["changes"] if one["resource"] == resource]
    assert len(found) == 1, [one["resource"] for one in plan["changes"]]
    return found[0]


def step_of(plan: Any, resource: str) -> Any:
    found = [one for one in plan["steps"] if one["resource"] == resource]
    assert len(found) == 1, [one["resource"] for one in plan["steps"]]
    return found[0]


def to_attest(plan: Any) -> list[str]:
    """The resources that somebody has to attest."""
    return [one["resource"] for one in plan["steps"] if one["then"].startswith("emailops attest")]


def subscribers(plan: Any) -> dict[str, str]:
    """Name -> action, of the test subscribers in a plan."""
    return {one.rpartition(".")[2]: action for one, action in of_kind(plan, "mailchimp-test-subscriber").items()}


def outcome(report: Any, resource: str) -> Any:
    found = [one for one in report["outcomes"] if one["resource"] == resource]
    assert len(found) == 1, report["outcomes"]
    return found[0]


def sent_since(play: Play, before: int) -> list[tuple[str, str]]:
    """Method and path of every request that writes, after the first `before`."""
    return [(one.method, one.path) for one in play.sandbox.requests[before:] if one.method not in READING]


def said(play: Play, *runs: Ran) -> str:
    """All that these runs printed, and every file that emailops could have written."""
    files = [path for path in play.folder.rglob("*") if path.is_file() and path.name != "people.json"]
    texts = [path.read_bytes().decode(errors="replace") for path in files]
    assert any(isinstance(path, Path) for path in files)
    return "\n".join([*(f"{one.out}\n{one.err}" for one in runs), *texts])


def part(text: str, heading: str) -> str:
    """The lines under a heading of a plan, up to the next empty line."""
    _, found, rest = text.partition(f"\n{heading}\n")
    assert found, text
    return rest.partition("\n\n")[0]
