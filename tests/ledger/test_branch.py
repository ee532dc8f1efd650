"""The ledger on a branch: every write a push, one lease, and nothing lost when two runs meet."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime

import pytest

from emailops.errors import GateError, InvalidInput, LeaseLost, LedgerError, UsageError
from emailops.ledger.branch import BRANCH, GitLedger
from emailops.ledger.notes import Intent
from emailops.store.remote import Remote
from tests.cloning import git

ONE, TWO = "mailchimp-audience/one", "mailchimp-audience/two"
RECORDED = {"production.yaml": f'{ONE}: "aaaaaaaaaa"\n'.encode()}
INTENT = Intent(TWO, "production", "Two", datetime(2026, 11, 24, 6, tzinfo=UTC), "nonce")


class Time:
    """Seconds that pass when told."""

    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A remote with a short history of main, made once."""
    folder = tmp_path_factory.mktemp("first")
    remote, clone = folder / "remote.git", folder / "clone"
    git(folder, "init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(remote))
    git(folder, "clone", "--quiet", "--template=", remote.as_uri(), str(clone))
    for number in range(3):
        git(clone, "commit", "--quiet", "--allow-empty", f"--message={number}")
    git(clone, "push", "--quiet", "origin", "HEAD:main")
    return remote


@pytest.fixture
def remote(tmp_path, first):
    (shutil.copytree(first, tmp_path / "remote.git") / "hooks").mkdir()
    return tmp_path / "remote.git"


@pytest.fixture
def clone(tmp_path, remote):
    """Another clone, with a commit of its own on main."""

    def make(name="here", *options):
        folder = tmp_path / name
        git(tmp_path, "clone", "--quiet", "--template=", *options, remote.as_uri(), str(folder))
        return folder

    return make


@pytest.fixture
def ledger(clone):
    """A ledger of a new clone; the first one begins the branch."""
    count = iter(range(100))

    def make(folder=None, time=None):
        place = folder or clone(f"clone-{next(count)}")
        return GitLedger(
            Remote(place, {"PATH": os.environ["PATH"], "HOME": str(place)}), time or Time(), "2026-11-24T06:00:00Z"
        )

    make().init(RECORDED)
    return make


def _on_branch(remote, path):
    return git(remote, "show", f"{BRANCH}:{path}")


def _ids(ledger):
    return {name: content.decode() for name, content in ledger.recorded().items()}


class TestTheBranch:
    def test_begins_with_the_recorded_ids_and_no_history(self, ledger, remote):
        assert _ids(ledger()) == {"production.yaml": f'{ONE}: "aaaaaaaaaa"\n'}
        assert git(remote, "rev-list", "--count", BRANCH) == "1"

    def test_is_not_begun_twice(self, ledger):
        with pytest.raises(InvalidInput, match="already"):
            ledger().init({})

    def test_that_is_absent_asks_for_init(self, clone, ledger, remote):
        git(remote, "update-ref", "-d", f"refs/heads/{BRANCH}")
        with pytest.raises(LedgerError) as error:
            ledger().recorded()
        assert "emailops ledger init" in error.value.remedy

    def test_that_cannot_be_reached_is_an_error_whatever_is_asked(self, ledger, remote):
        first = ledger()
        remote.rename(remote.with_name("elsewhere.git"))
        for ask in (
            first.recorded,
            first.intents,
            first.snapshot,
            first.log,
            lambda: first.record("production", TWO, "b"),
        ):
            with pytest.raises(LedgerError, match="cannot be reached"):
                ask()

    def test_is_written_by_nobody_in_particular_and_runs_no_hook(self, ledger, clone, remote):
        place = clone("hooked")
        for name in ("pre-push", "reference-transaction", "post-commit"):
            hook = place / ".git/hooks" / name
            hook.parent.mkdir(exist_ok=True)
            hook.write_text("#!/bin/sh\nexit 1\n")
            hook.chmod(0o755)
        ledger(place).record("production", TWO, "bbbbbbbbbb")
        assert set(git(remote, "log", "--format=%an %cn", BRANCH).splitlines()) == {"emailops emailops"}

    def test_leaves_checkout_index_and_branches_as_they_were(self, ledger, clone):
        place = clone("watched")
        before = (git(place, "status", "--porcelain"), git(place, "for-each-ref", "refs/heads"))
        (place / "staged").write_text("x")
        git(place, "add", "staged")
        ledger(place).record("production", TWO, "bbbbbbbbbb")
        assert git(place, "status", "--porcelain") == "A  staged"
        git(place, "rm", "--cached", "--quiet", "staged")
        (place / "staged").unlink()
        after = (git(place, "status", "--porcelain"), git(place, "for-each-ref", "refs/heads"))
        assert after == before

    @pytest.mark.few(1)
    @pytest.mark.parametrize("options", [("--depth=1",), ("--single-branch",), ("--depth=1", "--single-branch")])
    def test_is_read_and_written_from_a_clone_of_any_depth(self, ledger, clone, options):
        first = ledger(clone("shallow", *options))
        with first.lease("a shallow clone"):
            first.record("production", TWO, "bbbbbbbbbb")
        assert TWO in _ids(ledger())["production.yaml"]

    def test_is_pushed_though_main_is_protected(self, ledger, remote):
        hook = remote / "hooks/update"
        hook.write_text('#!/bin/sh\n[ "$1" != refs/heads/main ]\n')
        hook.chmod(0o755)
        ledger().record("production", TWO, "bbbbbbbbbb")
        assert TWO in _on_branch(remote, "recorded/production.yaml")

    def test_that_may_not_be_pushed_says_so_with_the_reason(self, ledger, remote):
        hook = remote / "hooks/pre-receive"
        hook.write_text("#!/bin/sh\necho not you >&2; exit 1\n")
        hook.chmod(0o755)
        with pytest.raises(LedgerError, match="not you"), ledger().lease("somebody"):
            pass

    def test_names_no_credentials_of_its_remote(self, ledger, clone):
        place = clone("secretive")
        git(place, "remote", "set-url", "origin", "https://jenkins:s3cr3t-token@127.0.0.1:1/repo.git")
        with pytest.raises(LedgerError) as error:
            ledger(place).recorded()
        assert "s3cr3t" not in f"{error.value.message} {error.value.remedy} {error.value!r}"


class TestIds:
    def test_stand_in_one_scope_and_no_longer_under_old_names(self, ledger):
        first = ledger()
        first.record("shared", TWO, "bbbbbbbbbb", instead_of=[ONE])
        assert ONE not in str(_ids(ledger()))
        first.record("staging", TWO, "bbbbbbbbbb")
        assert TWO not in _ids(ledger())["shared.yaml"]
        assert TWO in _ids(ledger())["staging.yaml"]

    def test_of_two_runs_that_meet_are_both_kept(self, ledger):
        first, second = ledger(), ledger()
        first.recorded()
        second.record("production", TWO, "bbbbbbbbbb")
        first.record("production", "mailchimp-audience/three", "cccccccccc")
        assert {"bbbbbbbbbb", "cccccccccc"} <= set(_ids(ledger())["production.yaml"].split('"'))

    @pytest.mark.slow
    def test_two_of_one_resource_stop(self, ledger):
        first, second = ledger(), ledger()
        with first.lease("the first"):
            first.recorded()
            second.record("production", TWO, "bbbbbbbbbb")
            with pytest.raises(LedgerError, match=r"bbbbbbbbbb.*cccccccccc"):
                first.record("production", TWO, "cccccccccc")
        assert "bbbbbbbbbb" in _ids(ledger())["production.yaml"]

    def test_one_that_was_known_before_may_be_another_now(self, ledger):
        first = ledger()
        with first.lease("adopt"):
            first.record("production", ONE, "dddddddddd")
        assert "dddddddddd" in _ids(ledger())["production.yaml"]

    def test_that_are_damaged_are_not_written_over(self, clone, ledger, remote):
        place = clone("vandal")
        git(place, "fetch", "--quiet", "origin", BRANCH)
        git(place, "checkout", "--quiet", "FETCH_HEAD")
        (place / "recorded/production.yaml").write_text("- no\n")
        git(place, "commit", "--quiet", "--all", "--message=Vandalism")
        git(place, "push", "--quiet", "origin", f"HEAD:{BRANCH}")
        with pytest.raises(InvalidInput, match="production"):
            ledger().record("production", TWO, "bbbbbbbbbb")
        assert _on_branch(remote, "recorded/production.yaml") == "- no"


class TestTheLease:
    def test_is_held_by_one_and_the_refusal_says_by_whom_and_how_to_break_it(self, ledger):
        with ledger().lease("jenkins on agent-3 since noon, build 17") as nonce:
            with pytest.raises(GateError, match="agent-3 since noon, build 17") as refused, ledger().lease("another"):
                pass
            assert refused.value.name == "locked"
            assert f"emailops unlock --id {nonce}" in refused.value.remedy
        with ledger().lease("the next"):
            pass

    def test_has_another_nonce_each_time(self, ledger):
        nonces = set()
        for _ in range(3):
            with ledger().lease("one") as nonce:
                nonces.add(nonce)
        assert len(nonces) == 3

    @pytest.mark.few(1)
    @pytest.mark.parametrize("error", [KeyError("a bug"), GateError("overtaken", "no"), KeyboardInterrupt()])
    def test_is_given_back_after_any_error(self, ledger, error):
        with pytest.raises(type(error)), ledger().lease("one that fails"):
            raise error
        with ledger().lease("the next"):
            pass

    def test_that_cannot_be_given_back_says_so_and_hides_no_other_error(self, ledger, remote):
        first = ledger()
        held = first.lease("one")
        nonce = held.__enter__()
        remote.rename(remote.with_name("elsewhere.git"))
        gate = GateError("overtaken", "overtaken", "plan again")
        assert not held.__exit__(GateError, gate, None)
        assert f"emailops unlock --id {nonce}" in gate.remedy

    def test_of_a_dead_run_stays_until_it_is_broken(self, ledger):
        dead = ledger().lease("dead")
        nonce = dead.__enter__()
        with pytest.raises(GateError), ledger().lease("the next"):
            pass
        assert "dead" in ledger().unlock(nonce, "an operator")
        with ledger().lease("the next"):
            pass

    @pytest.mark.few(1)
    @pytest.mark.parametrize("nonce", ["", "0" * 16, "../x"])
    def test_of_another_nonce_is_not_broken(self, ledger, nonce):
        with ledger().lease("alive") as held, pytest.raises(UsageError, match=held):
            ledger().unlock(nonce, "an operator")
        with pytest.raises(UsageError, match="nobody"):
            ledger().unlock(nonce, "an operator")

    @pytest.mark.slow
    def test_that_was_broken_lets_ids_through_and_nothing_else(self, ledger):
        first = ledger()
        with first.lease("stopped") as nonce:
            ledger().unlock(nonce, "an operator")
            for write in (
                lambda: first.intend(INTENT),
                lambda: first.forget(ONE),
                lambda: first.save_snapshot({"format": 1}),
            ):
                with pytest.raises(LeaseLost):
                    write()
            first.record("production", TWO, "bbbbbbbbbb")
            first.end({"at": "2026-11-24", "ended": "lost"})
        assert TWO in _ids(ledger())["production.yaml"]
        assert ledger().log()[0]["ended"] == "lost"
        assert ledger().snapshot() is None

    @pytest.mark.slow
    def test_of_the_next_run_is_not_given_back_by_one_that_lost_its_own(self, ledger):
        first, next_ = ledger(), ledger()
        with first.lease("stopped") as nonce:
            ledger().unlock(nonce, "an operator")
            with next_.lease("the next"):
                first.end({"at": "2026-11-24", "ended": "lost"})
                with pytest.raises(GateError, match="the next"), ledger().lease("a third"):
                    pass

    @pytest.mark.few(1)
    @pytest.mark.parametrize(
        ("written", "nonce"),
        [("{", "damaged"), ("[]", "damaged"), ('{"who": "me"}', "damaged"), ('{"nonce": "n1"}', "n1")],
    )
    def test_that_cannot_be_read_is_held(self, ledger, clone, written, nonce):
        place = clone("vandal")
        git(place, "fetch", "--quiet", "origin", BRANCH)
        git(place, "checkout", "--quiet", "FETCH_HEAD")
        (place / "lease.json").write_text(written)
        git(place, "add", "lease.json")
        git(place, "commit", "--quiet", "--message=Half a lease")
        git(place, "push", "--quiet", "origin", f"HEAD:{BRANCH}")
        with pytest.raises(GateError, match="being applied by somebody unknown"), ledger().lease("somebody"):
            pass
        assert ledger().unlock(nonce, "an operator").endswith("it was held by somebody unknown")
        with ledger().lease("somebody"):
            pass


class TestFiveSeconds:
    def test_a_write_may_start_at_once_and_not_later_without_asking_again(self, ledger, remote):
        time = Time()
        first = ledger(time=time)
        with first.lease("one"):
            before = git(remote, "rev-list", "--count", BRANCH)
            first.confirm()
            assert git(remote, "rev-list", "--count", BRANCH) == before
            time.now += 5
            first.confirm()
            assert int(git(remote, "rev-list", "--count", BRANCH)) == int(before) + 1
            assert first.age == 0

    def test_a_push_counts_from_when_it_began_and_one_that_takes_longer_permits_nothing(self, ledger, clone):
        """A process that was stopped while its push went through must not think that it holds the lease since now."""
        time = Time()
        place = clone("slow")

        class Slow(Remote):
            def push(self, commit, branch):
                time.now += 6
                return super().push(commit, branch)

        first = GitLedger(Slow(place, {"PATH": os.environ["PATH"], "HOME": str(place)}), time, "2026-11-24T06:00:00Z")
        with first.lease("one"):
            assert first.age == 6
            with pytest.raises(LedgerError, match="longer than 5 seconds"):
                first.confirm()

    def test_and_then_a_broken_lease_is_seen(self, ledger):
        time = Time()
        first = ledger(time=time)
        with first.lease("one") as nonce:
            ledger().unlock(nonce, "an operator")
            time.now += 5
            with pytest.raises(LeaseLost):
                first.confirm()


class TestNotes:
    def test_an_intent_is_seen_by_every_clone_until_its_id_is_there(self, ledger):
        first = ledger()
        with first.lease("one"):
            first.intend(INTENT)
            assert ledger().intents() == {TWO: INTENT}
            first.record("production", TWO, "bbbbbbbbbb")
        assert ledger().intents() == {}

    def test_an_intent_is_withdrawn_by_its_own_run_only(self, ledger):
        first = ledger()
        with first.lease("one"):
            first.intend(INTENT)
        other = Intent(TWO, "production", "Two", INTENT.clock, "another")
        first.withdraw(other)
        assert ledger().intents() == {TWO: INTENT}
        first.withdraw(INTENT)
        assert ledger().intents() == {}

    def test_results_of_a_dead_run_become_its_audit_line(self, ledger):
        dead = ledger()
        held = dead.lease("dead, build 17")
        nonce = held.__enter__()
        dead.note({"resource": ONE, "status": "done"})
        dead.intend(INTENT)
        ledger().unlock(nonce, "an operator")
        line = ledger().log()[0]
        assert line["results"] == [{"resource": ONE, "status": "done"}]
        assert (line["nonce"], line["who"]) == (nonce, "dead, build 17")

    @pytest.mark.slow
    def test_audit_lines_come_newest_first_over_months(self, ledger):
        for at in ("2025-12-31", "2026-01-01", "2026-01-02"):
            first = ledger()
            with first.lease("one"):
                first.end({"at": at})
        assert [line["at"] for line in ledger().log()] == ["2026-01-02", "2026-01-01", "2025-12-31"]

    def test_an_observation_is_noted_while_a_run_holds_the_lease_and_breaks_nothing(self, ledger):
        first = ledger()
        with first.lease("one"):
            ledger().save_observation({"format": 1, "of": "drift"})
            first.intend(INTENT)
        assert ledger().observation() == {"format": 1, "of": "drift"}
        assert ledger().intents() == {TWO: INTENT}

    @pytest.mark.few(1)
    @pytest.mark.parametrize("text", ["{", "[]", '{"format": 2}'])
    def test_a_damaged_intent_stops_everything(self, ledger, clone, text):
        place = clone("vandal")
        git(place, "fetch", "--quiet", "origin", BRANCH)
        git(place, "checkout", "--quiet", "FETCH_HEAD")
        (place / "intents.json").write_text(text)
        git(place, "add", "intents.json")
        git(place, "commit", "--quiet", "--message=Vandalism")
        git(place, "push", "--quiet", "origin", f"HEAD:{BRANCH}")
        with pytest.raises(InvalidInput, match="intents"):
            ledger().intents()


def test_a_push_whose_answer_is_lost_counts_when_the_branch_has_it(ledger, remote):
    """The remote takes the commit, and the connection dies before it can say so."""
    hook = remote / "hooks/post-receive"
    hook.write_text("#!/bin/sh\nkill -9 $PPID\n")
    hook.chmod(0o755)
    ledger().record("production", TWO, "bbbbbbbbbb")
    hook.unlink()
    assert TWO in _ids(ledger())["production.yaml"]
    assert git(remote, "rev-list", "--count", BRANCH) == "2"


@pytest.mark.slow
def test_a_remote_that_does_not_answer_in_time_counts_as_one_that_cannot_be_reached(clone):
    """And what git had started to reach it does not outlive the command."""
    here = clone()
    git(here, "remote", "set-url", "origin", "ssh://git@git.example/state.git")
    hangs = {"GIT_SSH_COMMAND": f"touch {here}/asked; sleep 60; touch {here}/outlived;", "GIT_SSH_VARIANT": "simple"}
    remote = Remote(here, {**os.environ, **hangs}, seconds=0.5)
    with pytest.raises(LedgerError, match=r"cannot be reached: no answer within 0\.5 seconds"):
        GitLedger(remote, Time(), "2026-11-24T06:00:00Z").log()
    assert (here / "asked").exists()


def test_the_branch_holds_plain_text_that_git_can_show(ledger, remote):
    first = ledger()
    with first.lease("one"):
        first.save_snapshot({"format": 1, "made": "today"})
    assert json.loads(_on_branch(remote, "settings.json")) == {"format": 1, "made": "today"}
    assert git(remote, "fsck", "--strict") == ""
