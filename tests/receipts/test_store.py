"""Receipts recorded once each, and found again."""

from __future__ import annotations

import sqlite3
from threading import Thread

import pytest

from emailops.errors import LedgerError
from emailops.private import Secret
from emailops.receipts.follow_ups import FollowUps, FollowUpState
from emailops.receipts.receipt import MessageType, hash_of
from emailops.receipts.store import ReceiptStore
from tests.receipts.made import ADA, TOKEN, complaint, id_of, receipt

FAILS = ("permanent-failure",)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "receipts.sqlite"


@pytest.fixture
def store(path):
    opened = ReceiptStore(Secret(f"sqlite:///{path}"))
    yield opened
    opened.close()


def test_what_is_recorded_is_found_as_it_came(store):
    told = receipt(1)
    assert store.record([told]) == [True]

    (found,) = store.by_id(told.id)
    assert found.address.reveal() == ADA
    assert [getattr(found, name) for name in found.__slots__ if name != "address"] == [
        getattr(told, name) for name in told.__slots__ if name != "address"
    ]


def test_a_receipt_told_again_is_there_once(store):
    assert store.record([receipt(1), receipt(1)]) == [True, False]
    assert store.record([receipt(1, received=5000.0), receipt(2)]) == [False, True]

    assert [each.received for each in store.by_id(id_of(1))] == [1001.0]


def test_each_status_of_a_message_is_kept_in_whatever_order_it_comes(store):
    store.record([receipt(1, "permanent-failure")])
    later = {"received": 1005.0}
    store.record([receipt(1, "temporary-failure", **later), receipt(1, "delivered", **later)])

    found = store.by_id(id_of(1))
    assert {each.status for each in found} == {"permanent-failure", "delivered", "temporary-failure"}
    assert found[-1].status == "permanent-failure", "the oldest comes last"


@pytest.mark.parametrize(
    ("find", "found"),
    [
        (lambda store: store.to("ADA@permits.example"), [3, 1]),
        (lambda store: store.to(ADA, most=1), [3]),
        (lambda store: store.to_hash(hash_of(ADA)), [3, 1]),
        (lambda store: store.to("+44 7700 900123"), [2]),
        (lambda store: store.to("nobody@permits.example"), []),
        (lambda store: store.by_reference("reference-2"), [2]),
        (lambda store: store.by_reference("none"), []),
        (lambda store: store.by_id(id_of(3)), [3]),
        (lambda store: store.failures(0), [3]),
        (lambda store: store.failures(1003.0), [3]),
        (lambda store: store.failures(1003.5), []),
    ],
    ids=["address", "most", "hash", "number", "nobody", "reference", "no-reference", "id", "failures", "then", "since"],
)
def test_found(store, find, found):
    store.record([receipt(1), receipt(2, to="+44 7700 900123", type=MessageType.sms)])
    store.record([receipt(3, "technical-failure", reference=None)])

    assert [each.id for each in find(store)] == list(map(id_of, found))


def test_how_many_had_each_status_since(store):
    store.record([receipt(1), receipt(2, "permanent-failure"), receipt(3, "temporary-failure"), receipt(4)])

    assert store.counts(0) == {"delivered": 2, "permanent-failure": 1, "temporary-failure": 1}
    assert store.counts(1004.0) == {"delivered": 1}


def test_a_complaint_is_no_receipt(store):
    assert store.record([complaint(1), receipt(1), complaint(1)]) == [True, True, False]
    assert store.record([complaint(2, to="bob@permits.example")]) == [True]

    assert len(store.by_id(id_of(1))) == 1
    assert [each.message for each in store.complaints()] == [id_of(2), id_of(1)]
    (found,) = store.complaints(recipient=hash_of(ADA))
    assert (found.message, found.address.reveal()) == (id_of(1), ADA)
    assert store.complaints(since=1002.5) == ()


def test_when_each_token_was_last_used(store):
    store.record([receipt(1, received=50.0), receipt(2, received=70.0), receipt(3, received=60.0, token="f" * 12)])
    store.record([complaint(1, received=65.0)])

    assert {token: used.timestamp() for token, used in store.token_uses().items()} == {TOKEN: 70.0, "f" * 12: 60.0}

    store.record([receipt(1, received=90.0)])
    assert store.token_uses()[TOKEN].timestamp() == 90.0, "a receipt told again was told with that token"


def test_an_address_goes_and_its_hash_stays(store, path):
    store.record([receipt(1), receipt(2), complaint(1)], follow=FAILS)

    assert sum(store.forget_addresses(before=1001.5)) == 2
    assert [each.address and each.address.reveal() for each in store.to(ADA)] == [ADA, None]

    assert sum(store.forget_addresses(before=2000.0)) == 1
    store.close()
    assert b"permits.example" not in path.read_bytes()


def test_what_is_older_is_dropped(store):
    store.record([receipt(1, "permanent-failure"), receipt(2), complaint(1)], follow=FAILS)

    assert sum(store.drop(before=1002.0)) == 2
    assert [each.id for each in store.to(ADA)] == [id_of(2)]
    assert FollowUps(store).count() == {FollowUpState.waiting: 1}, "what is not done yet stays"


def test_only_a_new_permanent_failure_of_an_email_sets_something_off(store):
    sms = receipt(3, "permanent-failure", type=MessageType.sms)
    store.record([receipt(1, "permanent-failure"), receipt(2), sms], follow=FAILS)
    store.record([receipt(1, "permanent-failure"), receipt(4, "temporary-failure")], follow=FAILS)

    (found,) = FollowUps(store).claim(2000.0, until=2060.0, most=10)
    assert (found.id, found.address.reveal(), found.tries) == (id_of(1), ADA, 1)


def test_who_claimed_a_follow_up_has_it_for_a_time(store):
    queue = FollowUps(store)
    store.record([receipt(1, "permanent-failure"), receipt(2, "permanent-failure")], follow=FAILS)

    (first,) = queue.claim(2000.0, until=2060.0, most=1)
    (second,) = queue.claim(2000.0, until=2060.0, most=5)
    assert {first.id, second.id} == {id_of(1), id_of(2)}
    assert queue.claim(2059.0, until=2100.0, most=5) == ()

    (again, _) = queue.claim(2060.0, until=2120.0, most=5)
    assert (again.id, again.tries) == (first.id, 2)
    assert not queue.end(first, FollowUpState.done, "late", 2061.0), "somebody else has it now"
    assert queue.end(again, FollowUpState.done, "made inactive", 2061.0)
    (done,) = queue.of(first.id)
    assert (done.state, done.said, done.address) == (FollowUpState.done, "made inactive", None)


def test_a_follow_up_that_failed_is_due_again_later(store):
    queue = FollowUps(store)
    assert queue.next_due() is None
    store.record([receipt(1, "permanent-failure")], follow=FAILS)
    assert queue.next_due() == 1001.0

    (claimed,) = queue.claim(2000.0, until=2060.0, most=5)
    assert queue.put_back(claimed, due=2030.0, said="503")
    assert queue.claim(2029.0, until=2060.0, most=5) == ()
    (again,) = queue.claim(2030.0, until=2090.0, most=5)
    assert (again.tries, again.said) == (2, "503")

    queue.end(again, FollowUpState.given_up, "503", 2031.0)
    assert [each.id for each in queue.given_up()] == [id_of(1)]
    assert queue.next_due() is None


def test_threads_that_record_the_same_count_it_once(store):
    counted = []
    told = [receipt(number) for number in range(1, 51)]

    def record():
        counted.extend(store.record(told))

    threads = [Thread(target=record) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counted.count(True) == 50
    assert len(store.to(ADA)) == 50


def test_reading_waits_for_no_writer(store, path):
    store.record([receipt(1)])
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("begin immediate")

    assert len(store.to(ADA)) == 1
    writer.close()


def test_a_file_that_is_no_database_is_an_error_without_a_row(tmp_path):
    path = tmp_path / "receipts.sqlite"
    path.write_bytes(b"no database at all, " * 100)

    with pytest.raises(LedgerError, match="the database cannot be reached or written"):
        ReceiptStore(Secret(f"sqlite:///{path}"))


@pytest.mark.parametrize("reference", ["{}", "preview-{}", "a_b-{}-again", "={}"])
def test_whom_a_reference_says_it_was_meant_for_is_found(store, reference):
    store.record([receipt(1, to="sink@permits.example", reference=reference.format(hash_of(ADA))), receipt(2)])

    assert [each.id for each in store.meant_for(hash_of(ADA))] == [id_of(1)]
