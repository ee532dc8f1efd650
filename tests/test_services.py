"""Ten arrangements of other services, with invented names: each is valid, and its files are what their readers need.

A state is `states/services/NAME`. What its reader finds stands below, path by path, as the reader finds it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import javaproperties
import pytest
import yaml

from emailops.declaration.model import Declaration
from emailops.generate import generate
from emailops.resource import Severity
from emailops.store.generated import wanted
from emailops.store.tree import read_directory
from tests.examples.laying import STATES, declared, validated
from tests.generate.reading import docker_environment, dotenv, hcl, imported, sourced, typescript

SERVICES = STATES / "services"


def ids(first: str, *names: str) -> dict[str, str]:
    """The ids of templates as these states number them."""
    return {name: f"{first}000000-0000-4000-8000-{number:012d}" for number, name in enumerate(names, 1)}


FINES = "NOTIFY_TEMPLATE_FINE_ISSUED", "NOTIFY_TEMPLATE_FINE_PAID"
BOOKING = ids("2a", "booking-confirmed", "booking-moved")
TEACH = "application_sent", "reference_asked"
CANDIDATES = {"example.org": "sink@teach.example"}
IDENTITY = ids("4a", *(f"notify.templates.{name}" for name in ("verify-email", "password-reset", "sign-in-code")))
FORMS = "first_publish", "new_owner"
WASTE = ids("6a", "NOTIFY_TEMPLATE_REPORT_RECEIVED", "notify_template_report_closed")
CARRIERS = '{"example.com":"sink@waste.example","example.net":"sink@waste.example"}'
PLANS = "submit", "invite-to-pay"
TEXTS = {"TEMPLATES": ids("8a", "sign_in_code", "reminder"), "SENDER": "8c000000-0000-4000-8000-000000000001"}
OWNERS = {"example.org": "sink@transfer.example"}
TRANSFER = "published", "transfer_ownership"


OWNED = """\
# Owned by the platform team.
replicas: 3   # four in December
api:
  env:
    LOG_LEVEL: 'info'
    NOTIFY_TEMPLATE_FINE_ISSUED: not-yet # by hand until now
worker:
  env:
  - name: QUEUE
    value: fines
  - {name: NOTIFY_TEMPLATE_FINE_ISSUED, value: not-yet}
"""
"""A values file of people's, as it stands at each stage before our settings are in it."""


def helm(content: str) -> Any:
    """The variables of the two containers: a values file lies over what the chart itself says."""
    chart = {"api": {"env": {"LOG_LEVEL": "warn", "PORT": "80"}}, "replicas": 2}
    values = over(chart, yaml.safe_load(content))
    assert (values["replicas"], values["api"]["env"]["LOG_LEVEL"]) == (3, "info")
    return {
        "api": {name: text for name, text in values["api"]["env"].items() if name.startswith("NOTIFY")},
        "worker": {variable["name"]: variable["value"] for variable in values["worker"]["env"]},
    }


def fines(first: str) -> dict[str, dict[str, str]]:
    return {"api": ids(first, *FINES), "worker": {"QUEUE": "fines", FINES[0]: ids(first, *FINES)[FINES[0]]}}


def over(base: Any, top: Any) -> Any:
    """One mapping laid over another, as Helm and Rails' config lay them."""
    if not isinstance(base, Mapping) or not isinstance(top, Mapping):
        return top
    return {**base, **{name: over(base.get(name), value) for name, value in top.items()}}


def plain_json(content: str) -> Any:
    return {name: value for name, value in json.loads(content).items() if name != "_emailops"}


FOUND: dict[str, tuple[Callable[[str], Any], dict[str, Any]]] = {
    "helm-values": (
        helm,
        {
            "charts/fines/values-local.yaml": fines("1b"),
            "charts/fines/values-staging.yaml": fines("1b"),
            "charts/fines/values-prod.yaml": fines("1a"),
        },
    ),
    "tfvars": (
        hcl,
        {
            f"environments/{stage}/notify.auto.tfvars": {
                "notify_templates": BOOKING,
                "notify_redirects": redirects,
                "notify_redirects_json": json.dumps(redirects, separators=(",", ":")),
            }
            for stage, redirects in (
                ("dev", {}),
                ("integration", {"example.com": "sink@tests.example"}),
                ("production", {"example.com": "sink@tests.example"}),
            )
        },
    ),
    "rails-settings": (
        yaml.safe_load,
        {
            "config/settings.yml": {"govuk_notify": {"service_name": "Apply to teach", "retries": "three"}},
            **{
                f"config/settings/{stage}.yml": {
                    "govuk_notify": {"templates": ids(first, *TEACH)},
                    "mail": {"redirects": redirects},
                }
                for stage, first, redirects in (
                    ("development", "3b", {}),
                    ("qa", "3b", CANDIDATES),
                    ("production", "3a", CANDIDATES),
                )
            },
        },
    ),
    "java-properties": (
        javaproperties.loads,
        {f"src/main/resources/application-{stage}.properties": IDENTITY for stage in ("local", "build", "prod")},
    ),
    "yaml-by-stage": (
        yaml.safe_load,
        {
            "config/govuk_notify_templates.yml": {
                "local": ids("5b", *FORMS),
                "test": ids("5b", *FORMS),
                "live": ids("5a", *FORMS),
            }
        },
    ),
    "environment-only": (
        dotenv,
        {
            "docker/dev.env": {**WASTE, "NOTIFY_REDIRECTS": "{}", "MAIL_NAME": "Report waste"},
            "docker/prod.env": {**WASTE, "NOTIFY_REDIRECTS": CARRIERS, "MAIL_NAME": "Report waste"},
        },
    ),
    "typescript-constants": (
        typescript,
        {
            f"api/src/notify/{stage}.ts": {
                "templates": ids(first, *PLANS),
                "submitTemplateId": ids(first, *PLANS)["submit"],
            }
            for stage, first in (("pizza", "7b"), ("staging", "7b"), ("production", "7a"))
        },
    ),
    "sms-only": (
        imported,
        {
            f"booking/texts/{stage}.py": {**TEXTS, "REDIRECTS": redirects}
            for stage, redirects in (
                ("development", {}),
                ("staging", {"+447700900": "+447700900111"}),
                ("production", {"+447700900": "+447700900111"}),
            )
        },
    ),
    "mailchimp-only": (
        plain_json,
        {
            "config/news.staging.json": {"newsListId": "9b00000001"},
            "config/news.production.json": {"newsListId": "9a00000001"},
        },
    ),
    "template-not-yet-live": (
        lambda content: plain_json(content) if content.startswith("{") else sourced(content),
        {
            "config/local.json": {"templates": ids("ab", *TRANSFER), "redirects": {}},
            "config/test.json": {"templates": ids("ab", *TRANSFER), "redirects": OWNERS},
            "config/production.json": {"templates": ids("aa", TRANSFER[0]), "redirects": OWNERS},
            "config/local.sh": {"TRANSFER_TEMPLATE": ids("ab", *TRANSFER)[TRANSFER[1]], "REDIRECTS": "{}"},
            "config/test.sh": {
                "TRANSFER_TEMPLATE": ids("ab", *TRANSFER)[TRANSFER[1]],
                "REDIRECTS": '{"example.org":"sink@transfer.example"}',
            },
            "config/production.sh": {"REDIRECTS": '{"example.org":"sink@transfer.example"}'},
        },
    ),
}
NOT_YET = "production has no transfer_ownership yet; code that sends it fails there"


@cache
def service(name: str) -> Declaration:
    return declared(read_directory(SERVICES / name))


@cache
def files(name: str) -> dict[str, str]:
    found = [file for file in generate(service(name), service(name).ids) if not file.into]
    return {file.path: wanted(file, OWNED.encode() if file.insertions else None).decode() for file in found}


def test_each_of_them_is_here() -> None:
    assert {path.name for path in SERVICES.iterdir()} == FOUND.keys()
    assert len(FOUND) == 10


@pytest.mark.parametrize("name", FOUND)
def test_it_is_valid_and_what_is_not_yet_there_is_told(name: str) -> None:
    findings = validated(read_directory(SERVICES / name))

    assert [finding for finding in findings if finding.severity is Severity.error] == []
    assert [finding.message for finding in findings] == ([NOT_YET] if name == "template-not-yet-live" else [])


@pytest.mark.parametrize("name", FOUND)
def test_its_readers_find_what_they_need(name: str) -> None:
    read, expected = FOUND[name]

    assert {path: read(content) for path, content in files(name).items()} == expected


def test_of_a_file_that_people_own_every_other_byte_stays() -> None:
    issued, paid = ids("1a", *FINES).values()
    expected = OWNED.replace("not-yet", issued).replace("until now\n", f'until now\n    {FINES[1]}: "{paid}"\n')

    assert files("helm-values")["charts/fines/values-prod.yaml"] == expected


def test_an_environment_of_rails_lies_over_what_all_share() -> None:
    shared, production = (
        yaml.safe_load(files("rails-settings")[path])
        for path in ("config/settings.yml", "config/settings/production.yml")
    )

    assert over(shared, production)["govuk_notify"] == {
        "service_name": "Apply to teach",
        "retries": "three",
        "templates": ids("3a", *TEACH),
    }


def test_a_container_gets_its_templates_as_docker_reads_them() -> None:
    assert WASTE.items() <= docker_environment(files("environment-only")["docker/prod.env"]).items()


@pytest.mark.parametrize("name", FOUND)
def test_it_is_as_short_as_it_is_said_to_be(name: str) -> None:
    """A team with a handful of templates needs one file of about forty lines."""
    assert len((SERVICES / name / "emailops.yaml").read_text().splitlines()) <= 50


def test_the_states_name_nobodys_own_service() -> None:
    text = "".join(path.read_text() for path in Path(SERVICES).rglob("*.yaml"))
    assert "gov.uk" not in text.replace("govuk_notify", "")
