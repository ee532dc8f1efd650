"""Mailchimp's members: rows of `mailchimp.md` sections 2 and 4."""

from __future__ import annotations

from hashlib import md5
from typing import Any

import pytest

from emailops.sandbox import Sandbox

from .accounts import AUDIENCE, SECOND
from .test_mailchimp_lists import SEE_ERRORS, call, problem

MEMBERS = f"lists/{AUDIENCE}/members"
ANNA = "Anna@builders.gov.uk"
NEW = "new@builders.gov.uk"
DOMAIN = "The domain portion of the email address is invalid (the portion after the @:"
USERNAME = "The username portion of the email address is invalid (the portion before the @:"


def hashed(address: str) -> str:
    return md5(address.lower().encode()).hexdigest()


def status_of(sandbox: Sandbox, address: str) -> str | int:
    answer = call(sandbox, f"GET {MEMBERS}/{hashed(address)}")
    return answer.json()["status"] if answer.status_code == 200 else answer.status_code


@pytest.mark.parametrize(
    ("query", "addresses"),
    [
        ("", [ANNA, "left", "removed", "bounced", "asked"]),
        ("status=subscribed", [ANNA]),
        ("status=unsubscribed", ["left", "removed"]),
        ("status=cleaned", ["bounced"]),
        ("status=pending", ["asked"]),
        ("status=transactional", []),
        ("status=archived", ["stored"]),
        ("count=2&offset=1", ["left", "removed"]),
    ],
)
def test_listing(sandbox: Sandbox, query: str, addresses: list[str]) -> None:
    listing = call(sandbox, f"GET {MEMBERS}?{query}").json()
    found = [member["email_address"].removesuffix("@builders.gov.uk") for member in listing["members"]]
    assert found == [address.removesuffix("@builders.gov.uk") for address in addresses]
    assert listing["list_id"] == AUDIENCE
    if "count" not in query:
        assert listing["total_items"] == len(addresses)


def test_a_status_that_is_none(sandbox: Sandbox) -> None:
    assert problem(call(sandbox, f"GET {MEMBERS}?status=lost")) == (400, "Invalid Resource", SEE_ERRORS)


@pytest.mark.parametrize("name", [hashed(ANNA), ANNA, ANNA.lower(), "anna%40builders.gov.uk"])
def test_a_member_is_named_by_hash_or_address(sandbox: Sandbox, name: str) -> None:
    member = call(sandbox, f"GET {MEMBERS}/{name}").json()
    assert member["id"] == hashed(ANNA)
    assert member["email_address"] == ANNA
    assert member["list_id"] == AUDIENCE


def test_what_a_member_answers(sandbox: Sandbox) -> None:
    body = {
        "email_address": NEW,
        "status": "subscribed",
        "merge_fields": {"FNAME": "Ned"},
        "language": "cy",
        "vip": True,
        "email_type": "text",
    }
    member = call(sandbox, f"POST {MEMBERS}", body).json()
    assert member["merge_fields"] == {"FNAME": "Ned", "LNAME": "", "ADDRESS": "", "PHONE": ""}
    assert {**body, "merge_fields": member["merge_fields"], "full_name": "Ned"}.items() <= member.items()
    assert member["last_changed"] == "2026-01-31T09:30:00+00:00"
    assert call(sandbox, f"GET {MEMBERS}/{NEW}").json() == member
    assert call(sandbox, f"GET lists/{AUDIENCE}").json()["stats"]["member_count"] == 2


def test_one_person_in_two_audiences(sandbox: Sandbox) -> None:
    body = {"email_address": ANNA, "status": "pending"}
    assert call(sandbox, f"POST lists/{SECOND}/members", body).status_code == 200
    assert status_of(sandbox, ANNA) == "subscribed"
    assert call(sandbox, f"GET lists?email={ANNA}").json()["total_items"] == 2


REFUSED: list[tuple[str, str, Any, str, str]] = [
    (
        "someone who is there",
        f"POST {MEMBERS}",
        {"email_address": ANNA.upper(), "status": "subscribed"},
        "Member Exists",
        f"{ANNA.upper()} is already a list member. Use PUT to insert or update list members.",
    ),
    (
        "someone who left is there, too",
        f"POST {MEMBERS}",
        {"email_address": "left@builders.gov.uk", "status": "pending"},
        "Member Exists",
        "left@builders.gov.uk is already a list member. Use PUT to insert or update list members.",
    ),
    (
        "a put that moves an address to one that is there",
        f"PUT {MEMBERS}/{hashed(NEW)}",
        {"email_address": ANNA, "status_if_new": "subscribed"},
        "Member Exists",
        f"{ANNA} is already a list member. Use PUT to insert or update list members.",
    ),
    (
        "a patch that does",
        f"PATCH {MEMBERS}/{hashed('left@builders.gov.uk')}",
        {"email_address": ANNA},
        "Member Exists",
        f"{ANNA} is already a list member. Use PUT to insert or update list members.",
    ),
    *(
        (
            f"{address} is fake",
            f"POST {MEMBERS}",
            {"email_address": address, "status": "subscribed"},
            "Invalid Resource",
            f"{address} looks fake or invalid, please enter a real email address.",
        )
        for address in ("a@example.com", "a@mail.example.org", "a@EXAMPLE.net", "a@permits.test", "a@permits.invalid")
    ),
    *(
        (
            f"{address!r} is none",
            f"POST {MEMBERS}",
            {"email_address": address, "status": "subscribed"},
            "Invalid Resource",
            detail,
        )
        for address, detail in (
            ("", "Please provide a valid email address."),
            ("anna", "An email address must contain a single @"),
            ("a@b@builders.gov.uk", "An email address must contain a single @"),
            ("anna@", f"{DOMAIN} )"),
            ("a@builders", f"{DOMAIN} builders)"),
            ("a@builders.gov.uk\n", f"{DOMAIN} builders.gov.uk\n)"),
            ("a b@builders.gov.uk", f"{USERNAME} a b)"),
        )
    ),
    *(
        (
            f"{method} of someone who left",
            f"{method} {MEMBERS}/{hashed('left@builders.gov.uk')}",
            {"email_address": "left@builders.gov.uk", "status": "subscribed"},
            "Member In Compliance State",
            ("left@builders.gov.uk is in a compliance state due to unsubscribe, bounce, or compliance review and "
            "cannot be subscribed."),
        )
        for method in ("PUT", "PATCH")
    ),
    (
        "someone whose mail bounced",
        f"PATCH {MEMBERS}/{hashed('bounced@builders.gov.uk')}",
        {"status": "subscribed"},
        "Member In Compliance State",
        ("bounced@builders.gov.uk is in a compliance state due to unsubscribe, bounce, or compliance review and "
        "cannot be subscribed."),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("route", "body", "title", "detail"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_refusals(sandbox: Sandbox, route: str, body: Any, title: str, detail: str) -> None:
    before = sandbox.state()
    assert problem(call(sandbox, route, body)) == (400, title, detail)
    assert sandbox.state() == before


@pytest.mark.parametrize("status", ["subscribed", "pending"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_someone_deleted_permanently_cannot_be_put_back(sandbox: Sandbox, method: str, status: str) -> None:
    assert call(sandbox, f"POST {MEMBERS}/{hashed(ANNA)}/actions/delete-permanent").status_code == 204
    assert status_of(sandbox, ANNA) == 404
    route = f"{method} {MEMBERS}" + (f"/{hashed(ANNA)}" if method == "PUT" else "")
    answer = call(sandbox, route, {"email_address": ANNA, "status": status, "status_if_new": status})
    assert problem(answer) == (
        400,
        "Forgotten Email Not Subscribed",
        (
            f"{ANNA} was permanently deleted and cannot be re-imported. The contact must re-subscribe to get back on "
            "the list."
        ),
    )
    assert "type" not in answer.json()


CHANGES: list[tuple[str, str, str, Any, str]] = [
    ("status_if_new adds", "PUT", NEW, {"status_if_new": "pending"}, "pending"),
    ("status alone adds, too", "PUT", NEW, {"status": "subscribed"}, "subscribed"),
    ("status_if_new wins for someone new", "PUT", NEW, {"status": "cleaned", "status_if_new": "pending"}, "pending"),
    ("status_if_new leaves someone alone", "PUT", ANNA, {"status_if_new": "unsubscribed"}, "subscribed"),
    ("and someone who left", "PUT", "left@builders.gov.uk", {"status_if_new": "subscribed"}, "unsubscribed"),
    ("status overwrites", "PUT", ANNA, {"status": "unsubscribed", "status_if_new": "subscribed"}, "unsubscribed"),
    (
        "status can undo what an administrator did",
        "PUT",
        "removed@builders.gov.uk",
        {"status": "subscribed"},
        "subscribed",
    ),
    ("someone who left can be asked", "PATCH", "left@builders.gov.uk", {"status": "pending"}, "pending"),
    ("archiving", "DELETE", ANNA, None, "archived"),
    ("back from the archive", "PATCH", "stored@builders.gov.uk", {"status": "subscribed"}, "subscribed"),
]


@pytest.mark.parametrize(
    ("method", "address", "body", "status"), [pytest.param(*row[1:], id=row[0]) for row in CHANGES]
)
def test_the_status_after(sandbox: Sandbox, method: str, address: str, body: Any, status: str) -> None:
    if method == "PUT":
        body = {"email_address": address, **body}
    answer = call(sandbox, f"{method} {MEMBERS}/{hashed(address)}", body)
    assert answer.status_code == (204 if method == "DELETE" else 200)
    assert status_of(sandbox, address) == status


def test_someone_archived_can_be_added_again(sandbox: Sandbox) -> None:
    body = {"email_address": "stored@builders.gov.uk", "status": "subscribed"}
    assert call(sandbox, f"POST {MEMBERS}", body).json()["status"] == "subscribed"


def test_unsubscribing_by_api_is_an_administrators(sandbox: Sandbox) -> None:
    for status in ("unsubscribed", "subscribed"):
        assert call(sandbox, f"PATCH {MEMBERS}/{hashed(ANNA)}", {"status": status}).json()["status"] == status


def test_a_put_twice_is_one_member(sandbox: Sandbox) -> None:
    body = {"email_address": NEW, "status_if_new": "subscribed", "merge_fields": {"FNAME": "Ned"}}
    first, second = (call(sandbox, f"PUT {MEMBERS}/{hashed(NEW)}", body).json() for _ in range(2))
    assert first == second


def test_a_new_address_moves_the_member(sandbox: Sandbox) -> None:
    moved = call(
        sandbox, f"PATCH {MEMBERS}/{hashed(ANNA)}", {"email_address": NEW, "merge_fields": {"FNAME": "A"}}
    ).json()
    assert (moved["id"], moved["status"], moved["full_name"]) == (hashed(NEW), "subscribed", "A")
    assert status_of(sandbox, ANNA) == 404


def test_the_address_stays_as_first_typed(sandbox: Sandbox) -> None:
    assert call(sandbox, f"PATCH {MEMBERS}/{hashed(ANNA)}", {"vip": True}).json()["email_address"] == ANNA


INVALID: list[tuple[str, str, Any, dict[str, str]]] = [
    ("no address", f"POST {MEMBERS}", {"status": "pending"},
     {"field": "", "message": "Required fields were not provided: email_address"}),
    ("no status", f"POST {MEMBERS}", {"email_address": NEW},
     {"field": "", "message": "Required fields were not provided: status"}),
    ("a put without an address", f"PUT {MEMBERS}/{hashed(NEW)}", {"status": "pending"},
     {"field": "", "message": "Required fields were not provided: email_address"}),
    ("a put of someone new without a status", f"PUT {MEMBERS}/{hashed(NEW)}", {"email_address": NEW},
     {"field": "", "message": "Required fields were not provided: status_if_new"}),
    ("null for an address", f"POST {MEMBERS}", {"email_address": None, "status": "pending"},
     {"field": "email_address", "message": "Schema describes string, NULL found instead"}),
    ("a status that is none", f"POST {MEMBERS}", {"email_address": NEW, "status": "gone"},
     {"field": "status", "message": "Value must be one of: subscribed, unsubscribed, cleaned, pending, transactional"}),
    ("archiving by status", f"PATCH {MEMBERS}/{hashed(ANNA)}", {"status": "archived"},
     {"field": "status", "message": "Value must be one of: subscribed, unsubscribed, cleaned, pending, transactional"}),
    ("merge fields that are a list", f"PATCH {MEMBERS}/{hashed(ANNA)}", {"merge_fields": []},
     {"field": "merge_fields", "message": "Schema describes object, array found instead"}),
]  # fmt: skip


@pytest.mark.parametrize(("route", "body", "error"), [pytest.param(*row[1:], id=row[0]) for row in INVALID])
def test_invalid_resources(sandbox: Sandbox, route: str, body: Any, error: dict[str, str]) -> None:
    answer = call(sandbox, route, body)
    assert problem(answer) == (400, "Invalid Resource", SEE_ERRORS)
    assert answer.json()["errors"] == [error]


@pytest.mark.parametrize(
    "route",
    [
        f"GET {MEMBERS}/{hashed(NEW)}",
        f"PATCH {MEMBERS}/{hashed(NEW)}",
        f"DELETE {MEMBERS}/{hashed(NEW)}",
        f"POST {MEMBERS}/{hashed(NEW)}/actions/delete-permanent",
        "GET lists/0000000000/members",
        "POST lists/0000000000/members",
    ],
)
def test_nobody_there(sandbox: Sandbox, route: str) -> None:
    body = {"email_address": NEW, "status": "pending"}
    answer = call(sandbox, route, None if route.startswith("GET") else body)
    assert problem(answer) == (404, "Resource Not Found", "The requested resource could not be found.")


def test_a_batch_is_five_hundred_at_most(sandbox: Sandbox) -> None:
    members = [{"email_address": f"m{number}@builders.gov.uk", "status": "subscribed"} for number in range(501)]
    answer = call(sandbox, f"POST lists/{AUDIENCE}", {"members": members})
    assert problem(answer) == (400, "Invalid Resource", SEE_ERRORS)
    assert answer.json()["errors"][0]["field"] == "members"
    assert call(sandbox, f"POST lists/{AUDIENCE}", {"members": members[1:]}).json()["total_created"] == 500
    page = call(sandbox, f"GET {MEMBERS}?status=subscribed&count=1000").json()
    assert len(page["members"]) == page["total_items"] == 501


def test_fifty_tags_are_shown_with_a_member_and_all_by_themselves(sandbox: Sandbox) -> None:
    body = {"email_address": NEW, "status": "subscribed", "tags": [f"tag {number}" for number in range(60)]}
    member = call(sandbox, f"POST {MEMBERS}", body).json()
    assert (member["tags_count"], len(member["tags"])) == (60, 50)
    assert len({tag["id"] for tag in member["tags"]}) == 50
    tags = call(sandbox, f"GET {MEMBERS}/{NEW}/tags?count=1000").json()
    assert len(tags["tags"]) == tags["total_items"] == 60


def test_a_saved_state_keeps_whoever_moved(sandbox: Sandbox) -> None:
    contact_id = call(sandbox, f"PATCH {MEMBERS}/{ANNA}", {"email_address": NEW}).json()["contact_id"]
    sandbox.replace(sandbox.state())
    assert call(sandbox, f"GET {MEMBERS}/{contact_id}").json()["email_address"] == NEW
    assert call(sandbox, f"POST {MEMBERS}/{contact_id}/actions/delete-permanent").status_code == 204
    assert call(sandbox, f"GET {MEMBERS}/{contact_id}").status_code == 404


def test_what_members_have_and_nobody_declared_is_a_merge_field(sandbox: Sandbox) -> None:
    state = sandbox.state()
    audience = state["mailchimp"]["accounts"][0]["audiences"][0]
    del audience["merge_fields"]
    audience["members"][0]["merge_fields"] = {"LNAME": "Lee", "TRADE": "roofer"}
    sandbox.replace(state)
    assert call(sandbox, f"GET {MEMBERS}/{ANNA}").json()["merge_fields"]["TRADE"] == "roofer"
    fields = call(sandbox, f"GET lists/{AUDIENCE}/merge-fields?required=false").json()["merge_fields"]
    assert [field["tag"] for field in fields] == ["FNAME", "LNAME", "ADDRESS", "PHONE", "TRADE"]
