"""The merge fields of a Mailchimp audience, and what a member's values for them must be.

https://mailchimp.com/developer/marketing/api/list-merges/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emailops.sandbox.holding.audience import HeldAudience, HeldMergeField, MergeFieldType
from emailops.sandbox.mailchimp.api_key import MailchimpCaller
from emailops.sandbox.mailchimp.audiences import find
from emailops.sandbox.mailchimp.pagination import page_of
from emailops.sandbox.mailchimp.parameters import choice, flag
from emailops.sandbox.mailchimp.problems import MailchimpError, Title, bad_request, not_found
from emailops.sandbox.mailchimp.shapes import Object, OneOf, read_body
from emailops.sandbox.serving.wire import Ask, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

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
_NEW = Object({**_FIELDS, "type": OneOf(tuple(MergeFieldType))}, required=("name", "type"))
_CHANGED = Object(_FIELDS)
_ADDRESS = ("addr1", "city", "state", "zip")


def list_all(ask: Ask[MailchimpCaller]) -> Response:
    audience = find(ask)
    field_type, required = choice(ask.call, "type", MergeFieldType), flag(ask.call, "required")
    found = [
        field
        for field in audience.merge_fields
        if field_type in (None, field.type) and (not ask.call.last("required") or field.required == required)
    ]
    return Response(
        200,
        {
            "merge_fields": [_as_read(field, audience) for field in page_of(found, ask.call)],
            "list_id": audience.id,
            "total_items": len(found),
            "_links": [],
        },
    )


def create(ask: Ask[MailchimpCaller]) -> Response:
    audience = find(ask)
    body = read_body(ask.call, _NEW)
    if len(audience.merge_fields) >= MOST:
        raise bad_request()
    number = max((field.merge_id for field in audience.merge_fields), default=0) + 1
    field_type = MergeFieldType(body["type"])
    field = HeldMergeField(number, f"MMERGE{number}", body["name"], field_type, display_order=number + 1)
    _set(field, body, audience)
    audience.merge_fields.append(field)
    ask.who.put_audience(audience)
    return Response(200, _as_read(field, audience))


def read(ask: Ask[MailchimpCaller]) -> Response:
    return Response(200, _as_read(_present(ask), find(ask)))


def update(ask: Ask[MailchimpCaller]) -> Response:
    """The type stays what it was, whatever is sent; values go with their field when its tag changes."""
    audience, present = find(ask), _present(ask)
    before = present.tag
    _set(present, read_body(ask.call, _CHANGED), audience)
    ask.who.put_audience(audience)
    if present.tag != before:
        for member in audience.members_valued(before):
            member.merge_fields[present.tag] = member.merge_fields.pop(before)
            audience.keep(member)
    return Response(200, _as_read(present, audience))


def delete(ask: Ask[MailchimpCaller]) -> Response:
    audience, present = find(ask), _present(ask)
    audience.merge_fields.remove(present)
    ask.who.put_audience(audience)
    for member in audience.members_valued(present.tag):
        del member.merge_fields[present.tag]
        audience.keep(member)
    return Response(204)


def values_of(
    given: Mapping[str, Any], before: Mapping[str, Any], audience: HeldAudience, *, complete: bool
) -> dict[str, Any]:
    """A member's values after those that are given; what no field is for is passed over.

    `complete` asks for a value in every required field, too; an empty one is refused where it is given.
    """
    known = {field.tag: field for field in audience.merge_fields}
    values = {tag: "" if value is None else value for tag, value in given.items() if tag in known}
    errors = [(tag, wrong) for tag, value in values.items() if (wrong := _wrong(known[tag].type, value))]
    after = {**before, **values}
    if complete:
        errors += [
            (tag, "Please enter a value") for tag, field in known.items() if field.required and not after.get(tag)
        ]
    if errors:
        listed = [{"field": tag, "message": message} for tag, message in errors]
        raise MailchimpError(400, Title.INVALID, "Your merge fields were invalid.", listed)
    return after


def _wrong(field_type: MergeFieldType, value: Any) -> str:
    if value == "":
        return ""
    if field_type == MergeFieldType.ADDRESS:
        is_complete = isinstance(value, dict) and all(isinstance(value.get(part), str) for part in _ADDRESS)
        return "" if is_complete and value["addr1"] and value["city"] else "Please enter a complete address"
    if field_type == MergeFieldType.NUMBER:
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


def _set(field: HeldMergeField, body: dict[str, Any], audience: HeldAudience) -> None:
    tag = body.get("tag", field.tag).upper() or field.tag
    if any(other.tag == tag for other in audience.merge_fields if other is not field):
        raise bad_request(f'A Merge Field with the tag "{tag}" already exists for this list.')
    for name in _FIELDS:
        if name in body:
            setattr(field, name, body[name])
    field.tag = tag


def _present(ask: Ask[MailchimpCaller]) -> HeldMergeField:
    for field in find(ask).merge_fields:
        if str(field.merge_id) == ask.names["field"]:
            return field
    raise not_found()


def _as_read(field: HeldMergeField, audience: HeldAudience) -> dict[str, Any]:
    return {
        "merge_id": field.merge_id,
        "tag": field.tag,
        "name": field.name,
        "type": field.type,
        "required": field.required,
        "default_value": field.default_value,
        "public": field.public,
        "display_order": field.display_order,
        "options": dict(field.options),
        "help_text": field.help_text,
        "list_id": audience.id,
        "_links": [],
    }
