"""Letters: the refusals that Notify documents; what it would accept, the sandbox refuses in its own words.

https://docs.notifications.service.gov.uk/rest-api.html#send-a-letter
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emailops.sandbox.notify import checks
from emailops.sandbox.notify.checks import NotifyError, bad_request
from emailops.sandbox.notify.template_checks import filled, sendable

if TYPE_CHECKING:
    from emailops.sandbox.notify.caller import Caller

NOT_HERE = "This sandbox does not send letters"


def refusal(caller: Caller, body: Any) -> NotifyError:
    """The first thing that is wrong with a letter, and at last that it is one."""
    if isinstance(body, dict) and "content" in body:
        checks.check(body, checks.PRECOMPILED, required=("reference", "content"))
    else:
        checks.check(body, checks.LETTER, required=("template_id", "personalisation"))
    checks.refuse_unpermitted(caller.service.permissions, "letter")
    if "content" not in body:
        filled(sendable(caller, "letter", body["template_id"], body["personalisation"]), body["personalisation"])
    if caller.key.kind == "team":
        return NotifyError(403, "BadRequestError", "Cannot send letters with a team api key")
    if caller.service.trial and caller.key.kind != "test":
        return NotifyError(403, "BadRequestError", "Cannot send letters when service is in trial mode")
    return bad_request(NOT_HERE)
