"""The resource kinds, in the order of every output. A new kind is one file here and one line below."""

from __future__ import annotations

from collections.abc import Iterator

from emailops.declaration.model import Declaration
from emailops.declaration.places import Part
from emailops.kinds import (
    attested,
    key_hand_over,
    leaver,
    mailchimp_audience,
    mailchimp_key,
    mailchimp_merge_field,
    mailchimp_test_subscriber,
    notify_callback,
    notify_guest_list,
    notify_key,
    notify_reply_to,
    notify_sms_sender,
    notify_team,
    notify_template,
)
from emailops.kinds.contract import Kind, Noted, Verdict
from emailops.kinds.world import World
from emailops.resource import Desired

KINDS: dict[str, Kind] = {
    "mailchimp-key": mailchimp_key.KIND,
    "mailchimp-audience": mailchimp_audience.KIND,
    "mailchimp-merge-field": mailchimp_merge_field.KIND,
    "mailchimp-test-subscriber": mailchimp_test_subscriber.KIND,
    "notify-key": notify_key.KIND,
    "notify-template": notify_template.KIND,
    "notify-reply-to": notify_reply_to.KIND,
    "notify-sms-sender": notify_sms_sender.KIND,
    "notify-guest-list": notify_guest_list.KIND,
    "notify-team": notify_team.KIND,
    "notify-callback": notify_callback.KIND,
    "key-hand-over": key_hand_over.KIND,
    "leaver": leaver.KIND,
}


def resources(declaration: Declaration) -> list[Desired]:
    """Every declared resource of every kind."""
    return [desired for kind in KINDS.values() for desired in kind.declared(declaration)]


def entry(declaration: Declaration, desired: Desired) -> Iterator[Part]:
    """Every part of what is declared of a resource, bases laid under and words filled in."""
    return KINDS[desired.resource.kind].entry(declaration, desired)


def assess(desired: Desired, world: World, noted: Noted) -> Iterator[Verdict]:
    """One verdict for what a provider can be asked for, one for what only a person can attest; none for neither."""
    kind = KINDS[desired.resource.kind]
    if kind.asked is not None and desired.attributes:
        yield kind.asked.assess(desired, world, noted)
    if kind.attested is not None and desired.attested is not None:
        yield attested.assess(desired, kind, noted)
