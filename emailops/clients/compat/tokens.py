"""Tokens in the links of account mail: Fernet, with a key that is made of a shared secret and what the token is for.

https://github.com/fernet/spec/blob/master/Spec.md
"""

from __future__ import annotations

import base64
import json
import struct
from datetime import datetime, timedelta, timezone
from typing import Any
from warnings import warn

from cryptography import fernet
from flask import current_app

from .helpers import hash_string

ONE_DAY_IN_SECONDS = 24 * 60 * 60
SEVEN_DAYS_IN_SECONDS = 7 * ONE_DAY_IN_SECONDS
DATETIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
_LEEWAY = timedelta(seconds=1)


def generate_token(json_data: Any, secret_key: str, namespace: str) -> str:
    """A token for the data, that a token for another namespace cannot stand for."""
    encrypted: bytes = _fernet(secret_key, namespace).encrypt(json.dumps(json_data).encode("utf-8"))
    return encrypted.decode("utf-8")


def decode_token(
    encrypted_data: str, secret_key: str, namespace: str, max_age_in_seconds: int | None = ONE_DAY_IN_SECONDS
) -> tuple[Any, datetime]:
    """The data, and when the token was made, in UTC. Raises fernet.InvalidToken."""
    encrypted = encrypted_data.encode("utf-8")
    decrypted = _fernet(secret_key, namespace).decrypt(encrypted, ttl=max_age_in_seconds)
    return json.loads(decrypted.decode("utf-8")), _parse_fernet_timestamp(encrypted)


def decode_password_reset_token(token: str, data_api_client: Any) -> dict[str, Any]:
    """Whose password may be set; or `error`: token_invalid, or user_inactive."""
    try:
        decoded, made = decode_token(
            token, current_app.config["SHARED_EMAIL_KEY"], _namespace("RESET_PASSWORD"), ONE_DAY_IN_SECONDS
        )
    except fernet.InvalidToken as error:
        current_app.logger.info("Error changing password: {error}", extra={"error": str(error)})
        return {"error": "token_invalid"}
    user = data_api_client.get_user(decoded["user"])["users"]
    changed = datetime.strptime(user["passwordChangedAt"], DATETIME_FORMAT)  # noqa: DTZ007
    if not user["active"]:
        current_app.logger.info("Error changing password: target user is not active.")
        return {"error": "user_inactive"}
    # The mail about a changed password holds a token that was made in the same moment.
    if made + _LEEWAY < changed:
        current_app.logger.info("Error changing password: Token generated earlier than password was last changed.")
        return {"error": "token_invalid"}
    if made > datetime.now(timezone.utc).replace(tzinfo=None):
        current_app.logger.info("Error changing password: cannot use token generated in the future.")
        return {"error": "token_invalid"}
    return {"user": user["id"], "email": user["emailAddress"]}


def decode_invitation_token(encoded_token: str) -> Any:
    """What the invitation says; or `error`: token_invalid, or token_expired with the role."""
    key, namespace = current_app.config["SHARED_EMAIL_KEY"], _namespace("INVITE_EMAIL")
    try:
        return decode_token(encoded_token, key, namespace, SEVEN_DAYS_IN_SECONDS)[0]
    except fernet.InvalidToken as error:
        said = str(error)
    try:
        token, _ = decode_token(encoded_token, key, namespace, None)
    except fernet.InvalidToken as error:
        current_app.logger.info(
            "Invitation reset attempt with invalid token. error {error}", extra={"error": str(error)}
        )
        return {"error": "token_invalid"}
    current_app.logger.info("Invitation reset attempt with expired token. error {error}", extra={"error": said})
    role = token.get("role") or ("supplier" if token.get("supplier_id") else "buyer")
    return {"error": "token_expired", "role": role}


def _namespace(name: str) -> str:
    """The setting NAME_TOKEN_NS, or the one that apps had before."""
    namespace = current_app.config.get(f"{name}_TOKEN_NS")
    if not namespace:
        warn(f"{name}_SALT has been renamed {name}_TOKEN_NS", DeprecationWarning, stacklevel=3)
        namespace = current_app.config[f"{name}_SALT"]
    return str(namespace)


def _fernet(secret_key: str, namespace: str) -> Any:
    return fernet.Fernet(hash_string(secret_key + namespace).encode("utf-8"))


def _parse_fernet_timestamp(ciphertext: bytes) -> datetime:
    """When a token was made: bytes 1 to 8, seconds in UTC. It says the truth only where the token was decrypted."""
    try:
        seconds = struct.unpack(">Q", base64.urlsafe_b64decode(ciphertext)[1:9])[0]
    except struct.error as error:
        raise fernet.InvalidToken from error
    return datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None)
