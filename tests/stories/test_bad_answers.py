"""Providers that answer badly: a plan ends with 1 and a clear word, and nothing is ever created on such ground."""

from __future__ import annotations

import pytest

from tests.stories.telling import assert_plain_failure, audiences, nothing_written, planned

LISTS, ROOT, TEMPLATES = "GET /3.0/lists", "GET /3.0/", "GET /v2/templates"
PAGE_OF_A_PROXY = "<html><body>anna.secret@people.example is not here</body></html>"


def _fault(do, route=LISTS, **more):
    return {"route": route, "do": do, **more}


FAULTS = [
    _fault("short-page"),
    _fault("truncate"),
    _fault("cut-before"),
    _fault("cut-after"),
    _fault("status", status=500),
    _fault("status", status=503, body=PAGE_OF_A_PROXY),
    _fault("status", status=504, body=PAGE_OF_A_PROXY),
    _fault("status", status=429),
    _fault("status", status=403),
    _fault("status", status=401, body={"title": "API Key Invalid", "status": 401, "detail": "disabled"}),
    _fault("status", status=200),
    _fault("status", status=200, body=PAGE_OF_A_PROXY),
    _fault("status", status=200, body=[]),
    _fault("status", status=200, body={}),
    _fault("status", status=200, body={"lists": [{}], "total_items": 1}),
    _fault("status", status=200, body={"lists": "all", "total_items": 3}),
    _fault("status", status=200, body={"lists": [], "total_items": 0}),
    _fault("status", status=200, body={"lists": None, "total_items": None}),
    _fault("status", status=200, body={"lists": [{"id": "a", "name": "n", "stats": 4}], "total_items": 1}),
    _fault("status", status=400, body=["no problem document"]),
    _fault("status", status=400, body={"detail": ["x"], "title": 7, "status": "y"}),
    _fault("status", status=302),
    _fault("status", status=204),
    _fault("cut-before", ROOT),
    _fault("truncate", ROOT),
    _fault("status", ROOT, status=429),
    _fault("status", ROOT, status=200, body=["no object"]),
    _fault("status", ROOT, status=200, body="<html></html>"),
    _fault("cut-before", TEMPLATES),
    _fault("truncate", TEMPLATES),
    _fault("status", TEMPLATES, status=500),
    _fault("status", TEMPLATES, status=503, body=PAGE_OF_A_PROXY),
    _fault("status", TEMPLATES, status=429),
    _fault("status", TEMPLATES, status=200),
    _fault("status", TEMPLATES, status=200, body=PAGE_OF_A_PROXY),
    _fault("status", TEMPLATES, status=200, body=[]),
    _fault("status", TEMPLATES, status=200, body={}),
    _fault("status", TEMPLATES, status=200, body={"templates": [{}]}),
    _fault("status", TEMPLATES, status=200, body={"templates": None}),
    _fault("status", TEMPLATES, status=200, body={"templates": []}),
    _fault("status", TEMPLATES, status=302),
]


def _told(fault):
    rest = "-".join(str(fault[key]) for key in ("status", "body") if key in fault)
    return f"{fault['route']} {fault['do']} {rest}"[:60]


@pytest.mark.few(3)
@pytest.mark.parametrize("fault", FAULTS, ids=_told)
def test_a_plan_on_a_bad_answer_is_an_error_that_says_whose(request, fault):
    play = request.getfixturevalue("minimal" if fault["route"] == TEMPLATES else "marketplace")
    play.sandbox.set_faults([fault])
    ran = play.run("plan")
    assert_plain_failure(ran, "Notify" if "/v2" in fault["route"] else "Mailchimp")
    assert ran.out == ""
    assert "anna.secret" not in ran.err
    assert len(ran.err.strip().splitlines()) >= 2, "it says what to do next"


@pytest.mark.few(1)
@pytest.mark.parametrize("fault", FAULTS[:28:4], ids=_told)
def test_apply_on_a_bad_answer_writes_nothing(marketplace, fault):
    planned(marketplace)
    marketplace.sandbox.set_faults([fault])
    with nothing_written(marketplace):
        ran = marketplace.run("apply", "plan.json", "--format", "json")
    assert_plain_failure(ran)


def test_an_empty_account_where_ids_are_recorded_is_no_ground_to_create_on(marketplace):
    marketplace.change_world(lambda world: audiences(world).clear())
    ran = marketplace.run("plan")
    assert_plain_failure(ran, "18 ids are recorded")


def test_an_empty_account_where_none_is_recorded_is_an_empty_account(marketplace):
    marketplace.change_world(lambda world: audiences(world).clear())
    for path in (marketplace.state / "recorded").iterdir():
        path.unlink()
    assert marketplace.plan()["counts"]["create"] == 21


def test_a_page_that_is_short_once_is_an_error_once(marketplace):
    before = marketplace.plan()
    marketplace.sandbox.set_faults([_fault("short-page", times=1)])
    assert_plain_failure(marketplace.run("plan"), "counts 18 audiences and gave 9")
    assert marketplace.plan()["digest"] == before["digest"]


def test_text_that_is_no_text_in_a_providers_answer_is_no_bug(marketplace):
    """Half of a surrogate pair is well-formed JSON and cannot be encoded."""
    marketplace.change_world(lambda world: audiences(world)[3]["campaign_defaults"].update(from_name="\ud800 Team"))
    ran = marketplace.run("plan", "--out", "plan.json")
    assert ran.code in (0, 1), ran.err
    assert "Traceback" not in ran.err
