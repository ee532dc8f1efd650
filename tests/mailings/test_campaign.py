"""Opportunities: what was published since the last working day, to the audience of the stage, once."""

from __future__ import annotations

import pytest

from tests.mailings.marketplace import DOS5, DOS6, brief, campaigns, fill, listed, with_mailings

TEST = {"digital-outcomes": "f0077c516d", "digital-specialists": "07c21f0451"}
PRODUCTION = {"digital-outcomes": "eebeddcc2b", "digital-specialists": "246fac2d9a"}
READER = {"reader@user.marketplace.team": "subscribed"}


def mail(play, stage="preview", day="2026-11-24", *more):
    return play.run("mail", "opportunities", "--stage", stage, "--today", day, "--format", "json", *more)


def statuses(ran):
    return {route["route"]: route["status"] for route in ran.json["routes"]}


def everybody_reads(play):
    for id_ in (*TEST.values(), *PRODUCTION.values()):
        fill(play, id_, READER)


def sent_to(play):
    return sorted(held["recipients"]["list_id"] for held in campaigns(play) if held["status"] == "sent")


def test_a_campaign_a_route_with_the_originals_title_subject_sender_and_settings(marketplace):
    everybody_reads(marketplace)
    briefs = [brief(1, "2026-11-23"), brief(2, "2026-11-23"), brief(3, "2026-11-23", lot="digital-specialists")]
    with with_mailings(marketplace, {"/briefs": listed("briefs", briefs)}) as api:
        ran = mail(marketplace)

        assert ran.code == 0, ran.err
        assert api.asked[0] == "/briefs?status=live&human=true"
        assert set(api.tokens) == {"Bearer data-api-token-preview"}
        assert sent_to(marketplace) == sorted(TEST.values())
        campaign = next(held for held in campaigns(marketplace) if held["recipients"]["list_id"] == "f0077c516d")
        assert campaign["settings"]["title"] == "DOS Suppliers: Digital outcomes [24 November]"
        subject = "New opportunities for Digital outcomes: Digital Outcomes and Specialists 5"
        assert campaign["settings"]["subject_line"] == subject
        assert campaign["settings"]["from_name"] == "Digital Marketplace Team"
        assert campaign["settings"]["reply_to"] == "do-not-reply@digitalmarketplace.service.gov.uk"
        assert campaign["settings"]["auto_footer"] is False
        assert not any(campaign["tracking"].values())
        assert campaign["content"]["html"].index("Opportunity 1") < campaign["content"]["html"].index("Opportunity 2")
        assert "*|UNSUB|*" in campaign["content"]["html"]
        assert "Opportunity 2" in campaign["content"]["plain_text"]


def test_run_in_preview_it_never_mails_productions_audience(marketplace):
    """The script computed a test audience and passed another variable: it mailed who had subscribed in production."""
    everybody_reads(marketplace)
    with with_mailings(marketplace, {"/briefs": listed("briefs", [brief(1, "2026-11-23")])}):
        assert mail(marketplace, "preview").code == 0
        assert mail(marketplace, "staging").code == 0
        assert set(sent_to(marketplace)) == {TEST["digital-outcomes"]}
        assert mail(marketplace, "production").code == 0
        assert PRODUCTION["digital-outcomes"] in sent_to(marketplace)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("day", "published"),
    [
        ("2026-11-24", ["2026-11-23"]),
        ("2026-11-23", ["2026-11-20", "2026-11-21", "2026-11-22"]),
    ],
)
def test_the_days_since_the_last_working_day(marketplace, day, published):
    """From a Monday three days; the day itself is not over, and comes tomorrow."""
    everybody_reads(marketplace)
    every = [brief(int(f"{month}{n:02}"), f"2026-{month}-{n:02}") for month in (11,) for n in range(15, 25)]
    with with_mailings(marketplace, {"/briefs": listed("briefs", every)}):
        assert mail(marketplace, "preview", day).json["routes"][0]["items"] == len(published)


def test_since_a_day(marketplace):
    everybody_reads(marketplace)
    every = [brief(n, f"2026-11-{n:02}") for n in range(15, 25)]
    with with_mailings(marketplace, {"/briefs": listed("briefs", every)}):
        assert mail(marketplace, "preview", "2026-11-24", "--since", "2026-11-20").json["routes"][0]["items"] == 4


@pytest.mark.parametrize("since", ["2026-11-24", "2027-01-01"])
def test_since_a_day_that_is_not_over_is_refused(marketplace, since):
    with with_mailings(marketplace, {"/briefs": listed("briefs", [])}) as api:
        ran = mail(marketplace, "preview", "2026-11-24", "--since", since)

    assert (ran.code, api.asked) == (64, [])
    assert f"--since {since} is not before today, 2026-11-24" in ran.err


def test_late_in_the_evening_a_day_is_the_readers_own(marketplace):
    """23:30 UTC is the next day in summer time."""
    everybody_reads(marketplace)
    late = {**brief(1, "2026-06-15"), "publishedAt": "2026-06-15T23:30:00.000000Z"}
    with with_mailings(marketplace, {"/briefs": listed("briefs", [late])}):
        assert mail(marketplace, "preview", "2026-06-16").json["routes"] == []
        assert mail(marketplace, "preview", "2026-06-17").json["routes"][0]["items"] == 1


def test_without_anything_new_nothing_is_sent(marketplace):
    with with_mailings(marketplace, {"/briefs": listed("briefs", [brief(1, "2026-11-01")])}):
        ran = mail(marketplace)

        assert (ran.code, ran.json["routes"], campaigns(marketplace)) == (0, [], [])


def test_a_framework_that_nobody_added_keeps_no_other_waiting(marketplace):
    """It was a KeyError, and suppliers of later frameworks got no mail; the run ended with success all the same."""
    everybody_reads(marketplace)
    briefs = [
        brief(1, "2026-11-23", framework="digital-outcomes-and-specialists-9"),
        brief(2, "2026-11-23", framework="digital-outcomes-and-specialists"),
        brief(3, "2026-11-23", lot="a-lot-that-is-new"),
        brief(4, "2026-11-23"),
    ]
    with with_mailings(marketplace, {"/briefs": listed("briefs", briefs)}):
        ran = mail(marketplace)

    assert ran.code == 5
    assert list(statuses(ran).values()) == ["failed", "failed", "failed", "sent"]
    problems = [route["problem"] for route in ran.json["routes"][:3]]
    assert "digital-outcomes-and-specialists-9 is not declared" in problems[0]
    assert "digital-outcomes-and-specialists has no audience for digital-outcomes" in problems[1]
    assert "has no audience for a-lot-that-is-new" in problems[2]


@pytest.mark.parametrize(
    ("renamed", "said"),
    [
        ("publishedAt", "none of the 2 items of the source has the field publishedAt"),
        ("lotSlug", "an item says no framework, or no lot"),
        ("frameworkSlug", "an item says no framework, or no lot"),
    ],
)
def test_a_field_that_the_api_renamed_is_an_error_and_not_a_quiet_day(marketplace, renamed, said):
    briefs = [brief(n, "2026-11-23") for n in (1, 2)]
    for each in briefs:
        each["new"] = each.pop(renamed)
    with with_mailings(marketplace, {"/briefs": listed("briefs", briefs)}):
        ran = mail(marketplace)

    assert ran.code == 1
    assert said in ran.err + ran.out


def test_run_again_nobody_gets_it_twice(marketplace):
    everybody_reads(marketplace)
    with with_mailings(marketplace, {"/briefs": listed("briefs", [brief(1, "2026-11-23")])}):
        assert list(statuses(mail(marketplace)).values()) == ["sent"]
        assert list(statuses(mail(marketplace)).values()) == ["already sent"]
        assert len(campaigns(marketplace)) == 1


def test_a_campaign_that_was_only_begun_is_finished(marketplace):
    everybody_reads(marketplace)
    with with_mailings(marketplace, {"/briefs": listed("briefs", [brief(1, "2026-11-23")])}):
        content = {"route": "PUT /3.0/campaigns/*/content", "do": "status", "status": 400, "times": 1}
        marketplace.sandbox.set_faults([content])
        assert mail(marketplace).code == 1
        assert [held["status"] for held in campaigns(marketplace)] == ["save"]

        assert mail(marketplace).code == 0
        assert [held["status"] for held in campaigns(marketplace)] == ["sent"]


def test_two_frameworks_that_share_a_test_audience_are_two_campaigns(marketplace):
    """During a change both get mail, and their titles are the same."""
    everybody_reads(marketplace)
    briefs = [brief(1, "2026-11-23"), brief(2, "2026-11-23", framework=DOS6)]
    with with_mailings(marketplace, {"/briefs": listed("briefs", briefs)}):
        for status in ("sent", "already sent"):
            assert statuses(mail(marketplace)) == dict.fromkeys(
                (f"{DOS5}.digital-outcomes", f"{DOS6}.digital-outcomes"), status
            )
    assert sent_to(marketplace) == [TEST["digital-outcomes"]] * 2


def test_an_audience_that_is_not_created_yet_is_named(marketplace):
    everybody_reads(marketplace)
    briefs = [brief(1, "2026-11-23", framework=DOS6), brief(2, "2026-11-23")]
    with with_mailings(marketplace, {"/briefs": listed("briefs", briefs)}):
        ran = mail(marketplace, "production")

    assert ran.code == 5
    assert "has no id yet" in ran.json["routes"][0]["problem"]
    assert list(statuses(ran).values()) == ["failed", "sent"]


def test_an_audience_without_readers_is_named_with_what_mailchimp_has_against_it(marketplace):
    with with_mailings(marketplace, {"/briefs": listed("briefs", [brief(1, "2026-11-23")])}):
        ran = mail(marketplace)

    assert ran.code == 1
    assert (
        "would not send the campaign: List: Test: Digital outcomes has no recipients."
        in ran.json["routes"][0]["problem"]
    )


def test_what_an_item_says_is_text_and_no_tag(marketplace):
    everybody_reads(marketplace)
    title = "<script>alert(1)</script> *|EMAIL|* {{ 7 * 7 }}"
    with with_mailings(marketplace, {"/briefs": listed("briefs", [brief(1, "2026-11-23", title=title)])}):
        assert mail(marketplace).code == 0

    content = campaigns(marketplace)[0]["content"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt; *&#124;EMAIL&#124;* {{ 7 * 7 }}" in content["html"]
    assert "*|EMAIL|*" not in content["plain_text"]


@pytest.mark.few(2)
@pytest.mark.parametrize(
    ("layout", "said"),
    [
        ("{{ brief.titel }}", "'brief' is undefined"),
        ("{% for brief in items %}{{ brief.titel }}{% endfor %}", "has no attribute 'titel'"),
        ("{% for brief in items %}", "Unexpected end of template"),
        ("{{ items.__class__.__mro__ }}", "access to attribute '__class__'"),
        ("{{ items.append(1) }}", "access to attribute 'append'"),
        ("{% include '/etc/passwd' %}", "cannot be filled: TypeError"),
        ("{{ 'x' * 2000000 }}", "becomes too large"),
        ("{{ 1 / 0 }}", "cannot be filled: ZeroDivisionError"),
    ],
)
def test_a_layout_that_is_wrong_is_named_and_nothing_is_sent(marketplace, layout, said):
    everybody_reads(marketplace)
    with with_mailings(marketplace, {"/briefs": listed("briefs", [brief(1, "2026-11-23")])}):
        (marketplace.state / "mailings/opportunities.html").write_text(layout)
        ran = mail(marketplace)

    assert ran.code == 1, ran.err
    assert said in ran.json["routes"][0]["problem"]
    assert campaigns(marketplace) == []


def test_a_dry_run_renders_and_looks_and_makes_nothing(marketplace):
    everybody_reads(marketplace)
    with with_mailings(marketplace, {"/briefs": listed("briefs", [brief(1, "2026-11-23")])}):
        ran = marketplace.run("mail", "opportunities", "--stage", "preview", "--today", "2026-11-24", "--dry-run")

    assert ran.code == 0, ran.err
    assert "Opportunity 1" in ran.out
    assert "Closing Monday 7 December 2026" in ran.out
    assert campaigns(marketplace) == []
    assert [held.method for held in marketplace.sandbox.requests if held.method != "GET"] == []


def test_an_api_that_dies_on_its_second_page_sends_nothing(marketplace):
    everybody_reads(marketplace)
    every = listed("briefs", [brief(n, "2026-11-23") for n in range(5)])
    with with_mailings(marketplace, {"/briefs": lambda path: (502, {}) if "page=2" in path else every(path)}):
        ran = mail(marketplace)

    assert ran.code == 1
    assert campaigns(marketplace) == []


@pytest.mark.parametrize(
    ("due", "code"), [("2026-11-24 08:10", 0), ("2026-11-24 03:00", 4)], ids=["in its hour", "hours late"]
)
def test_a_timed_one_that_missed_its_hour_asks_first(marketplace, due, code):
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    with with_mailings(marketplace, {"/briefs": listed("briefs", [])}):
        hour = now.hour if code == 0 else (now.hour - 3) % 24
        marketplace.edit("mailings.yaml", "H 8 * * 1-5", f"H {hour} * * *")
        scheduled = int(now.timestamp()) - (0 if code == 0 else 3 * 3600)
        ran = mail(marketplace, "production", "2026-11-24", "--due-at", str(scheduled))

    assert ran.code == code, ran.err
    if code:
        assert "refused by the gate late" in ran.err
        assert "if it should still go out: emailops mail opportunities --stage production" in ran.err
