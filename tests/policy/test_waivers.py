"""Waivers: what they take back, and what becomes of them with time."""

from __future__ import annotations

from datetime import date

import pytest

from emailops.policy import Checked, check, rule_id
from emailops.policy.privacy import address_in_state, retired_provider, secret_in_state
from emailops.resource import Finding
from emailops.store.tree import Tree
from tests.examples.laying import TODAY, declared, minimal

TEMPLATE = "type: email, id: {permits: %s-0000-4000-8000-000000000009, permits-trial: %s-0000-4000-8000-000000000009}"
LOST = "notify-template/permit_lost"
GONE = "notify-template/permit_gone"


def waiver(
    rule: str = "template-unread", resource: str = LOST, until: str = "2026-12-24", owner: str = "developers"
) -> str:
    return f"- {{rule: {rule}, resource: {resource}, until: {until}, owner: {owner}, reason: goes soon}}\n"


def checked(*waivers: str, today: date = TODAY) -> Checked:
    """A state in which nobody reads two templates."""
    lost, gone = (f"{{{TEMPLATE % first}}}\n" for first in (("aaaaaaaa", "bbbbbbbb"), ("cccccccc", "dddddddd")))
    files = {
        "emailops.yaml": "policy: {consumers: complete}\n",
        "templates/permit_lost.yaml": lost,
        "templates/permit_gone.yaml": gone,
        "waivers.yaml": "".join(waivers),
    }
    return check(declared(minimal(files)), today)


DEPLOYED = """\
stage_order: [development, preview, production]
stages:
  _deployed: {deployed: true, notify: {key: production}, redirect: {to: sink@permits.example, domains: %s}}
  development: {deployed: false, notify: {account: permits-trial, key: development}}
  preview: {extends: _deployed}
  production: {extends: _deployed}
"""


def based(domains: str, *waivers: str) -> Checked:
    """A state whose two deployed stages take their redirect domains from one base."""
    key = "{extends: _key, account: permits, kind: live, stages: [preview, production]}\n"
    files = {"emailops.yaml": DEPLOYED % domains, "keys/production.yaml": key, "waivers.yaml": "".join(waivers)}
    return check(declared(minimal(files)), TODAY)


def shown(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity) for finding in findings]


UNREAD = ("template-unread", "error")
LATE = ("template-unread", "warning")


def test_without_a_waiver_it_is_found():
    assert shown(checked().findings) == [UNREAD, UNREAD]


@pytest.mark.parametrize(
    ("waivers", "expected"),
    [
        ((waiver(),), [UNREAD]),
        ((waiver(), waiver(resource=GONE)), []),
        ((waiver(until="2026-11-24"), waiver(resource=GONE)), []),
        ((waiver(until="2026-11-23"), waiver(resource=GONE)), [LATE]),
        ((waiver(until="2020-01-01"), waiver(resource=GONE, until="2020-01-01")), [LATE, LATE]),
        ((waiver(rule="template-id-twice"),), [UNREAD, UNREAD, ("waiver-unused", "warning")]),
        ((waiver(resource="notify-template/permit_granted"),), [UNREAD, UNREAD, ("waiver-unused", "warning")]),
        ((waiver(rule="template-unraed"),), [UNREAD, UNREAD, ("waiver-unknown", "error")]),
        ((waiver(), waiver()), [UNREAD, ("waiver-unused", "warning")]),
        ((waiver(), waiver(until="2026-12-25")), [UNREAD, ("waiver-unused", "warning")]),
        ((waiver(owner="jo"),), [UNREAD, ("handle-unknown", "error")]),
    ],
    ids=[
        "for one of two",
        "for both",
        "until today",
        "until yesterday: a warning",
        "long past",
        "of another rule",
        "for another resource",
        "of no rule",
        "the same twice",
        "twice for one thing",
        "of nobody",
    ],
)
def test_a_waiver_takes_back_one_rule_for_one_resource_until_a_day(waivers, expected):
    assert shown(checked(*waivers).findings) == expected


def test_what_is_waived_is_kept_with_its_waiver():
    ((finding, waiver_),) = checked(waiver()).waived

    assert (finding.rule, finding.severity) == UNREAD
    assert (waiver_.resource, waiver_.reason) == (LOST, "goes soon")


def test_an_expired_waiver_says_until_when_it_held():
    late = [finding for finding in checked(waiver(until="2026-11-23")).findings if finding.severity == "warning"]

    assert len(late) == 1
    assert "2026-11-23" in late[0].message


@pytest.mark.parametrize("day", [date(2026, 11, 23), TODAY, date(2027, 1, 1), date(2100, 1, 1)], ids=str)
def test_no_day_turns_a_waiver_into_an_error(day):
    waivers = (waiver(until="2026-11-24"), waiver(resource=GONE, until="2026-11-24"))

    assert all(finding.severity == "warning" for finding in checked(*waivers, today=day).findings)


def test_a_waiver_that_waives_nothing_stands_where_it_is_written():
    findings = [
        finding
        for finding in checked(waiver(), waiver(rule="redirect-missing")).findings
        if finding.path == "waivers.yaml"
    ]

    assert [(finding.line, finding.column, finding.rule) for finding in findings] == [(2, 3, "waiver-unused")]


@pytest.mark.parametrize(
    ("resource", "remedy"),
    [
        ("permit_lost", f"did you mean {LOST}?"),
        ("notify-template/permit_lots", f"did you mean {LOST}?"),
        ("notify-template/reminder", "remove the waiver"),
    ],
)
def test_a_waiver_that_waives_nothing_is_told_what_it_may_mean(resource, remedy):
    (finding,) = [finding for finding in checked(waiver(resource=resource)).findings if finding.rule == "waiver-unused"]

    assert finding.remedy == remedy


def test_a_rule_that_is_misspelt_is_named():
    (finding,) = [
        finding for finding in checked(waiver(rule="template-unraed")).findings if finding.rule == "waiver-unknown"
    ]

    assert "template-unread?" in finding.remedy


STRANGERS = {
    address_in_state: "jo@elsewhere.gov.uk",
    secret_in_state: "0123456789abcdef0123456789abcdef-us1",
    retired_provider: "mandrill",
}
WORDS = "words: {retired_providers: {old: {since: January 2018, why: it is gone, patterns: [mandrill]}}}\n"


def two_consumers(text: str, waivers: str = "") -> Tree:
    """The same wrong text in two files."""
    consumer = f"repository: https://git.example/x.git\nsends: []\npurpose: {text}\n"
    files = {"emailops.yaml": WORDS, "consumers/one.yaml": consumer, "consumers/two.yaml": consumer}
    return minimal(files | ({"waivers.yaml": waivers} if waivers else {}))


@pytest.mark.parametrize("rule", STRANGERS, ids=rule_id)
def test_what_one_file_may_hold_another_may_not(rule):
    text = STRANGERS[rule]
    first, second = rule(declared(two_consumers(text)))
    waived = check(declared(two_consumers(text, waiver(rule_id(rule), first.subject))), TODAY)

    assert [(finding.path, finding.rule) for finding in waived.findings] == [(second.place.path, rule_id(rule))]


def test_one_fault_in_a_base_is_one_finding_about_the_base():
    (finding,) = [
        finding
        for finding in based("{example.org: somebody}").findings
        if finding.message == "there is no domain purpose 'somebody'"
    ]

    assert (finding.subject, finding.path, finding.line) == ("stage/_deployed", "emailops.yaml", 3)


def test_a_message_about_a_base_names_the_base():
    messages = [finding.message for finding in based("{}").findings if finding.rule == "redirect-purpose"]

    assert messages == ["_deployed redirects no domain for 'applicant'"]


@pytest.mark.parametrize(
    ("subjects", "left"),
    [
        ((), ["stage/_deployed"]),
        (("stage/_deployed",), []),
        (("stage/preview",), ["stage/production"]),
        (("stage/preview", "stage/production"), []),
    ],
    ids=["nothing", "the base", "one of two that extend it", "both"],
)
def test_a_waiver_names_a_base_or_one_entry_that_extends_it(subjects, left):
    waivers = (waiver("redirect-purpose", subject) for subject in subjects)

    found = based("{}", *waivers).findings
    assert [finding.subject for finding in found if finding.rule == "redirect-purpose"] == left
    assert not [finding for finding in found if finding.rule == "waiver-unused"]
