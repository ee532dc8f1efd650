"""Tokens, the mail about an account, and what else the service's apps import beside the two clients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import flask
import pytest
from emailops_clients import compat
from emailops_clients.compat import helpers
from werkzeug.exceptions import ServiceUnavailable

from .accounts import LIVE_KEY, READER, TEMPLATES, UNKNOWN_KEY
from .sandbox import Sandbox

fernet = pytest.importorskip("cryptography.fernet", reason="make test-extra has it")

from emailops_clients.compat import tokens  # noqa: E402

DAY = 24 * 60 * 60
# Made by the service's own code at 10:30 on 29 February 2020, with the key "Shared" for "For tests".
KNOWN = (
    "gAAAAABeWj0oK8rovxej43utvqAeieGnNgUuJZOyA2GVomrWGqKioQEu7I3E5Oq3vIOzj0wFx-Rn0H_SBhx3swrl8MrQwuMeDmXQEcwfFPAhI7XDBR"
    "KbVtb2kMqzeVCyQ4-q9vXVaHu052qjj6poCqUD0BWiXrd5tg=="
)


@pytest.fixture
def app(sandbox: Sandbox) -> Iterator[Any]:
    app = flask.Flask("user-frontend")
    external = flask.Blueprint("external", "external")
    external.add_url_rule("/user/create/<encoded_token>", "create_user", lambda encoded_token: encoded_token)
    app.register_blueprint(external)
    app.secret_key = "secret"
    app.config.update(
        DM_NOTIFY_API_KEY=LIVE_KEY,
        NOTIFY_TEMPLATES=TEMPLATES,
        SHARED_EMAIL_KEY="Key",
        INVITE_EMAIL_TOKEN_NS="Salt",
        RESET_PASSWORD_TOKEN_NS="PassSalt",
    )
    with app.test_request_context():
        yield app


class Users:
    """Answers as the service's API does for one user."""

    def __init__(self, changed: str = "2016-01-01T11:00:00.30Z", *, active: bool = True) -> None:
        self.user = {"id": 123, "emailAddress": READER, "passwordChangedAt": changed, "active": active}

    def get_user(self, id_: int) -> dict[str, Any]:
        assert id_ == 123
        return {"users": self.user}


def _made(data: Any, seconds: int, namespace: str) -> str:
    """A token that is so old."""
    key = helpers.hash_string(f"Key{namespace}").encode()
    return str(fernet.Fernet(key).encrypt_at_time(tokens.json.dumps(data).encode(), seconds).decode())


def test_a_token_comes_back_and_shows_nothing() -> None:
    data = {"email": READER, "user": 123}
    token = compat.generate_token(data, "1234567890", "0987654321")
    decoded, made = tokens.decode_token(token, "1234567890", "0987654321")
    assert decoded == data
    assert made.tzinfo is None
    assert token.startswith("gAAA")
    assert READER.encode() not in tokens.base64.urlsafe_b64decode(token)


@pytest.mark.parametrize(("key", "namespace"), [("1234567890", "another"), ("another", "0987654321")])
def test_a_token_is_for_one_key_and_one_namespace(key: str, namespace: str) -> None:
    with pytest.raises(fernet.InvalidToken):
        tokens.decode_token(compat.generate_token({}, "1234567890", "0987654321"), key, namespace)


def test_a_token_that_the_service_has_made_is_read() -> None:
    decoded, made = tokens.decode_token(KNOWN, "Shared", "For tests", None)
    assert decoded == {"email": "a.reader@readers.example.org", "user": 7}
    assert made.isoformat() == "2020-02-29T10:30:00"


def _seconds_ago(seconds: int) -> int:
    return int(tokens.datetime.now(tokens.timezone.utc).timestamp()) - seconds


@pytest.mark.parametrize(
    ("age", "users", "outcome"),
    [
        (10, Users(), {"user": 123, "email": READER}),
        (DAY + 10, Users(), {"error": "token_invalid"}),
        (10, Users(active=False), {"error": "user_inactive"}),
        (10, Users("2099-01-01T00:00:00.00Z"), {"error": "token_invalid"}),
        (-30, Users(), {"error": "token_invalid"}),
    ],
)
def test_a_reset_token_is_good_for_a_day_and_until_the_password_changes(
    app: Any, age: int, users: Users, outcome: dict[str, Any]
) -> None:
    token = _made({"user": 123}, _seconds_ago(age), "PassSalt")
    assert compat.decode_password_reset_token(token, users) == outcome
    assert compat.decode_password_reset_token(token[1:], users) == {"error": "token_invalid"}


@pytest.mark.parametrize(
    ("data", "age", "outcome"),
    [
        ({"role": "supplier", "email_address": READER}, 10, {"role": "supplier", "email_address": READER}),
        ({"role": "supplier"}, 7 * DAY + 10, {"error": "token_expired", "role": "supplier"}),
        ({"email_address": READER}, 7 * DAY + 10, {"error": "token_expired", "role": "buyer"}),
        ({"supplier_id": 1234}, 7 * DAY + 10, {"error": "token_expired", "role": "supplier"}),
    ],
)
def test_an_invitation_is_good_for_seven_days(app: Any, data: Any, age: int, outcome: dict[str, Any]) -> None:
    token = _made(data, _seconds_ago(age), "Salt")
    assert compat.decode_invitation_token(token) == outcome
    assert compat.decode_invitation_token(token[1:]) == {"error": "token_invalid"}


@pytest.mark.parametrize(
    ("old", "call"),
    [
        ("INVITE_EMAIL_SALT", lambda: compat.decode_invitation_token("x")),
        ("RESET_PASSWORD_SALT", lambda: compat.decode_password_reset_token("x", Users())),
    ],
)
def test_the_old_names_of_the_settings_are_read_with_a_warning(app: Any, old: str, call: Any) -> None:
    new = old.replace("SALT", "TOKEN_NS")
    app.config[old] = app.config.pop(new)
    with pytest.warns(DeprecationWarning, match=f"{old} has been renamed {new}"):
        assert call() == {"error": "token_invalid"}


def test_the_mail_about_an_account_is_sent(app: Any, sandbox: Sandbox) -> None:
    compat.send_user_account_email(
        "supplier", READER, "reset_password", extra_token_data={"supplier_id": 7}, personalisation={"user": "A"}
    )
    (message,) = sandbox.inbox()
    assert message["reference"] == f"create-user-account-{helpers.hash_string(READER)}"
    assert message["personalisation"]["user"] == "A"
    link = message["personalisation"]["url"]
    assert link.startswith("http://localhost/user/create/")
    decoded = compat.decode_invitation_token(link.rpartition("/")[2])
    assert decoded == {"role": "supplier", "email_address": READER, "supplier_id": 7}
    assert flask.session["email_sent_to"] == READER


def test_the_mail_about_an_account_that_cannot_be_sent_ends_the_request_with_503(app: Any) -> None:
    app.config["DM_NOTIFY_API_KEY"] = UNKNOWN_KEY
    with pytest.raises(ServiceUnavailable):
        compat.send_user_account_email("buyer", READER, "reset_password")
    assert "email_sent_to" not in flask.session


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        ("Zoë@example.com", "4s_jLCaGo3dIzljptEFnKeyIfiQggncKt5Qi0SGU1Yo="),
        ("A.Reader@example.com", "NBDVvQGcMzxVRX5ZH34Ty0S6whSHsE4iKy7eD_Ig2zs="),
        ("my-email@notify.callback.com", "urpXHRZxYlyjcR9cAeiJkNpfSjZYuw-IOGMbo5x2HTM="),
        ("test+1@digital.gov.uk", "-htpNCrT2nn2dCuqWsXwBZDgkP-WQQCYAfPgSw7Rb4A="),
    ],
)
def test_a_text_is_hashed_with_its_case(text: str, digest: str) -> None:
    assert helpers.hash_string(text) == digest
    assert helpers.hash_string(text.upper()) != digest


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("a@b.uk", ["a@b.uk"]),
        ("a@b.uk ", ["a@b.uk"]),
        ("a@b.uk; c@d.uk", ["a@b.uk", "c@d.uk"]),
        ("a@b.uk,c@d.uk,e@f.uk", ["a@b.uk", "c@d.uk", "e@f.uk"]),
        ("a@b.uk / c@d.uk", ["a@b.uk", "c@d.uk"]),
        ("a@b.uk & c@d.uk", ["a@b.uk", "c@d.uk"]),
        ("a@b.uk c@d.uk ", ["a@b.uk", "c@d.uk"]),
        ("a@b.uk; c,d@e.uk; ", ["a@b.uk", "c,d@e.uk"]),
        ("Write to a@b.uk", ["Write", "to", "a@b.uk"]),
        ("", []),
    ],
)
def test_addresses_are_split_at_the_first_separator_that_occurs(text: str, addresses: list[str]) -> None:
    assert helpers.get_email_addresses(text) == addresses


def test_separators_may_be_others() -> None:
    assert helpers.get_email_addresses("a|b c", ["|"]) == ["a", "b c"]


@pytest.mark.parametrize(
    ("address", "is_valid"), [("a@b.uk", True), (" a@b.uk ", True), ("a@b", False), (None, False), ("", False)]
)
def test_an_address_is_valid_as_notify_says(address: Any, *, is_valid: bool) -> None:
    assert helpers.validate_email_address(address) is is_valid


def test_the_package_exports_what_it_always_did() -> None:
    names = {
        "DMNotifyClient", "EmailError", "generate_token", "decode_invitation_token", "decode_password_reset_token",
        "send_user_account_email",
    }  # fmt: skip
    assert names <= set(compat.__all__)
    assert all(getattr(compat, name) for name in compat.__all__)
    with pytest.raises(AttributeError):
        compat.DMMandrillClient  # noqa: B018
