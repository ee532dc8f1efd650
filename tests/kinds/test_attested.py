"""Attested fields of every kind as states declare them: the page, the words, and what outdates an attestation."""

from __future__ import annotations

import pytest

from emailops.kinds import KINDS, resources
from emailops.kinds.attested import digest_of
from emailops.plan import Reason
from emailops.resource import Control, Desired
from emailops.store.tree import Tree
from tests.examples.laying import declared, minimal

from .assessing import attestation_of, verdicts

SERVICE = "11111111-1111-4111-8111-111111111111"
PAGES = f"https://www.notifications.service.gov.uk/services/{SERVICE}"
NOTIFY = """\
permits:
  guest_list:
    - {address: Sink@permits.example, why: tests, until: 2027-01-01}
    - {person: developers, why: tests, until: 2027-01-01}
  callback: {url: https://permits.example/callback, tokens: [old, new]}
  reply_to: {help: {id: 33333333-3333-4333-8333-333333333333, address: Help@example.org, default: true}}
  sms_senders: {office: {id: 66666666-6666-4666-8666-666666666666, sender: Permits}}
  team: [testers, developers]
"""
PEOPLE = """\
developers: {role: develops, since: 2026-09-01}
testers: {role: tests, since: 2026-10-01}
gone: {role: developed, left: true}
"""
KEYS = (
    "extends: _key\naccount: permits\nkind: live\nstages: [production]\ncreated: 2026-09-01\nsecret: env:NOTIFY_KEY\n"
)
TEMPLATE = """\
type: email
id: {permits: aaaaaaaa-0000-4000-8000-000000000001, permits-trial: bbbbbbbb-0000-4000-8000-000000000001}
sensitive: [link, code]
redacted: true
"""
FILES = {
    "notify.yaml": NOTIFY,
    "people.yaml": PEOPLE,
    "keys/production.yaml": f"{KEYS}successor: next\n",
    "keys/next.yaml": f"{KEYS}fingerprint: 3f9a1c0b7d2e\n",
    "templates/permit_granted.yaml": TEMPLATE,
}
PAGE_OF = {
    "notify-key/production": "/api/keys",
    "notify-template/permit_granted": "/templates",
    "notify-reply-to/help": "/service-settings/email-reply-to",
    "notify-sms-sender/office": "/service-settings/sms-sender",
    "notify-guest-list/permits": "/api/guest-list",
    "notify-team/permits": "/users",
    "notify-callback/permits": "/api/callbacks/delivery-status-callback",
    "key-hand-over/next.web": "",
    "leaver/gone": "",
}
WITH_PEOPLE = {"notify-guest-list/permits", "notify-team/permits"}


def state(path: str = "", old: str = "", new: str = "") -> Tree:
    """The minimal state with something of every attested kind, and one text of it replaced."""
    files = dict(FILES)
    if path:
        assert files[path].count(old) == 1
        files[path] = files[path].replace(old, new)
    return minimal(files)


def found(resource: str, tree: Tree | None = None) -> Desired:
    (wanted,) = [desired for desired in resources(declared(tree or state())) if str(desired.resource) == resource]
    return wanted


def test_every_kind_that_is_attested_is_here():
    assert {kind.partition("/")[0] for kind in PAGE_OF} == {name for name, kind in KINDS.items() if kind.attested}


@pytest.mark.parametrize("resource", PAGE_OF)
def test_nothing_is_attested_yet_and_the_step_says_what_to_look_at(resource):
    wanted = found(resource)
    (attested,) = [v for v in verdicts(wanted, unknown="no key") if v.change and v.change.control is Control.attested]

    assert attested.change is not None
    assert attested.change.reason is Reason.not_attested
    step = attested.change.step
    assert step is not None
    assert step.open == (f"{PAGES}{PAGE_OF[resource]}" if PAGE_OF[resource] else wanted.told)
    assert step.then == f"emailops attest {resource}"
    assert step.why.startswith(KINDS[wanted.resource.kind].attested.why)
    reveals = [each.value for each in step.enter if each.value.startswith("emailops show")]
    assert reveals == ([f"emailops show {resource} --reveal"] if resource in WITH_PEOPLE else [])
    assert not reveals or step.enter[0][0] == reveals[0]


ENTRIES = {
    "notify-key/production": ["live", "2026-09-01"],
    "notify-template/permit_granted": ["code", "link"],
    "notify-reply-to/help": ["33333333-3333-4333-8333-333333333333", "help@example.org", "default"],
    "notify-guest-list/permits": ["sink@permits.example", "developers since 2026-09-01"],
    "notify-team/permits": ["developers since 2026-09-01", "testers since 2026-10-01"],
    "notify-callback/permits": ["https://permits.example/callback", "new", "old"],
    "key-hand-over/next.web": ["NOTIFY_API_KEY: next, fingerprint 3f9a1c0b7d2e"],
    "leaver/gone": [
        "Notify service permits: no member, and no key of theirs",
        "Notify service permits-trial: no member, and no key of theirs",
    ],
}


@pytest.mark.parametrize("resource", ENTRIES)
def test_every_value_is_entered_and_none_of_a_person(resource):
    (attested,) = [v for v in verdicts(found(resource), unknown="no key") if v.change and v.change.step]
    assert attested.change is not None
    assert attested.change.step is not None
    values = [each.value for each in attested.change.step.enter if not each.value.startswith("emailops show")]

    assert values == ENTRIES[resource]


@pytest.mark.parametrize("resource", PAGE_OF)
def test_attested_and_unchanged_it_holds_until_it_expires(resource):
    wanted = found(resource)

    def reason(days_ago: int) -> list[Reason]:
        known = attestation_of(wanted, days_ago)
        return [
            v.change.reason
            for v in verdicts(wanted, unknown="no key", attestations=known)
            if v.change and v.change.control is Control.attested
        ]

    assert reason(0) == []
    assert reason(180) == []
    assert reason(181) == [Reason.expired]


EDITS = [
    ("keys/production.yaml", "kind: live", "kind: team", "notify-key/production"),
    ("keys/production.yaml", "created: 2026-09-01", "created: 2026-10-01", "notify-key/production"),
    ("keys/production.yaml", "created: 2026-09-01", "created: unknown", "notify-key/production"),
    ("templates/permit_granted.yaml", "[link, code]", "[link]", "notify-template/permit_granted"),
    ("notify.yaml", "id: 33333333", "id: 44444444", "notify-reply-to/help"),
    ("notify.yaml", "Help@example.org", "other@example.org", "notify-reply-to/help"),
    ("notify.yaml", ", default: true", "", "notify-reply-to/help"),
    ("notify.yaml", "default: true", "default: false", "notify-reply-to/help"),
    ("notify.yaml", "Sink@permits.example", "sink+1@permits.example", "notify-guest-list/permits"),
    ("notify.yaml", "person: developers", "person: testers", "notify-guest-list/permits"),
    ("notify.yaml", "[testers, developers]", "[testers]", "notify-team/permits"),
    ("notify.yaml", "permits.example/callback", "permits.example/other", "notify-callback/permits"),
    ("notify.yaml", "[old, new]", "[new]", "notify-callback/permits"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "old", "new", "resource"), EDITS, ids=[f"{o} -> {n}" for _, o, n, _ in EDITS])
def test_an_edit_outdates_just_what_it_is_of(path, old, new, resource):
    after = state(path, old, new)

    assert [kind for kind in PAGE_OF if digest_of(found(kind)) != digest_of(found(kind, after))] == [resource]


@pytest.mark.parametrize(
    ("old", "new", "outdated"),
    [
        ("since: 2026-09-01", "since: 2026-11-01", ["notify-guest-list/permits", "notify-team/permits"]),
        ("since: 2026-10-01", "since: 2026-11-01", ["notify-team/permits"]),
        ("role: tests", "role: tests everything", []),
    ],
    ids=["of a guest and member", "of a member", "another role"],
)
def test_a_new_since_is_a_new_address(old, new, outdated):
    after = state("people.yaml", old, new)

    assert [kind for kind in PAGE_OF if digest_of(found(kind)) != digest_of(found(kind, after))] == outdated


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("keys/production.yaml", "secret: env:NOTIFY_KEY", "secret: env:NOTIFY_KEY_LIVE"),
        ("keys/production.yaml", "secret: env:NOTIFY_KEY", "rotate_by: 2027-01-01"),
        ("templates/permit_granted.yaml", "[link, code]", "[code, link]"),
        ("templates/permit_granted.yaml", "redacted: true", "redacted: true\nversion: 2"),
        ("notify.yaml", "[old, new]", "[new, old]"),
        ("notify.yaml", "[testers, developers]", "[developers, testers]"),
        ("notify.yaml", "Sink@permits.example", "sink@Permits.example"),
        ("notify.yaml", "Help@example.org", "help@example.org"),
        ("notify.yaml", "Sink@permits.example, why: tests, until: 2027", "Sink@permits.example, why: x, until: 2028"),
    ],
    ids=[
        *("where the secret is", "a day of rotation", "placeholders in another order", "another version"),
        *("tokens in another order", "members in another order", "a guest in another case", "a reply-to in another"),
        "why a guest is there",
    ],
)
def test_what_is_not_attested_outdates_nothing(path, old, new):
    after = state(path, old, new)

    assert [kind for kind in PAGE_OF if digest_of(found(kind)) != digest_of(found(kind, after))] == []


def test_the_service_binds_all_of_it():
    other = minimal(
        {
            **FILES,
            "emailops.yaml": "accounts:\n  notify:\n    permits: {service_id: 99999999-1111-4111-8111-111111111111}\n"
            "    permits-trial: {service_id: 22222222-2222-4222-8222-222222222222}\n",
        }
    )

    assert all(digest_of(found(kind)) != digest_of(found(kind, other)) for kind in PAGE_OF)


def test_no_two_resources_have_one_digest():
    declared_ = [desired for desired in resources(declared(state())) if desired.attested is not None]

    assert len({digest_of(desired) for desired in declared_}) == len(declared_)


def test_a_template_of_two_services_is_attested_in_each():
    granted = [
        desired
        for desired in resources(declared(state()))
        if desired.resource.name.endswith("permit_granted") and desired.attested is not None
    ]

    assert [str(desired.resource) for desired in granted] == [
        "notify-template/permit_granted",
        "notify-template/permits-trial.permit_granted",
    ]
    assert granted[0].account == SERVICE != granted[1].account
