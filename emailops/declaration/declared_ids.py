"""Ids that a state knows: which resource each is of, and the source by which a setting names it."""

from __future__ import annotations

from emailops.dataclass import dataclass
from emailops.declaration.model import AUDIENCE, REPLY_TO, SMS_SENDER, Declaration
from emailops.resource import Resource


@dataclass(frozen=True, slots=True)
class DeclaredId:
    """`source` is the text that stands in a setting, such as `audience news`."""

    resource: Resource
    source: str


def declared_ids(declaration: Declaration) -> dict[str, DeclaredId]:
    """Id, in small letters -> what it is of: a template, a reply-to address, a sender of texts, or an audience."""
    found = {
        template.id.lower(): DeclaredId(template.resource, f"template {template.name}")
        for template in declaration.all_templates()
        if template.id
    }
    for account, service in declaration.services.items():
        for kind, source, named in (
            (REPLY_TO, "reply_to", service.reply_to),
            (SMS_SENDER, "sms_sender", service.sms_senders),
        ):
            for name, (id_, _) in named.items():
                found[id_.lower()] = DeclaredId(Resource(kind, declaration.named_at(account, name)), f"{source} {name}")
    for written, id_ in declaration.ids.items():
        resource = Resource.parse(written)
        if resource.kind == AUDIENCE:
            framework, dot, _ = resource.name.partition(".")
            source = "audiences" if dot and framework in declaration.frameworks else "audience"
            found[id_.lower()] = DeclaredId(resource, f"{source} {resource.name}")
    return found
