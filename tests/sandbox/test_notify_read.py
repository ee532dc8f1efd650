"""Templates, previews and messages read back: rows of `notify.md` section 1."""

from __future__ import annotations

import functools
import operator
from typing import Any

import pytest
import requests

from emailops.sandbox import Sandbox

from .accounts import GUEST, LIVE_SERVICE, SECRETS, STRANGER, TEMPLATES, UNKNOWN, bearer
from .conftest import Clock
from .test_notify_send import refused, send


def get(sandbox: Sandbox, path: str, key: str = "live") -> requests.Response:
    return requests.get(f"{sandbox.notify_url}{path}", headers=bearer(key), timeout=5)


def preview(sandbox: Sandbox, template: str, **personalisation: Any) -> requests.Response:
    url = f"{sandbox.notify_url}/v2/template/{TEMPLATES[template]}/preview"
    return requests.post(url, json={"personalisation": personalisation}, headers=bearer(), timeout=5)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Appeal", "Conditions", "Granted", "receipt", "Reminder", "Silent"]),
        ("?type=email", ["Conditions", "Granted", "receipt", "Silent"]),
        ("?type=sms", ["Reminder"]),
        ("?type=letter", ["Appeal"]),
    ],
)
def test_templates_are_listed_by_name_without_the_archived(sandbox: Sandbox, query: str, names: list[str]) -> None:
    templates = get(sandbox, f"/v2/templates{query}").json()["templates"]
    assert [template["name"] for template in templates] == names


def test_a_template_as_it_is_read(sandbox: Sandbox) -> None:
    template = get(sandbox, f"/v2/template/{TEMPLATES['granted']}").json()
    assert template == {
        "id": TEMPLATES["granted"],
        "type": "email",
        "name": "Granted",
        "subject": "Permit ((reference))",
        "body": "Dear ((applicant name)),\n\npermit ((reference)) is granted.",
        "version": 3,
        "created_at": "2020-01-01T00:00:00.000000Z",
        "updated_at": "2020-01-01T00:00:00.000000Z",
        "created_by": "template.author@sandbox.example",
        "personalisation": {"reference": {"required": True}, "applicant name": {"required": True}},
        "postage": None,
        "letter_contact_block": None,
    }
    assert template in get(sandbox, "/v2/templates").json()["templates"]


FACTS = [
    ("no update before the second version", f"/v2/template/{TEMPLATES['plain']}", {"updated_at": None, "version": 1}),
    ("a text message has no subject", f"/v2/template/{TEMPLATES['text']}", {"subject": None, "type": "sms"}),
    (
        "a condition is a placeholder",
        f"/v2/template/{TEMPLATES['only-when']}",
        {"personalisation": {"late": {"required": True}}},
    ),
    ("an archived template is still read", f"/v2/template/{TEMPLATES['archived']}", {"name": "Withdrawn"}),
    ("the current version", f"/v2/template/{TEMPLATES['granted']}/version/3", {"version": 3}),
    ("an id in upper case", f"/v2/template/{TEMPLATES['plain'].upper()}", {"id": TEMPLATES["plain"]}),
]


@pytest.mark.parametrize(("path", "facts"), [pytest.param(*row[1:], id=row[0]) for row in FACTS])
def test_reading_a_template(sandbox: Sandbox, path: str, facts: dict[str, Any]) -> None:
    answer = get(sandbox, path)
    assert answer.status_code == 200
    assert facts.items() <= answer.json().items()


ERRORS = [
    ("an unknown template", f"/v2/template/{UNKNOWN}", 404, "NoResultFound", "No result found"),
    ("of another service", f"/v2/template/{TEMPLATES['elsewhere']}", 404, "NoResultFound", "No result found"),
    ("an earlier version", f"/v2/template/{TEMPLATES['granted']}/version/2", 404, "NoResultFound", "No result found"),
    ("an id that is no UUID", "/v2/template/1", 400, "ValidationError", "id is not a valid UUID"),
    (
        "a type that is none",
        "/v2/templates?type=fax",
        400,
        "ValidationError",
        "type fax is not one of [sms, email, letter]",
    ),
    ("an unknown message", f"/v2/notifications/{UNKNOWN}", 404, "NoResultFound", "No result found"),
    (
        "a message id that is no UUID",
        "/v2/notifications/1",
        400,
        "ValidationError",
        "notification_id is not a valid UUID",
    ),
    (
        "a template type that is none",
        "/v2/notifications?template_type=fax",
        400,
        "ValidationError",
        "template_type fax is not one of [sms, email, letter]",
    ),
    (
        "a status that is none",
        "/v2/notifications?status=lost",
        400,
        "ValidationError",
        (
            "status lost is not one of [cancelled, created, sending, sent, delivered, pending, failed, "
            "technical-failure, temporary-failure, permanent-failure, pending-virus-check, validation-failed, "
            "virus-scan-failed, returned-letter, accepted, received]"
        ),
    ),
    ("older than no UUID", "/v2/notifications?older_than=1", 400, "ValidationError", "older_than is not a valid UUID"),
    (
        "an unknown filter",
        "/v2/notifications?page=2",
        400,
        "ValidationError",
        "Additional properties are not allowed (page was unexpected)",
    ),
    (
        "jobs included in some other word",
        "/v2/notifications?include_jobs=yes",
        400,
        "ValidationError",
        "include_jobs yes is not one of [true, True]",
    ),
]


@pytest.mark.parametrize(("path", "status", "error", "message"), [pytest.param(*row[1:], id=row[0]) for row in ERRORS])
def test_refused_readings(sandbox: Sandbox, path: str, status: int, error: str, message: str) -> None:
    assert refused(get(sandbox, path)) == (status, error, [message])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/nothing", 404),
        ("GET", "/v2", 404),
        ("GET", "/v2/templates/", 404),
        ("GET", f"/v2/template/{TEMPLATES['plain']}/version/one", 404),
        ("GET", f"/service/{LIVE_SERVICE}/template/{TEMPLATES['plain']}/versions", 404),
        ("POST", "/v2/notifications/fax", 404),
        ("POST", "/v2/templates", 405),
        ("DELETE", f"/v2/template/{TEMPLATES['plain']}", 405),
        ("GET", f"/v2/template/{TEMPLATES['plain']}/preview", 405),
    ],
)
def test_paths_and_methods(sandbox: Sandbox, method: str, path: str, status: int) -> None:
    answer = requests.request(method, f"{sandbox.notify_url}{path}", headers=bearer(), timeout=5)
    assert answer.status_code == status
    if status != 200:
        assert answer.json()["result"] == "error"


GRANTED_A = "Dear A,\n\npermit r is granted."


def conditions(value: object, *, late: object = "no") -> dict[str, Any]:
    return {"conditions": value, "late": late}


def granted(
    reference: object, name: str, *, spelt: tuple[str, str] = ("reference", "applicant name")
) -> dict[str, Any]:
    return dict(zip(spelt, (reference, name), strict=True))


LATE = "You are late."
PREVIEWS = [
    ("values as they are", "granted", granted(7, "Ann"), "Permit 7", "Dear Ann,\n\npermit 7 is granted."),
    ("any case", "granted", granted("r", "A", spelt=("Reference", "APPLICANT-NAME")), "Permit r", GRANTED_A),
    ("any separator", "granted", granted("r", "A", spelt=("re_ference", "applicantname")), "Permit r", GRANTED_A),
    ("an empty text is a value", "granted", granted("", "A"), "Permit", "Dear A,\n\npermit  is granted."),
    (
        "a value is not read again",
        "granted",
        granted("((x))", "((reference))"),
        "Permit ((x))",
        "Dear ((reference)),\n\npermit ((x)) is granted.",
    ),
    ("one of a list", "choice", conditions(["a"]), "Conditions: a", "Keep to:\n\n* a"),
    ("two of a list", "choice", conditions(["a", None, " b "]), "Conditions: a and b", "Keep to:\n\n* a\n* b"),
    ("three", "choice", conditions(["a", "b", "c"]), "Conditions: a, b and c", "Keep to:\n\n* a\n* b\n* c"),
    ("an empty list", "choice", conditions([]), "Conditions:", "Keep to:"),
    ("a condition that holds", "choice", conditions("x", late=True), "Conditions: x", f"Keep to:x\n\n{LATE}"),
    ("and one that does not", "choice", conditions("x", late="later"), "Conditions: x", "Keep to:x"),
    ("an archived template", "archived", {}, "Gone", "Gone."),
]


@pytest.mark.parametrize(
    ("template", "values", "subject", "body"), [pytest.param(*row[1:], id=row[0]) for row in PREVIEWS]
)
def test_previews(sandbox: Sandbox, template: str, values: dict[str, Any], subject: str, body: str) -> None:
    shown = preview(sandbox, template, **values).json()
    assert (shown["subject"], shown["body"]) == (subject, body)


@pytest.mark.parametrize("word", ["yes", "Y", "TRUE", "t", "1", 1, "include", "Show"])
def test_words_that_make_a_condition_hold(sandbox: Sandbox, word: Any) -> None:
    assert preview(sandbox, "only-when", late=word).json()["body"] == "Late"


def test_the_html_of_a_preview_is_escaped(sandbox: Sandbox) -> None:
    shown = preview(sandbox, "granted", reference="<b>", **{"applicant name": "<script>"}).json()
    assert shown["html"] == "<p>Dear &lt;script&gt;,</p>\n<p>permit &lt;b&gt; is granted.</p>"
    assert shown["body"] == "Dear <script>,\n\npermit <b> is granted."
    assert shown["postage"] is None


def test_a_preview_without_its_values(sandbox: Sandbox) -> None:
    assert refused(preview(sandbox, "granted")) == (
        400,
        "BadRequestError",
        ["Missing personalisation: reference, applicant name"],
    )
    assert preview(sandbox, "text", date="May").json().items() >= {"subject": None, "html": None}.items()


def test_a_preview_without_a_body(sandbox: Sandbox) -> None:
    url = f"{sandbox.notify_url}/v2/template/{TEMPLATES['plain']}/preview"
    assert requests.post(url, headers=bearer(), timeout=5).json()["body"] == "Thank you."


@pytest.mark.parametrize(
    ("path", "status", "error", "message"),
    [
        (f"/v2/template/{UNKNOWN}/preview", 404, "NoResultFound", "No result found"),
        ("/v2/template/1/preview", 400, "ValidationError", "id is not a valid UUID"),
    ],
)
def test_refused_previews(sandbox: Sandbox, path: str, status: int, error: str, message: str) -> None:
    answer = requests.post(f"{sandbox.notify_url}{path}", json={}, headers=bearer(), timeout=5)
    assert refused(answer) == (status, error, [message])


def test_a_message_as_it_is_read(sandbox: Sandbox, clock: Clock) -> None:
    sent = send(sandbox, reference="ours").json()
    clock.advance(10)
    read = get(sandbox, f"/v2/notifications/{sent['id'].upper()}").json()
    assert read == {
        "id": sent["id"],
        "reference": "ours",
        "email_address": STRANGER,
        "phone_number": None,
        **{f"line_{number}": None for number in range(1, 7)},
        "postcode": None,
        "type": "email",
        "status": "delivered",
        "template": {
            "id": TEMPLATES["plain"],
            "version": 1,
            "uri": f"{sandbox.notify_url}/v2/template/{TEMPLATES['plain']}/version/1",
        },
        "subject": "Your receipt",
        "body": "Thank you.",
        "created_at": "2026-01-31T09:30:00.000000Z",
        "created_by_name": None,
        "sent_at": "2026-01-31T09:30:01.000000Z",
        "completed_at": "2026-01-31T09:30:03.000000Z",
        "scheduled_for": None,
        "postage": None,
        "one_click_unsubscribe_url": None,
        "cost_details": {},
        "cost_in_pounds": 0.0,
        "is_cost_data_ready": True,
    }


def test_listings_are_by_kind_of_key_and_reading_by_id_is_not(sandbox: Sandbox) -> None:
    sent = {key: send(sandbox, key, email_address=GUEST).json()["id"] for key in ("live", "team", "test")}
    for key, message in sent.items():
        listed = get(sandbox, "/v2/notifications", key).json()["notifications"]
        assert [one["id"] for one in listed] == [message]
        assert {get(sandbox, f"/v2/notifications/{other}", key).status_code for other in sent.values()} == {200}
    other_service = get(sandbox, f"/v2/notifications/{sent['live']}", "trial-live")
    assert refused(other_service) == (404, "NoResultFound", ["No result found"])


@pytest.mark.parametrize(
    ("query", "references"),
    [
        ("", ["c", "b", "a"]),
        ("?reference=b", ["b"]),
        ("?reference=none", []),
        ("?status=delivered", ["a"]),
        ("?status=failed", ["c", "b"]),
        ("?status=permanent-failure&status=delivered", ["b", "a"]),
        ("?status=created", []),
        ("?template_type=email&template_type=sms", ["c", "b", "a"]),
        ("?template_type=letter", []),
        ("?include_jobs=true", ["c", "b", "a"]),
        (f"?older_than={UNKNOWN}", []),
    ],
)
def test_filters_of_a_listing(sandbox: Sandbox, clock: Clock, query: str, references: list[str]) -> None:
    for reference, address in (("a", GUEST), ("b", "perm-fail@simulator.notify"), ("c", "temp-fail@simulator.notify")):
        send(sandbox, "test", reference=reference, email_address=address)
    clock.advance(10)
    listed = get(sandbox, f"/v2/notifications{query}", "test").json()["notifications"]
    assert [message["reference"] for message in listed] == references


def test_pages_of_250_with_a_next_link_as_long_as_there_is_anything(sandbox: Sandbox, clock: Clock) -> None:
    state = sandbox.state()
    send(sandbox)
    (message,) = sandbox.state()["messages"]
    state["messages"] = [
        {**message, "id": f"e0000000-0000-4000-8000-{number:012}", "reference": str(number)} for number in range(260)
    ]
    sandbox.replace(state)
    clock.advance(10)
    sizes, url = [], f"{sandbox.notify_url}/v2/notifications?status=delivered"
    while url:
        page = requests.get(url, headers=bearer(), timeout=5).json()
        assert page["links"]["current"] == url
        sizes.append([message["reference"] for message in page["notifications"]])
        url = page["links"].get("next")
    assert [len(page) for page in sizes] == [250, 10, 0]
    assert functools.reduce(operator.iadd, sizes, []) == [str(number) for number in reversed(range(260))]


def test_secrets_do_not_show(sandbox: Sandbox) -> None:
    assert not any(secret in repr(sandbox) + repr(vars(sandbox)["_world"]) for secret in SECRETS.values())
