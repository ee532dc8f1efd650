"""`explain --ask` asks the provider, and says so when nobody can be asked."""

from __future__ import annotations

AUDIENCE = "mailchimp-audience/digital-outcomes-and-specialists-5.digital-outcomes"


def test_it_shows_what_the_provider_holds_beside_what_is_declared(marketplace):
    def drift(accounts):
        for audience in accounts["mailchimp"]["accounts"][0]["audiences"]:
            audience["campaign_defaults"]["from_name"] = "Somebody else"

    marketplace.change_world(drift)
    explained = marketplace.run("explain", AUDIENCE, "--ask", "--format", "json").json
    assert explained["observed"]["campaign_defaults.from_name"] == "Somebody else"
    assert explained["observed"]["id"] == explained["recorded"]["value"]
    text = marketplace.run("explain", AUDIENCE, "--ask").out
    assert "Somebody else" in text.partition("observed")[2]


def test_without_asking_nothing_is_requested(marketplace):
    assert marketplace.run("explain", AUDIENCE, "--format", "json").json["observed"] is None
    assert marketplace.sandbox.requests == []


def test_a_key_answers(marketplace):
    explained = marketplace.run("explain", "notify-key/staging", "--ask", "--format", "json").json
    assert explained["observed"]["answers"] is True


def test_what_nobody_can_read_is_said_to_be_so(marketplace):
    ran = marketplace.run("explain", "notify-guest-list/marketplace", "--ask", "--format", "json")
    assert ran.json["observed"] == {"unknown": "no key can read it"}
    assert marketplace.sandbox.requests == []


def test_without_a_key_it_says_which_is_missing(marketplace):
    ran = marketplace.run("explain", AUDIENCE, "--ask", MAILCHIMP_KEY=None)
    assert "MAILCHIMP_KEY is not set" in ran.out


def test_of_a_setting_there_is_nothing_to_observe(marketplace):
    assert marketplace.run("explain", "NOTIFY_TEMPLATES", "--ask").code == 64
