"""What is declared, resolved: routes, templates of a stage, scopes, and the resources of each kind."""

from __future__ import annotations

import pytest

from emailops.kinds import resources
from tests.examples.laying import declared, edited, marketplace, minimal

STAGES = ("development", "preview", "staging", "production")
OTHER = "00000000-0000-4000-8000-000000000003"
DOS = "digital-outcomes-and-specialists"
IDS = "{permits: aaaaaaaa-0000-4000-8000-00000000000%s, permits-trial: bbbbbbbb-0000-4000-8000-00000000000%s}"


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("lot", ["digital-specialists", "digital-outcomes", "user-research-participants"])
def test_a_lot_goes_to_its_own_audience_in_production_and_to_the_tests_elsewhere(lot, stage):
    declaration = declared(marketplace())
    audience = declaration.route(declaration.frameworks[f"{DOS}-6"], lot, stage)

    name = f"{DOS}-6.{lot}" if stage == "production" else f"test-{lot}"
    assert str(audience.resource) == f"mailchimp-audience/{name}"


@pytest.mark.parametrize(
    ("name", "stage", "leads_to"),
    [
        ("framework-updates", "production", "framework-updates"),
        ("framework-updates", "staging", "framework-updates-test"),
        ("framework-updates-test", "staging", "framework-updates-test"),
        ("framework-updates-test", "production", None),
        ("framework-updates", "nowhere", None),
        ("nothing", "production", None),
        (f"{DOS}-6", "production", None),
    ],
)
def test_a_single_audience_leads_to_the_one_that_serves_the_stage(name, stage, leads_to):
    audience = declared(marketplace()).single_route(name, stage)

    assert (audience and audience.resource.name) == leads_to


def test_a_framework_that_never_had_audiences_has_no_route():
    declaration = declared(marketplace())
    framework = declaration.frameworks[DOS]

    assert framework.audiences == {}
    assert set(framework.lots) == {"digital-specialists", "digital-outcomes", "user-research-participants"}
    assert declaration.route(framework, "digital-outcomes", "production") is None


def test_an_audience_is_what_its_bases_and_words_make_of_it():
    audience = declared(marketplace()).frameworks[f"{DOS}-6"].audiences["digital-outcomes"]

    assert audience.attributes == {
        "name": "Digital Outcomes and Specialists 6: Digital outcomes",
        "contact.company": "Government Digital Service",
        "contact.address1": "The White Chapel Building",
        "contact.address2": "10 Whitechapel High Street",
        "contact.city": "London",
        "contact.zip": "E1 8QS",
        "contact.country": "GB",
        "permission_reminder": (
            "You get this because your organisation is a supplier on Digital Outcomes and Specialists 6."
        ),
        "campaign_defaults.from_name": "Digital Marketplace Team",
        "campaign_defaults.from_email": "do-not-reply@digitalmarketplace.service.gov.uk",
        "campaign_defaults.subject": "New opportunities for Digital outcomes: Digital Outcomes and Specialists 6",
        "campaign_defaults.language": "en",
        "email_type_option": False,
        "double_optin": False,
    }
    assert audience.stages == ("production",)
    assert audience.otherwise == "test-digital-outcomes"


@pytest.mark.parametrize(
    ("name", "stage", "resource"),
    [
        ("permit_granted", "production", "notify-template/permit_granted"),
        ("permit_granted", "development", "notify-template/permits-trial.permit_granted"),
        ("permit_granted", "nowhere", None),
        ("permit_lost", "production", None),
    ],
)
def test_a_template_is_the_one_of_the_stages_service(name, stage, resource):
    template = declared(minimal()).template_at(name, stage)

    assert (template and str(template.resource)) == resource


@pytest.mark.parametrize("stage", STAGES)
def test_a_template_of_a_service_that_is_no_stages_is_the_same_at_every_stage(stage):
    template = declared(marketplace()).template_at("framework_statistics_snapshot", stage)

    assert str(template.resource) == "notify-template/ccs.framework_statistics_snapshot"
    assert template.id == "493ede76-d9c8-40b8-b543-1127ccb60674"


def test_a_template_of_two_services_that_are_no_stages_is_none():
    declaration = declared(
        edited(
            (
                "emailops.yaml",
                "  mailchimp:",
                "    other: {service_id: 00000000-0000-4000-8000-000000000003}\n  mailchimp:",
            ),
            (
                "templates.yaml",
                "{ccs: 493ede76-d9c8-40b8-b543-1127ccb60674}",
                "{ccs: 493ede76-d9c8-40b8-b543-1127ccb60674, other: 493ede76-d9c8-40b8-b543-1127ccb60675}",
            ),
        )
    )

    assert declaration.template_at("framework_statistics_snapshot", "production") is None


def test_a_template_of_another_stages_service_is_none():
    first = minimal(
        {"templates/permit_granted.yaml": "{type: email, id: {permits-trial: bbbbbbbb-0000-4000-8000-000000000001}}"}
    )

    assert declared(first).template_at("permit_granted", "production") is None


@pytest.mark.parametrize(
    ("tree", "resource", "scope"),
    [
        (marketplace(), f"mailchimp-audience/{DOS}-6.digital-outcomes", "production"),
        (marketplace(), "mailchimp-audience/test-digital-outcomes", "shared"),
        (marketplace(), "notify-template/reset_password", "shared"),
        (marketplace(), "notify-template/ccs.framework_statistics_snapshot", "shared"),
        (marketplace(), "notify-guest-list/marketplace", "shared"),
        (minimal(), "notify-template/permit_granted", "production"),
        (minimal(), "notify-template/permits-trial.permit_granted", "development"),
        (minimal({"notify.yaml": "permits-trial: {guest_list: []}"}), "notify-guest-list/permits-trial", "development"),
        (
            edited(("audiences/_test.yaml", "[development, preview, staging]", "[preview]")),
            "mailchimp-audience/test-opportunities",
            "preview",
        ),
    ],
)
def test_a_scope_is_the_one_stage_or_shared(tree, resource, scope):
    (found,) = [desired for desired in resources(declared(tree)) if str(desired.resource) == resource]

    assert found.scope == scope


def test_scopes_come_in_the_order_of_the_stages():
    assert declared(marketplace()).scopes() == (*STAGES, "shared")


def test_every_resource_is_there_once_and_knows_its_account():
    found = resources(declared(marketplace()))
    kinds = [desired.resource.kind for desired in found]

    assert len({desired.resource for desired in found}) == len(found)
    assert [kinds.count(kind) for kind in ("mailchimp-audience", "notify-template", "notify-guest-list")] == [21, 38, 1]
    assert {desired.account for desired in found if desired.resource.kind == "mailchimp-audience"} == {
        "digital-marketplace-sandbox"
    }
    assert {desired.account for desired in found if desired.resource.name.startswith("ccs.")} == {
        "00000000-0000-4000-8000-000000000002"
    }


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        (None, {"type": "email", "version": 1}),
        (
            "Subject: Your permit\n\nHello.\n\nIt is granted.\n",
            {"subject": "Your permit", "body": "Hello.\n\nIt is granted."},
        ),
        ("\ufeffSubject:  Your permit \r\n\r\nHello.\r\n", {"subject": "Your permit", "body": "Hello."}),
        ("Hello.\n", {"subject": "", "body": "Hello."}),
    ],
)
def test_a_text_beside_a_template_is_managed_with_it(text, attributes):
    tree = minimal({"templates/permit_granted.md": text} if text else {})
    (found,) = [desired for desired in resources(declared(tree)) if desired.resource.name == "permit_granted"]

    assert found.attributes == {"type": "email", "version": 1} | attributes
    assert found.id == "aaaaaaaa-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("type_", "version", "attributes"),
    [
        ("sms", "version: 3", {"type": "sms", "version": 3, "body": "Subject: no"}),
        ("sms", "purpose: x", {"type": "sms", "body": "Subject: no"}),
        (
            "sms",
            "version: {permits: 4, permits-trial: 5}",
            {"type": "sms", "version": 4, "body": "Subject: no"},
        ),
        ("sms", "version: {permits-trial: 5}", {"type": "sms", "body": "Subject: no"}),
    ],
)
def test_a_text_message_has_no_subject_and_a_version_that_is_absent_is_unmanaged(type_, version, attributes):
    tree = minimal(
        {
            "templates/permit_granted.yaml": f"type: {type_}\n{version}\nid: {IDS % (1, 1)}\n",
            "templates/permit_granted.md": "Subject: no\n",
        }
    )
    (found,) = [desired for desired in resources(declared(tree)) if desired.resource.name == "permit_granted"]

    assert found.attributes == attributes


EVERYONE = """
  guest_list:
    - {address: B@x.org, why: x, until: 2027-01-01}
    - {person: developers, why: x, until: 2027-01-01}
    - {number: 07700 900000, why: x, until: 2027-01-01}
    - {address: a@x.org, why: x, until: 2027-01-01}
    - {person: jo, why: x, until: 2027-01-01}
"""


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("{}", None),
        ("{guest_list: []}", {"addresses": [], "numbers": [], "people": []}),
        (
            EVERYONE,
            {
                "addresses": ["a@x.org", "b@x.org"],
                "numbers": ["07700900000"],
                "people": ["developers since 2026-09-01", "jo since unknown"],
            },
        ),
    ],
    ids=["absent is unmanaged", "empty is managed to empty", "everyone"],
)
def test_a_guest_list_holds_people_by_handle_and_since(service, expected):
    found = [
        desired
        for desired in resources(declared(minimal({"notify.yaml": f"permits: {service}\n"})))
        if desired.resource.kind == "notify-guest-list"
    ]

    assert [desired.attested for desired in found] == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("policy", "days"),
    [("{}", 180), ("{attestation_days: 7}", 7), ("{attestation_days: x}", 180), ("{attestation_days: 9999999}", 180)],
)
def test_attestations_hold_half_a_year_unless_it_is_said(policy, days):
    assert declared(minimal({"emailops.yaml": f"policy: {policy}\n"})).policy.attestation_days == days


def test_a_stage_uses_the_first_service_unless_it_names_another():
    stages = declared(minimal()).stages

    assert {name: stage.account for name, stage in stages.items()} == {
        "development": "permits-trial",
        "production": "permits",
    }
    assert stages["development"].domains is None
    assert stages["production"].domains == {"example.org": "applicant"}


def test_recorded_ids_know_their_scope():
    declaration = declared(marketplace())

    assert declaration.ids["mailchimp-audience/framework-updates"] == "7534b3e89a"
    assert declaration.scopes_of_ids["mailchimp-audience/framework-updates"] == "production"
    assert declaration.scopes_of_ids["mailchimp-audience/framework-updates-test"] == "shared"
    assert len(declaration.ids) == 18
