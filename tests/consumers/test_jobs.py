"""Jenkins jobs that import their settings come out as with the settings that they kept by hand, to the byte.

The bodies in `jobs/` have the shape of real ones: Ansible renders each as a Jinja template, and finds a file to import
beside it. What a job kept by hand stands in `BY_HAND`, in the form that it had there.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
import yaml
from jinja2 import DictLoader, Environment, StrictUndefined

from emailops.declaration.moved import moved_ids
from emailops.generate import generate
from tests.examples.laying import declared, edited, marketplace, validated

JOBS = Path(__file__).parent / "jobs"
JINJA = "job_definitions/email_config.j2"
DEFAULTS = "playbooks/roles/jenkins/defaults/main/email.yml"
ITERATION = "audiences/digital-outcomes-and-specialists-{}.yaml"
ENVIRONMENTS = "{% set environments = ['preview', 'production'] %}\n"

BY_HAND = {
    "application-events": """\
{% set notify_template_map = {
    '21_new_clarification_questions_answers': 'ed9944eb-112e-4f04-a4bb-19f397550ffe',
    '22_clarification_questions_close_next_week': '119dde9a-1e44-4b1d-9224-2f7020a74f9f',
    '23_clarification_questions_close_today': '1464000b-1027-4fa5-97fe-7280ab9daf1d',
    '24_final_clarification_questions_answers': 'dac3b69b-5672-4c1d-957a-258da8423347',
    '26_applications_close_soon': '441142fb-adaf-4510-b1f4-e3f918993881',
    '40_standstill_starts_today': '8c5b822a-844c-4376-8a76-4bb3706a5e35',
    '42_standstill_has_ended': '395253ed-1ab6-424e-b032-1f197d9271e7',
  }
%}
{% set default_framework_slug = 'g-cloud-12' %}
""",
    "awarded-briefs": "{% set NOTIFY_TEMPLATE_ID = '7379f74f-3f51-4b50-950c-d86b7880e999' %}\n",
    "brief-withdrawals": "{% set NOTIFY_TEMPLATE_ID = '3e43a131-8399-4674-89d3-b4f80d2e07d4' %}\n",
    "intention-to-award": "{% set NOTIFY_TEMPLATE_ID = 'd308ea6a-f218-4191-bb84-9e5f73d46b68' %}\n",
    "award-closed-briefs": """\
{% set reminders = [
    {"weeks": 4, "notify_template_id": "204d2bf5-5dd3-44c8-a68f-9111e040e831"},
    {"weeks": 8, "notify_template_id": "bc1f93a8-9529-48b6-9a82-af61bc6da332"}
  ]
%}
""",
    "counterpart-pages": """\
{% set frameworks = [
  ('DOS3', 'digital-outcomes-and-specialists-3', 'cdd836a0-02e2-4c8d-98a6-2544d63f5ea9', False),
  ('DOS4', 'digital-outcomes-and-specialists-4', 'cdd836a0-02e2-4c8d-98a6-2544d63f5ea9', True),
  ('DOS5', 'digital-outcomes-and-specialists-5', '5ccee27f-b7b2-4024-a57e-7c98d1f85e27', True),
  ('G11', 'g-cloud-11', 'cdd836a0-02e2-4c8d-98a6-2544d63f5ea9', True),
  ('G12', 'g-cloud-12', '5ccee27f-b7b2-4024-a57e-7c98d1f85e27', True),
]%}
""",
    "upload-subscribers": """\
{% set framework_slugs = ['digital-outcomes-and-specialists-4', 'digital-outcomes-and-specialists-5'] %}
""",
    "send-opportunities": "{% set test_list_id = '096e52cebb' %}\n",
    "views": """\
{% set monitored_jobs = [
  'notify-buyers-when-requirements-close-production',
  'notify-suppliers-of-dos-opportunities-production',
  'notify-suppliers-of-new-questions-answers-production',
  'upload-dos4-opportunities-email-list-production',
  'upload-dos5-opportunities-email-list-production',
] %}
""",
}
IMPORTED = {
    "application-events": "notify_template_map, default_framework_slug",
    "awarded-briefs": "awarded_briefs_template_id as NOTIFY_TEMPLATE_ID",
    "brief-withdrawals": "brief_withdrawals_template_id as NOTIFY_TEMPLATE_ID",
    "intention-to-award": "intention_to_award_template_id as NOTIFY_TEMPLATE_ID",
    "award-closed-briefs": "reminders",
    "counterpart-pages": "counterparts as frameworks",
    "upload-subscribers": "framework_slugs",
    "send-opportunities": "test_list_id",
    "views": "monitored_jobs",
}
FOURTH_STILL_UPLOADED = (ITERATION.format(4), "status: closed", "status: closing")


@cache
def of_jenkins(*, with_sixth: bool) -> dict[str, str]:
    """Path -> what Jenkins' repository gets; real life ended with the fifth iteration."""
    tree = edited(FOURTH_STILL_UPLOADED)
    files = {path: content.decode() for path, content in tree.files.items()}
    files["consumers/jenkins.yaml"] = (JOBS / "consumer.yaml").read_text(encoding="utf-8")
    sixth = {} if with_sixth else {ITERATION.format(6): None}
    declaration = declared(marketplace({**files, **sixth}))
    applied = {str(audience.resource): f"{number:010x}" for number, audience in enumerate(declaration.audiences())}
    made = generate(declaration, {**applied, **moved_ids(declaration)}, ["jenkins"])
    return {file.path: file.content or "" for file in made}


def rendered(job: str, head: str, *, with_sixth: bool = False) -> str:
    """As Ansible renders it."""
    ansible = Environment(
        loader=DictLoader({"email_config.j2": of_jenkins(with_sixth=with_sixth)[JINJA]}),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    ansible.filters["to_json"] = json.dumps
    ansible.filters["to_nice_yaml"] = lambda value: yaml.dump(value, indent=4, default_flow_style=False)
    body = (JOBS / f"{job}.yml").read_text(encoding="utf-8")
    return ansible.from_string(f"{ENVIRONMENTS}{head}{body}").render()


def imported(job: str) -> str:
    return f'{{% from "email_config.j2" import {IMPORTED[job]} %}}\n'


@pytest.mark.parametrize("job", BY_HAND)
def test_a_job_that_imports_comes_out_as_the_one_that_was_kept_by_hand(job):
    by_import = rendered(job, imported(job))

    assert by_import == rendered(job, BY_HAND[job])
    assert yaml.safe_load(by_import)


def test_the_job_multiplies_weeks_as_numbers():
    jobs = yaml.safe_load(rendered("award-closed-briefs", imported("award-closed-briefs")))

    assert [job["job"]["parameters"][1]["string"]["default"] for job in jobs] == ["28", "56"] * 2


def test_a_framework_that_is_off_has_no_stage():
    text = rendered("counterpart-pages", imported("counterpart-pages"))

    assert "Counterpart pages of DOS4, DOS5, G11, G12'" in text
    assert "DOS3" not in text


def test_a_new_iteration_is_uploaded_and_monitored_by_itself_once_it_was_applied():
    upload, views = (rendered(job, imported(job), with_sixth=True) for job in ("upload-subscribers", "views"))

    assert 'upload.py "production" "jenkins" "$MAILCHIMP_KEY" digital-outcomes-and-specialists-6\n' in upload
    assert "- upload-dos6-opportunities-email-list-production\n" in views


def test_the_defaults_of_a_role_hold_the_same_list_as_plain_yaml():
    defaults = yaml.safe_load(of_jenkins(with_sixth=False)[DEFAULTS])
    kept = rendered("views", BY_HAND["views"])

    assert [f"      - {job}\n" in kept for job in defaults["monitored_email_jobs"]] == [True] * 5


def test_the_settings_are_declared_without_a_finding():
    text = (JOBS / "consumer.yaml").read_text(encoding="utf-8")

    assert [
        str(finding) for finding in validated(marketplace({"consumers/jenkins.yaml": text})) if finding.is_error
    ] == []
