"""Whole API keys of Notify that a sandbox is told.

No request holds the name of a key, so this is the only way to know it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from emailops.errors import InvalidInput
from emailops.sandbox.holding.service import HeldKey, HeldService, KeyKind, Permission

if TYPE_CHECKING:
    from emailops.sandbox.holding.holdings import Holdings

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TOLD_KEY = re.compile(
    rf"((?P<kind>{'|'.join(KeyKind)})=)?(?P<name>.*-)?(?P<service>{UUID})-(?P<secret>{UUID})", re.IGNORECASE | re.ASCII
)
REMEDY = "an API key is NAME-SERVICE_ID-SECRET, the last two UUIDs; its kind may stand in front: team=KEY"
# All but letters, which a sandbox does not send.
_PERMISSIONS = [permission for permission in Permission if permission != Permission.LETTER]


def learn(holdings: Holdings, key: str) -> tuple[HeldService, HeldKey]:
    """Take in a whole API key, with its kind in front as in `team=KEY`, or without. Gives it with its service.

    Without, it is of the kind of the key that the service has under this name, or else of the one that its name says.
    Raises InvalidInput for what is no key.
    """
    parts = _TOLD_KEY.fullmatch(key.strip())
    if parts is None:
        raise InvalidInput("this is no API key of Notify", REMEDY)
    service_id, secret = parts["service"].lower(), parts["secret"].lower()
    service = holdings.services.get(service_id) or new_service(service_id, made=holdings.open)
    known = next((known for known in service.keys if known.secret == secret), None)
    told = KeyKind(parts["kind"].lower()) if parts["kind"] else None
    if known is None:
        name = (parts["name"] or "key").removesuffix("-")
        known = HeldKey(name, told or _kind_of(name, service), secret)
        service.keys.append(known)
        holdings.services.put(service_id, service)
    elif told and known.kind != told:
        known.kind = told
        holdings.services.put(service_id, service)
    return service, known


def as_handed_out(name: str) -> str:
    """A key's name as Notify's page writes it into the key: blanks become _, and all but letters and digits go."""
    return re.sub(r"[^a-z0-9_]", "", re.sub(r"\s", "_", name.strip().lower()))


def _kind_of(name: str, service: HeldService) -> KeyKind:
    """That of the key of this name, else what the words of the name say; hyphens are no longer there to part them."""
    for key in service.keys:
        if as_handed_out(key.name) == as_handed_out(name):
            return key.kind
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    return next((kind for kind in (KeyKind.TEAM, KeyKind.TEST) if kind in words), KeyKind.LIVE)


def new_service(service_id: str, *, made: bool) -> HeldService:
    """A service of which nothing is known but its id."""
    return HeldService(service_id, keys=[], name="Made on first sight", made=made, permissions=list(_PERMISSIONS))
