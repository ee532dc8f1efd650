"""Each effective value is explained by the line of the layer that set it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from emailops.declaration.model import Declaration
from emailops.declaration.sources import every_setting
from emailops.errors import NotDeclared
from emailops.kinds import KINDS, resources
from emailops.kinds.attested import digest_of
from emailops.questions import explain
from tests.examples.laying import TODAY, declared, marketplace
from tests.questions.states import minimal

DOS5 = "mailchimp-audience/digital-outcomes-and-specialists-5.digital-outcomes"
DOS6 = "mailchimp-audience/digital-outcomes-and-specialists-6.digital-outcomes"
REDIRECTS = "DM_NOTIFY_REDIRECT_DOMAINS_TO_ADDRESS"
EVERY_KIND = """
notify:
  permits:
    guest_list: [{address: sink@permits.example, why: tests, until: 2027-01-01}]
    team: [developers]
    callback: {url: https://permits.example/callback, tokens: [current]}
    reply_to: {office: {id: eeeeeeee-0000-4000-8000-000000000001, default: true}}
    sms_senders: {office: {id: eeeeeeee-0000-4000-8000-000000000003, sender: Permits}}
  permits-trial:
    reply_to: {office: {id: eeeeeeee-0000-4000-8000-000000000002}}
audiences:
  news:
    audience:
      stages: [development]
      name: News
      permission_reminder: You asked for it.
      contact: {company: P, address1: 1 High Street, city: Leeds, zip: LS1, country: GB}
      campaign_defaults: {from_name: P, from_email: p@permits.example, subject: News, language: en}
      email_type_option: false
      double_optin: false
    merge_fields: {TOWN: {name: Town, type: text}}
    subscribers: {tester: tester@example.org}
"""


LIVE = "account: permits, kind: live, stages: [production], secret: env:NOTIFY_KEY_PERMITS"


def everything() -> Declaration:
    """The minimal state with one resource of every kind more."""
    account = "  mailchimp: {account_id: permits, datacentre: us1, owns: declared, key: mailchimp}\n"
    key = "  mailchimp: {extends: _key, account: mailchimp, stages: [development], secret: env:MAILCHIMP_KEY}\n"
    next_ = f"  next: {{extends: _key, {LIVE}, fingerprint: 3f9a1c0b7d2e}}\n"
    return minimal(
        ("accounts:\n", f"accounts:\n{account}"),
        (LIVE, f"{LIVE}, successor: next"),
        ("people:\n", "people:\n  gone: {role: developed, left: true}\n"),
        ("keys:\n", f"keys:\n{key}{next_}"),
        more=EVERY_KIND,
    )


def where(of: explain.ExplainedResource | explain.ExplainedSetting) -> dict[str, tuple[Any, str, int]]:
    return {value.name: (value.value, value.place.path, value.place.line) for value in of.values}


def test_a_resource_of_every_kind_is_explained() -> None:
    assert {desired.resource.kind for desired in resources(everything())} == KINDS.keys()


@pytest.mark.parametrize("state", [everything, lambda: declared(marketplace())], ids=["everything", "marketplace"])
def test_every_resource_and_every_setting_can_be_explained(state: Any) -> None:
    declaration = state()
    for desired in resources(declaration):
        explained = explain.resource(declaration, str(desired.resource), TODAY)
        assert explained.values
        assert (explained.attested is None) == (desired.attested is None)
    for consumer, stage, _, setting, _ in every_setting(declaration):
        found = explain.setting(declaration, setting.name, stage=stage, consumer=consumer.name)
        assert all(explained.values and not explained.absent for explained in found)


def test_an_audience_keeps_the_layer_of_each_value() -> None:
    explained = explain.resource(declared(marketplace()), DOS5, TODAY)
    values = where(explained)
    assert values["audience.contact.city"] == ("London", "audiences/_audience.yaml", 7)
    assert values["audience.double_optin"] == (False, "audiences/_audience.yaml", 15)
    name = "Digital Outcomes and Specialists 5: Digital outcomes"
    assert values["audience.name"] == (name, "audiences/_opportunities.yaml", 9)
    assert values["otherwise"] == ("test-digital-outcomes", "audiences/_opportunities.yaml", 13)
    assert values["status"] == ("closing", "audiences/digital-outcomes-and-specialists-5.yaml", 3)
    assert explained.recorded is not None
    assert explained.recorded.value == "eebeddcc2b"
    assert (explained.recorded.place.path, explained.recorded.place.line) == ("recorded/production.yaml", 10)
    assert explained.attested is None
    assert explain.resource(declared(marketplace()), DOS6, TODAY).recorded is None


def test_a_renamed_audience_keeps_the_id_that_is_recorded_under_its_old_name() -> None:
    old, new = "mailchimp-audience/framework-updates", "mailchimp-audience/updates"
    files = marketplace().files
    text = files["audiences/framework-updates.yaml"].decode()
    tree = marketplace(
        {
            "audiences/framework-updates.yaml": None,
            "audiences/updates.yaml": text,
            "emailops.yaml": files["emailops.yaml"].decode() + f"moved: {{{old}: {new}}}\n",
        }
    )
    recorded = explain.resource(declared(tree), new, TODAY).recorded
    assert recorded is not None
    assert (recorded.value, recorded.place.path, recorded.place.line) == ("7534b3e89a", "recorded/production.yaml", 13)


def test_a_template_shows_what_is_declared_for_its_own_service() -> None:
    values = where(explain.resource(minimal(), "notify-template/permits-trial.permit_granted", TODAY))
    assert values["id"] == ("bbbbbbbb-0000-4000-8000-000000000001", "emailops.yaml", 29)
    assert values["version"] == ("1", "emailops.yaml", 26)
    text = minimal(beside={"templates/permit_granted.md": "Subject: Granted\n\nIt is.\n"})
    values = where(explain.resource(text, "notify-template/permit_granted", TODAY))
    assert values["subject"] == ("Granted", "templates/permit_granted.md", 1)
    assert values["body"] == ("It is.", "templates/permit_granted.md", 1)


def test_a_key_shows_what_it_inherits() -> None:
    values = where(explain.resource(minimal(), "notify-key/production", TODAY))
    assert values["owner"] == ("developers", "emailops.yaml", 22)
    assert values["kind"] == ("live", "emailops.yaml", 24)
    assert values["stages.1"] == ("production", "emailops.yaml", 24)


ATTESTED = [
    # on, today, what is edited after, state, age
    ("2026-11-01", date(2026, 11, 24), False, "attested", 23),
    ("2026-11-01", date(2027, 4, 30), False, "attested", 180),
    ("2026-11-01", date(2027, 5, 1), False, "expired", 181),
    ("2026-11-01", date(2026, 11, 24), True, "outdated", 23),
    ("2026-11-01", date(2027, 5, 1), True, "outdated", 181),
]


@pytest.mark.parametrize(("on", "today", "is_edited", "state", "age"), ATTESTED)
def test_how_an_attestation_stands(on: str, today: date, is_edited: bool, state: str, age: int) -> None:
    explained = explain.resource(attested(on, kind="team" if is_edited else "live"), "notify-key/production", today)
    held = explained.attested
    assert held is not None
    assert (held.state, held.age, held.expires) == (state, age, date(2027, 4, 30))
    assert held.attestation is not None
    assert (held.attestation.by, held.attestation.on) == ("developers", on)
    assert held.attestation.fields == {"kind": "live", "created": "2026-09-01"}


def test_what_nobody_attested_is_not_attested() -> None:
    held = explain.resource(minimal(), "notify-key/production", TODAY).attested
    assert held is not None
    assert (held.state, held.attestation, held.expires) == ("not attested", None, None)


def test_redirects_are_explained_domain_by_domain_and_stages_with_the_same_together() -> None:
    none, same = explain.setting(declared(marketplace()), REDIRECTS, consumer="user-frontend")
    assert (none.stages, none.absent, none.values) == (("development",), "development does not redirect", ())
    assert same.stages == ("preview", "staging", "production")
    assert (same.class_name, same.files) == ("Live", ("email_config.py",))
    assert [(source.value, source.place.path, source.place.line) for source in same.sources] == [
        ("redirects", "consumers/_app.yaml", 9)
    ]
    assert where(same)["example.gov.uk"] == ("success@simulator.amazonses.com", "stages/_deployed.yaml", 8)


def test_ids_are_explained_by_their_record_and_ids_to_come_by_their_audience() -> None:
    (found,) = explain.setting(declared(marketplace()), "MAILCHIMP_LIST_IDS", stage="production")
    assert found.files == ("dmscripts/email_config/production.py",)
    values = where(found)
    five, six = (
        "digital-outcomes-and-specialists-5.digital-outcomes",
        "digital-outcomes-and-specialists-6.digital-outcomes",
    )
    assert values[five] == ("eebeddcc2b", "recorded/production.yaml", 10)
    assert values[six] == ({"$pending": DOS6}, "audiences/digital-outcomes-and-specialists-6.yaml", 1)
    never = "digital-outcomes-and-specialists.digital-outcomes"
    assert values[never] == (None, "audiences/digital-outcomes-and-specialists.yaml", 4)
    assert len(found.pending) == 3
    assert DOS6 in found.pending


SETTINGS = [
    # setting, stage, part, value, path, line
    ("DM_ENQUIRIES_EMAIL_ADDRESS_UUID", "", "24908180-b64e-513d-ab48-fdca677cec52", "notify.yaml", 11),
    ("DM_COMPANY_DETAILS_CHANGE_EMAIL", "", "cloud_digital@crowncommercial.gov.uk", "notify.yaml", 12),
    ("INVITE_ADMIN_USER_TEMPLATE_ID", "", "08ab7791-6038-4ad2-9560-740bbcb675b7", "templates.yaml", 28),
    (
        "framework_slugs",
        "1",
        "digital-outcomes-and-specialists-5",
        "audiences/digital-outcomes-and-specialists-5.yaml",
        3,
    ),
    ("awarded_briefs_template_id", "", "7379f74f-3f51-4b50-950c-d86b7880e999", "templates.yaml", 90),
    ("counterpart_template_ids", "g-cloud-12", "5ccee27f-b7b2-4024-a57e-7c98d1f85e27", "templates.yaml", 102),
    (
        "DM_MAILCHIMP_OPEN_FRAMEWORK_NOTIFICATION_MAILING_LIST_ID",
        "",
        "7534b3e89a",
        "recorded/production.yaml",
        13,
    ),
]


@pytest.mark.parametrize(("setting", "part", "value", "path", "line"), SETTINGS)
def test_where_the_value_of_a_setting_is_declared(setting: str, part: str, value: str, path: str, line: int) -> None:
    (found,) = explain.setting(declared(marketplace()), setting, stage="production")
    assert where(found)[part] == (value, path, line)


def test_a_redirect_target_alone_and_a_fixed_text() -> None:
    settings = "{TEMPLATES: templates, REDIRECTS: redirects, TO: redirect_to, FIXED: {value: x}}"
    declaration = minimal(("{TEMPLATES: templates, REDIRECTS: redirects}", settings))
    assert where(explain.setting(declaration, "TO", stage="production")[0]) == {
        "": ("sink@permits.example", "emailops.yaml", 17)
    }
    (both,) = explain.setting(declaration, "FIXED")
    assert both.stages == ("development", "production")
    assert both.files == ("permits/email/development.py", "permits/email/production.py")
    assert where(both) == {"": ("x", "emailops.yaml", 39)}


WRONG = [
    (lambda d: explain.resource(d, "notify-key/productoin", TODAY), "there is no resource", "notify-key/production?"),
    (lambda d: explain.setting(d, "REDIRECT"), "there is no resource or setting 'REDIRECT'", "did you mean REDIRECTS?"),
    (lambda d: explain.setting(d, "REDIRECTS", stage="x"), "there is no stage 'x'", "development, production"),
    (lambda d: explain.setting(d, "REDIRECTS", consumer="wep"), "there is no consumer 'wep'", "did you mean web?"),
]


@pytest.mark.parametrize(("ask", "message", "remedy"), WRONG)
def test_a_name_that_is_not_declared(ask: Any, message: str, remedy: str) -> None:
    with pytest.raises(NotDeclared) as refused:
        ask(minimal())
    assert message in refused.value.message
    assert remedy in refused.value.remedy


def test_a_setting_that_is_not_read_there() -> None:
    with pytest.raises(NotDeclared, match=f"^{REDIRECTS} is not read by api in staging$"):
        explain.setting(declared(marketplace()), REDIRECTS, consumer="api", stage="staging")


def attested(on: str, *, kind: str = "live") -> Declaration:
    """The minimal state in which the production key was attested as live; it may be of another kind since."""
    key = next(desired for desired in resources(minimal()) if str(desired.resource) == "notify-key/production")
    fields = "attested: {kind: live, created: 2026-09-01}"
    file = f"{fields}\nby: developers\non: {on}\ndigest: {digest_of(key)}\n"
    beside = {"attestations/notify-key/production.yaml": file}
    return minimal(("account: permits, kind: live", f"account: permits, kind: {kind}"), beside=beside)
