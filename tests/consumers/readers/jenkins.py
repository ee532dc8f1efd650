"""jenkins: Ansible renders the jobs as Jinja templates, and reads the defaults of a role."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml
from jinja2 import BaseLoader, FileSystemLoader

from tests.consumers.jobs import BY_HAND, DEFAULTS, JINJA, ansible, imported, job
from tests.consumers.reader import STAGES, Cells, Reader, at

NAME = "jenkins"
FOLDER = JINJA.rpartition("/")[0]
OF_ITERATIONS = ("upload-subscribers", "views")
"""Jobs that follow from the iterations, of which the state has one that real life never had."""


def read(checkouts: Mapping[str, Path]) -> Cells:
    """Job -> its text. Jenkins is one for all stages."""
    jinja = ansible(FileSystemLoader(checkouts[NAME] / FOLDER))
    jobs = {name: jinja.get_template(f"{name}.yml").render() for name in BY_HAND}
    defaults = yaml.safe_load((checkouts[NAME] / DEFAULTS).read_text(encoding="utf-8"))
    return at(STAGES, **jobs, **defaults)


READER = Reader(
    name=NAME,
    files={
        **{f"{FOLDER}/{name}.yml": job(name, head) for name, head in BY_HAND.items()},
        "playbooks/roles/jenkins/defaults/main/main.yml": "jenkins_home: /data/jenkins\n",
        "playbooks/roles/jenkins/tasks/main.yml": "",
        ".gitignore": "venv/\n*.retry\n",
    },
    changes={f"{FOLDER}/{name}.yml": job(name, imported(name)) for name in BY_HAND},
    read=read,
    expected=at(
        STAGES,
        **{
            name: ansible(BaseLoader()).from_string(job(name, head)).render()
            for name, head in BY_HAND.items()
            if name not in OF_ITERATIONS
        },
        monitored_email_jobs=[
            "notify-buyers-when-requirements-close-production",
            "notify-suppliers-of-dos-opportunities-production",
            "notify-suppliers-of-new-questions-answers-production",
            *(f"upload-dos{number}-opportunities-email-list-production" for number in (4, 5, 6)),
        ],
    ),
    delivered=(JINJA, DEFAULTS),
)
