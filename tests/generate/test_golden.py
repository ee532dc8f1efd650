"""What the consumers of the frozen states get: as reviewed, as resolved, and as they kept it by hand."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emailops.declaration.model import PRODUCTION
from emailops.declaration.settings import Absent, is_pending, resolve, with_ids
from emailops.generate import generate

from .states import FROZEN, GOLDEN, STATES, declared, files_of

MARKETPLACE = declared("digital-marketplace")
AUDIENCES = {str(one.resource): one.stages for one in MARKETPLACE.audiences()}

NOTIFY_TEMPLATES = {
    "confirmation_of_clarification_question": "1a8a3408-49ef-486f-a6c9-8557d1a0dc63",
    "create_user_account": "84f5d812-df9d-4ab8-804a-06f64f5abd30",
    "invite_contributor": "5eefe42d-1694-4388-8908-991cdfba0a71",
    "framework_agreement_signature_page": "08929c93-f9e7-4b40-b75f-418659308324",
    "framework-application-started": "9c8237fa-d854-4388-babb-14a0f252d133",
    "framework-clarification-question": "8574484f-9907-44c0-b9d5-1120beb64ef0",
    "framework-application-question": "6681d4a1-6e30-407f-9e8b-3f6633d73546",
    "sign_framework_agreement_confirmation": "bbc77101-4585-4d1e-80c4-43045ea9550f",
}
REDIRECTS = {
    "example.com": "success@simulator.amazonses.com",
    "example.gov.uk": "success@simulator.amazonses.com",
    "user.marketplace.team": "success@simulator.amazonses.com",
}
MAILCHIMP_LIST_IDS = {
    "digital-outcomes-and-specialists": {
        "digital-specialists": None,
        "digital-outcomes": None,
        "user-research-participants": None,
    },
    "digital-outcomes-and-specialists-2": {
        "digital-specialists": "30ba9fdf39",
        "digital-outcomes": "97952fee38",
        "user-research-participants": "e6b93a3bce",
    },
    "digital-outcomes-and-specialists-3": {
        "digital-specialists": "bee802d641",
        "digital-outcomes": "5c92c78a78",
        "user-research-participants": "34ebe0bffa",
    },
    "digital-outcomes-and-specialists-4": {
        "digital-specialists": "29d06d5201",
        "digital-outcomes": "4360debc5a",
        "user-research-participants": "2538f8a0f1",
    },
    "digital-outcomes-and-specialists-5": {
        "digital-specialists": "246fac2d9a",
        "digital-outcomes": "eebeddcc2b",
        "user-research-participants": "f497856d31",
    },
}
TEST_AUDIENCES = {
    "digital-specialists": "07c21f0451",
    "digital-outcomes": "f0077c516d",
    "user-research-participants": "d35601203b",
}


def test_the_golden_files_are_what_is_generated():
    generated = {f"{one.consumer}/{one.path}": one.content for state in STATES for one in files_of(state)}
    golden = {
        path.relative_to(GOLDEN).as_posix(): path.read_bytes().decode() for path in GOLDEN.rglob("*") if path.is_file()
    }

    assert golden == generated


@pytest.mark.parametrize("state", STATES)
def test_generating_twice_gives_the_same(state):
    assert files_of(state) == files_of(state)


@pytest.mark.parametrize("state", STATES)
def test_a_file_holds_what_its_settings_resolve_to(state):
    declaration = declared(state)
    for consumer in declaration.consumers.values():
        for file, setting in consumer.settings():
            for stage in file.stages:
                held = read(GOLDEN / consumer.name / file.path.replace("{stage}", stage))
                owner = vars(held[setting.class_name]) if setting.class_name else held
                try:
                    resolved = resolve(declaration, consumer, setting.value, stage).value
                except Absent:
                    assert owner[setting.name] == {} or not file.is_staged
                    continue
                expected = without_pending(with_ids(resolved, declaration.ids))
                assert owner[setting.name] == expected
                assert json.dumps(owner[setting.name]) == json.dumps(expected), "the declared order is kept"


def test_an_apps_config_gets_what_it_kept_by_hand():
    email_config = read(GOLDEN / "supplier-frontend" / "email_config.py")

    class Config(email_config["Config"]):
        DEBUG = False

    class Live(email_config["Live"], Config):
        DEBUG = False

    assert from_object(Config)["NOTIFY_TEMPLATES"] == NOTIFY_TEMPLATES
    assert "DM_NOTIFY_REDIRECT_DOMAINS_TO_ADDRESS" not in from_object(Config)
    assert from_object(Live)["NOTIFY_TEMPLATES"] == NOTIFY_TEMPLATES
    assert from_object(Live)["DM_NOTIFY_REDIRECT_DOMAINS_TO_ADDRESS"] == REDIRECTS


def test_the_scripts_get_the_table_of_audiences_that_they_kept_by_hand():
    scripts = {one.stage: one for one in files_of("digital-marketplace") if one.consumer == "scripts"}
    folder = GOLDEN / "scripts" / "dmscripts" / "email_config"

    assert read(folder / "production.py")["MAILCHIMP_LIST_IDS"] == MAILCHIMP_LIST_IDS
    assert scripts["production"].pending == tuple(
        f"mailchimp-audience/digital-outcomes-and-specialists-6.{lot}" for lot in sorted(TEST_AUDIENCES)
    )


@pytest.mark.parametrize("stage", ["development", "preview", "staging"])
def test_another_stage_than_production_gets_the_test_audiences(stage):
    table = read(GOLDEN / "scripts" / "dmscripts" / "email_config" / f"{stage}.py")["MAILCHIMP_LIST_IDS"]
    without_any = "digital-outcomes-and-specialists"

    assert list(table) == [*MAILCHIMP_LIST_IDS, "digital-outcomes-and-specialists-6"]
    assert all(of == TEST_AUDIENCES for framework, of in table.items() if framework != without_any)
    assert table[without_any] == MAILCHIMP_LIST_IDS[without_any]


def test_a_header_names_every_file_that_its_values_come_from():
    folder = GOLDEN / "supplier-frontend" / "paas"
    inputs = {stage: read(folder / f"{stage}.json")["_emailops"]["inputs"] for stage in ("preview", "production")}
    own = ["consumers/_app.yaml", "consumers/supplier-frontend.yaml"]
    test = ["audiences/_audience.yaml", "audiences/_test.yaml", "audiences/framework-updates-test.yaml"]

    assert inputs["preview"] == [*test, *own, "recorded/shared.yaml"]
    assert inputs["production"] == [
        "audiences/_audience.yaml",
        "audiences/framework-updates.yaml",
        *own,
        "recorded/production.yaml",
    ]


def test_a_header_names_the_stage_that_leaves_a_value_empty():
    header = (GOLDEN / "scripts/dmscripts/email_config/development.py").read_text().partition("\n\n")[0]

    assert "#   stages/development.yaml" in header


def test_no_production_id_is_in_a_file_that_another_stage_reads():
    lines = (FROZEN / "digital-marketplace" / "recorded" / "production.yaml").read_text().splitlines()
    ids = [line.rpartition(": ")[2].strip('"') for line in lines]
    others = [one for one in files_of("digital-marketplace") if one.stage != PRODUCTION]

    assert len(ids) == 13
    assert {one.stage for one in others} == {None, "development", "preview", "staging"}
    assert [(one.path, id_) for one in others for id_ in ids if id_ in one.content] == []


@settings(deadline=None, max_examples=60)
@given(
    recorded=st.sets(st.sampled_from(sorted(AUDIENCES))),
    digits=st.lists(st.integers(0, 16**10 - 1), unique=True, min_size=len(AUDIENCES), max_size=len(AUDIENCES)),
)
def test_no_production_id_is_there_whatever_is_recorded(recorded, digits):
    ids = {name: f"{one:010x}" for name, one in zip(AUDIENCES, digits, strict=True) if name in recorded}
    files = generate(MARKETPLACE, ids)
    of_production = [id_ for name, id_ in ids.items() if PRODUCTION in AUDIENCES[name]]
    production = "".join(one.content or "" for one in files if one.stage == PRODUCTION)

    assert all(id_ in production for id_ in of_production)
    for file in files:
        if file.stage != PRODUCTION and file.content is not None:
            assert [id_ for id_ in of_production if f'"{id_}"' in file.content] == []


def from_object(config: type) -> dict[str, Any]:
    """As Flask's Config.from_object reads a class: its upper-case attributes, inherited ones too, and nothing else."""
    return {key: getattr(config, key) for key in dir(config) if key.isupper()}


def read(path: Path) -> dict[str, Any]:
    return runpy.run_path(str(path)) if path.suffix == ".py" else json.loads(path.read_text())


def without_pending(value):
    if not isinstance(value, dict):
        return value
    kept = {key: without_pending(inner) for key, inner in value.items() if not is_pending(inner)}
    return {key: inner for key, inner in kept.items() if inner != {}}
