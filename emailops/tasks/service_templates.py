"""The templates of a Notify service as a state begins to declare them: read with a key, named, and their texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing

from emailops.declaration.build import content_of
from emailops.declaration.names import name_for
from emailops.declaration.vocabulary import TemplateType, word
from emailops.private import Mask, Secret, hide_all, hide_secrets
from emailops.providers.notify import NotifyReader
from emailops.resource import Observed
from emailops.run import Run


def given(run: Run, reference: str) -> Secret:
    """The key that a person named. Raises InvalidInput, without it, where it is not to be read here."""
    return run.required(reference, "no key")


def held(run: Run, key: Secret, service_id: str) -> tuple[Observed, ...]:
    """Every template of the service, the oldest first."""
    with closing(NotifyReader(key, run.notify_url, service_id, None, patience=run.patience)) as reader:
        return tuple(sorted(reader.templates(), key=lambda template: (template.created, template.id)))


def named(templates: Iterable[Observed], taken: Iterable[str] = ()) -> dict[str, Observed]:
    """By the name that each gets here, in order of names; of two that would get one, the first has the choice."""
    by_name: dict[str, Observed] = {}
    for template in templates:
        by_name[name_for(plain_title(template), [*taken, *by_name], "template")] = template
    return dict(sorted(by_name.items()))


def plain_title(template: Observed) -> str:
    """What Notify calls it, without the secrets and the people's addresses that somebody wrote into it."""
    return hide_all(template.name)


def texts(templates: Mapping[str, Observed], mask: Mask) -> tuple[dict[str, str], dict[str, str]]:
    """(texts by path, why not by template)."""
    written, unwritten = {}, {}
    for name, template in templates.items():
        text = content(template)
        if text is None:
            unwritten[name] = "it has no plain form"
        elif hide_secrets(text) != text:
            unwritten[name] = "it holds what looks like a secret"
        elif mask(text) != text:
            unwritten[name] = "it holds an address that may be a person's"
        else:
            written[f"templates/{name}.md"] = text
    return written, unwritten


def content(template: Observed) -> str | None:
    """A template as templates/NAME.md would hold it; None for one that has no such form."""
    subject, body = str(template.attributes.get("subject", "")), str(template.attributes["body"])
    return content_of(word(TemplateType, template.attributes["type"]), subject, body)
