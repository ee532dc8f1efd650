"""The frozen states hold what they are named for: the Digital Marketplace's real values, by literal tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from emailops.store.state import load
from emailops.store.tree import read_directory

FROZEN = Path(__file__).parent / "states"
STATE = FROZEN / "digital-marketplace"

TEMPLATES = {
    "reset_password": "4ae02cdd-65fd-417f-8c24-61260229f9af",
    "change_password_alert": "1c4c0562-44aa-4ae4-ba61-e17c544df535",
    "reset_password_inactive": "6c522c78-e4d2-488f-aa5f-6f42401ef2c5",
    "confirmation_of_clarification_question": "1a8a3408-49ef-486f-a6c9-8557d1a0dc63",
    "create_user_account": "84f5d812-df9d-4ab8-804a-06f64f5abd30",
    "invite_contributor": "5eefe42d-1694-4388-8908-991cdfba0a71",
    "framework_agreement_signature_page": "08929c93-f9e7-4b40-b75f-418659308324",
    "framework-application-started": "9c8237fa-d854-4388-babb-14a0f252d133",
    "framework-clarification-question": "8574484f-9907-44c0-b9d5-1120beb64ef0",
    "framework-application-question": "6681d4a1-6e30-407f-9e8b-3f6633d73546",
    "sign_framework_agreement_confirmation": "bbc77101-4585-4d1e-80c4-43045ea9550f",
    "invite_admin_user": "08ab7791-6038-4ad2-9560-740bbcb675b7",
    "clarification_question": "520e0623-119e-41ac-990b-b9cdb0e9c30d",
    "clarification_question_confirmation": "d74a8a05-eae6-49cb-bc08-63d95b92b4d3",
    "developer_virus_alert": "70986093-4f54-4b2e-883e-d88456455385",
    "new_questions_and_answers": "847e8aa0-4ba4-495e-9d39-ae3b32007025",
    "requirements_close": "c1f88c6f-1c6f-4f50-b52b-947bcea5e6c1",
    "incomplete_applications": "25c7c763-fe51-418f-8e51-130c391edc35",
    "application_made": "de02a7e3-80f6-4391-818c-48326e1f4688",
    "application_not_made": "87a126b4-7909-4b63-b981-d3c3d6a558ff",
    "approved_service_edits": "fe4b0ac2-c25f-4b02-a72d-0d5b19819d74",
    "suspend_suppliers_without_agreements": "f4224b66-42cc-45c3-b55a-2cf5cb95792f",
    "remind_suppliers_to_sign": "b4c60768-abb8-4fb3-b1f1-09259df7ee11",
    "framework_statistics_snapshot": {"ccs": "493ede76-d9c8-40b8-b543-1127ccb60674"},
    "21_new_clarification_questions_answers": "ed9944eb-112e-4f04-a4bb-19f397550ffe",
    "22_clarification_questions_close_next_week": "119dde9a-1e44-4b1d-9224-2f7020a74f9f",
    "23_clarification_questions_close_today": "1464000b-1027-4fa5-97fe-7280ab9daf1d",
    "24_final_clarification_questions_answers": "dac3b69b-5672-4c1d-957a-258da8423347",
    "26_applications_close_soon": "441142fb-adaf-4510-b1f4-e3f918993881",
    "40_standstill_starts_today": "8c5b822a-844c-4376-8a76-4bb3706a5e35",
    "42_standstill_has_ended": "395253ed-1ab6-424e-b032-1f197d9271e7",
    "award_closed_briefs_4_weeks": "204d2bf5-5dd3-44c8-a68f-9111e040e831",
    "award_closed_briefs_8_weeks": "bc1f93a8-9529-48b6-9a82-af61bc6da332",
    "awarded_briefs": "7379f74f-3f51-4b50-950c-d86b7880e999",
    "brief_withdrawals": "3e43a131-8399-4674-89d3-b4f80d2e07d4",
    "intention_to_award": "d308ea6a-f218-4191-bb84-9e5f73d46b68",
    "counterpart_signature_pages": "5ccee27f-b7b2-4024-a57e-7c98d1f85e27",
    "counterpart_signature_pages_before_g12": "cdd836a0-02e2-4c8d-98a6-2544d63f5ea9",
}

# framework or audience -> lot -> id; an audience of its own has no lot
AUDIENCES = {
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
    "test-digital-specialists": "07c21f0451",
    "test-digital-outcomes": "f0077c516d",
    "test-user-research-participants": "d35601203b",
    "test-opportunities": "096e52cebb",
    "framework-updates": "7534b3e89a",
    "framework-updates-test": "18fb1fa411",
}

REDIRECTS = {
    "example.com": "invalid buyer",
    "example.gov.uk": "approved buyer",
    "user.marketplace.team": "approved admin",
}

# consumer -> what its hand-kept map of templates held; None for one without a map
MAPS: dict[str, set[str] | None] = {
    "user-frontend": {"reset_password", "change_password_alert", "reset_password_inactive"},
    "supplier-frontend": {
        "confirmation_of_clarification_question",
        "create_user_account",
        "invite_contributor",
        "framework_agreement_signature_page",
        "framework-application-started",
        "framework-clarification-question",
        "framework-application-question",
        "sign_framework_agreement_confirmation",
    },
    "buyer-frontend": None,
    "briefs-frontend": {"create_user_account"},
    "brief-responses-frontend": {"clarification_question", "clarification_question_confirmation"},
    "admin-frontend": {"invite_contributor"},
    "antivirus-api": {"developer_virus_alert"},
    "api": None,
    "scripts": None,
    "functional-tests": None,
    "jenkins": {
        "21_new_clarification_questions_answers",
        "22_clarification_questions_close_next_week",
        "23_clarification_questions_close_today",
        "24_final_clarification_questions_answers",
        "26_applications_close_soon",
        "40_standstill_starts_today",
        "42_standstill_has_ended",
    },
}
FLASK_APPS = [name for name, held in MAPS.items() if held and name != "jenkins"]


@pytest.mark.parametrize("directory", [STATE, FROZEN / "minimal"], ids=lambda path: path.name)
def test_nothing_is_found_wrong_when_it_is_read(directory):
    state = load(read_directory(directory))

    assert state.findings == []
    assert state.sections["templates"]


def test_the_minimal_state_is_one_short_file_with_two_services():
    (path,) = (FROZEN / "minimal").iterdir()

    assert path.name == "emailops.yaml"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 40
    assert len(yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)["accounts"]["notify"]) == 2


def test_every_template_stands_under_its_name_with_its_id():
    declared = {name: entry["id"] for name, entry in read("templates.yaml").items() if not name.startswith("_")}

    assert declared == TEMPLATES
    ids = {id_ for value in declared.values() for id_ in (value.values() if isinstance(value, dict) else [value])}
    assert len(ids) == 38


def test_every_template_has_a_consumer():
    readers = [
        entry for name in MAPS for key in ("templates", "literals", "keeps") for entry in consumer(name).get(key, [])
    ]

    assert set(readers) == set(TEMPLATES)


@pytest.mark.parametrize(("name", "held"), MAPS.items())
def test_a_consumers_map_holds_what_the_hand_kept_one_held(name, held):
    declared = [*consumer(name).get("templates", []), *consumer(name).get("keeps", [])]

    assert len(declared) == len(set(declared))
    assert set(declared) == (held or set())
    assert ("templates" in sources(name)) == (held is not None)


def test_two_templates_have_no_reader_and_one_is_hard_coded_in_a_view():
    assert set(consumer("supplier-frontend")["keeps"]) == {
        "framework_agreement_signature_page",
        "framework-application-question",
    }
    assert consumer("admin-frontend")["literals"] == ["invite_admin_user"]
    assert len(consumer("scripts")["literals"]) == 9


def test_there_are_eleven_consumers():
    assert names("consumers") == set(MAPS)
    assert len(MAPS) == 11


def test_who_sends_with_notify_reads_redirects_and_nobody_else_does():
    sending = {name for name in MAPS if "notify" in whole_consumer(name)["sends"]}

    assert sending == {*FLASK_APPS, "scripts"}
    assert {name for name in MAPS if "redirects" in sources(name)} == sending


@pytest.mark.parametrize("name", FLASK_APPS)
def test_an_apps_redirects_stand_on_live_and_its_map_on_the_base_class(name):
    classes = whole_consumer(name)["files"]["email_config.py"]["classes"]

    assert classes["Config"]["NOTIFY_TEMPLATES"] == "templates"
    assert classes["Live"] == {"DM_NOTIFY_REDIRECT_DOMAINS_TO_ADDRESS": "redirects"}


def test_each_consumer_gets_its_files_in_the_format_that_it_reads():
    formats = {name: [file["format"] for file in whole_consumer(name).get("files", {}).values()] for name in MAPS}

    assert formats == {
        **{name: ["flask"] for name in FLASK_APPS},
        "supplier-frontend": ["flask", "paas-vars", "dotenv"],
        "scripts": ["python"],
        "jenkins": ["jenkins-vars"],
        **{name: [] for name in ("api", "buyer-frontend", "functional-tests")},
    }


def test_a_platform_has_the_deployed_stages_and_a_developer_the_other_one():
    files = consumer("supplier-frontend")["files"]

    assert files["paas/{stage}.yaml"]["stages"] == ["preview", "staging", "production"]
    assert files["development.env"]["stages"] == ["development"]
    assert files["paas/{stage}.yaml"]["settings"] == files["development.env"]["settings"]


def test_every_id_of_an_audience_is_recorded():
    expected = {}
    for name, value in AUDIENCES.items():
        for resource, id_ in (
            [(name, value)] if isinstance(value, str) else [(f"{name}.{k}", v) for k, v in value.items()]
        ):
            expected[f"mailchimp-audience/{resource}"] = id_

    assert {**read("recorded/production.yaml"), **read("recorded/shared.yaml")} == expected
    assert len(set(expected.values())) == 18


def test_what_production_uses_is_recorded_apart_from_what_other_stages_share():
    shared = {resource.removeprefix("mailchimp-audience/") for resource in read("recorded/shared.yaml")}

    assert shared == {name for name in AUDIENCES if "test" in name}


@pytest.mark.parametrize("scope", ["production", "shared"])
def test_recorded_ids_stand_as_the_tool_writes_them(scope):
    lines = (STATE / "recorded" / f"{scope}.yaml").read_text(encoding="utf-8").splitlines()

    assert lines == sorted(lines)
    assert all(re.fullmatch(r'mailchimp-audience/[a-z0-9.-]+: "[0-9a-f]{10}"', line) for line in lines)


def test_there_are_six_iterations_and_the_last_has_no_ids():
    prefix = "digital-outcomes-and-specialists"
    iterations = [name for name in names("audiences") if name.startswith(prefix)]
    statuses = {name.removeprefix(prefix): read(f"audiences/{name}.yaml")["status"] for name in iterations}

    assert statuses == {"": "closed", "-2": "closed", "-3": "closed", "-4": "closed", "-5": "closing", "-6": "open"}
    assert read(f"audiences/{prefix}.yaml")["audience"] == "none"
    assert set(read("audiences/_opportunities.yaml")["lots"]) == {
        "digital-specialists",
        "digital-outcomes",
        "user-research-participants",
    }


def test_a_new_iteration_is_a_handful_of_lines():
    text = (STATE / "audiences" / "digital-outcomes-and-specialists-6.yaml").read_text(encoding="utf-8")

    assert len(text.splitlines()) <= 5


def test_there_are_four_stages_with_keys_of_the_right_kind():
    order = read("emailops.yaml")["stage_order"]
    keys = read("keys.yaml")
    kinds = {stage: keys[read(f"stages/{stage}.yaml")["notify"]["key"]]["kind"] for stage in order}

    assert names("stages") == set(order)
    assert kinds == {"development": "test", "preview": "test", "staging": "team", "production": "live"}


def test_three_domains_are_redirected_once_for_all_deployed_stages():
    redirect = read("stages/_deployed.yaml")["redirect"]

    assert redirect == {"to": "success@simulator.amazonses.com", "domains": REDIRECTS}
    assert set(REDIRECTS.values()) == set(read("emailops.yaml")["words"]["domain_purposes"])
    extending = {path.stem for path in (STATE / "stages").glob("*.yaml") if "extends: _deployed" in path.read_text()}
    assert extending == {"preview", "staging", "production"}


def test_the_functional_tests_keys_are_of_the_kind_of_the_stages_own():
    keys = read("keys.yaml")

    for name in ("functional-tests-preview", "functional-tests-staging"):
        (stage,) = keys[name]["stages"]
        assert keys[name]["kind"] == keys[stage]["kind"]


def test_the_functional_tests_get_the_key_made_for_them_at_each_stage():
    assert consumer("functional-tests")["secrets"] == {
        "DM_NOTIFY_API_KEY": {"preview": "key functional-tests-preview", "staging": "key functional-tests-staging"}
    }


def test_upload_and_send_read_one_setting_and_each_stage_has_its_own_file():
    scripts = consumer("scripts")

    assert scripts["mailings"] == {"opportunities": {"subscribes": "MAILCHIMP_LIST_IDS", "sends": "MAILCHIMP_LIST_IDS"}}
    (path,) = [
        path for path, file in scripts["files"].items() if file["settings"].get("MAILCHIMP_LIST_IDS") == "audiences"
    ]
    assert "{stage}" in path


def test_the_reply_to_address_of_the_enquiries_is_the_real_one():
    reply_to = read("notify.yaml")["marketplace"]["reply_to"]

    assert reply_to["enquiries"]["id"] == "24908180-b64e-513d-ab48-fdca677cec52"
    assert sources("supplier-frontend")["reply_to enquiries"] == ["DM_ENQUIRIES_EMAIL_ADDRESS_UUID"]


def test_a_counterparts_template_follows_its_framework():
    (file,) = consumer("jenkins")["files"].values()
    table = file["settings"]["counterpart_template_ids"]["table"]

    assert {framework: TEMPLATES[source.removeprefix("template ")] for framework, source in table.items()} == {
        "digital-outcomes-and-specialists-3": "cdd836a0-02e2-4c8d-98a6-2544d63f5ea9",
        "digital-outcomes-and-specialists-4": "cdd836a0-02e2-4c8d-98a6-2544d63f5ea9",
        "digital-outcomes-and-specialists-5": "5ccee27f-b7b2-4024-a57e-7c98d1f85e27",
        "g-cloud-11": "cdd836a0-02e2-4c8d-98a6-2544d63f5ea9",
        "g-cloud-12": "5ccee27f-b7b2-4024-a57e-7c98d1f85e27",
    }


def test_accounts_are_synthetic():
    accounts = read("emailops.yaml")["accounts"]

    assert list(accounts["notify"]) == ["marketplace", "ccs"]
    assert all(account["service_id"].startswith("00000000-0000-") for account in accounts["notify"].values())
    assert accounts["mailchimp"]["datacentre"] == "us0"
    assert not re.fullmatch(r"[0-9a-f]+", accounts["mailchimp"]["account_id"])


UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@pytest.mark.parametrize(
    ("form", "example"),
    [
        (f"{UUID}-{UUID}", "name-00000000-0000-4000-8000-000000000001-00000000-0000-4000-8000-000000000002"),
        (r"\b[0-9a-f]{32}", "0123456789abcdef0123456789abcdef-us1"),
    ],
    ids=["notify", "mailchimp"],
)
def test_nothing_in_it_looks_like_a_key(form, example):
    found = [path for path in STATE.rglob("*.*") if re.search(form, path.read_text(encoding="utf-8"))]

    assert re.search(form, example)
    assert found == []


def test_a_key_names_where_its_secret_is_and_never_holds_it():
    secrets = {name: entry["secret"] for name, entry in read("keys.yaml").items() if "secret" in entry}

    assert len(secrets) == 6
    assert all(re.fullmatch(r"env:(NOTIFY_KEY_[A-Z]+|MAILCHIMP_KEY)", secret) for secret in secrets.values())


def read(path: str) -> Any:
    """One file as plain text values, without this project's loader."""
    return yaml.load((STATE / path).read_text(encoding="utf-8"), yaml.BaseLoader)


def names(section: str) -> set[str]:
    return {path.stem for path in (STATE / section).glob("*.yaml") if not path.stem.startswith("_")}


def consumer(name: str) -> Any:
    return read(f"consumers/{name}.yaml")


def whole_consumer(name: str) -> Any:
    """With its base laid under."""
    own = consumer(name)
    return laid(read("consumers/_app.yaml"), own) if own.get("extends") == "_app" else own


def laid(base: Any, over: Any) -> Any:
    """`over` on `base`: mappings merge, everything else replaces."""
    if isinstance(base, dict) and isinstance(over, dict):
        return {key: laid(base.get(key), over.get(key, base.get(key))) for key in {**base, **over}}
    return over


def sources(name: str) -> dict[str, list[str]]:
    """Source -> the settings that come from it, over all files of a consumer."""
    found: dict[str, list[str]] = {}
    for file in whole_consumer(name).get("files", {}).values():
        for settings in file["classes"].values() if "classes" in file else [file["settings"]]:
            for setting, source in settings.items():
                if isinstance(source, str):
                    found.setdefault(source, []).append(setting)
    return found
