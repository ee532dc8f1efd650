"""Jobs of Jenkins: bodies of the shape of real ones, what each kept by hand, and Ansible, which renders them."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from jinja2 import BaseLoader, Environment, StrictUndefined

BODIES = Path(__file__).parent
JINJA = "job_definitions/email_config.j2"
DEFAULTS = "playbooks/roles/jenkins/defaults/main/email.yml"
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


def job(name: str, head: str) -> str:
    """The file of a job that begins with `head`."""
    return f"{ENVIRONMENTS}{head}{(BODIES / f'{name}.yml').read_text(encoding='utf-8')}"


def imported(name: str) -> str:
    """The head of a job that imports what it kept by hand."""
    return f'{{% from "email_config.j2" import {IMPORTED[name]} %}}\n'


def ansible(loader: BaseLoader) -> Environment:
    """Jinja as Ansible has it; what a template imports is found by `loader`."""
    jinja = Environment(
        loader=loader, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True, autoescape=False
    )
    jinja.filters["to_json"] = json.dumps
    jinja.filters["to_nice_yaml"] = lambda value: yaml.dump(value, indent=4, default_flow_style=False)
    return jinja
