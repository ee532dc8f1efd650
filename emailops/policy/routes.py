"""Rules that keep one stage's mail out of another stage's audience."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from emailops.canonical import flat
from emailops.countries import CODES, DEFAULT
from emailops.declaration.model import Consumer, Declaration
from emailops.declaration.moved import moved_ids
from emailops.declaration.placeholders import unfilled
from emailops.declaration.sources import Absent, resolve
from emailops.declaration.vocabulary import FrameworkStatus
from emailops.kinds import KINDS
from emailops.policy.problem import Problem
from emailops.resource import PRODUCTION, Place

_NEEDED_TO_CREATE = (
    *("contact.company", "contact.address1", "contact.city", "contact.country", "permission_reminder"),
    *("campaign_defaults.from_name", "campaign_defaults.from_email", "campaign_defaults.language"),
    "email_type_option",
)
_CODE = re.compile(r"[A-Z]{2}")
_MEANT = {"UK": "GB for the United Kingdom", "EN": "GB for the United Kingdom", "EL": "GR for Greece"}


def audience_crosses_production(declaration: Declaration) -> Iterator[Problem]:
    """No audience serves production and another stage.

    A send script once computed a test audience and then passed another variable: run in preview, it mailed the people
    who had subscribed in production.
    """
    for audience in declaration.audiences():
        if PRODUCTION in audience.stages and len(audience.stages) > 1:
            others = ", ".join(stage for stage in audience.stages if stage != PRODUCTION)
            message = f"{audience.resource} serves production and {others}"
            place = audience.source.at("audience", "stages")
            yield Problem(str(audience.resource), place, message, "declare an audience of its own for the other stages")


def mailing_split(declaration: Declaration) -> Iterator[Problem]:
    """What a stage subscribes people to and what it sends to is the same audience.

    When upload and send used different test audiences, subscribing and then being mailed could be tried in production
    only.
    """
    for consumer in declaration.consumers.values():
        names = {setting.name for _, setting in consumer.settings()}
        for mailing, (subscribes, sends) in consumer.mailings.items():
            subject = f"consumer/{consumer.name}"
            for role, name in (("subscribes", subscribes), ("sends", sends)):
                if name and name not in names:
                    place = consumer.source.at("mailings", mailing, role)
                    yield Problem(
                        subject, place, f"{consumer.name} reads no setting {name!r}", "name one of its settings"
                    )
            if subscribes in names and sends in names:
                place = consumer.source.at("mailings", mailing)
                for stage in declaration.stage_order:
                    values = [_value(declaration, consumer, name, stage) for name in (subscribes, sends)]
                    if _leading(values[0]) != _leading(values[1]):
                        message = f"{mailing}: {subscribes} and {sends} are not the same audiences in {stage}"
                        yield Problem(subject, place, message, "use one setting for both")


def route_missing(declaration: Declaration) -> Iterator[Problem]:
    """Every framework that is open or closing has an audience for every lot at every stage.

    An opportunity of an iteration that nobody had added stopped the whole run, so suppliers of later frameworks got no
    mail that day; an iteration without an id made a campaign for no audience.
    """
    for framework in declaration.frameworks.values():
        if framework.status not in (FrameworkStatus.open, FrameworkStatus.closing):
            continue
        for lot in framework.lots:
            missing = [stage for stage in declaration.stage_order if declaration.route(framework, lot, stage) is None]
            if missing:
                message = f"{framework.name} is {framework.status} and {lot} has no audience in {', '.join(missing)}"
                place = framework.source.at("otherwise" if framework.audiences else "audience")
                remedy = "name the audience for these stages in otherwise, or add them to audience: stages"
                yield Problem(f"framework/{framework.name}", place, message, remedy)


def audience_name_twice(declaration: Declaration) -> Iterator[Problem]:
    """No two audiences have the same name in Mailchimp.

    Mailchimp does not keep names unique; a person choosing the audience of a mailing by its name would pick either.
    """
    first: dict[str, str] = {}
    for audience in declaration.audiences():
        name = audience.attributes.get("name")
        if name is None:
            continue
        if name in first:
            message = f"{audience.resource} has the name {name!r} of {first[name]}"
            yield Problem(
                str(audience.resource), audience.source.at("audience", "name"), message, "give it a name of its own"
            )
        first.setdefault(name, str(audience.resource))


def audience_placeholder(declaration: Declaration) -> Iterator[Problem]:
    """Every placeholder in an audience's settings is one that this entry can fill.

    What is left in braces would be printed in front of every member.
    """
    for audience in declaration.audiences():
        for field, value in flat(audience.source.table("audience")).items():
            left = unfilled(value, audience.words) if isinstance(value, str) and "{" in value else ""
            if left:
                place = audience.source.at("audience", *field.split("."))
                message = f"{left} in {field} of {audience.resource} stands for nothing"
                remedy = (
                    "use {framework}, {framework_name}, {lot} or {lot_name}, the last two only with lots; "
                    "write {{ and }} for braces"
                )
                yield Problem(str(audience.resource), place, message, remedy)


def audience_country(declaration: Declaration) -> Iterator[Problem]:
    """The country of an audience's contact is one that Mailchimp knows.

    It takes any other for the United States without a word, prints that in every footer, and no apply ever mends it.
    """
    for audience in declaration.audiences():
        country = str(audience.attributes.get("contact.country") or DEFAULT)
        # What is not of the form of a code is a finding already.
        if country not in CODES and _CODE.fullmatch(country):
            meant = _MEANT.get(country, "the two letters of ISO 3166")
            place = audience.source.at("audience", "contact", "country")
            message = f"{country} is not the code of a country: Mailchimp would take it for {DEFAULT}"
            yield Problem(str(audience.resource), place, message, f"write {meant}")


def audience_incomplete(declaration: Declaration) -> Iterator[Problem]:
    """An audience that is still to be made declares all that Mailchimp makes none without.

    One that is there already may have been made in the web pages, where most of it can stay empty; what is not declared
    stays as it is.
    """
    if declaration.root.text("ledger") == "git" and not declaration.recorded:
        return
    ids = moved_ids(declaration)
    for audience in declaration.audiences():
        missing = [field for field in _NEEDED_TO_CREATE if field not in audience.attributes]
        if missing and str(audience.resource) not in ids:
            message = f"{audience.resource} is still to be made, and has no {', '.join(missing)}"
            remedy = "declare it: Mailchimp makes no audience without"
            yield Problem(str(audience.resource), audience.source.at("audience"), message, remedy)


def otherwise_unknown(declaration: Declaration) -> Iterator[Problem]:
    """`otherwise` names a single audience that is declared.

    A route to nowhere is found here and not on the day that the mail is due.
    """
    for audience in declaration.audiences():
        if audience.otherwise and audience.otherwise not in declaration.single_audiences:
            message = f"otherwise of {audience.resource} names {audience.otherwise}, which is not a single audience"
            place = audience.source.at("otherwise")
            yield Problem(str(audience.resource), place, message, "name an entry of audiences without lots")


def recorded_id(declaration: Declaration) -> Iterator[Problem]:
    """Recorded ids are well formed, and no two resources have the same one.

    Ids typed by hand into two files have been swapped between lots, and mail went to the wrong suppliers.
    """
    first: dict[str, str] = {}
    where: dict[str, Place] = {}
    for table in declaration.recorded.values():
        for resource, id_ in table.items():
            place = table.places[resource]
            kind = KINDS.get(resource.partition("/")[0])
            if not isinstance(id_, str) or (kind and kind.recorded is None):
                continue
            if kind and kind.recorded and not re.fullmatch(kind.recorded.id_form, id_):
                noun = f"an {kind.recorded.noun} id"
                yield Problem(resource, place, f"{id_!r} is not {noun}", f"{noun} is {kind.recorded.id_words}")
            if resource in where and first.get(id_) == resource:
                continue
            if resource in where:
                message = f"{resource} is recorded twice, also at {where[resource]}"
                yield Problem(resource, place, message, "keep the one that is right")
            elif id_ in first:
                yield Problem(
                    resource, place, f"{id_} is also the id of {first[id_]}", "look it up in Mailchimp, keep one"
                )
            where.setdefault(resource, place)
            first.setdefault(id_, resource)


def _leading(value: Any) -> Any:
    """Without what leads to no audience: a mapping may name a framework that never had any, or leave it out."""
    if isinstance(value, dict):
        inner = {name: _leading(held) for name, held in value.items()}
        return {name: held for name, held in inner.items() if held not in (None, {})}
    return value


def _value(declaration: Declaration, consumer: Consumer, name: str, stage: str) -> Any:
    for _, setting in consumer.settings():
        if setting.name == name and stage in setting.stages:
            try:
                return resolve(declaration, consumer, setting, stage).value
            except Absent:
                return None
    return None
