"""Who calls: GOV.UK Notify's bearer token, a JWT signed with the secret of one of the service's keys.

https://docs.notifications.service.gov.uk/rest-api.html#authorisation-header
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt

from emailops.errors import InvalidInput
from emailops.sandbox.holding.world import Key
from emailops.sandbox.notify.checks import UUID, NotifyError, is_uuid
from emailops.sandbox.notify.first_sight import new_service

if TYPE_CHECKING:
    from jwt.types import Options

    from emailops.sandbox.holding.world import Service, World
    from emailops.sandbox.serving.wire import Call

CLOCK_SECONDS = 30
_API_KEY = re.compile(rf"(?P<name>.*-)?(?P<service>{UUID.pattern})-(?P<secret>{UUID.pattern})", UUID.flags)
_NOT_FOUND = "API key not found"
_WRONG_ALGORITHM = "algorithm used is not HS256"
_EXAMPLE = "https://docs.notifications.service.gov.uk/rest-api.html#authorisation-header"
# Any key that the sandbox was not told of: the secret of none is sent, so that none can be checked.
_ANY = Key("unknown", "live", secret="")
_SIGNATURE_ONLY: Options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}


@dataclass(frozen=True, slots=True)
class Caller:
    world: World
    service: Service
    key: Key


def authenticate(world: World, call: Call) -> Caller:
    """The service and the key behind a call, or the refusal that Notify gives; its order of checks."""
    token = _token(call.headers.get("authorization", ""))
    service = _service(world, _issuer(token))
    if not service.keys and not service.made:
        raise _refused("service has no API keys")
    if service.archived:
        raise _refused("service is archived")
    key, claims = _signed(service, token)
    if "iat" not in claims:
        raise _refused(_NOT_FOUND)
    if not _is_now(claims["iat"], call.arrived):
        raise NotifyError(403, "AuthError", "Error: Your system clock must be accurate to within 30 seconds")
    if key.revoked:
        raise _refused("API key revoked")
    if service.id not in world.services:
        world.services[service.id] = service
    return Caller(world, service, key)


def learn(world: World, key: str) -> Key:
    """Take in a whole API key; its name says its kind. No request holds the name, so this is the only way to know."""
    parts = _API_KEY.fullmatch(key.strip())
    if parts is None:
        raise InvalidInput("this is no API key of Notify", "an API key is NAME-SERVICE_ID-SECRET, the last two UUIDs")
    name, service_id, secret = (parts["name"] or "key").removesuffix("-"), parts["service"].lower(), parts["secret"]
    service = world.services.setdefault(service_id, new_service(service_id, made=world.open))
    known = next((one for one in service.keys if one.secret == secret.lower()), None)
    if known is not None:
        return known
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    kind = next((kind for kind in ("team", "test") if kind in words), "live")
    service.keys.append(learnt := Key(name, kind, secret.lower()))
    return learnt


def _refused(reason: str) -> NotifyError:
    return NotifyError(403, "AuthError", f"Invalid token: {reason}")


def _token(header: str) -> str:
    if not header:
        raise NotifyError(401, "AuthError", "Unauthorized: authentication token must be provided")
    if header[:7].title() != "Bearer ":
        raise NotifyError(401, "AuthError", "Unauthorized: authentication bearer scheme must be used")
    return header[7:]


def _issuer(token: str) -> Any:
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
        raise _refused(f"make sure your API token matches the example at {_EXAMPLE}") from error
    if "iss" not in claims:
        raise _refused("iss field not provided")
    return claims["iss"]


def _service(world: World, issuer: Any) -> Service:
    if not is_uuid(issuer):
        raise _refused("service id is not the right data type")
    service = world.services.get(issuer.lower())
    if service is None and not world.open:
        raise _refused("service not found")
    return service or new_service(issuer.lower(), made=True)


def _signed(service: Service, token: str) -> tuple[Key, dict[str, Any]]:
    """The key that signed a token, and what it claims; of a service made on first sight any key may have."""
    for key in service.keys:
        claims = _claims(token, key.secret)
        if claims is not None:
            return key, claims
    if not service.made:
        raise _refused(_NOT_FOUND)
    if jwt.get_unverified_header(token).get("alg") != "HS256":
        raise _refused(_WRONG_ALGORITHM)
    return _ANY, jwt.decode(token, options={"verify_signature": False})


def _claims(token: str, secret: str) -> dict[str, Any] | None:
    """What the token claims, if this secret signed it."""
    try:
        return jwt.decode(token, secret, algorithms=["HS256"], options=_SIGNATURE_ONLY)
    except jwt.InvalidAlgorithmError as error:
        raise _refused(_WRONG_ALGORITHM) from error
    except jwt.InvalidTokenError:
        return None


def _is_now(issued_at: Any, arrived: float) -> bool:
    # By the machine's clock, not the sandbox's: clients sign with theirs, and go on working when ours is set forward.
    try:
        return abs(int(issued_at) - int(arrived)) <= CLOCK_SECONDS
    except (TypeError, ValueError, OverflowError):
        return False
