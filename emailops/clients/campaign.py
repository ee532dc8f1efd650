"""A campaign as a client speaks of it; an error may hold one."""

from __future__ import annotations

from typing import NamedTuple

_GONE_OUT = ("sending", "sent")


class Campaign(NamedTuple):
    """As Mailchimp last told it; `status` is save, paused, schedule, sending or sent."""

    id: str
    title: str
    audience_id: str
    status: str

    @property
    def has_gone_out(self) -> bool:
        return self.status in _GONE_OUT
