"""Jenkins jobs that import their settings come out as with the settings that they kept by hand, to the byte.

The bodies in `jobs/` have the shape of real ones: Ansible renders each as a Jinja template, and finds a file to import
beside it. What a job kept by hand stands in `BY_HAND`, in the form that it had there.
"""

from __future__ import annotations

from functools import cache

import pytest
import yaml
from jinja2 import DictLoader

from emailops.declaration.moved import moved_ids
from emailops.generate import generate
from tests.consumers.jobs import BODIES, BY_HAND, DEFAULTS, JINJA, ansible, imported
from tests.consumers.jobs import job as job_of
from tests.examples.laying import declared, edited, marketplace, validated

ITERATION = "audiences/digital-outcomes-and-specialists-{}.yaml"
FOURTH_STILL_UPLOADED = (ITERATION.format(4), "status: closed", "status: closing")


@cache
def of_jenkins(*, with_sixth: bool) -> dict[str, str]:
    """Path -> what Jenkins' repository gets; real life ended with the fifth iteration."""
    tree = edited(FOURTH_STILL_UPLOADED)
    files = {path: content.decode() for path, content in tree.files.items()}
    files["consumers/jenkins.yaml"] = (BODIES / "consumer.yaml").read_text(encoding="utf-8")
    sixth = {} if with_sixth else {ITERATION.format(6): None}
    declaration = declared(marketplace({**files, **sixth}))
    applied = {str(audience.resource): f"{number:010x}" for number, audience in enumerate(declaration.audiences())}
    made = generate(declaration, {**applied, **moved_ids(declaration)}, ["jenkins"])
    return {file.path: file.content or "" for file in made}


def rendered(job: str, head: str, *, with_sixth: bool = False) -> str:
    """As Ansible renders it."""
    loader = DictLoader({"email_config.j2": of_jenkins(with_sixth=with_sixth)[JINJA]})
    return ansible(loader).from_string(job_of(job, head)).render()


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
    text = (BODIES / "consumer.yaml").read_text(encoding="utf-8")

    assert [
        str(finding) for finding in validated(marketplace({"consumers/jenkins.yaml": text})) if finding.is_error
    ] == []
