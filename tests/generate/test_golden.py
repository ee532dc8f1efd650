"""What the consumers of the frozen states get: as reviewed, as resolved, and as they kept it by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from emailops.declaration.ids import OfFramework, is_pending, with_ids
from emailops.declaration.sources import Absent, resolve
from emailops.generate import FORMATS
from emailops.resource import PRODUCTION

from .reading import READERS, exported, rendered_twice, sourced
from .states import GOLDEN, STATES, declared, files_of, formats

MARKETPLACE = declared("digital-marketplace")
FORMAT_OF = {file: format_ for state in STATES for file, format_ in formats(state).items()}
DEPLOYED = ("preview", "staging", "production")
SIGN_UPS = {"development": "18fb1fa411", "preview": "18fb1fa411", "staging": "18fb1fa411", "production": "7534b3e89a"}

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
EVENTS = {
    "21_new_clarification_questions_answers": "ed9944eb-112e-4f04-a4bb-19f397550ffe",
    "22_clarification_questions_close_next_week": "119dde9a-1e44-4b1d-9224-2f7020a74f9f",
    "23_clarification_questions_close_today": "1464000b-1027-4fa5-97fe-7280ab9daf1d",
    "24_final_clarification_questions_answers": "dac3b69b-5672-4c1d-957a-258da8423347",
    "26_applications_close_soon": "441142fb-adaf-4510-b1f4-e3f918993881",
    "40_standstill_starts_today": "8c5b822a-844c-4376-8a76-4bb3706a5e35",
    "42_standstill_has_ended": "395253ed-1ab6-424e-b032-1f197d9271e7",
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
    generated = {f"{file.consumer}/{file.path}": file.content for state in STATES for file in files_of(state)}
    golden = {
        path.relative_to(GOLDEN).as_posix(): path.read_bytes().decode() for path in GOLDEN.rglob("*") if path.is_file()
    }

    assert golden == generated


@pytest.mark.parametrize("state", STATES)
def test_generating_twice_gives_the_same(state):
    assert files_of(state) == files_of(state)


@pytest.mark.few(1)
@pytest.mark.parametrize("state", STATES)
def test_a_file_holds_what_its_settings_resolve_to(state):
    declaration = declared(state)
    for consumer in declaration.consumers.values():
        for file, setting in consumer.settings():
            for stage in file.stages:
                held = read(consumer.name, file.path, stage)
                owner = vars(held[setting.class_name]) if setting.class_name else held
                try:
                    resolved = resolve(declaration, consumer, setting, stage).value
                except Absent:
                    assert owner[setting.name] == {} or not file.is_staged
                    continue
                expected = without_pending(with_ids(without_new(resolved, declaration.ids), declaration.ids))
                assert owner[setting.name] == expected
                assert json.dumps(owner[setting.name]) == json.dumps(expected), "the declared order is kept"


def test_every_format_has_a_golden_file():
    assert set(FORMAT_OF.values()) == set(FORMATS)


def test_every_consumer_but_three_gets_files_that_cover_every_stage():
    stages = {
        name: {stage for file in consumer.files for stage in file.stages}
        for name, consumer in MARKETPLACE.consumers.items()
    }

    assert {name for name, covered in stages.items() if not covered} == {"api", "buyer-frontend", "functional-tests"}
    assert {frozenset(covered) for covered in stages.values() if covered} == {frozenset(SIGN_UPS)}


def test_an_apps_config_gets_what_it_kept_by_hand():
    config = app_config("supplier-frontend", "Config")
    live = app_config("supplier-frontend", "Live")

    assert config["NOTIFY_TEMPLATES"] == live["NOTIFY_TEMPLATES"] == NOTIFY_TEMPLATES
    assert "DM_NOTIFY_REDIRECT_DOMAINS_TO_ADDRESS" not in config
    assert live["DM_NOTIFY_REDIRECT_DOMAINS_TO_ADDRESS"] == REDIRECTS


@pytest.mark.parametrize("stage", SIGN_UPS)
def test_an_app_takes_from_its_environment_what_a_class_declares(stage):
    if stage == "development":
        environment = exported(text("supplier-frontend", "development.env"))
        assert environment == read("supplier-frontend", "development.env", stage), "python-dotenv and a shell agree"
    else:
        environment = rendered_twice(text("supplier-frontend", f"paas/{stage}.yaml"))["supplier-frontend"]
    config = app_config("supplier-frontend", "Live", {**environment, "DM_UNKNOWN": "a"})

    assert config["DM_MAILCHIMP_USERNAME"] == "digital-marketplace"
    assert config["DM_MAILCHIMP_OPEN_FRAMEWORK_NOTIFICATION_MAILING_LIST_ID"] == SIGN_UPS[stage]
    assert config["NOTIFY_TEMPLATES"] == NOTIFY_TEMPLATES
    assert "DM_UNKNOWN" not in config


@pytest.mark.parametrize("stage", ["preview", "production"])
def test_an_environment_is_the_same_in_every_format(stage):
    id_ = {"preview": "9876543210", "production": "0123456789"}[stage]
    expected = {
        "NEWS": id_,
        "HELLO": "aaaaaaaa-0000-4000-8000-000000000001",
        "MOTTO": "it's no. 1: yes #",
        "NONE": "",
    }

    assert sourced(text("app", f"email/{stage}.sh")) == expected
    assert exported(text("app", f"email/{stage}.env")) == expected
    assert read("app", "email/{stage}.env", stage) == expected
    assert rendered_twice(text("app", f"email/{stage}.yaml")) == {"letters": expected}


def test_the_scripts_get_the_table_of_audiences_that_they_kept_by_hand():
    scripts = {file.stage: file for file in files_of("digital-marketplace") if file.consumer == "scripts"}

    assert of_scripts("production")["MAILCHIMP_LIST_IDS"] == MAILCHIMP_LIST_IDS
    assert scripts["production"].pending == tuple(
        f"mailchimp-audience/digital-outcomes-and-specialists-6.{lot}" for lot in sorted(TEST_AUDIENCES)
    )


@pytest.mark.parametrize("stage", ["development", "preview", "staging"])
def test_another_stage_than_production_gets_the_test_audiences(stage):
    table = of_scripts(stage)["MAILCHIMP_LIST_IDS"]
    without_any = "digital-outcomes-and-specialists"

    assert list(table) == [*MAILCHIMP_LIST_IDS], "iteration 6 waits with production's"
    assert all(of == TEST_AUDIENCES for framework, of in table.items() if framework != without_any)
    assert table[without_any] == MAILCHIMP_LIST_IDS[without_any]


@pytest.mark.parametrize("stage", SIGN_UPS)
def test_the_scripts_redirect_at_every_deployed_stage(stage):
    assert of_scripts(stage)["DEFAULT_REDIRECT_DOMAINS"] == (REDIRECTS if stage in DEPLOYED else {})


def test_closed_frameworks_stay_readable_and_a_closing_one_is_still_mailed():
    slugs = of_jenkins()["framework_slugs"]
    table = of_scripts("production")["MAILCHIMP_LIST_IDS"]
    statuses = {name: framework.status for name, framework in MARKETPLACE.frameworks.items()}

    assert set(statuses.values()) == {"closed", "closing", "open"}
    assert slugs == ["digital-outcomes-and-specialists-5"], "iteration 6 waits"
    assert {slug for slug in table if statuses[slug] == "closed"} == {
        "digital-outcomes-and-specialists",
        "digital-outcomes-and-specialists-2",
        "digital-outcomes-and-specialists-3",
        "digital-outcomes-and-specialists-4",
    }
    assert table["digital-outcomes-and-specialists-5"] == MAILCHIMP_LIST_IDS["digital-outcomes-and-specialists-5"]


def test_jenkins_gets_the_templates_that_its_jobs_kept_by_hand():
    held = of_jenkins()

    assert held["notify_template_map"] == EVENTS
    assert held["award_closed_briefs_template_ids"] == {
        "4": "204d2bf5-5dd3-44c8-a68f-9111e040e831",
        "8": "bc1f93a8-9529-48b6-9a82-af61bc6da332",
    }
    assert held["counterpart_template_ids"]["g-cloud-12"] == "5ccee27f-b7b2-4024-a57e-7c98d1f85e27"
    assert held["counterpart_template_ids"]["g-cloud-11"] == "cdd836a0-02e2-4c8d-98a6-2544d63f5ea9"


def test_a_header_names_every_file_that_its_values_come_from():
    own = ["consumers/_app.yaml", "consumers/supplier-frontend.yaml"]
    test = ["audiences/_audience.yaml", "audiences/_test.yaml", "audiences/framework-updates-test.yaml"]

    assert inputs("supplier-frontend", "paas/preview.yaml") == [*test, *own, "recorded/shared.yaml"]
    assert inputs("supplier-frontend", "paas/production.yaml") == [
        "audiences/_audience.yaml",
        "audiences/framework-updates.yaml",
        *own,
        "recorded/production.yaml",
    ]


def test_a_header_names_the_stage_that_leaves_a_value_empty():
    assert "stages/development.yaml" in inputs("scripts", "dmscripts/email_config/development.py")


CLASSES = {
    "Config": {
        "DM_MAILCHIMP_USERNAME": None,
        "DM_MAILCHIMP_OPEN_FRAMEWORK_NOTIFICATION_MAILING_LIST_ID": None,
        "DEBUG": False,
        "PERMANENT_SESSION_LIFETIME": 3600,
    },
    "Live": {"DEBUG": False},
}
"""What supplier-frontend's own classes hold besides."""


def app_config(consumer: str, name: str, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """An app's configuration: `from_object` of one of its classes, then its environment over what that declares."""
    base = read(consumer, "email_config.py", PRODUCTION)
    config = type("Config", (base["Config"],), CLASSES["Config"])
    chosen = config if name == "Config" else type("Live", (base["Live"], config), CLASSES["Live"])
    held = {key: getattr(chosen, key) for key in dir(chosen) if key.isupper()}
    return held | {key: converted(held[key], value) for key, value in (environment or {}).items() if key in held}


def converted(declared_: Any, value: str) -> Any:
    if isinstance(declared_, bool):
        return {"true": True, "false": False}[value]
    return int(value) if isinstance(declared_, int) else value


def of_scripts(stage: str) -> dict[str, Any]:
    return read("scripts", "dmscripts/email_config/{stage}.py", stage)


def of_jenkins() -> dict[str, Any]:
    return read("jenkins", "job_definitions/email_config.j2", PRODUCTION)


def inputs(consumer: str, path: str) -> list[str]:
    prefix = "#   "
    return [line.removeprefix(prefix) for line in text(consumer, path).splitlines() if line.startswith(prefix)]


def text(consumer: str, path: str) -> str:
    return (GOLDEN / consumer / path).read_bytes().decode()


def read(consumer: str, path: str, stage: str) -> dict[str, Any]:
    """What the reader of this file gets from it at this stage."""
    path = path.replace("{stage}", stage)
    return READERS[FORMAT_OF[consumer, path]](text(consumer, path))


def without_new(value, ids):
    """Without what follows from a framework that misses an id; of a mapping, one that misses every id."""
    if isinstance(value, dict):
        return {key: without_new(inner, ids) for key, inner in value.items() if not is_new(inner, ids)}
    return [inner for inner in value if not is_new(inner, ids, whole=True)] if isinstance(value, list) else value


def is_new(value, ids, *, whole=False):
    if not isinstance(value, OfFramework):
        return False
    missing = set(value.audiences) - set(ids)
    return missing == set(value.audiences) if isinstance(value.value, dict) and not whole else bool(missing)


def without_pending(value):
    if not isinstance(value, dict):
        return value
    kept = {key: without_pending(inner) for key, inner in value.items() if not is_pending(inner)}
    return {key: inner for key, inner in kept.items() if inner != {}}
