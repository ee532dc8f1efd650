"""The changes of a plan, one after the other: every one accounted for, whatever happens to the others."""

from __future__ import annotations

from itertools import count

import pytest

from emailops.engine.changes import Changes, Report, verified
from emailops.engine.create import Recovered
from emailops.engine.gates import check
from emailops.errors import (
    Exit,
    GateError,
    InvalidInput,
    LeaseLost,
    LedgerError,
    LostAnswer,
    Refused,
    Unreachable,
)
from emailops.plan import Action, Outcome, OutcomeStatus
from emailops.resource import Control
from tests.engine.plans import Ledger, Writer, audience, change, plan
from tests.world import STATES, declaration_of

DECLARATION = declaration_of(STATES / "digital-marketplace")
A, B, C = "a", "b", "c"
AUDIENCES = "mailchimp-audience"


def _run(planned, now=None, *, writer=None, ledger=None, stopped=lambda: False, ids=None, declaration=DECLARATION):
    ledger = ledger or Ledger()
    run = Changes(declaration, writer or Writer(), ledger, stopped, {}, ids if ids is not None else {})
    outcomes = run.run(planned, now or planned)
    return {outcome.resource.name: outcome.status for outcome in outcomes}, outcomes, run


def test_changes_are_made_in_the_order_of_the_plan():
    writer = Writer()
    planned = plan(*(change(name, Action.update, id=name) for name in (C, A, B)))
    statuses, _, _ = _run(planned, writer=writer)
    assert [which for _, which in writer.asked] == [C, A, B]
    assert list(statuses) == [C, A, B]


def test_what_the_world_no_longer_needs_is_satisfied_and_not_asked_for():
    writer = Writer()
    planned = plan(change(A), change(B))
    statuses, _, run = _run(planned, plan(change(B)), writer=writer)
    assert statuses == {A: "satisfied", B: "done"}
    assert len(writer.asked) == 1
    assert run.wrote


def test_what_the_world_needs_beside_the_plan_is_not_made():
    writer = Writer()
    statuses, _, _ = _run(plan(change(A)), plan(change(A), change(B)), writer=writer)
    assert statuses == {A: "done"}
    assert len(writer.asked) == 1


def test_steps_and_what_is_unknown_are_nobodys_to_make():
    planned = plan(
        change(A, Action.person), change(B, Action.unknown), change(C, Action.person, control=Control.attested)
    )
    statuses, outcomes, run = _run(planned)
    assert outcomes == ()
    assert statuses == {}
    assert not run.wrote


@pytest.mark.parametrize(
    ("error", "status", "wrote"),
    [
        (Refused("no", "ask", status=400), "failed", False),
        (Unreachable("nobody there", "later"), "failed", False),
        (LostAnswer("lost", "look"), "ambiguous", True),
    ],
)
def test_one_that_fails_stops_no_other_and_says_why_and_what_to_do(error, status, wrote):
    planned = plan(*(change(name, Action.update, id=name) for name in (A, B, C)))
    statuses, outcomes, _ = _run(planned, writer=Writer({B: error}))
    assert statuses == {A: "done", B: status, C: "done"}
    assert error.message in outcomes[1].detail
    alone = plan(change(B, Action.update, id=B))
    assert _run(alone, writer=Writer({B: error}))[2].wrote is wrote


def test_a_stop_lets_the_one_on_its_way_end_and_attempts_no_other():
    asked = count()
    planned = plan(change(A), change(B), change(C))
    statuses, _, _ = _run(planned, stopped=lambda: next(asked) >= 1)
    assert statuses == {A: "done", B: "not-attempted", C: "not-attempted"}


def test_a_stop_leaves_what_is_satisfied_satisfied():
    planned = plan(change(A), change(B))
    statuses, _, _ = _run(planned, plan(change(B)), stopped=lambda: True)
    assert statuses == {A: "satisfied", B: "not-attempted"}


class TestRequires:
    def test_is_made_once_what_it_requires_is_there(self):
        statuses, _, _ = _run(plan(change(A), change(B, requires=(A,))))
        assert statuses == {A: "done", B: "done"}

    def test_is_skipped_with_the_reason_when_that_failed(self):
        planned = plan(change(A, Action.create, fields=()), change(B, requires=(A,)), change(C))
        writer = Writer()
        writer.fails = {"": Refused("no", status=400)}
        statuses, outcomes, _ = _run(planned, writer=writer)
        assert statuses[A] == "failed"
        assert statuses[B] == "skipped"
        assert "mailchimp-audience/a" in outcomes[1].detail
        assert "failed" in outcomes[1].detail

    def test_is_skipped_when_that_is_not_part_of_the_plan(self):
        statuses, outcomes, run = _run(plan(change(B, requires=(A,))))
        assert statuses == {B: "skipped"}
        assert "not part of this plan" in outcomes[0].detail
        assert not run.wrote

    def test_is_made_when_that_was_there_before(self):
        statuses, _, _ = _run(plan(change(B, requires=(A,))), ids={str(audience(A)): "x"})
        assert statuses == {B: "done"}


class TestTheLedger:
    def test_notes_a_created_id_in_the_scope_of_its_change(self):
        ledger = Ledger()
        _run(plan(change(A)), ledger=ledger)
        assert ledger.ids == {str(audience(A)): ("production", "0000000001")}

    def test_notes_each_before_the_next_is_asked_for(self):
        ledger = Ledger()
        seen = []

        class Watching(Writer):
            def create_audience(self, attributes):
                seen.append(len(ledger.ids))
                return super().create_audience(attributes)

        _run(plan(change(A), change(B), change(C)), writer=Watching(), ledger=ledger)
        assert seen == [0, 1, 2]

    def test_notes_an_adopted_id_before_its_fields_are_updated(self):
        ledger = Ledger()
        writer = Writer({"x": Refused("no", status=400)})
        statuses, _, run = _run(plan(change(A, Action.adopt, id="x")), writer=writer, ledger=ledger)
        assert statuses == {A: "failed"}
        assert ledger.ids[str(audience(A))] == ("production", "x")
        assert run.wrote, "a record is written, though the update was refused"

    def test_an_adoption_without_a_difference_asks_for_nothing(self):
        writer = Writer()
        _run(plan(change(A, Action.adopt, id="x", fields=())), writer=writer)
        assert writer.asked == []

    def test_that_cannot_note_a_created_id_fails_with_the_id_and_the_command_that_saves_it(self):
        statuses, outcomes, run = _run(
            plan(change(A)), ledger=Ledger(fails=InvalidInput("the disk is full", "make room"))
        )
        assert statuses == {A: "failed"}
        assert f"emailops adopt {audience(A)} 0000000001" in outcomes[0].detail
        assert "the disk is full" in outcomes[0].detail
        assert run.wrote

    def test_a_release_forgets_and_asks_nobody(self):
        ledger, writer = Ledger(), Writer()
        statuses, outcomes, run = _run(plan(change(A, Action.release, id="x", fields=())), writer=writer, ledger=ledger)
        assert statuses == {A: "done"}
        assert ledger.forgotten == [str(audience(A))]
        assert writer.asked == []
        assert "x" in outcomes[0].detail
        assert run.wrote

    def test_a_lost_create_notes_nothing(self):
        ledger = Ledger()
        statuses, _, _ = _run(plan(change(A)), writer=Writer({"": LostAnswer("lost")}), ledger=ledger)
        assert statuses == {A: "ambiguous"}
        assert ledger.ids == {}


class TestWhatEndsARun:
    def test_a_bug_is_accounted_for_with_all_that_was_done(self):
        planned = plan(*(change(name, Action.update, id=name) for name in (A, B, C)))
        statuses, _, run = _run(planned, writer=Writer({B: RuntimeError("ours")}))
        assert statuses == {A: "done", B: "ambiguous", C: "not-attempted"}
        assert "RuntimeError: ours" in run.bug
        assert run.wrote

    def test_a_bug_shows_no_secret(self):
        key = "0123456789abcdef0123456789abcdef-us1"
        _, _, run = _run(plan(change(A, Action.update, id=A)), writer=Writer({A: RuntimeError(key)}))
        assert "a Mailchimp key" in run.bug
        assert key not in run.bug

    def test_a_lease_that_was_broken_lets_nothing_more_be_attempted(self):
        planned = plan(*(change(name, Action.update, id=name) for name in (A, B, C)))
        statuses, outcomes, run = _run(planned, writer=Writer({B: LeaseLost("broken by emailops unlock")}))
        assert statuses == {A: "done", B: "not-attempted", C: "not-attempted"}
        assert "broken by emailops unlock" in outcomes[2].detail
        assert run.ended

    def test_two_ids_of_one_resource_stop_and_both_are_said(self):
        ledger = Ledger(fails=LedgerError("has two ids now: x was recorded by another run, 0000000001 is ours"))
        statuses, outcomes, _ = _run(plan(change(A), change(B)), ledger=ledger)
        assert statuses == {A: "failed", B: "not-attempted"}
        assert "created as 0000000001" in outcomes[0].detail
        assert "x was recorded" in outcomes[0].detail

    def test_each_result_is_noted_with_its_id(self):
        ledger = Ledger()
        _run(plan(change(A), change(B, Action.update, id="b")), ledger=ledger, writer=Writer({"b": Refused("no")}))
        assert ledger.results == [
            {"resource": str(audience(A)), "status": "done", "id": "0000000001"},
            {"resource": str(audience(B)), "status": "failed"},
        ]


class TestSettled:
    def test_what_an_earlier_run_created_is_recorded_and_done(self):
        ledger, writer = Ledger(), Writer()
        statuses, outcomes, run = _settled(plan(change(A)), plan(), Recovered({str(audience(A)): "x"}), ledger, writer)
        assert statuses == {A: "done"}
        assert ledger.ids == {str(audience(A)): ("production", "x")}
        assert writer.asked == []
        assert "earlier run" in outcomes[0].detail
        assert run.wrote

    def test_what_may_still_come_is_ambiguous_and_not_attempted(self):
        ledger, writer = Ledger(), Writer()
        settled = Recovered(waiting={str(audience(A)): "run it again in 30 seconds"})
        planned = plan(change(A), change(B), change(C, requires=(A,)))
        statuses, outcomes, _ = _settled(planned, planned, settled, ledger, writer)
        assert statuses == {A: "ambiguous", B: "done", C: "skipped"}
        assert outcomes[0].detail == "run it again in 30 seconds"
        assert len(writer.asked) == 1

    def test_an_adoption_of_it_is_what_was_planned(self):
        adopted = plan(change(A, Action.adopt, id="x"))
        now = plan(change(A, Action.update, id="x"))
        assert check(adopted, now, {}, recovered={str(audience(A))}) is None
        with pytest.raises(GateError):
            check(adopted, now, {})


def _settled(planned, now, settled, ledger, writer):
    run = Changes(DECLARATION, writer, ledger, lambda: False, {}, {}, recovered=settled)
    outcomes = run.run(planned, now)
    return {outcome.resource.name: outcome.status for outcome in outcomes}, outcomes, run


def test_without_a_key_to_write_with_what_needs_one_fails_and_a_release_is_done():
    planned = plan(change(A), change(B, Action.release, id="x"))
    run = Changes(DECLARATION, None, Ledger(), lambda: False, {}, {})
    assert {outcome.resource.name: outcome.status for outcome in run.run(planned, planned)} == {A: "failed", B: "done"}


class TestVerified:
    LOST = (Outcome(audience(A), OutcomeStatus.ambiguous, "lost"),)

    def test_a_lost_answer_is_done_when_nothing_is_left_of_it(self):
        assert [outcome.status for outcome in verified(self.LOST, plan())] == ["done"]

    @pytest.mark.parametrize("action", [Action.create, Action.update, Action.adopt, Action.person, Action.unknown])
    def test_it_stays_ambiguous_when_anything_is(self, action):
        assert verified(self.LOST, plan(change(A, action))) == self.LOST

    def test_a_step_of_another_control_says_nothing_about_it(self):
        left = plan(change(A, Action.person, control=Control.attested))
        assert [outcome.status for outcome in verified(self.LOST, left)] == ["done"]

    @pytest.mark.parametrize("status", ["done", "satisfied", "failed", "skipped", "not-attempted"])
    def test_no_other_outcome_changes(self, status):
        outcome = (Outcome(audience(A), OutcomeStatus(status), "why"),)
        assert verified(outcome, plan()) == verified(outcome, plan(change(A))) == outcome


STEP = change(C, Action.person, control=Control.attested)

# Statuses, what is left (None: not read), wrote, interrupted, failure: the code.
CODES = [
    ((), (), False, False, "", Exit.OK),
    (("done",), (), True, False, "", Exit.OK),
    (("satisfied", "done"), (), True, False, "", Exit.OK),
    (("satisfied",), (), False, False, "", Exit.OK),
    (("done",), (STEP,), True, False, "", Exit.PEOPLE),
    ((), (STEP,), False, False, "", Exit.PEOPLE),
    (("done",), (change(B),), True, False, "", Exit.DIFFERENT),
    (("done",), (change(B), STEP), True, False, "", Exit.DIFFERENT),
    (("failed",), (change(A),), False, False, "", Exit.ERROR),
    (("failed",), (change(A),), True, False, "", Exit.PARTIAL),
    (("done", "failed"), (change(A), STEP), True, False, "", Exit.PARTIAL),
    (("satisfied", "failed"), (change(A),), False, False, "", Exit.ERROR),
    (("ambiguous",), (change(A),), True, False, "", Exit.PARTIAL),
    (("skipped",), (change(A),), False, False, "", Exit.ERROR),
    (("done", "not-attempted"), (change(A),), True, True, "", Exit.INTERRUPTED),
    (("not-attempted",), (change(A),), False, True, "", Exit.INTERRUPTED),
    (("done",), (), True, True, "", Exit.INTERRUPTED),
    (("done",), None, True, False, "no answer", Exit.PARTIAL),
    (("failed",), None, False, False, "no answer", Exit.ERROR),
    (("done",), (), True, False, "the disk is full", Exit.PARTIAL),
]


@pytest.mark.parametrize(("statuses", "left", "wrote", "interrupted", "failure", "code"), CODES)
def test_the_exit_code_says_how_it_ended(statuses, left, wrote, interrupted, failure, code):
    outcomes = tuple(Outcome(audience(A), OutcomeStatus(status)) for status in statuses)
    rest = None if left is None else plan(*left)
    report = Report(plan(), outcomes, rest, wrote=wrote, interrupted=interrupted, failure=failure)
    assert report.exit_code is code
    assert report.converged is (left is not None and not [change for change in left if change.is_managed])


WAITING = frozenset({audience(A)})


@pytest.mark.parametrize(
    ("statuses", "wrote", "bug", "code"),
    [
        (("ambiguous",), False, "", Exit.PEOPLE),
        (("ambiguous", "satisfied"), False, "", Exit.PEOPLE),
        (("ambiguous", "done"), True, "", Exit.PARTIAL),
        (("ambiguous", "failed"), False, "", Exit.ERROR),
        (("ambiguous", "done"), True, "Traceback", Exit.BUG),
    ],
)
def test_what_only_waits_for_time_has_its_own_code(statuses, wrote, bug, code):
    outcomes = tuple(
        Outcome(audience(name), OutcomeStatus(status)) for name, status in zip((A, B), statuses, strict=False)
    )
    assert Report(plan(), outcomes, plan(change(A)), wrote=wrote, waiting=WAITING, bug=bug).exit_code is code


class TestCheck:
    LIMITS = {"mailchimp-audience.create": 1, "mailchimp-audience.update": 0}  # noqa: RUF012

    def test_limits_list_every_breach(self):
        planned = plan(change(A), change(B), change(C, Action.update))
        with pytest.raises(GateError) as refused:
            check(planned, planned, {AUDIENCES: 1}, limits=self.LIMITS)
        assert refused.value.name == "limits"
        fields = {(detail.field, detail.planned, detail.now) for detail in refused.value.details}
        assert fields == {("room", 2, 1), ("mailchimp-audience.create", 2, 1), ("mailchimp-audience.update", 1, 0)}
        assert "--lift mailchimp-audience.create=REASON" in refused.value.remedy

    def test_limits_count_only_what_is_still_to_be_made(self):
        planned = plan(change(A), change(B))
        assert check(planned, plan(change(B)), {}, limits=self.LIMITS) is None

    def test_the_same_ground_is_let_through(self):
        planned = plan(change(A), change(B, Action.update))
        assert check(planned, planned, {}) is None

    @pytest.mark.parametrize(
        ("room", "is_let"),
        [({}, True), ({AUDIENCES: 3}, True), ({AUDIENCES: 2}, True), ({AUDIENCES: 1}, False), ({AUDIENCES: 0}, False)],
    )
    def test_room_is_needed_for_what_is_created(self, room, is_let):
        planned = plan(change(A), change(B), change(C, Action.update))
        if is_let:
            assert check(planned, planned, room) is None
        else:
            with pytest.raises(GateError) as refused:
                check(planned, planned, room)
            assert refused.value.name == "limits"

    def test_room_is_not_needed_for_what_is_there_already(self):
        assert check(plan(change(A), change(B)), plan(change(B)), {AUDIENCES: 1}) is None

    def test_a_review_only_plan_is_refused_before_anything_else(self):
        planned = plan(change(A, Action.unknown), unknown=("no key for mailchimp here",))
        with pytest.raises(GateError) as refused:
            check(planned, plan(accounts={"notify": {"x": {}}}), {})
        assert refused.value.name == "review-only"
        assert "no key for mailchimp here" in refused.value.message

    def test_other_accounts_are_refused_before_what_they_hold(self):
        with pytest.raises(GateError) as refused:
            check(plan(change(A)), plan(change(A, Action.update), accounts={"notify": {"x": {}}}), {})
        assert refused.value.name == "account"

    def test_every_place_is_in_the_details(self):
        planned = plan(change(A), change(B, Action.update))
        now = plan(change(A, Action.adopt), change(B, Action.person), configuration="1" * 64)
        with pytest.raises(GateError) as refused:
            check(planned, now, {})
        assert refused.value.name == "overtaken"
        assert [(detail.resource, detail.field) for detail in refused.value.details] == [
            (str(audience(A)), "action"),
            (str(audience(B)), "action"),
            ("", "configuration"),
        ]
