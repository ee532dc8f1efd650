"""Who calls: GOV.UK Notify's bearer token, a JWT signed with the secret of one of the service's keys.

https://docs.notifications.service.gov.uk/rest-api.html#authorisation-header
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt

from emailops.errors import InvalidInput
from emailops.sandbox.notify_checks import NotifyError, is_uuid
from emailops.sandbox.world import Key, Service

if TYPE_CHECKING:
    from jwt.types import Options

    from emailops.sandbox.wire import Call
    from emailops.sandbox.world import World

CLOCK_SECONDS = 30
_EXAMPLE = "https://docs.notifications.service.gov.uk/rest-api.html#authorisation-header"
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_KEY = re.compile(f"(?:(?P<name>.*)-)?(?P<service>{_UUID})-(?P<secret>{_UUID})")
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
    if not service.keys:
        raise _refused("service has no API keys")
    for key in service.keys:
        claims = _claims(token, key.secret)
        if claims is None:
            continue
        if "iat" not in claims:
            break
        if not _is_now(claims["iat"], call.arrived):
            raise NotifyError(403, "AuthError", "Error: Your system clock must be accurate to within 30 seconds")
        if key.revoked:
            raise _refused("API key revoked")
        return Caller(world, service, key)
    raise _refused("API key not found")


def learn(world: World, key: str) -> Key:
    """A key that the sandbox is told, for what clients send does not say its kind: its name does."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise InvalidInput("this is no API key of Notify", "an API key is NAME-SERVICE_ID-SECRET, the last two UUIDs")
    name = found["name"] or ""
    kind = next((kind for kind in ("team", "test") if f"-{kind}-" in f"-{name}-"), "live")
    service = world.services.setdefault(found["service"], Service(found["service"], []))
    service.keys[:] = [known for known in service.keys if known.secret != found["secret"]]
    service.keys.append(Key(name or kind, kind, found["secret"]))
    return service.keys[-1]


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
    if service is None:
        raise _refused("service not found")
    return service


def _claims(token: str, secret: str) -> dict[str, Any] | None:
    """What the token claims, if this secret signed it."""
    try:
        return jwt.decode(token, secret, algorithms=["HS256"], options=_SIGNATURE_ONLY)
    except jwt.InvalidAlgorithmError as error:
        raise _refused("algorithm used is not HS256") from error
    except jwt.InvalidTokenError:
        return None


def _is_now(issued_at: Any, arrived: float) -> bool:
    # By the machine's clock, not the sandbox's: clients sign with theirs, and go on working when ours is set forward.
    try:
        return abs(int(issued_at) - int(arrived)) <= CLOCK_SECONDS
    except (TypeError, ValueError, OverflowError):
        return False
