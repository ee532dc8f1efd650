"""Two states that behave otherwise have other digests; two that say the same in other words have the same.

The states are the marketplace's with something of all that it does not hold, edited at random. What they behave like is
asked of whoever reads them: the files that are generated, what an apply makes, where deliver pushes, which key is
looked up, and what the gates and `review` refuse.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from emailops.canonical import digest
from emailops.declaration.build import declare
from emailops.declaration.held_keys import held_keys
from emailops.declaration.model import Declaration
from emailops.declaration.reviewed import facts
from emailops.engine.baseline import Baseline
from emailops.engine.plan import make
from emailops.errors import EmailopsError
from emailops.generate import generate
from emailops.kinds import KINDS, resources
from emailops.kinds.world import Observation
from emailops.plan import Base
from emailops.policy import check
from emailops.run import Run
from emailops.store.state import load
from emailops.store.tree import Tree
from tests.examples.laying import TODAY
from tests.policy.mutating import every_spot, everything

RUN = Run({}, datetime(2026, 11, 24, 6, tzinfo=UTC), TODAY, Path("nowhere"))
NOTHING = Observation({}, {}, 0)
"""Nothing is there yet, so that a plan creates everything that it may, with every field."""
IDLE = "\x00"
"""What takes a field away."""


def state() -> dict[str, Any]:
    """Its documents by path; texts as they are. Recorded ids and attestations are no part of what is declared."""
    files = {path: content.decode() for path, content in everything().files.items()}
    kept = {path: text for path, text in files.items() if not path.startswith(("recorded/", "attestations/"))}
    documents = {path: yaml.load(text, yaml.BaseLoader) for path, text in kept.items() if path.endswith(".yaml")}
    documents["emailops.yaml"] |= {
        "ignore": [{"resource": "mailchimp-audience/*", "field": "name", "why": "x", "until": "2027-01-01"}]
    }
    documents["emailops.yaml"]["policy"] |= {"limits": {"mailchimp-audience": {"create": "30", "update": "30"}}}
    return {**kept, **documents}


def declared(documents: dict[str, Any]) -> Declaration | None:
    """What they declare; None where something is wrong with it."""
    tree = Tree(
        {path: (text if isinstance(text, str) else json.dumps(text)).encode() for path, text in documents.items()}
    )
    loaded = load(tree)
    if not loaded.is_whole or any(finding.is_error for finding in loaded.findings):
        return None
    declaration = declare(loaded)
    return None if any(finding.is_error for finding in check(declaration, TODAY).findings) else declaration


def change(base: Declaration, declaration: Declaration) -> str:
    """The digest that a reviewer approves."""
    return make(declaration, NOTHING, Baseline(Base("commit", "0"), facts(base), base), RUN).change


def behaviour(declaration: Declaration) -> dict[str, Any]:
    """What whoever reads a state makes of it, asked of the readers themselves."""
    ids = {str(each.resource): digest(str(each.resource))[:10] for each in resources(declaration)}
    files = generate(declaration, ids)
    consumers = declaration.consumers.values()
    return {
        "generate": {f"{each.consumer} {each.stage} {each.path}": each.content for each in files},
        "apply": {
            str(each.resource): (each.scope, each.attributes)
            for each in resources(declaration)
            if KINDS[each.resource.kind].managed
        },
        "deliver": {each.name: [each.source.get(field) for field in ("repository", "allow")] for each in consumers},
        "key look-up": {name: (key.secret, key.account) for name, key in declaration.keys.items()},
        "keys that apps hold": {
            f"{consumer.name} {stage.name}": sorted(
                (held.variable, held.key) for held in held_keys(declaration, consumer, stage)
            )
            for consumer in consumers
            for stage in declaration.stages.values()
        },
        "gates": [
            dict(declaration.policy.limits),
            declaration.policy.live_keys,
            declaration.policy.apply_from,
            declaration.policy.attestation_days,
            declaration.root.text("ledger"),
            {name: account.service_id for name, account in declaration.notify_accounts.items()},
            declaration.mailchimp and (declaration.mailchimp.account_id, declaration.mailchimp.owns_everything),
            [(each.resource, each.field, each.until) for each in declaration.ignores],
            [(each.rule, each.resource, each.until) for each in declaration.waivers],
            dict(declaration.moved),
        ],
    }


def with_another_value(documents: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """One value, anywhere, is gone, edited, or another one that stands under the same field elsewhere."""
    edited = json.loads(json.dumps(documents))
    path = draw.choice(sorted(path for path, document in edited.items() if not isinstance(document, str)))
    spots = [(holder, key) for holder, key in every_spot(edited[path]) if key != "extends"]
    if not spots:
        return edited
    holder, key = draw.choice(spots)
    others = list(_values_at(key, documents))
    new = draw.choice([IDLE, *others, f"{holder[key]}2" if isinstance(holder[key], str) else IDLE])
    if new == IDLE:
        del holder[key]
    else:
        holder[key] = new
    return edited


def _values_at(key: Any, documents: dict[str, Any]) -> Iterator[Any]:
    for document in documents.values():
        yield from (holder[found] for holder, found in every_spot(document) if found == key and isinstance(key, str))


def in_other_words(documents: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """The same facts: fields in another order where order says nothing, and what only people read."""
    said = json.loads(json.dumps(documents))
    for path, document in said.items():
        if isinstance(document, dict):
            said[path] = _shuffled(document, draw, path)
    for consumer in (path for path in said if path.startswith("consumers/")):
        said[consumer]["purpose"] = "in other words"
    for entry in said["keys.yaml"].values():
        entry["purpose"] = "in other words"
        entry["kept"] = "another drawer"
    return said


SETS = ("sends", "unredirected", "own_domains", "allow")
IN_ORDER = ("classes", "settings", "lots", "notify", "table", "audiences")
"""Mappings whose order is that of a generated file, of an output, or says which account is the first."""


def _shuffled(value: Any, draw: random.Random, name: str) -> Any:
    if name in SETS and isinstance(value, list):
        return draw.sample(value, len(value))
    if not isinstance(value, dict) or name in IN_ORDER:
        return value
    fields = list(value)
    if name != "files":
        draw.shuffle(fields)
    return {field: _shuffled(value[field], draw, field) for field in fields}


@pytest.mark.parametrize("seed", range(20))
def test_states_that_behave_otherwise_have_other_digests(seed: int) -> None:
    draw = random.Random(seed)
    documents = state()
    base = declared(documents)
    assert base is not None
    for _ in range(draw.randint(0, 2)):
        edited = with_another_value(documents, draw)
        documents = edited if declared(edited) else documents
    before = declared(documents)
    assert before is not None
    for _ in range(12):
        after = declared(with_another_value(documents, draw))
        if after is None:
            continue
        try:
            is_another = behaviour(before) != behaviour(after)
            digests = change(base, before), change(base, after)
        except EmailopsError:
            continue  # one that generate or plan refuses is approved by nobody
        assert not is_another or digests[0] != digests[1]


@pytest.mark.parametrize("seed", range(12))
def test_states_that_say_the_same_in_other_words_have_the_same_digest(seed: int) -> None:
    draw = random.Random(seed)
    documents = state()
    base = declared(documents)
    for _ in range(seed % 3):
        edited = with_another_value(documents, draw)
        documents = edited if declared(edited) else documents
    before, after = declared(documents), declared(in_other_words(documents, draw))
    assert base is not None
    assert before is not None
    assert after is not None
    assert change(base, before) == change(base, after)
