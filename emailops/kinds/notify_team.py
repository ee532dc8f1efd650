"""The members of a Notify service: attested (https://www.notifications.service.gov.uk/using-notify/team-members-permissions).

A team key may mail them beside the guest list, and every member with the permission can see what was sent.
"""

from __future__ import annotations

from emailops.kinds.contract import Attested, Capability, Kind
from emailops.plan import Control

NAME = "notify-team"

KIND = Kind(
    name=NAME,
    capabilities=(Capability("people", Control.attested, "nobody", "a person in Notify"),),
    attested=Attested("/users", "members read what was sent, and a team key mails them"),
)
