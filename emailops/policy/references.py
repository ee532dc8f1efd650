"""Rules that what one section names is declared in another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from emailops.declaration.model import AUDIENCE, Declaration, started
from emailops.declaration.people import Role, has_left, named_people
from emailops.declaration.senders import starters
from emailops.declaration.sources import chosen_stages
from emailops.declaration.values import Items, Table
from emailops.kinds import KINDS, resources
from emailops.kinds.attested import age
from emailops.policy.problem import Problem, unknown, warning
from emailops.resource import Place

_Named = tuple[str, str, Place]
"""A subject, the word with which it names something, and where the word stands."""


def stage_unknown(declaration: Declaration) -> Iterator[Problem]:
    """Stages are the ones in stage_order, each is declared, and whatever names a stage names one of them.

    A stage that is misspelt once is a stage whose settings nobody reads.
    """
    order = declaration.stage_order
    for name, place in declaration.root.items_at("stage_order").placed_texts():
        if name not in declaration.stages:
            yield unknown(f"stage/{name}", place, "declared stage", name, declaration.stages)
    for name, stage in declaration.stages.items():
        if name not in order:
            yield unknown(f"stage/{name}", stage.source.place, "stage in stage_order", name, order)
    for subject, name, place in _named_stages(declaration):
        if name not in order:
            yield unknown(subject, place, "stage", name, order)


def account_unknown(declaration: Declaration) -> Iterator[Problem]:
    """Whatever names an account names one of `accounts`.

    Ids of one account mean nothing in another: sending with them fails, or worse, finds something.
    """
    for subject, name, place in _named_accounts(declaration):
        if name not in declaration.notify_accounts:
            yield unknown(subject, place, "Notify account", name, declaration.notify_accounts)
    if declaration.mailchimp is None:
        remedy = "declare accounts: mailchimp"
        for audience in declaration.audiences():
            place = audience.source.at("audience")
            yield Problem(str(audience.resource), place, "there are audiences, and no Mailchimp account", remedy)
        for key in declaration.keys.values():
            if key.account == "mailchimp":
                place = key.source.at("account")
                yield Problem(f"notify-key/{key.name}", place, "there is no Mailchimp account", remedy)


def consumer_unknown(declaration: Declaration) -> Iterator[Problem]:
    """What a consumer starts is another consumer, and none starts itself in a round.

    Who sends a mail is looked up from whoever starts the sending; through a name that is misspelt, nobody sends it.
    """
    for consumer in declaration.consumers.values():
        subject = f"consumer/{consumer.name}"
        for name, place in started(consumer.source):
            if name not in declaration.consumers:
                yield unknown(subject, place, "consumer", name, declaration.consumers)
            elif name == consumer.name or declaration.consumers[name] in starters(declaration, consumer):
                message = f"{name} starts {consumer.name}, which starts {name} again"
                yield Problem(subject, place, message, "leave out the one that does not start the other")


def key_unknown(declaration: Declaration) -> Iterator[Problem]:
    """A stage's key is declared, belongs to the stage's account, and says that it is the stage's.

    One wrong name here, and a test stage sends with production's key.
    """
    for stage in declaration.stages.values():
        place, subject = stage.source.at("notify", "key"), f"stage/{stage.name}"
        key = declaration.keys.get(stage.key)
        if key is None:
            if stage.key:
                yield unknown(subject, place, "key", stage.key, declaration.keys)
        elif key.account != stage.account:
            message = f"the key {key.name} is of {key.account}; {stage.name} sends through {stage.account}"
            yield Problem(subject, place, message, "name a key of the stage's account")
        elif stage.name not in key.stages:
            message = f"the key {key.name} is not for {stage.name}"
            yield Problem(subject, place, message, f"add {stage.name} to its stages, or name another key")
    for subject, name, place in _named_keys(declaration):
        if name not in declaration.keys:
            yield unknown(subject, place, "key", name, declaration.keys)


def key_missing(declaration: Declaration) -> Iterator[Problem]:
    """Every stage names its key, once a consumer sends through Notify.

    Which key a stage sends with decides whom its mail can reach; left to a job's environment, nobody can review it.
    """
    senders = [consumer.name for consumer in declaration.consumers.values() if consumer.uses_notify]
    for stage in declaration.stages.values():
        if senders and "notify" not in stage.source:
            message = f"{stage.name} has no key, and {senders[0]} sends through Notify"
            remedy = "add notify: {key: NAME}, a key of keys"
            yield Problem(f"stage/{stage.name}", stage.source.place, message, remedy)


def handle_unknown(declaration: Declaration) -> Iterator[Problem]:
    """Owners, guests and members are handles of `people`.

    What belongs to someone nobody knows belongs to no one, and is found when a key has to be rotated in a hurry.
    """
    for named in named_people(declaration):
        if named.handle not in declaration.people:
            yield unknown(named.subject, named.place, "person or role", named.handle, declaration.people)


def attestation_unknown(declaration: Declaration) -> Iterator[Problem]:
    """An attestation is of a declared resource, by someone who is known.

    One that is left over looks like a promise that somebody still keeps.
    """
    declared = {str(desired.resource) for desired in resources(declaration)} | set(declaration.moved)
    for name, table in declaration.attestation_tables.items():
        if name not in declared:
            yield unknown(name, table.place, "resource", name, declared)


def recorded_unknown(declaration: Declaration) -> Iterator[Problem]:
    """Recorded ids stand in the file of a scope that there is.

    The scope says which stage an apply touches; under a name of its own, an id belongs to none.
    """
    for scope, table in declaration.recorded.items():
        if scope not in declaration.scopes():
            yield unknown(f"stage/{scope}", table.place, "scope", scope, declaration.scopes(), is_declared=False)


def attestation_expired(declaration: Declaration, today: date) -> Iterator[Problem]:
    """An attestation counts for as long as the policy says.

    What only people can see changes without a sound, and a word given long ago says little about today.
    """
    days = declaration.policy.attestation_days
    for name, table in declaration.attestation_tables.items():
        attestation = declaration.attestations[name]
        if age(attestation, today) > days:
            message = f"{name} was attested on {attestation.on}, more than {days} days ago"
            yield warning(name, table.at("on"), message, f"look, then emailops attest {name}")


def leaver(declaration: Declaration, today: date) -> Iterator[Problem]:
    """Nothing is in the hands of someone who has left.

    A leaver's key has no owner, and a leaver on a guest list still gets the service's test mail.
    """
    for named in named_people(declaration):
        person = declaration.people.get(named.handle)
        last = person.text("until") if person is not None else ""
        is_gone = has_left(declaration, named.handle)
        if (is_gone or (last and last < today.isoformat())) and named.role is not Role.attester:
            when = "has left" if is_gone else f"left on {last}"
            message = f"{named.handle} {when}, and {named.subject} still names them"
            yield warning(named.subject, named.place, message, "name someone who is here")


def limit_unknown(declaration: Declaration) -> Iterator[Problem]:
    """A limit is of a kind that an apply can change.

    One of any other kind limits nothing, and whoever wrote it believes that it does.
    """
    limits = declaration.policy.source.table("limits")
    managed = [name for name, kind in KINDS.items() if kind.managed]
    for name in limits:
        if name not in managed:
            yield unknown("policy/limits", limits.field_places[name], "managed kind", name, managed, is_declared=False)


def moved_unknown(declaration: Declaration) -> Iterator[Problem]:
    """`moved:` leads from a name that is gone to one that is declared.

    The other way round, an id would be carried to a resource that has one already.
    """
    if not declaration.moved:
        return
    declared = {str(desired.resource) for desired in resources(declaration)}
    for old, new in declaration.moved.items():
        place = declaration.root.at("moved", old)
        if new not in declared:
            yield unknown(old, place, "resource", new, declared)
        if old in declared:
            yield Problem(old, place, f"{old} is still declared", "remove the old entry, or this line")


def _named_stages(declaration: Declaration) -> Iterator[_Named]:
    for key in declaration.keys.values():
        yield from _listed(f"notify-key/{key.name}", key.source.items_at("stages"))
    for name, entry in declaration.sections["audiences"].items():
        yield from _listed(f"{AUDIENCE}/{name}", entry.table("audience").items_at("stages"))
    for dump in declaration.dumps.values():
        yield from _listed(f"dump/{dump.column}", dump.source.items_at("loaded_by"))
    for consumer in declaration.consumers.values():
        subject = f"consumer/{consumer.name}"
        for file in consumer.source.table("files").values():
            if isinstance(file, Table):
                yield from _listed(subject, file.items_at("stages"))
        stage_names = consumer.source.table("stage_names")
        yield from ((subject, stage, stage_names.field_places[stage]) for stage in stage_names)
        chosen = {place: stage for _, setting in consumer.settings() for stage, place in chosen_stages(setting)}
        yield from ((subject, stage, place) for place, stage in chosen.items())
        for by_stage in consumer.source.table("secrets").values():
            if isinstance(by_stage, Table):
                yield from ((subject, stage, by_stage.field_places[stage]) for stage in by_stage)


def _listed(subject: str, items: Items) -> Iterator[_Named]:
    return ((subject, word, place) for word, place in items.placed_texts())


def _named_accounts(declaration: Declaration) -> Iterator[_Named]:
    for stage in declaration.stages.values():
        if stage.account:
            yield f"stage/{stage.name}", stage.account, stage.source.at("notify", "account")
    for key in declaration.keys.values():
        if key.account and key.account != "mailchimp":
            yield f"notify-key/{key.name}", key.account, key.source.at("account")
    for service in declaration.services.values():
        place = declaration.sections["notify"].field_places.get(service.account, service.source.place)
        yield f"notify-guest-list/{service.account}", service.account, place
    for template in declaration.all_templates():
        yield str(template.resource), template.account, template.source.at("id", template.account)


def _named_keys(declaration: Declaration) -> Iterator[_Named]:
    mailchimp = declaration.mailchimp
    if mailchimp and mailchimp.key:
        yield "account/mailchimp", mailchimp.key, mailchimp.source.at("key")
    for key in declaration.keys.values():
        if "successor" in key.source:
            yield f"notify-key/{key.name}", key.successor, key.source.at("successor")
    for consumer in declaration.consumers.values():
        secrets = consumer.source.table("secrets")
        for table in (secrets, *(by_stage for by_stage in secrets.values() if isinstance(by_stage, Table))):
            for variable, source in table.items():
                if isinstance(source, str) and source.startswith("key "):
                    yield f"consumer/{consumer.name}", source.removeprefix("key ").strip(), table.places[variable]
