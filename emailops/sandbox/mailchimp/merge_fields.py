"""The merge fields of a Mailchimp audience, and what a member's values for them must be.

https://mailchimp.com/developer/marketing/api/list-merges/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emailops.sandbox.holding.world import Account, Audience, MergeField
from emailops.sandbox.mailchimp.audiences import find
from emailops.sandbox.mailchimp.pagination import page_of
from emailops.sandbox.mailchimp.parameters import choice, flag
from emailops.sandbox.mailchimp.problems import INVALID, MailchimpError, bad_request, not_found
from emailops.sandbox.mailchimp.shapes import Object, OneOf, read_body
from emailops.sandbox.serving.wire import Ask, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

TYPES = (
    "text",
    "number",
    "address",
    "phone",
    "date",
    "url",
    "imageurl",
    "radio",
    "dropdown",
    "birthday",
    "zip",
)
MOST = 30
_FIELDS: dict[str, Any] = {
    "tag": str,
    "name": str,
    "required": bool,
    "default_value": str,
    "public": bool,
    "display_order": int,
    "options": dict,
    "help_text": str,
}
_NEW = Object({**_FIELDS, "type": OneOf(TYPES)}, required=("name", "type"))
_CHANGED = Object(_FIELDS)
_ADDRESS = ("addr1", "city", "state", "zip")


def list_all(ask: Ask[Account]) -> Reply:
    audience = find(ask)
    kind, required = choice(ask.call, "type", TYPES), flag(ask.call, "required")
    found = [
        one
        for one in audience.merge_fields
        if (not kind or one.type == kind) and (not ask.call.last("required") or one.required == required)
    ]
    return Reply(
        200,
        {
            "merge_fields": [_as_read(one, audience) for one in page_of(found, ask.call)],
            "list_id": audience.id,
            "total_items": len(found),
            "_links": [],
        },
    )


def create(ask: Ask[Account]) -> Reply:
    audience = find(ask)
    body = read_body(ask.call, _NEW)
    if len(audience.merge_fields) >= MOST:
        raise bad_request()
    number = max((one.merge_id for one in audience.merge_fields), default=0) + 1
    made = MergeField(number, f"MMERGE{number}", body["name"], body["type"], display_order=number + 1)
    _set(made, body, audience)
    audience.merge_fields.append(made)
    return Reply(200, _as_read(made, audience))


def read(ask: Ask[Account]) -> Reply:
    return Reply(200, _as_read(_present(ask), find(ask)))


def update(ask: Ask[Account]) -> Reply:
    """The type stays what it was, whatever is sent; values go with their field when its tag changes."""
    audience, present = find(ask), _present(ask)
    before = present.tag
    _set(present, read_body(ask.call, _CHANGED), audience)
    if present.tag != before:
        for member in audience.members_valued(before):
            member.merge_fields[present.tag] = member.merge_fields.pop(before)
    return Reply(200, _as_read(present, audience))


def delete(ask: Ask[Account]) -> Reply:
    audience, present = find(ask), _present(ask)
    audience.merge_fields.remove(present)
    for member in audience.members_valued(present.tag):
        del member.merge_fields[present.tag]
    return Reply(204)


def values_of(
    given: Mapping[str, Any], before: Mapping[str, Any], audience: Audience, *, complete: bool
) -> dict[str, Any]:
    """A member's values after those that are given; what no field is for is passed over.

    `complete` asks for a value in every required field, too; an empty one is refused where it is given.
    """
    known = {one.tag: one for one in audience.merge_fields}
    values = {tag: "" if value is None else value for tag, value in given.items() if tag in known}
    errors = [(tag, wrong) for tag, value in values.items() if (wrong := _wrong(known[tag].type, value))]
    after = {**before, **values}
    if complete:
        errors += [(tag, "Please enter a value") for tag, one in known.items() if one.required and not after.get(tag)]
    if errors:
        listed = [{"field": tag, "message": message} for tag, message in errors]
        raise MailchimpError(400, INVALID, "Your merge fields were invalid.", listed)
    return after


def _wrong(kind: str, value: Any) -> str:
    if value == "":
        return ""
    if kind == "address":
        is_complete = isinstance(value, dict) and all(isinstance(value.get(part), str) for part in _ADDRESS)
        return "" if is_complete and value["addr1"] and value["city"] else "Please enter a complete address"
    if kind == "number":
        return "" if _is_number(value) else "Please enter a number"
    return "" if isinstance(value, str | int | float) else "Please enter a value"


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    try:
        float(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def _set(one: MergeField, body: dict[str, Any], audience: Audience) -> None:
    tag = body.get("tag", one.tag).upper() or one.tag
    if any(other.tag == tag for other in audience.merge_fields if other is not one):
        raise bad_request(f'A Merge Field with the tag "{tag}" already exists for this list.')
    for name in _FIELDS:
        if name in body:
            setattr(one, name, body[name])
    one.tag = tag


def _present(ask: Ask[Account]) -> MergeField:
    for one in find(ask).merge_fields:
        if str(one.merge_id) == ask.names["field"]:
            return one
    raise not_found()


def _as_read(one: MergeField, audience: Audience) -> dict[str, Any]:
    return {
        "merge_id": one.merge_id,
        "tag": one.tag,
        "name": one.name,
        "type": one.type,
        "required": one.required,
        "default_value": one.default_value,
        "public": one.public,
        "display_order": one.display_order,
        "options": dict(one.options),
        "help_text": one.help_text,
        "list_id": audience.id,
        "_links": [],
    }
