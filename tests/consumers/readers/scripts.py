"""scripts: a container that holds the whole repository, started for one stage at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.consumers.docker import context
from tests.consumers.reader import STAGES, Cells, Reader, at, together
from tests.consumers.readers.flask_app import REDIRECTS

NAME = "scripts"
DOS = "digital-outcomes-and-specialists"
LOTS = ("digital-specialists", "digital-outcomes", "user-research-participants")
MAILCHIMP_LIST_IDS: dict[str, tuple[str, str, str]] = {
    f"{DOS}-2": ("30ba9fdf39", "97952fee38", "e6b93a3bce"),
    f"{DOS}-3": ("bee802d641", "5c92c78a78", "34ebe0bffa"),
    f"{DOS}-4": ("29d06d5201", "4360debc5a", "2538f8a0f1"),
    f"{DOS}-5": ("246fac2d9a", "eebeddcc2b", "f497856d31"),
}
TEST_LIST_IDS = ("07c21f0451", "f0077c516d", "d35601203b")
BY_HAND = f"""\
DEFAULT_REDIRECT_DOMAINS = {REDIRECTS!r}
MAILCHIMP_LIST_IDS = { {name: dict(zip(LOTS, ids, strict=True)) for name, ids in MAILCHIMP_LIST_IDS.items()}!r}
"""
IMPORTED = """\
from dmscripts import email_config

DEFAULT_REDIRECT_DOMAINS = email_config.DEFAULT_REDIRECT_DOMAINS
MAILCHIMP_LIST_IDS = email_config.MAILCHIMP_LIST_IDS
"""
SCRIPT = """\
import json
import sys

from dmscripts import email_config
from dmscripts.helpers import email_helpers

asked = email_config.of(sys.argv[1])
held = {name: value for name, value in vars(asked).items() if name.isupper()}
print(json.dumps({**held, "BOUND_AT_IMPORT": email_helpers.DEFAULT_REDIRECT_DOMAINS}))
"""


def read(checkouts: Mapping[str, Path]) -> Cells:
    return {stage: run(checkouts[NAME], stage, {"DM_ENVIRONMENT": stage}) for stage in STAGES}


def run(checkout: Path, stage: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """What a script in the container works with that is started for a stage."""
    with TemporaryDirectory() as image:
        context(checkout, Path(image))
        command = [sys.executable, "-m", "scripts.show", stage]
        ran = subprocess.run(command, cwd=image, env=dict(environment), capture_output=True, text=True, check=False)
    if ran.returncode:
        raise ImportError(ran.stderr.splitlines()[-1])
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def lists(stage: str) -> dict[str, dict[str, str]]:
    """What the map held by hand in production, and the test audiences elsewhere."""
    ids = MAILCHIMP_LIST_IDS if stage == "production" else dict.fromkeys(MAILCHIMP_LIST_IDS, TEST_LIST_IDS)
    return {name: dict(zip(LOTS, of, strict=True)) for name, of in ids.items()}


READER = Reader(
    name=NAME,
    files={
        "dmscripts/__init__.py": "",
        "dmscripts/helpers/__init__.py": "",
        "dmscripts/helpers/email_helpers.py": BY_HAND,
        "scripts/__init__.py": "",
        "scripts/show.py": SCRIPT,
        "tests/__init__.py": "",
        ".gitignore": "venv/\n*.csv\n",
    },
    changes={"dmscripts/helpers/email_helpers.py": IMPORTED},
    read=read,
    expected=together(
        at(
            STAGES,
            NEW_QUESTIONS_AND_ANSWERS_TEMPLATE_ID="847e8aa0-4ba4-495e-9d39-ae3b32007025",
            REQUIREMENTS_CLOSE_TEMPLATE_ID="c1f88c6f-1c6f-4f50-b52b-947bcea5e6c1",
            INCOMPLETE_APPLICATIONS_TEMPLATE_ID="25c7c763-fe51-418f-8e51-130c391edc35",
            APPLICATION_MADE_TEMPLATE_ID="de02a7e3-80f6-4391-818c-48326e1f4688",
            APPLICATION_NOT_MADE_TEMPLATE_ID="87a126b4-7909-4b63-b981-d3c3d6a558ff",
            APPROVED_SERVICE_EDITS_TEMPLATE_ID="fe4b0ac2-c25f-4b02-a72d-0d5b19819d74",
            SUSPEND_SUPPLIERS_TEMPLATE_ID="f4224b66-42cc-45c3-b55a-2cf5cb95792f",
            REMIND_SUPPLIERS_TO_SIGN_TEMPLATE_ID="b4c60768-abb8-4fb3-b1f1-09259df7ee11",
            FRAMEWORK_STATISTICS_TEMPLATE_ID="493ede76-d9c8-40b8-b543-1127ccb60674",
        ),
        at(STAGES, DEFAULT_REDIRECT_DOMAINS=REDIRECTS, BOUND_AT_IMPORT=REDIRECTS),
        at(("development", "preview", "staging"), FRAMEWORK_UPDATES_AUDIENCE_ID="18fb1fa411"),
        at(("production",), FRAMEWORK_UPDATES_AUDIENCE_ID="7534b3e89a"),
    ),
    delivered=tuple(f"dmscripts/email_config/{name}.py" for name in ("__init__", *STAGES, "local", "dev")),
)
