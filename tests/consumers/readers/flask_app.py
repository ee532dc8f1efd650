"""A Flask app of the marketplace: a class a stage, its environment on top, and an image by an allow-list."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.consumers.docker import context
from tests.consumers.reader import DEPLOYED, STAGES, Cells, Reader, at, together

REDIRECTS = dict.fromkeys(("example.com", "example.gov.uk", "user.marketplace.team"), "success@simulator.amazonses.com")
SUPPORT = "cloud_digital@crowncommercial.gov.uk"
ALLOWED = """\
*
!app/
!application.py
!config.py
!requirements.txt
**/__pycache__
"""
CLASSES = """\
class Config({config}):
    DM_NOTIFY_API_KEY = None
    SESSION_COOKIE_SECURE = True
    PERMANENT_SESSION_LIFETIME = 3600
{own}

class Development(Config):
    DM_NOTIFY_API_KEY = "not_a_real_key-00000000-fake-uuid-0000-000000000000"


class {live_name}({live}Config):
    SESSION_COOKIE_SECURE = True
{redirects}

class Preview({live_name}):
    pass


class Staging({live_name}):
    pass


class Production({live_name}):
    pass


configs = {{"development": Development, "preview": Preview, "staging": Staging, "production": Production}}
"""
APP = '''\
from flask import Flask

from config import configs


def create_app(stage, environment):
    """As the apps do: a class for the stage, then the environment over each key that the class declares."""
    application = Flask(__name__)
    application.config.from_object(configs[stage])
    for key in [key for key in application.config if key in environment]:
        held = application.config[key]
        if isinstance(held, bool):
            application.config[key] = environment[key].lower() in ("true", "on", "yes", "1")
        elif isinstance(held, int):
            application.config[key] = int(environment[key])
        else:
            application.config[key] = environment[key]
    return {key: value for key, value in application.config.items() if key not in Flask.default_config}
'''
APPLICATION = """\
import json
import sys

from app import create_app

environments = json.load(sys.stdin)
print(json.dumps({stage: create_app(stage, environment) for stage, environment in environments.items()}))
"""


def reader(
    name: str,
    templates: Mapping[str, str],
    settings: Mapping[str, Any] | None = None,
    *,
    live: str = "Live",
    own: Mapping[str, Any] | None = None,
) -> Reader:
    """An app that reads these templates and settings of ours, and declares settings of its `own`."""
    ours = {"NOTIFY_TEMPLATES": dict(templates), **(settings or {})}
    declared = "".join(f"    {key} = {value!r}\n" for key, value in (own or {}).items())
    by_hand = "".join(f"    {key} = {value!r}\n" for key, value in ours.items())
    redirects = f"    DM_NOTIFY_REDIRECT_DOMAINS_TO_ADDRESS = {REDIRECTS!r}\n"
    kept = CLASSES.format(config="object", own=declared + by_hand, live_name=live, live="", redirects=redirects)
    after = CLASSES.format(
        config="email_config.Config", own=declared, live_name=live, live="email_config.Live, ", redirects=""
    )
    return Reader(
        name=name,
        files={
            "application.py": APPLICATION,
            "app/__init__.py": APP,
            "app/main/__init__.py": "",
            "app/templates/email.html": "",
            "config.py": kept,
            "requirements.txt": "flask\n",
            "tests/test_config.py": "",
            ".dockerignore": ALLOWED,
            ".gitignore": "venv/\n*.pyc\n",
        },
        changes={"config.py": f"import email_config\n\n\n{after}"},
        read=lambda checkouts: configured(checkouts[name]),
        expected=together(at(STAGES, **ours), at(DEPLOYED, DM_NOTIFY_REDIRECT_DOMAINS_TO_ADDRESS=REDIRECTS)),
        delivered=("email_config.py",),
    )


def configured(checkout: Path, environments: Mapping[str, Mapping[str, str]] | None = None) -> Cells:
    """What the app in its image works with at each stage, with the environment of each."""
    given = {stage: dict((environments or {}).get(stage, {})) for stage in STAGES}
    with TemporaryDirectory() as image:
        context(checkout, Path(image))
        command = [sys.executable, "application.py"]
        ran = subprocess.run(command, cwd=image, input=json.dumps(given), capture_output=True, text=True, check=False)
    if ran.returncode:
        raise ImportError(ran.stderr.splitlines()[-1])
    found: Cells = json.loads(ran.stdout)
    return found
