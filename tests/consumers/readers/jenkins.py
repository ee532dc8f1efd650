"""jenkins: Ansible renders the jobs as Jinja templates, and reads the defaults of a role."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.consumers.reader import STAGES, Cells, Reader, at
from tests.consumers.test_jobs import BY_HAND, DEFAULTS, ENVIRONMENTS, JINJA, JOBS, imported

NAME = "jenkins"
FOLDER = JINJA.rpartition("/")[0]
OF_ITERATIONS = ("upload-subscribers", "views")
"""Jobs that follow from the iterations, of which the state has one that real life never had."""


def read(checkouts: Mapping[str, Path]) -> Cells:
    """Job -> its text. Jenkins is one for all stages."""
    jobs = {job: rendered(checkouts[NAME], job) for job in BY_HAND}
    defaults = yaml.safe_load((checkouts[NAME] / DEFAULTS).read_text(encoding="utf-8"))
    return at(STAGES, **jobs, **defaults)


def rendered(checkout: Path, job: str, text: str | None = None) -> str:
    """As Ansible renders it, finding what it imports beside it."""
    ansible = Environment(
        loader=FileSystemLoader(checkout / FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    ansible.filters["to_json"] = json.dumps
    ansible.filters["to_nice_yaml"] = lambda value: yaml.dump(value, indent=4, default_flow_style=False)
    template = ansible.from_string(text) if text is not None else ansible.get_template(f"{job}.yml")
    return template.render()


def job_file(job: str, head: str) -> str:
    return f"{ENVIRONMENTS}{head}{(JOBS / f'{job}.yml').read_text(encoding='utf-8')}"


READER = Reader(
    name=NAME,
    files={
        **{f"{FOLDER}/{job}.yml": job_file(job, head) for job, head in BY_HAND.items()},
        "playbooks/roles/jenkins/defaults/main/main.yml": "jenkins_home: /data/jenkins\n",
        "playbooks/roles/jenkins/tasks/main.yml": "",
        ".gitignore": "venv/\n*.retry\n",
    },
    changes={f"{FOLDER}/{job}.yml": job_file(job, imported(job)) for job in BY_HAND},
    read=read,
    expected=at(
        STAGES,
        **{job: rendered(JOBS, job, job_file(job, head)) for job, head in BY_HAND.items() if job not in OF_ITERATIONS},
    ),
    delivered=(JINJA, DEFAULTS),
)
