"""Writes that fail, and answers that are lost: every change is accounted for, and nothing is ever doubled."""

from __future__ import annotations

import pytest

from tests.stories.telling import (
    DOS5,
    DOS5_ID,
    DOS6,
    DOS6_NAME,
    assert_fits,
    audience,
    audiences,
    drift,
    managed,
    named,
    planned,
    statuses,
)

POST, PATCH, LISTS = "POST /3.0/lists", "PATCH /3.0/lists/*", "GET /3.0/lists"
PAGE = "<html><body>Bad gateway</body></html>"
UNREADABLE = {"do": "status-after", "status": 200}


def _apply(play):
    ran = play.run("apply", "plan.json", "--format", "json")
    if ran.out:
        assert_fits("report", ran.json)
    return ran


def _fault(route, do, *, times=1, **more):
    return {"route": route, "do": do, "times": times, **more}


# What the first create meets; what becomes of it; how many audiences of its name there are then.
CREATES = [
    ("refused", {"do": "status", "status": 400, "body": {"title": "Invalid Resource", "detail": "no"}}, "failed", 0),
    ("refused without a body", {"do": "status", "status": 403}, "failed", 0),
    ("an error of the server, before", {"do": "status", "status": 500}, "ambiguous", 0),
    ("a gateway's page, after", {"do": "status-after", "status": 504, "body": PAGE}, "ambiguous", 1),
    ("cut before", {"do": "cut-before"}, "ambiguous", 0),
    ("cut after", {"do": "cut-after"}, "ambiguous", 1),
    ("cut in the middle of the answer", {"do": "truncate"}, "ambiguous", 1),
    ("an empty answer", UNREADABLE, "ambiguous", 1),
    ("an answer that is no JSON", {**UNREADABLE, "body": "<html></html>"}, "ambiguous", 1),
    ("an answer whose id is none", {**UNREADABLE, "body": {"id": None}}, "ambiguous", 1),
    ("an answer whose id is no audience's", {**UNREADABLE, "body": {"id": "x\ny: z"}}, "ambiguous", 1),
    ("a redirect", {"do": "status", "status": 302}, "ambiguous", 0),
]


@pytest.mark.few(1)
@pytest.mark.parametrize(("fault", "status", "count"), [row[1:] for row in CREATES], ids=[row[0] for row in CREATES])
def test_a_create_has_its_right_status_stops_no_other_and_is_never_doubled(marketplace, fault, status, count):
    planned(marketplace)
    marketplace.sandbox.set_faults([{"route": POST, "times": 1, **fault}])
    ran = _apply(marketplace)
    assert statuses(ran.json) == {DOS6[0]: status, DOS6[1]: "done", DOS6[2]: "done"}
    assert (ran.code, ran.json["converged"]) == (5, False)
    assert len(named(marketplace, DOS6_NAME)) == count
    assert "Traceback" not in ran.err

    again = _apply(marketplace)
    if status == "ambiguous" and not count:
        assert statuses(again.json)[DOS6[0]] == "ambiguous"
        assert "run it again in" in again.json["outcomes"][0]["detail"]
        assert again.code == 6, "only time remains"
        marketplace.sandbox.advance(131)
        again = _apply(marketplace)
    assert statuses(again.json)[DOS6[0]] == "done"
    assert again.json["converged"] is True
    assert len(named(marketplace, DOS6_NAME)) == 1


# What an update meets; what becomes of it.
UPDATES = [
    ("refused", {"do": "status", "status": 400, "body": {"title": "Invalid Resource", "detail": "no"}}, "failed"),
    ("gone meanwhile", {"do": "status", "status": 404}, "failed"),
    ("an error of the server, before", {"do": "status", "status": 500}, "ambiguous"),
    ("cut before", {"do": "cut-before"}, "ambiguous"),
    ("cut after", {"do": "cut-after"}, "done"),
    ("a gateway's page, after", {"do": "status-after", "status": 504, "body": PAGE}, "done"),
    ("cut in the middle of the answer", {"do": "truncate"}, "done"),
    ("an empty answer", UNREADABLE, "done"),
    ("an answer that is no JSON", {**UNREADABLE, "body": "<html></html>"}, "done"),
]


@pytest.mark.few(1)
@pytest.mark.parametrize(("fault", "status"), [row[1:] for row in UPDATES], ids=[row[0] for row in UPDATES])
def test_an_update_whose_answer_is_lost_is_settled_by_the_verifying_read(marketplace, fault, status):
    drift(marketplace)
    planned(marketplace, "--only", DOS5)
    marketplace.sandbox.set_faults([{"route": PATCH, "times": 1, **fault}])
    ran = _apply(marketplace)
    assert statuses(ran.json) == {DOS5: status}
    assert ran.code == {"failed": 1, "ambiguous": 5, "done": 0}[status]
    assert ran.json["converged"] is (status == "done")


def test_an_update_that_failed_is_made_by_applying_again(marketplace):
    drift(marketplace)
    planned(marketplace, "--only", DOS5)
    marketplace.sandbox.set_faults([_fault(PATCH, "cut-before")])
    _apply(marketplace)
    assert statuses(_apply(marketplace).json) == {DOS5: "done"}


def test_the_read_before_an_update_that_fails_is_a_failure_and_nothing_was_written(marketplace):
    drift(marketplace)
    planned(marketplace, "--only", DOS5)
    marketplace.sandbox.set_faults([_fault(f"GET /3.0/lists/{DOS5_ID}", "cut-before")])
    ran = _apply(marketplace)
    assert statuses(ran.json) == {DOS5: "failed"}
    assert ran.code == 1
    assert {request.method for request in marketplace.sandbox.requests} == {"GET"}


def test_a_failed_update_does_not_stop_creates(marketplace):
    drift(marketplace)
    planned(marketplace)
    marketplace.sandbox.set_faults([_fault(PATCH, "status", status=400)])
    ran = _apply(marketplace)
    assert statuses(ran.json) == {DOS5: "failed", **dict.fromkeys(DOS6, "done")}
    assert ran.code == 5


def test_all_failed_is_an_error_that_wrote_nothing(marketplace):
    planned(marketplace)
    marketplace.sandbox.set_faults([_fault(POST, "status", status=403, times=9)])
    ran = _apply(marketplace)
    assert set(statuses(ran.json).values()) == {"failed"}
    assert ran.code == 1


def test_a_failure_says_why_in_mailchimps_words(marketplace):
    planned(marketplace)
    problem = {"title": "Invalid Resource", "status": 400, "detail": "The street is too long."}
    marketplace.sandbox.set_faults([_fault(POST, "status", status=400, body=problem)])
    ran = marketplace.run("apply", "plan.json")
    line = next(line for line in ran.out.splitlines() if DOS6[0] in line)
    assert "failed" in line
    assert "The street is too long." in line


def test_mailchimps_bare_403_to_a_create_is_explained(marketplace):
    planned(marketplace)
    marketplace.sandbox.set_faults([_fault(POST, "status", status=403)])
    ran = marketplace.run("apply", "plan.json")
    assert "room" in ran.out + ran.err


def test_an_adoption_whose_update_is_refused_says_that_the_id_was_recorded(marketplace):
    marketplace.change_world(lambda world: audiences(world).append({"id": "abcdef0123", "name": DOS6_NAME}))
    planned(marketplace, "--only", DOS6[0])
    marketplace.sandbox.set_faults([_fault(PATCH, "status", status=400)])
    ran = _apply(marketplace)
    assert statuses(ran.json) == {DOS6[0]: "failed"}
    assert "abcdef0123" in (marketplace.state / "recorded/production.yaml").read_text()
    assert ran.code == 5, "some written and some not"
    assert managed(marketplace.plan())[DOS6[0]] == "update"


def test_a_second_of_the_name_that_came_with_a_lost_create_is_for_a_person_and_not_done(marketplace):
    """Two audiences of one name after a lost answer: nobody can say which is ours."""
    planned(marketplace, "--only", DOS6[0])
    twice = {"id": "abcdef0123", "name": DOS6_NAME}
    world = marketplace.sandbox.state()
    audiences(world).append(twice)
    listed = [{**audience, "web_id": 1, "stats": {"member_count": 0}} for audience in audiences(world)]
    listed.append({**listed[-1], "id": "abcdef0124"})
    after = {"lists": listed, "total_items": len(listed), "constraints": {}}
    # The first listings are true; the verifying one finds two.
    faults = [
        _fault(POST, "cut-after"),
        _fault(LISTS, "slow", seconds=0, times=4),
        _fault(LISTS, "status", status=200, body=after),
    ]
    marketplace.sandbox.set_faults(faults)
    ran = _apply(marketplace)
    assert statuses(ran.json) == {DOS6[0]: "ambiguous"}
    assert ran.code == 5


class TestTheVerifyingRead:
    # What comes before is let through: the first listing, and three for each create.
    def _faults(self, fault):
        return [_fault(LISTS, "slow", seconds=0, times=10), {"route": LISTS, "times": 1, **fault}]

    @pytest.mark.few(1)
    @pytest.mark.parametrize(
        "fault",
        [{"do": "cut-before"}, {"do": "status", "status": 500}, {"do": "truncate"}, {"do": "status", "status": 429}],
    )
    def test_that_fails_leaves_the_outcomes_and_is_not_called_converged(self, marketplace, fault):
        planned(marketplace)
        marketplace.sandbox.set_faults(self._faults(fault))
        ran = _apply(marketplace)
        assert set(statuses(ran.json).values()) == {"done"}
        assert ran.json["converged"] is False
        assert ran.code == 5
        assert managed(marketplace.plan()) == {}

    def test_says_in_text_that_it_was_not_verified(self, marketplace):
        planned(marketplace)
        marketplace.sandbox.set_faults(self._faults({"do": "cut-before"}))
        ran = marketplace.run("apply", "plan.json")
        assert "not verified" in ran.out


class TestTheLedger:
    def test_settings_that_cannot_be_noted_do_not_hide_what_was_done(self, marketplace):
        planned(marketplace)
        (marketplace.state / ".emailops/settings.json").mkdir(parents=True)
        ran = _apply(marketplace)
        assert ran.code != 70
        assert statuses(ran.json) == dict.fromkeys(DOS6, "done")

    def test_a_damaged_snapshot_does_not_hide_what_was_done(self, marketplace):
        planned(marketplace, "--stage", "production")
        (marketplace.state / ".emailops").mkdir(exist_ok=True)
        (marketplace.state / ".emailops/settings.json").write_text("{")
        ran = _apply(marketplace)
        assert statuses(ran.json) == dict.fromkeys(DOS6, "done")

    def test_a_lock_that_cannot_be_made_stops_before_the_first_write(self, marketplace):
        planned(marketplace)
        (marketplace.state / ".emailops/lock").mkdir(parents=True)
        ran = marketplace.run("apply", "plan.json")
        assert ran.code == 1
        assert "Traceback" not in ran.err
        assert {request.method for request in marketplace.sandbox.requests} == {"GET"}


@pytest.mark.slow
@pytest.mark.parametrize("do", ["cut-before", "cut-after"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_cut_at_any_create_and_run_again_nothing_is_doubled_or_lost(marketplace, number, do):
    drift(marketplace)
    planned(marketplace)
    let_through = [_fault(POST, "slow", seconds=0, times=number - 1)] if number > 1 else []
    marketplace.sandbox.set_faults([*let_through, _fault(POST, do), _fault(PATCH, do)])
    _apply(marketplace)
    marketplace.sandbox.advance(131)
    planned(marketplace)
    _apply(marketplace)
    assert managed(marketplace.plan()) == {}
    names = [audience["name"] for audience in marketplace.audiences()]
    assert len(names) == len(set(names)) == 21
    drifted = audience(marketplace.sandbox.state(), DOS5_ID)
    assert drifted["campaign_defaults"]["from_name"] == "Digital Marketplace Team"
