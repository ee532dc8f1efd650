"""A plan sends nothing but GET, and no more of them than it must."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager

import jwt
import pytest

from emailops.providers.mailchimp import PAGE
from tests.listening import listening
from tests.stories.telling import NO_KEYS, drift, kept, make_world_anew

MAILCHIMP = "  mailchimp: {account_id: permits, datacentre: us1, owns: declared, key: mailchimp}\n"
KEY = "  mailchimp: {extends: _key, account: mailchimp, stages: [production], secret: env:MAILCHIMP_KEY}\n"
BASE = """\
_base:
  audience:
    stages: [production]
    name: "Permits: {lot_name}"
    contact: {company: Permits, address1: 1 Street, city: London, zip: N1, country: GB}
    permission_reminder: You asked for it.
    campaign_defaults: {from_name: Permits, from_email: permits@permits.example, subject: News, language: en}
    email_type_option: false
"""


def _with_audiences(play, count):
    """The minimal state with one framework of `count` audiences, all recorded, and a world that holds them."""
    play.edit("emailops.yaml", "policy:", f"{MAILCHIMP}policy:")
    play.edit("emailops.yaml", "templates:\n", f"{KEY}templates:\n")
    play.edit("emailops.yaml", "words:\n", "words:\n  nobodys_addresses: [permits@permits.example]\n")
    lots = "".join(f"    lot-{n}: Lot {n}\n" for n in range(count))
    framework = f"all:\n  extends: _base\n  name: All\n  status: closed\n  lots:\n{lots}"
    (play.state / "audiences.yaml").write_text(BASE + framework)
    (play.state / "recorded").mkdir()
    ids = "".join(f'mailchimp-audience/all.lot-{n}: "{n:010x}"\n' for n in range(count))
    (play.state / "recorded/production.yaml").write_text(ids)
    make_world_anew(play)


@contextmanager
def _counted(play):
    """Counts of method and path of what is sent inside."""
    counts, before = Counter(), len(play.sandbox.requests)
    yield counts
    counts.update(f"{request.method} {request.path}" for request in play.sandbox.requests[before:])


@pytest.mark.few(1)
@pytest.mark.parametrize(("count", "pages"), [(200, 1), (PAGE, 1), (PAGE + 1, 2)])
def test_a_plan_makes_one_list_request_a_page_and_one_template_request_a_service(minimal, count, pages):
    _with_audiences(minimal, count)
    with _counted(minimal) as sent:
        plan = minimal.plan()
    assert plan["counts"]["verified"] >= count + 4
    assert [change for change in plan["changes"] if change["control"] == "managed"] == []
    assert sent == {"GET /3.0/lists": pages, "GET /3.0/": 1, "GET /v2/templates": 2}
    assert plan["requests"] == sent.total()


def test_what_no_key_can_read_costs_no_request(marketplace):
    with _counted(marketplace) as sent:
        marketplace.run("plan", **NO_KEYS)
    assert sent == {}


def test_a_state_without_audiences_does_not_ask_mailchimp(minimal):
    with _counted(minimal) as sent:
        minimal.plan()
    assert set(sent) == {"GET /v2/templates"}


UNKNOWN = "a-unknown: {extends: _key, account: permits, kind: unknown"


def _with_keys(play, kinds):
    """The first service of the minimal state with a key of each of these kinds, declared in this order."""
    lines = [
        f"  a-{kind}: {{extends: _key, account: permits, kind: {kind}, stages: [production], "
        f"secret: env:NOTIFY_KEY_{kind.upper()}}}\n"
        for kind in kinds
    ]
    play.edit("emailops.yaml", "templates:\n", f"{''.join(lines)}templates:\n")
    play.edit("emailops.yaml", "live_keys: 1", "live_keys: 3")
    play.edit("emailops.yaml", "kind: unknown", "kind: live")
    make_world_anew(play)
    play.edit("emailops.yaml", "a-unknown: {extends: _key, account: permits, kind: live", UNKNOWN)


def _readers(play, kinds, path, **environment):
    """The kinds of the keys with which this was asked for, one after the other."""
    secrets = {kind: play.environment[f"NOTIFY_KEY_{kind.upper()}"][-36:] for kind in kinds}
    with listening(play.sandbox.notify_url) as wire:
        ran = play.run("plan", EMAILOPS_NOTIFY_URL=wire.url, **environment)
    assert ran.code == 0, ran.err
    shown = [request.authorization.removeprefix("Bearer ") for request in wire.sent if request.path == path]
    return [kind for token in shown for kind, secret in secrets.items() if _is_signed(token, secret)]


def _is_signed(token, secret):
    try:
        jwt.decode(token, secret, algorithms=["HS256"])
    except jwt.InvalidSignatureError:
        return False
    return True


POWERS = ("test", "team", "live", "unknown")
ORDERS = [POWERS, POWERS[::-1], POWERS[2:] + POWERS[:2], POWERS[1::-1] + POWERS[:1:-1]]


@pytest.mark.few(1)
@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_templates_are_read_with_the_key_that_can_do_least_in_whatever_order_keys_are_declared(minimal, order):
    _with_keys(minimal, order)
    for first in range(len(POWERS)):
        gone = {f"NOTIFY_KEY_{kind.upper()}": None for kind in POWERS[:first]}
        readers = _readers(minimal, POWERS, "/v2/templates", NOTIFY_KEY_PERMITS=None, NOTIFY_KEY_TRIAL=None, **gone)
        assert readers == [POWERS[first]]


READING = [
    ("plan",),
    ("plan", "--format", "markdown"),
    ("plan", "--stage", "production", "--only", "*"),
    ("plan", "--out", "elsewhere.json", "--detailed-exitcode"),
    ("validate",),
    ("show", "notify-template/reset_password"),
    ("generate", "--out", "generated"),
]


@pytest.mark.few(1)
@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_commands_of_every_day_send_nothing_but_get_and_change_nothing(marketplace, arguments):
    drift(marketplace)
    before = kept(marketplace)
    marketplace.run(*arguments)
    assert {request.method for request in marketplace.sandbox.requests} <= {"GET"}
    assert kept(marketplace) == before
