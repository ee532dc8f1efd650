"""Files sent by email: an object in the personalisation, which Notify stores and puts a link in the place of.

https://docs.notifications.service.gov.uk/rest-api.html#send-a-file-by-email
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from emailops.sandbox.notify import checks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emailops.sandbox.holding.service import HeldService

_WEEKS = re.compile(r"(\d{1,3}) weeks?")


def named(personalisation: Mapping[str, Any]) -> list[str]:
    """The names whose value is a file."""
    return [name for name, value in personalisation.items() if isinstance(value, dict) and "file" in value]


def linked(service: HeldService, personalisation: Mapping[str, Any]) -> dict[str, Any]:
    """The personalisation with a link for each file; the sandbox keeps no file, and nothing answers at the link."""
    files = named(personalisation)
    if files and not service.contact_link:
        raise checks.bad_request(
            "Send files by email has not been set up - add contact details for your service at "
            f"https://www.notifications.service.gov.uk/services/{service.id}/service-settings/send-files-by-email"
        )
    for name in files:
        checks.check(personalisation[name], _FILE)
        if None not in (personalisation[name].get("is_csv"), personalisation[name].get("filename")):
            raise checks.bad_request("Do not set a value for `is_csv` if `filename` is set.")
    return {**personalisation, **{name: f"https://documents.service.gov.uk/d/{uuid4()}/{uuid4()}" for name in files}}


def _flag(value: Any) -> str | None:
    if value is None or isinstance(value, bool):
        return None
    return f"Unsupported value for is_csv: {value}. Use a boolean true or false value."


def _confirm(value: Any) -> str | None:
    if value is None or isinstance(value, bool):
        return None
    return f"Unsupported value for confirm_email_before_download: {value}. Use a boolean true or false value."


def _retention(value: Any) -> str | None:
    weeks = _WEEKS.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if value is None or (weeks and 1 <= int(weeks[1]) <= 78):
        return None
    return f"Unsupported value for retention_period: {value}. Supported periods are from 1 to 78 weeks."


def _filename(value: Any) -> str | None:
    if value is None or (isinstance(value, str) and "." in value):
        return None
    return "`filename` must end with a file extension. For example, filename.csv"


_FILE: dict[str, checks.Rule] = {
    "file": checks.text,
    "is_csv": _flag,
    "confirm_email_before_download": _confirm,
    "retention_period": _retention,
    "filename": _filename,
}
