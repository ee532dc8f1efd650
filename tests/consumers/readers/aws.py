"""aws: the renderer of every app's manifest, whose own block stands below the environment that variables give."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.consumers.reader import DEPLOYED, Cells, Reader, at, together

NAME = "aws"
# What the encrypted store held; the two ids in it were no secrets, and one was of another stage.
NOTIFY_KEY, MAILCHIMP_KEY = "kept-in-the-store", "kept-in-the-store-too"
CREDENTIALS = {
    "notify_api_key": NOTIFY_KEY,
    "supplier_frontend": {
        "mailchimp_username": "by-hand",
        "mailchimp_api_key": MAILCHIMP_KEY,
        "mailchimp_open_framework_notification_mailing_list_id": "0000000000",
    },
}
BASE = """\
applications:
  - name: {{ app }}-release
    env:
      DM_ENVIRONMENT: {{ environment }}
      DM_LOG_PATH: ''
      {% for name, value in env.items() %}
      {{ name }}: {{ value }}
      {% endfor %}
      {% block env %}{% endblock %}
"""
SUPPLIER_FRONTEND = """\
{% extends "_base.j2" %}
{% block env %}
      DM_NOTIFY_API_KEY: {{ notify_api_key }}
      DM_MAILCHIMP_USERNAME: {{ supplier_frontend.mailchimp_username }}
      DM_MAILCHIMP_API_KEY: {{ supplier_frontend.mailchimp_api_key }}
      LIST: {{ supplier_frontend.mailchimp_open_framework_notification_mailing_list_id }}
{% endblock %}
""".replace("LIST:", "DM_MAILCHIMP_OPEN_FRAMEWORK_NOTIFICATION_MAILING_LIST_ID:")
COMMON = """\
env: {}
supplier-frontend: {env: {}}
user-frontend: {env: {}}
"""


def environment(checkout: Path, stage: str, app: str) -> dict[str, str]:
    """The environment in an app's manifest. Ours is the last `-f` of the command, after the credentials."""
    files = (checkout / "vars/common.yml", checkout / f"vars/{stage}.yml")
    given = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
    ours = checkout / f"vars/email/{stage}.yaml"
    last = [yaml.safe_load(ours.read_text(encoding="utf-8"))] if ours.exists() else []
    variables: dict[str, Any] = reduce(merged, [*given, CREDENTIALS, *last], {"environment": stage, "app": app})
    variables = merged(variables, variables[app])
    renderer = Environment(
        loader=FileSystemLoader(checkout / "paas"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    manifest = yaml.safe_load(renderer.get_template(f"{app}.j2").render(variables))
    found: dict[str, str] = manifest["applications"][0]["env"]
    assert all(isinstance(value, str) for value in found.values()), "Cloud Foundry hands on texts"
    return found


def merged(first: Mapping[str, Any], last: Mapping[str, Any]) -> dict[str, Any]:
    """In depth; what is given later wins."""
    both = {name: merged(first[name], last[name]) for name in first.keys() & last if isinstance(first[name], dict)}
    return {**first, **last, **both}


def read(checkouts: Mapping[str, Path]) -> Cells:
    return {stage: environment(checkouts[NAME], stage, "supplier-frontend") for stage in DEPLOYED}


_LIST = "DM_MAILCHIMP_OPEN_FRAMEWORK_NOTIFICATION_MAILING_LIST_ID"
READER = Reader(
    name=NAME,
    files={
        "paas/_base.j2": BASE,
        "paas/supplier-frontend.j2": SUPPLIER_FRONTEND,
        "vars/common.yml": COMMON,
        **{f"vars/{stage}.yml": "domain: example.com\n" for stage in DEPLOYED},
        "scripts/generate-paas-manifest.py": "",
        ".gitignore": "venv/\n*-manifest.yml\n",
    },
    changes={},
    read=read,
    expected=together(
        at(DEPLOYED, DM_MAILCHIMP_USERNAME="digital-marketplace", DM_MAILCHIMP_API_KEY=MAILCHIMP_KEY),
        at(("preview", "staging"), **{_LIST: "18fb1fa411"}),
        at(("production",), **{_LIST: "7534b3e89a"}),
    ),
    delivered=tuple(f"vars/email/{stage}.yaml" for stage in DEPLOYED),
)
