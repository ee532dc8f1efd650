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
_API_KEY = re.compile(rf"(?P<name>.*-)?(?P<service>{UUID})-(?P<secret>{UUID})", re.IGNORECASE | re.ASCII)
# All but letters, which a sandbox does not send.
_PERMISSIONS = [permission for permission in Permission if permission != Permission.LETTER]


def learn(holdings: Holdings, key: str) -> tuple[HeldService, HeldKey]:
    """Take in a whole API key; its name says its kind. Gives it with its service; raises InvalidInput for no key."""
    parts = _API_KEY.fullmatch(key.strip())
    if parts is None:
        raise InvalidInput("this is no API key of Notify", "an API key is NAME-SERVICE_ID-SECRET, the last two UUIDs")
    service_id, secret = parts["service"].lower(), parts["secret"].lower()
    service = holdings.services.get(service_id) or new_service(service_id, made=holdings.open)
    known = next((known for known in service.keys if known.secret == secret), None)
    if known is None:
        name = (parts["name"] or "key").removesuffix("-")
        known = HeldKey(name, kind_of(name), secret)
        service.keys.append(known)
        holdings.services.put(service_id, service)
    return service, known


def kind_of(name: str) -> KeyKind:
    """What the words of a key's name say of its kind."""
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    return next((kind for kind in (KeyKind.TEAM, KeyKind.TEST) if kind in words), KeyKind.LIVE)


def new_service(service_id: str, *, made: bool) -> HeldService:
    """A service of which nothing is known but its id."""
    return HeldService(service_id, keys=[], name="Made on first sight", made=made, permissions=list(_PERMISSIONS))
