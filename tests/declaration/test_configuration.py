"""The configuration digest: what changes it, what does not. And what becomes of ids and attestations with `moved:`."""

from __future__ import annotations

import pytest

from emailops.declaration.configuration import configuration
from emailops.declaration.moved import attestations, moved_ids
from emailops.kinds import resources
from emailops.store.tree import Tree, read_directory
from tests.examples.laying import STATES, declared, edited, marketplace, minimal

BEFORE = configuration(declared(marketplace()))

IN = {
    "redirect domain": ("stages/_deployed.yaml", "example.com:", "example.org:"),
    "purpose of a domain": ("stages/_deployed.yaml", "example.com: invalid buyer", "example.com: approved admin"),
    "redirect target": ("stages/_deployed.yaml", "success@", "bounce@"),
    "stage's key": ("stages/staging.yaml", "key: staging", "key: preview"),
    "deployed": ("stages/_deployed.yaml", "deployed: true", "deployed: false"),
    "service id": ("emailops.yaml", "8000-000000000001", "8000-000000000003"),
    "account's trial": ("emailops.yaml", "CCS\n      trial: false", "CCS\n      trial: true"),
    "mailchimp account": ("emailops.yaml", "account_id: digital", "account_id: digitl"),
    "owner of the mailchimp account": ("emailops.yaml", "owns: declared", "owns: everything"),
    "kind of a key": ("keys.yaml", "kind: team #", "kind: test #"),
    "stages of a key": ("keys.yaml", "stages: [staging]\n", "stages: [staging, preview]\n"),
    "owner of a key": ("keys.yaml", "  owner: ccs", "  owner: developers"),
    "purpose of a key": ("keys.yaml", "apps and scripts in staging", "apps in staging"),
    "guest": ("notify.yaml", "address: success@", "address: bounce@"),
    "callback": ("notify.yaml", "callbacks/notify", "callback"),
    "reply-to": ("notify.yaml", "24908180", "24908181"),
    "audience's setting": ("audiences/_audience.yaml", "from_name: Digital Marketplace Team", "from_name: Team"),
    "audience's stages": ("audiences/_test.yaml", ", staging]", "]"),
    "lot": ("audiences/_opportunities.yaml", "digital-outcomes: Digital outcomes", "digital-outcomes: Outcomes"),
    "otherwise": ("audiences/framework-updates.yaml", "framework-updates-test", "test-opportunities"),
    "status": ("audiences/digital-outcomes-and-specialists-6.yaml", "status: open", "status: closing"),
    "template id": ("templates.yaml", "4ae02cdd", "4ae02cde"),
    "template version": ("templates.yaml", "_email: {type: email, version: 1}", "_email: {type: email, version: 2}"),
    "template type": ("templates.yaml", "_email: {type: email", "_email: {type: sms"),
    "sensitive": ("templates.yaml", "sensitive: [url]", "sensitive: [link]"),
}  # fmt: skip
OUT = {
    "where a key is kept": ("keys.yaml", "kept: the credentials store", "kept: a vault"),
    "where a key is read": ("keys.yaml", "env:NOTIFY_KEY_CCS", "env:NOTIFY_KEY_OTHER"),
    "when a key was made": ("keys.yaml", "created: unknown", "created: 2026-01-01"),
    "when a key is rotated": ("keys.yaml", "  owner: ccs", "  owner: ccs\n  rotate_by: 2027-01-01"),
    "role": ("people.yaml", "develops and runs", "runs"),
    "since": ("people.yaml", "Marketplace, since: 2026-11-24}\nccs", "Marketplace, since: 2026-11-25}\nccs"),
    "consumer's file": ("consumers/_app.yaml", "NOTIFY_TEMPLATES", "NOTIFY_TEMPLATE_IDS"),
    "consumer's repository": ("consumers/api.yaml", "digitalmarketplace-api.git", "api.git"),
    "recorded id": ("recorded/production.yaml", "97952fee38", "97952fee39"),
    "service's name for people": ("emailops.yaml", "service: Digital Marketplace", "service: Marketplace"),
    "comment": ("stages/staging.yaml", "extends: _deployed", "extends: _deployed # as all"),
    "order of lines": (
        "stages/_deployed.yaml",
        "    example.com: invalid buyer\n    example.gov.uk: approved buyer\n",
        "    example.gov.uk: approved buyer\n    example.com: invalid buyer\n",
    ),
    "name of a base": ("stages/staging.yaml", "extends: _deployed", 'extends: "_deployed"'),
}  # fmt: skip


@pytest.mark.parametrize("case", IN)
def test_what_a_plan_is_worked_out_from_changes_it(case):
    assert configuration(declared(edited(IN[case]))) != BEFORE


@pytest.mark.parametrize("case", OUT)
def test_what_a_plan_is_not_worked_out_from_does_not(case):
    assert configuration(declared(edited(OUT[case]))) == BEFORE


@pytest.mark.parametrize(
    "files",
    [
        {"waivers.yaml": "[{rule: route-missing, resource: a/b, until: 2027-01-01, owner: ccs, reason: x}]"},
        {"templates/reset_password.md": "Subject: Reset\n\n((url))\n"},
        {
            "attestations/notify-guest-list/marketplace.yaml": "{attested: {}, by: ccs, 'on': 2026-01-01, digest: '"
            + "0" * 64
            + "'}"
        },
        {"recorded/shared.yaml": None},
        {"consumers/api.yaml": None},
        {"templates.yaml": "templates.yaml, moved"},
    ],
    ids=["waivers", "texts", "attestations", "recorded", "consumers", "another form"],
)
def test_a_file_that_no_plan_is_worked_out_from_does_not_either(files):
    tree = marketplace()
    if "templates.yaml" in files:
        moved = tree.files.pop("templates.yaml").decode().replace("\n", "\n  ")
        tree.files["emailops.yaml"] += f"\ntemplates:\n  {moved}\n".encode()
    else:
        tree = marketplace(files)

    assert configuration(declared(tree)) == BEFORE


WHOLE = """\
deployed: true
notify: {key: staging}
redirect:
  to: success@simulator.amazonses.com
  domains:
    user.marketplace.team: approved admin
    example.gov.uk: approved buyer
    example.com: invalid buyer
"""


def test_a_base_and_what_it_stands_for_are_the_same():
    assert configuration(declared(marketplace({"stages/staging.yaml": WHOLE}))) == BEFORE


ACCOUNT = "    %s: {service_id: %s}\n"
PERMITS = ACCOUNT % ("permits", "11111111-1111-4111-8111-111111111111")
TRIAL = ACCOUNT % ("permits-trial", "22222222-2222-4222-8222-222222222222")


def test_the_first_account_is_part_of_it():
    """Stages and templates that name no account mean the first."""
    first, other = (
        declared(minimal({"emailops.yaml": f"accounts:\n  notify:\n{accounts}"}))
        for accounts in (PERMITS + TRIAL, TRIAL + PERMITS)
    )

    assert first.stages["production"].account != other.stages["production"].account
    assert configuration(first) != configuration(other)


@pytest.mark.parametrize("form", ["files", "folders"])
def test_one_file_and_many_say_the_same(form):
    first = declared(read_directory(STATES / "minimal"))
    base = minimal()
    sections = ("stages", "keys", "templates", "consumers", "people")
    many = base if form == "files" else minimal({f"{name}/_.yaml": "{}" for name in sections})

    assert len(many.files) == (6 if form == "files" else 1 + 2 + 3 + 3 + 1 + 1 + 5)
    assert configuration(declared(many)) == configuration(first)
    assert without_places(many) == without_places(read_directory(STATES / "minimal"))


def without_places(tree: Tree) -> object:
    declaration = declared(tree)
    return [
        {
            str(desired.resource): (desired.scope, desired.account, dict(desired.attributes), desired.id)
            for desired in resources(declaration)
        },
        {
            name: (stage.deployed, stage.account, stage.key, stage.redirect_to)
            for name, stage in declaration.stages.items()
        },
        {
            name: (consumer.sends, consumer.templates, consumer.keeps)
            for name, consumer in declaration.consumers.items()
        },
    ]


ATTESTATION = "{attested: {addresses: []}, by: developers, 'on': 2026-11-01, digest: '" + "0" * 64 + "'}"


@pytest.mark.parametrize(
    ("moved", "recorded", "expected"),
    [
        ("{}", {"a": "1"}, {"a": "1"}),
        ("{mailchimp-audience/a: mailchimp-audience/b}", {"a": "1"}, {"b": "1"}),
        ("{mailchimp-audience/a: mailchimp-audience/b}", {"a": "1", "b": "2"}, {"a": "1", "b": "2"}),
        ("{mailchimp-audience/a: mailchimp-audience/b}", {"b": "2"}, {"b": "2"}),
        ("{mailchimp-audience/a: mailchimp-audience/b}", {"c": "3"}, {"c": "3"}),
        (
            "{mailchimp-audience/a: mailchimp-audience/b, mailchimp-audience/b: mailchimp-audience/c}",
            {"a": "1"},
            {"c": "1"},
        ),
    ],
    ids=["nothing moved", "moved", "both recorded", "already done", "of another", "twice"],
)
def test_a_moved_resource_keeps_its_id(moved, recorded, expected):
    lines = "".join(f'mailchimp-audience/{name}: "{id_}"\n' for name, id_ in recorded.items())
    tree = minimal({"emailops.yaml": f"moved: {moved}\n", "recorded/production.yaml": lines})

    assert moved_ids(declared(tree)) == {f"mailchimp-audience/{name}": id_ for name, id_ in expected.items()}


@pytest.mark.parametrize(
    ("moved", "attested", "expected"),
    [
        ("{}", ["a"], {"a": "a"}),
        ("{notify-guest-list/a: notify-guest-list/b}", ["a"], {"b": "a"}),
        ("{notify-guest-list/a: notify-guest-list/b}", ["a", "b"], {"a": "a", "b": "b"}),
        ("{notify-guest-list/a: notify-guest-list/b}", ["b"], {"b": "b"}),
    ],
)
def test_a_moved_resource_keeps_the_attestation_and_the_name_it_was_made_for(moved, attested, expected):
    files = {f"attestations/notify-guest-list/{name}.yaml": ATTESTATION for name in attested}
    found = attestations(declared(minimal({"emailops.yaml": f"moved: {moved}\n"} | files)))

    assert {name: made_for for name, (made_for, _) in found.items()} == {
        f"notify-guest-list/{name}": f"notify-guest-list/{made_for}" for name, made_for in expected.items()
    }


def test_what_is_asked_of_a_declaration_does_not_change_it():
    declaration = declared(marketplace())
    before = dict(declaration.ids)
    moved_ids(declaration)
    resources(declaration)

    assert declaration.ids == before
    assert configuration(declaration) == BEFORE
