"""Letters: the refusals that Notify documents; what it would accept, the sandbox refuses in its own words.

https://docs.notifications.service.gov.uk/rest-api.html#send-a-letter
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emailops.sandbox.holding.service import KeyKind, TemplateType
from emailops.sandbox.notify import checks
from emailops.sandbox.notify.checks import NotifyError, bad_request
from emailops.sandbox.notify.template_checks import filled, sendable

if TYPE_CHECKING:
    from emailops.sandbox.notify.caller import NotifyCaller

NOT_HERE = "This sandbox does not send letters"


def refusal(caller: NotifyCaller, body: Any) -> NotifyError:
    """The first thing that is wrong with a letter, and at last that it is one."""
    if isinstance(body, dict) and "content" in body:
        checks.check(body, checks.PRECOMPILED, required=("reference", "content"))
    else:
        checks.check(body, checks.LETTER, required=("template_id", "personalisation"))
    checks.refuse_unpermitted(caller.service.permissions, TemplateType.LETTER)
    if "content" not in body:
        filled(
            sendable(caller, TemplateType.LETTER, body["template_id"], body["personalisation"]), body["personalisation"]
        )
    if caller.key.kind == KeyKind.TEAM:
        return NotifyError(403, "BadRequestError", "Cannot send letters with a team api key")
    if caller.service.trial and caller.key.kind != KeyKind.TEST:
        return NotifyError(403, "BadRequestError", "Cannot send letters when service is in trial mode")
    return bad_request(NOT_HERE)
