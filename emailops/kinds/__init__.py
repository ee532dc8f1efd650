"""The resource kinds, in the order of every output. A new kind is one file here, one in providers/, one line below."""

from __future__ import annotations

from emailops.kinds import mailchimp_audience, notify_guest_list, notify_template
from emailops.kinds.contract import Kind

KINDS: dict[str, Kind] = {
    "mailchimp-audience": mailchimp_audience.KIND,
    "notify-template": notify_template.KIND,
    "notify-guest-list": notify_guest_list.KIND,
}
