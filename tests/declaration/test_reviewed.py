"""Two states that behave otherwise have other digests; two that say the same in other words have the same.

One is small and holds one of each thing: every value of it is taken away, edited, and replaced. The other is the
marketplace's with something of all that it does not hold, edited at random. What they behave like is asked of whoever
reads them: the files that are generated, what an apply makes, where deliver pushes, which key is looked up, what a
mailing finds, and what the gates, `review` and scans go by.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from emailops.declaration.model import Declaration
from emailops.declaration.reviewed import facts
from emailops.declaration.vocabulary import MailingKind
from emailops.engine.baseline import Baseline
from emailops.engine.plan import make
from emailops.errors import EmailopsError
from emailops.kinds.world import Observation
from emailops.plan import Base, Sort
from emailops.schema import schema
from tests.declaration.behaviour import RUN, Documents, behaviour, declared, edits, managed, marketplace, reviewed
from tests.policy.mutating import every_spot

NOTHING = Observation({}, {}, 0)
"""Nothing is there yet, so that a plan creates everything that it may, with every field."""
IDLE = "\x00"
"""What takes a field away."""


class Edited(NamedTuple):
    """A state that behaves otherwise: by whom, the sorts of the declared facts that differ, and whether it is seen.

    `makes_otherwise` is whether an apply makes something else.
    """

    name: str
    by_whom: list[str]
    sorts: frozenset[Sort]
    makes_otherwise: bool
    is_seen: bool


def change(base: Declaration, declaration: Declaration) -> str:
    """The digest that a reviewer approves."""
    return make(declaration, NOTHING, Baseline(Base("commit", "0"), facts(base), base), RUN).change


@pytest.fixture(scope="module")
def otherwise() -> list[Edited]:
    """Every edit of the small state after which somebody does something else."""
    return list(_otherwise(reviewed()))


def _otherwise(documents: Documents) -> Iterator[Edited]:
    base = declared(documents)
    assert base is not None
    before, made, digest = behaviour(base), managed(base), change(base, base)
    for name, edited in edits(documents):
        after = declared(edited)
        if after is None:
            continue
        try:
            by_whom = [reader for reader, does in behaviour(after).items() if does != before[reader]]
        except EmailopsError:
            continue  # one that generate refuses is approved by nobody
        if by_whom:
            known, new = facts(base), facts(after)
            sorts = frozenset(fact.sort for fact in known.keys() | new.keys() if known.get(fact) != new.get(fact))
            yield Edited(name, by_whom, sorts, managed(after) != made, change(base, after) != digest)


READ_BY_NOBODY = {"extends", "purpose", "why", "rotate_by", "keeps", "left", "until"}
"""Fields of which only people, or days, make anything."""


def test_the_small_state_holds_something_of_each_section_and_field() -> None:
    """So that whoever adds one hears of it here."""
    held = reviewed()["emailops.yaml"]
    assert set(schema("emailops")["properties"]) == set(held)
    for name, entry in (("stages", "stage"), ("keys", "key"), ("audiences", "audience"), ("consumers", "consumer")):
        known = set(schema(entry)["properties"]) - READ_BY_NOBODY
        assert known <= {field for declared in held[name].values() for field in declared}, name
    kinds = {mailing["kind"] for mailing in held["mailings"].values()}
    assert kinds == {kind.value for kind in MailingKind}


@pytest.mark.slow
def test_whatever_makes_somebody_do_something_else_is_seen(otherwise: list[Edited]) -> None:
    assert len(otherwise) > 100
    assert [edited for edited in otherwise if not edited.is_seen] == []


@pytest.mark.slow
@pytest.mark.parametrize("sort", Sort)
def test_without_this_sort_of_facts_something_would_not_be_seen(otherwise: list[Edited], sort: Sort) -> None:
    """So that the property above can fail: each row of the table is the only one that shows some edit."""
    assert [edited for edited in otherwise if edited.sorts == {sort} and not edited.makes_otherwise] != []


def with_another_value(documents: Documents, draw: random.Random) -> Documents:
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


def _values_at(key: Any, documents: Documents) -> Iterator[Any]:
    for document in documents.values():
        yield from (holder[found] for holder, found in every_spot(document) if found == key and isinstance(key, str))


def in_other_words(documents: Documents, draw: random.Random) -> Documents:
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


def test_a_redirect_that_goes_is_a_safeguard_that_mailings_lose() -> None:
    documents = reviewed()
    base = declared(documents)
    del documents["emailops.yaml"]["stages"]["staging"]["redirect"]["domains"]["example.org"]
    after = declared(documents)
    assert base is not None
    assert after is not None
    plan = make(after, NOTHING, Baseline(Base("commit", "0"), facts(base), base), RUN)
    [row] = [row for row in plan.declared if row.sort is Sort.use]
    assert (row.subject, row.stage, row.name) == ("offers", "staging", "redirects")
    assert (row.unsafe, row.reaches_production) == ("what is mailed to example.org would go out", True)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_states_that_behave_otherwise_have_other_digests(seed: int) -> None:
    draw = random.Random(seed)
    documents = marketplace()
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


@pytest.mark.few(2)
@pytest.mark.parametrize("seed", range(12))
def test_states_that_say_the_same_in_other_words_have_the_same_digest(seed: int) -> None:
    draw = random.Random(seed)
    documents = marketplace()
    base = declared(documents)
    for _ in range(seed % 3):
        edited = with_another_value(documents, draw)
        documents = edited if declared(edited) else documents
    before, after = declared(documents), declared(in_other_words(documents, draw))
    assert base is not None
    assert before is not None
    assert after is not None
    assert change(base, before) == change(base, after)
