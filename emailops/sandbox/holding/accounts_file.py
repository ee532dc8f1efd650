"""Reading and checking an accounts file against schemas/accounts.schema.json, and for what a schema cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from emailops.errors import InvalidInput
from emailops.sandbox.serving.faults import Faults
from emailops.sandbox.serving.wire import STATE_DEPTH, InvalidAt, parse_json
from emailops.schema import JSON, as_written, fits, is_time, schema
from emailops.strict_json import once_each

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jsonschema import Draft202012Validator, ValidationError

REMEDY = "schemas/accounts.schema.json describes the shape of accounts"


def load_accounts(path: Path) -> dict[str, Any]:
    """The accounts that a JSON file holds, checked; InvalidInput names the file, the place and the reason."""
    try:
        accounts = parse_json(path.read_bytes(), depth=STATE_DEPTH, pairs=once_each)
    except OSError as error:
        raise InvalidInput(f"{path}: {error.strerror}", "name a JSON file with accounts") from error
    except ValueError as error:
        raise InvalidInput(f"{path}: $: {error}", REMEDY) from error
    try:
        check(accounts)
    except InvalidAt as error:
        raise InvalidInput(f"{path}: {error.message}", error.remedy) from error
    return cast(dict[str, Any], accounts)


def check(accounts: Any) -> None:
    """InvalidAt where accounts, or a saved state, are not as they must be."""
    if not fits("accounts", JSON)(accounts):
        for wrong in schema_validator().iter_errors(accounts):
            raise InvalidAt(wrong.json_path, _reason(wrong), REMEDY)
    for steps in _UNIQUE:
        _refuse_duplicates(_find(steps, accounts, "$"))
    for owners, steps in _UNIQUE_WITHIN:
        for place, owner in _find(owners, accounts, "$"):
            _refuse_duplicates(_find(steps, owner, place))
    Faults(accounts.get("faults", []), "$.faults")


def schema_validator() -> Draft202012Validator:
    """What jsonschema makes of the schema: slow, and able to say what is wrong."""
    from jsonschema import Draft202012Validator, FormatChecker  # noqa: PLC0415 - only what is wrong needs it

    formats = FormatChecker(formats=())
    formats.checks("date-time")(is_time)
    return Draft202012Validator(schema("accounts"), format_checker=formats)


def _reason(wrong: ValidationError) -> str:
    """In words of ours, for jsonschema repeats the value, which may be a secret."""
    rule, wanted = str(wrong.validator), cast("Any", wrong.validator_value)
    if rule == "additionalProperties":
        known = cast("dict[str, Any]", wrong.schema)["properties"]
        unknown = [field for field in cast("dict[str, Any]", wrong.instance) if field not in known]
        return f"unknown field {', '.join(unknown)}; known are {', '.join(known)}"
    if rule == "required":
        return wrong.message
    if rule == "pattern":
        return f"must match {as_written(wanted)}"
    return f"{_WORDS.get(rule, rule)} {', '.join(wanted) if isinstance(wanted, list) else wanted}"


_WORDS = {
    "enum": "must be one of",
    "format": "must be a real",
    "maximum": "must be at most",
    "minimum": "must be at least",
    "minItems": "must hold at least",
    "minLength": "must have characters, at least",
    "type": "must be of type",
}
# Where a value may stand once only.
_UNIQUE = (
    ("notify", "services", "*", "id"),
    ("mailchimp", "accounts", "*", "account_id"),
    ("mailchimp", "accounts", "*", "api_keys", "*"),
    ("mailchimp", "accounts", "*", "audiences", "*", "id"),
    ("messages", "*", "id"),
)
_SERVICE = ("notify", "services", "*")
_AUDIENCE = ("mailchimp", "accounts", "*", "audiences", "*")
# And where once in each: a person may be in two audiences, and a template made on first sight in two services.
_UNIQUE_WITHIN = (
    (_SERVICE, ("keys", "*", "secret")),
    (_SERVICE, ("templates", "*", "id")),
    (_SERVICE, ("reply_to", "*", "id")),
    (_SERVICE, ("sms_senders", "*", "id")),
    (_AUDIENCE, ("members", "*", "email_address")),
)


def _refuse_duplicates(found: Iterator[tuple[str, Any]]) -> None:
    first: dict[str, str] = {}
    for place, value in found:
        if value.lower() in first:
            raise InvalidAt(place, f"the same as {first[value.lower()]}", REMEDY)
        first[value.lower()] = place


def _find(steps: tuple[str, ...], value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Every value at the end of `steps`, with its place; "*" is each item of a list, and what is absent is skipped."""
    if not steps:
        yield place, value
    elif steps[0] == "*":
        for index, item in enumerate(value):
            yield from _find(steps[1:], item, f"{place}[{index}]")
    elif steps[0] in value:
        yield from _find(steps[1:], value[steps[0]], f"{place}.{steps[0]}")
