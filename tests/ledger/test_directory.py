"""The ledger in files: ids a line each, in one place, whole at any moment; a snapshot; one lease."""

from __future__ import annotations

import os
import stat
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import yaml

from emailops.errors import GateError, InvalidInput
from emailops.ledger import contents
from emailops.ledger.directory import FilesLedger
from emailops.ledger.notes import Intent

ONE, TWO = "mailchimp-audience/one", "mailchimp-audience/two"
OLD, OLDER = "mailchimp-audience/old", "mailchimp-audience/older"
CLOCK = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def ledger(state):
    return FilesLedger(state)


def _text(state, scope):
    return (state / f"recorded/{scope}.yaml").read_text()


def _ids(state, scope):
    return yaml.safe_load(_text(state, scope))


class TestIds:
    def test_stand_a_line_each_sorted_and_quoted_under_a_header(self, ledger, state):
        for name, id_ in ((TWO, "0123456789"), (ONE, "00000e0000"), ("mailchimp-audience/One", "no")):
            ledger.record("production", name, id_)
        header, *lines = _text(state, "production").splitlines()
        assert header.startswith("# ")
        assert "emailops" in header
        assert lines == [
            'mailchimp-audience/One: "no"',
            'mailchimp-audience/one: "00000e0000"',
            'mailchimp-audience/two: "0123456789"',
        ]
        assert _ids(state, "production")[ONE] == "00000e0000", "text for any reader of YAML"

    def test_an_id_recorded_again_takes_the_place_of_the_old(self, ledger, state):
        ledger.record("production", ONE, "a")
        ledger.record("production", ONE, "b")
        assert _ids(state, "production") == {ONE: "b"}

    def test_an_id_stands_in_the_present_scope_only(self, ledger, state):
        ledger.record("shared", ONE, "a")
        ledger.record("shared", TWO, "b")
        ledger.record("staging", ONE, "a")
        assert _ids(state, "staging") == {ONE: "a"}
        assert _ids(state, "shared") == {TWO: "b"}

    @pytest.mark.parametrize("old_scope", ["staging", "shared"])
    def test_a_renamed_resource_leaves_its_old_names_in_no_scope(self, ledger, state, old_scope):
        ledger.record(old_scope, OLD, "a")
        ledger.record("production", OLDER, "a")
        ledger.record(old_scope, TWO, "b")
        ledger.record("staging", ONE, "a", instead_of=[OLD, OLDER])
        ids = [text for path in (state / "recorded").iterdir() for text in path.read_text().splitlines()[1:]]
        assert sorted(ids) == [f'{ONE}: "a"', f'{TWO}: "b"']

    def test_what_is_forgotten_is_gone_from_every_scope_and_nothing_else_is(self, ledger, state):
        ledger.record("shared", ONE, "a")
        ledger.record("staging", TWO, "b")
        ledger.forget(ONE)
        assert not _ids(state, "shared")
        assert _ids(state, "staging") == {TWO: "b"}

    def test_forgetting_what_is_not_there_touches_no_file(self, ledger, state):
        ledger.record("shared", ONE, "a")
        before = (state / "recorded/shared.yaml").stat().st_mtime_ns
        ledger.forget(TWO)
        assert (state / "recorded/shared.yaml").stat().st_mtime_ns == before

    def test_forgetting_in_a_state_without_any_record_is_nothing(self, ledger, state):
        ledger.forget(ONE)
        assert not state.exists()

    def test_the_same_again_is_the_same_bytes(self, ledger, state):
        for name in (TWO, ONE):
            ledger.record("production", name, "a")
        before = (state / "recorded/production.yaml").read_bytes()
        ledger.record("production", ONE, "a")
        assert (state / "recorded/production.yaml").read_bytes() == before

    @pytest.mark.parametrize("text", ["- a list", "a: [", "a: b\na: c\n", "\x00", "just text"])
    def test_a_damaged_file_is_an_error_and_is_left_as_it_is(self, ledger, state, text):
        path = state / "recorded/production.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        with pytest.raises(InvalidInput, match=r"production\.yaml"):
            ledger.record("production", ONE, "a")
        assert path.read_text() == text

    @pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}\n"])
    def test_an_empty_file_holds_no_id(self, ledger, state, text):
        path = state / "recorded/production.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        ledger.record("production", ONE, "a")
        assert _ids(state, "production") == {ONE: "a"}

    def test_a_folder_in_the_place_of_a_file_is_an_error(self, ledger, state):
        (state / "recorded/production.yaml").mkdir(parents=True)
        with pytest.raises(InvalidInput):
            ledger.record("production", ONE, "a")

    def test_files_can_be_read_by_others_and_run_by_nobody(self, ledger, state):
        ledger.record("production", ONE, "a")
        assert stat.S_IMODE((state / "recorded/production.yaml").stat().st_mode) == 0o644

    def test_a_write_leaves_nothing_beside_it(self, ledger, state):
        for n in range(5):
            ledger.record("production", f"mailchimp-audience/{n}", "a")
        assert [path.name for path in (state / "recorded").iterdir()] == ["production.yaml"]


def test_a_reader_sees_the_old_file_or_the_new_one_and_never_half(ledger, state):
    many = {f"mailchimp-audience/{n:04}": f"{n:010x}" for n in range(400)}
    path = state / "recorded/production.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("# x\n" + "".join(f'{name}: "{id_}"\n' for name, id_ in many.items()))
    done, torn = threading.Event(), []

    def read():
        while not done.is_set():
            content = path.read_bytes()
            if not content.endswith(b'"\n') or content.count(b"\n") < 401:
                torn.append(content)

    reader = threading.Thread(target=read)
    reader.start()
    with ledger.lease("the one that writes"):
        for n in range(30):
            ledger.record("production", "mailchimp-audience/0001", f"{n:010x}")
    done.set()
    reader.join()
    assert torn == []


def test_a_write_puts_another_file_in_the_place_of_the_old(ledger, state):
    """So that whoever has the old one open reads on in it."""
    ledger.record("production", ONE, "a")
    path = state / "recorded/production.yaml"
    with path.open() as old:
        ledger.record("production", ONE, "b")
        assert '"a"' in old.read()
        assert os.fstat(old.fileno()).st_ino != path.stat().st_ino


def _begun(*resources):
    return [Intent(resource, "production", "A name", CLOCK, "a nonce") for resource in resources]


class TestDeath:
    """A process may die between any two writes: what was written by then is enough, and nothing is lost."""

    @pytest.mark.parametrize("written", range(4))
    def test_an_id_is_noted_before_what_it_replaces_goes(self, ledger, state, written):
        ledger.record("shared", ONE, "a")
        ledger.intend(*_begun(TWO))
        files = ledger._read()
        edits = list(contents.with_id(files, "production", TWO, "a", (ONE,)).items())
        assert len(edits) == 3
        for path, content in edits[:written]:
            files.path(path).unlink() if content is None else files.path(path).write_bytes(content)
        known = contents.every_id(files)
        assert "a" in known.values()
        assert (TWO in ledger.intents()) == (TWO not in known)

    def test_an_intent_that_it_left_does_not_come_back_with_its_id_gone(self, ledger, state):
        ledger.intend(*_begun(ONE))
        begun = (state / ".emailops/intents.json").read_bytes()
        ledger.record("production", ONE, "a")
        (state / ".emailops/intents.json").write_bytes(begun)
        ledger.forget(ONE)
        assert ledger.intents() == {}

    def test_an_audit_line_is_written_before_the_results_that_it_tells_of_go(self, ledger, state):
        with ledger.lease("the one that dies"):
            ledger.note({"resource": ONE, "status": "done"})
        assert list(contents.after_dead_run(ledger._read())) == ["log/undated.jsonl", "results.json"]


def test_audit_lines_of_a_ledger_that_had_them_in_one_file_are_the_oldest(ledger, state):
    ledger.end({"at": "2026-11-24T06:00:00Z", "nonce": "new"})
    (state / ".emailops/log.jsonl").write_text('{"nonce": "old"}\n')
    assert [line["nonce"] for line in ledger.log()] == ["new", "old"]


class TestIntents:
    def test_of_several_creates_stand_beside_each_other_until_each_is_recorded(self, ledger, state):
        for intent in _begun(ONE, TWO):
            ledger.intend(intent)
        assert FilesLedger(state).intents() == dict(zip((ONE, TWO), _begun(ONE, TWO), strict=True))
        ledger.record("production", ONE, "a")
        assert list(FilesLedger(state).intents()) == [TWO]

    def test_of_a_run_that_died_between_the_id_and_its_intent_is_settled_by_the_next(self, ledger, state):
        for intent in _begun(ONE, TWO):
            ledger.intend(intent)
        begun = (state / ".emailops/intents.json").read_bytes()
        ledger.record("staging", ONE, "a")
        (state / ".emailops/intents.json").write_bytes(begun)
        after = FilesLedger(state)
        with after.lease("the next"):
            assert list(after.intents()) == [TWO], "only what has an id is settled"
        assert _ids(state, "staging") == {ONE: "a"}

    def test_one_that_another_run_has_written_anew_is_not_withdrawn(self, ledger, state):
        ledger.intend(_begun(ONE)[0])
        newer = replace(_begun(ONE)[0], nonce="another nonce")
        FilesLedger(state).intend(newer)
        ledger.withdraw(_begun(ONE)[0])
        assert ledger.intents() == {ONE: newer}
        ledger.withdraw(newer)
        assert ledger.intents() == {}


class TestResults:
    RESULT = {"resource": ONE, "status": "done"}  # noqa: RUF012

    def test_of_a_run_that_died_become_its_audit_line_once(self, ledger, state):
        (state / ".emailops").mkdir(parents=True)
        with ledger.lease("the run that dies") as nonce:
            ledger.note(self.RESULT)
            ledger.note({**self.RESULT, "resource": TWO})
        for who in ("the next", "the one after"):
            with FilesLedger(state).lease(who):
                pass
        [line] = ledger.log()
        assert (line["nonce"], line["who"]) == (nonce, "the run that dies")
        assert line["ended"] == "died, or its lease was broken"
        assert [result["resource"] for result in line["results"]] == [ONE, TWO]

    def test_of_a_run_that_died_just_after_its_audit_line_make_no_second(self, ledger, state):
        with ledger.lease("the run that dies") as nonce:
            ledger.note(self.RESULT)
            left = (state / ".emailops/results.json").read_bytes()
            ledger.end({"nonce": nonce, "ended": "done"})
        (state / ".emailops/results.json").write_bytes(left)
        with FilesLedger(state).lease("the next"):
            pass
        assert [line["ended"] for line in ledger.log()] == ["done"]
        assert not (state / ".emailops/results.json").exists()

    def test_the_newest_audit_line_comes_first_and_half_a_line_is_passed_over(self, ledger, state):
        for n in range(3):
            ledger.end({"nonce": str(n)})
        with (state / ".emailops/log/undated.jsonl").open("a") as file:
            file.write('{"nonce": "ha')
        assert [line["nonce"] for line in ledger.log()] == ["2", "1", "0"]


class TestSnapshot:
    VALUE = {"format": 1, "made": "today", "settings": [{"consumer": "web", "value": {"ü": None}}]}  # noqa: RUF012

    def test_is_none_before_there_is_one(self, ledger):
        assert ledger.snapshot() is None

    def test_is_given_back_as_it_was_saved(self, ledger):
        ledger.save_snapshot(self.VALUE)
        assert ledger.snapshot() == self.VALUE

    def test_lies_in_a_folder_that_git_ignores(self, ledger, state):
        ledger.save_snapshot(self.VALUE)
        assert (state / ".emailops/.gitignore").read_text() == "*\n"

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"format": 2}', b"{}", b"\xff", b"[" * 50_000])
    def test_a_damaged_one_is_an_error_that_names_it_and_says_what_to_do(self, ledger, state, content):
        ledger.save_snapshot(self.VALUE)
        (state / ".emailops/settings.json").write_bytes(content)
        with pytest.raises(InvalidInput, match=r"settings\.json") as refused:
            ledger.snapshot()
        assert "--base" in refused.value.remedy

    def test_a_folder_in_its_place_is_an_error(self, ledger, state):
        (state / ".emailops/settings.json").mkdir(parents=True)
        with pytest.raises(InvalidInput):
            ledger.snapshot()
        with pytest.raises(InvalidInput):
            ledger.save_snapshot(self.VALUE)


class TestLease:
    def test_is_held_by_one_and_says_by_whom(self, ledger, state):
        with ledger.lease("the first run"):
            with pytest.raises(GateError, match="the first run") as refused, FilesLedger(state).lease("the second"):
                pass
            assert refused.value.name == "locked"
            assert refused.value.remedy

    def test_is_free_again_afterwards_and_after_an_error(self, ledger):
        for _ in range(2):
            with pytest.raises(KeyError), ledger.lease("one that fails"):
                raise KeyError
        with ledger.lease("the next"):
            pass

    def test_a_refused_one_does_not_take_the_name_of_the_holder_away(self, ledger, state):
        with ledger.lease("the first run"):
            for _ in range(3):
                with pytest.raises(GateError, match="the first run"), FilesLedger(state).lease("another"):
                    pass

    def test_what_a_dead_process_left_behind_is_no_lease(self, ledger, state):
        (state / ".emailops").mkdir(parents=True)
        (state / ".emailops/lock").write_text("a process that was killed\n")
        with ledger.lease("the next"):
            assert "killed" not in (state / ".emailops/lock").read_text()

    def test_a_lock_that_cannot_be_opened_is_an_error(self, ledger, state):
        (state / ".emailops/lock").mkdir(parents=True)
        with pytest.raises(InvalidInput, match="lock"), ledger.lease("anyone"):
            pass

    def test_of_two_states_are_two(self, tmp_path):
        with FilesLedger(tmp_path / "a").lease("one"), FilesLedger(tmp_path / "b").lease("two"):
            pass
