"""`template NAME`: the id of a template, in the service of the stage."""

from __future__ import annotations

from emailops.declaration.sources.walk import Absent, NotYet, Source, Walk


def resolve(walk: Walk, name: str) -> str:
    template = walk.declaration.template_at(name, walk.stage)
    if template is None:
        elsewhere = next(iter(walk.declaration.templates.get(name, {}).values()), None)
        if elsewhere is None or walk.stage not in walk.declaration.stages:
            raise Absent(f"there is no template {name} for {walk.stage}")
        walk.rests_on(elsewhere.source)
        raise NotYet(f"{walk.stage} has no template {name} yet")
    walk.rests_on(template.source)
    walk.decided(lambda: template.source.at("id", template.account))
    return template.id


SOURCE = Source(resolve, named="the id of one template", example="reset_password", is_text=True)
