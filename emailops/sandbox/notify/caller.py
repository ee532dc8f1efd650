"""Who calls: GOV.UK Notify's bearer token, a JWT signed with the secret of one of the service's keys.

https://docs.notifications.service.gov.uk/rest-api.html#authorisation-header
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jwt

from emailops.sandbox.holding.keys import new_service
from emailops.sandbox.holding.service import HeldKey, KeyKind
from emailops.sandbox.notify.checks import NotifyError, uuid_of

if TYPE_CHECKING:
    from jwt.types import Options

    from emailops.sandbox.holding.holdings import Holdings
    from emailops.sandbox.holding.service import HeldService
    from emailops.sandbox.serving.wire import Call

CLOCK_SECONDS = 30
_NOT_FOUND = "API key not found"
_WRONG_ALGORITHM = "algorithm used is not HS256"
_NOT_LIKE_THE_EXAMPLE = (
    "make sure your API token matches the example at "
    "https://docs.notifications.service.gov.uk/rest-api.html#authorisation-header"
)
# Any key that the sandbox was not told of: the secret of none is sent, so that none can be checked.
_ANY = HeldKey("unknown", KeyKind.LIVE, secret="")
# When it was issued, `_is_now` says.
_OPTIONS: Options = {"verify_iat": False}
_WITHOUT_SIGNATURE: Options = {"verify_signature": False, "verify_exp": True, "verify_nbf": True, "verify_aud": True}


@dataclass(frozen=True, slots=True)
class NotifyCaller:
    holdings: Holdings
    service: HeldService
    key: HeldKey

    def put_service(self) -> None:
        """To be called after the service, or a template of it, was changed."""
        self.holdings.services.put(self.service.id, self.service)


def authenticate(holdings: Holdings, call: Call) -> NotifyCaller:
    """The service and the key behind a call, or the refusal that Notify gives; its order of checks."""
    token = _token(call.headers.get("authorization", ""))
    service = _service(holdings, _issuer(token))
    if not service.keys and not service.made:
        raise _refused("service has no API keys")
    if service.archived:
        raise _refused("service is archived")
    key, claims = _signed(service, token)
    if "iat" not in claims:
        raise _refused(_NOT_FOUND)
    if not _is_now(claims["iat"], call.arrived):
        raise _not_now()
    if key.revoked:
        raise _refused("API key revoked")
    if service.id not in holdings.services:
        holdings.services.put(service.id, service)
    return NotifyCaller(holdings, service, key)


def _refused(reason: str) -> NotifyError:
    return NotifyError(403, "AuthError", f"Invalid token: {reason}")


def _not_now() -> NotifyError:
    return NotifyError(403, "AuthError", "Error: Your system clock must be accurate to within 30 seconds")


def _token(header: str) -> str:
    if not header:
        raise NotifyError(401, "AuthError", "Unauthorized: authentication token must be provided")
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotifyError(401, "AuthError", "Unauthorized: authentication bearer scheme must be used")
    return token


def _issuer(token: str) -> Any:
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
        raise _refused(_NOT_LIKE_THE_EXAMPLE) from error
    if "iss" not in claims:
        raise _refused("iss field not provided")
    return claims["iss"]


def _service(holdings: Holdings, issuer: Any) -> HeldService:
    service_id = uuid_of(issuer)
    if service_id is None:
        raise _refused("service id is not the right data type")
    service = holdings.services.get(service_id)
    if service is None and not holdings.open:
        raise _refused("service not found")
    return service or new_service(service_id, made=True)


def _signed(service: HeldService, token: str) -> tuple[HeldKey, dict[str, Any]]:
    """The key that signed a token, and what it claims; of a service made on first sight any key may have."""
    for key in service.keys:
        claims = _claims(token, key.secret)
        if claims is not None:
            return key, claims
    if not service.made:
        raise _refused(_NOT_FOUND)
    if jwt.get_unverified_header(token).get("alg") != "HS256":
        raise _refused(_WRONG_ALGORITHM)
    return _ANY, _claims(token, "", _WITHOUT_SIGNATURE) or {}


def _claims(token: str, secret: str, options: Options = _OPTIONS) -> dict[str, Any] | None:
    """What the token claims, if this secret signed it."""
    try:
        return jwt.decode(token, secret, algorithms=["HS256"], options=options, leeway=CLOCK_SECONDS)
    except jwt.InvalidAlgorithmError as error:
        raise _refused(_WRONG_ALGORITHM) from error
    except jwt.DecodeError:
        return None
    except jwt.ImmatureSignatureError as error:
        raise _not_now() from error
    except jwt.InvalidTokenError as error:  # it has expired, or is for somebody else
        raise _refused(_NOT_LIKE_THE_EXAMPLE) from error


def _is_now(issued_at: Any, arrived: float) -> bool:
    # By the machine's clock, not the sandbox's: clients sign with theirs, and go on working when ours is set forward.
    try:
        return abs(int(issued_at) - int(arrived)) <= CLOCK_SECONDS
    except (TypeError, ValueError, OverflowError):
        return False
