"""Mailchimp's audiences through the real client: read whole, masked, created, updated over what is there."""

from __future__ import annotations

from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import md5

import pytest

from emailops.errors import GateError, InvalidInput, LostAnswer, Refused, ShortRead, Unreachable
from emailops.private import Address, Secret, mask_strangers
from emailops.providers.mailchimp import PAGE, MailchimpReader, MailchimpWriter, flat, nested
from tests.listening import listening
from tests.playing import play
from tests.providers.waiting import Waiting
from tests.stories.telling import DOS5_ID, audience, audiences

KEY = "0123456789abcdef0123456789abcdef-us0"
MASK = mask_strangers({"digitalmarketplace.service.gov.uk"}, set())
NEW = {
    "name": "New",
    "contact.company": "GDS",
    "contact.address1": "1 Street",
    "contact.city": "London",
    "contact.zip": "E1",
    "contact.country": "GB",
    "permission_reminder": "You asked.",
    "campaign_defaults.from_name": "Team",
    "campaign_defaults.from_email": "a@digitalmarketplace.service.gov.uk",
    "campaign_defaults.subject": "News",
    "campaign_defaults.language": "en",
    "email_type_option": False,
    "double_optin": True,
}
SETTABLE = {"name", "contact", "permission_reminder", "campaign_defaults", "email_type_option", "double_optin"}
CONTACT = {"company", "address1", "address2", "city", "state", "zip", "country", "phone"}


@contextmanager
def _client(play, kind=MailchimpReader, key=KEY, mask=MASK, waiting=None, url=""):
    patience = (waiting or Waiting()).patience()
    with closing(kind(Secret(key), url or play.sandbox.mailchimp_url, "us0", mask, patience=patience)) as client:
        yield client


class TestReading:
    def test_gives_each_audience_with_its_settings_flat(self, marketplace):
        with _client(marketplace) as reader:
            found, room = reader.audiences()
        assert len(found) == 18
        assert room == 6
        dos5 = next(listed for listed in found if listed.id == DOS5_ID)
        assert dos5.name == "Digital Outcomes and Specialists 5: Digital outcomes"
        assert dos5.attributes["contact.city"] == "London"
        assert dos5.attributes["double_optin"] is False
        assert dos5.created.startswith("2024-03-01")
        assert dos5.link.startswith("https://us0.admin.mailchimp.com/")
        assert dos5.size == 0

    def test_neither_members_nor_links_nor_what_changes_by_itself_is_among_them(self, marketplace):
        with _client(marketplace) as reader:
            found, _ = reader.audiences()
        names = {name.partition(".")[0] for audience in found for name in audience.attributes}
        assert names == {
            "name",
            "contact",
            "permission_reminder",
            "campaign_defaults",
            "email_type_option",
            "double_optin",
        }

    @pytest.mark.few(1)
    @pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (PAGE, 1), (PAGE + 1, 2), (2 * PAGE, 2)])
    def test_takes_as_many_requests_as_there_are_pages(self, marketplace, count, pages):
        def fill(world):
            audiences(world)[:] = [{"id": f"{n:010x}", "name": f"Audience {n}"} for n in range(count)]

        marketplace.change_world(fill)
        with _client(marketplace) as reader:
            found, _ = reader.audiences()
            assert (len(found), reader.requests) == (count, pages)
        assert len({audience.id for audience in found}) == count

    @pytest.mark.parametrize(("limit", "room"), [(-1, None), (18, 0), (10, 0), (19, 1)])
    def test_knows_what_room_is_left(self, marketplace, limit, room):
        marketplace.change_world(lambda world: world["mailchimp"]["accounts"][0].update(max_audiences=limit))
        with _client(marketplace) as reader:
            assert reader.audiences()[1] == room

    def test_a_short_one_is_an_error_with_both_numbers(self, marketplace):
        marketplace.sandbox.set_faults([{"route": "GET /3.0/lists", "do": "short-page"}])
        with _client(marketplace) as reader, pytest.raises(ShortRead, match="18 audiences and gave 9"):
            reader.audiences()

    def test_a_page_that_gives_one_audience_twice_is_short(self, marketplace):
        listed = [{"id": "aaaaaaaaaa", "name": "A"}] * 2
        marketplace.sandbox.set_faults(
            [{"route": "GET /3.0/lists", "do": "status", "status": 200, "body": {"lists": listed, "total_items": 2}}]
        )
        with _client(marketplace) as reader, pytest.raises(ShortRead):
            reader.audiences()

    @pytest.mark.parametrize(
        ("pages", "said"),
        [
            ([(PAGE, PAGE + 3), (3, PAGE + 2)], f"counted {PAGE + 3} audiences, and a page later {PAGE + 2}"),
            ([(PAGE, PAGE + 3), (2, PAGE + 3)], f"counts {PAGE + 3} audiences and gave {PAGE + 2}"),
            ([(PAGE, PAGE + 3), (0, PAGE + 3)], f"counts {PAGE + 3} audiences and gave {PAGE}"),
            ([(PAGE - 1, PAGE + 3)], f"counts {PAGE + 3} audiences and gave {PAGE - 1}"),
            ([(PAGE, PAGE + 3), (-3, PAGE + 3)], f"counts {PAGE + 3} audiences and gave {PAGE}"),
        ],
        ids=["counts fewer", "gives fewer", "gives none", "first page is short", "gives the same again"],
    )
    def test_a_listing_that_changes_between_two_pages_is_an_error(self, marketplace, pages, said):
        faults = []
        for count, total in pages:
            first = 0 if count < 0 or not faults else PAGE
            listed = [{"id": f"{first + number:010x}", "name": "A"} for number in range(abs(count))]
            body = {"lists": listed, "total_items": total}
            faults.append({"route": "GET /3.0/lists", "do": "status", "status": 200, "body": body, "times": 1})
        marketplace.sandbox.set_faults(faults)
        with _client(marketplace) as reader:
            with pytest.raises(ShortRead, match=said):
                reader.audiences()
            assert reader.requests == len(pages)

    def test_a_listing_that_grows_between_two_pages_is_read_to_its_new_end(self, marketplace):
        faults = []
        for first, count in ((0, PAGE), (PAGE, 4)):
            listed = [{"id": f"{first + number:010x}", "name": "A"} for number in range(count)]
            body = {"lists": listed, "total_items": PAGE + 3 + bool(first)}
            faults.append({"route": "GET /3.0/lists", "do": "status", "status": 200, "body": body, "times": 1})
        marketplace.sandbox.set_faults(faults)
        with _client(marketplace) as reader:
            assert len(reader.audiences()[0]) == PAGE + 4

    def test_masks_addresses_of_strangers_and_keeps_known_ones(self, marketplace):
        marketplace.change_world(
            lambda world: audience(world, DOS5_ID)["campaign_defaults"].update(
                from_email="anna@people.example", subject="Ask do-not-reply@digitalmarketplace.service.gov.uk"
            )
        )
        with _client(marketplace) as reader:
            dos5 = next(listed for listed in reader.audiences()[0] if listed.id == DOS5_ID)
        assert dos5.attributes["campaign_defaults.from_email"] == "<an address at people.example>"
        assert "do-not-reply@digitalmarketplace" in dos5.attributes["campaign_defaults.subject"]

    def test_names_the_account(self, marketplace):
        with _client(marketplace) as reader:
            assert reader.account_id() == "digital-marketplace-sandbox"

    def test_tells_the_providers_time_and_the_names_of_its_requests(self, marketplace):
        with _client(marketplace) as reader:
            assert (reader.clock, reader.request_ids) == (None, [])
            reader.account_id()
            assert abs(reader.clock - datetime.now(UTC)) < timedelta(minutes=1)
            assert [id_.partition(" -> ")[0] for id_ in reader.request_ids] == ["GET /3.0/"]


class TestRefusals:
    def test_say_status_and_mailchimps_reason_and_title(self, marketplace):
        problem = {"title": "API Key Invalid", "status": 401, "detail": "Ask anna@people.example."}
        marketplace.sandbox.set_faults([{"route": "GET /3.0/", "do": "status", "status": 401, "body": problem}])
        with _client(marketplace) as reader, pytest.raises(Refused) as refused:
            reader.account_id()
        assert (refused.value.status, refused.value.title) == (401, "API Key Invalid")
        assert "401" in refused.value.message
        assert "<an address at people.example>" in refused.value.message
        assert refused.value.remedy

    def test_do_not_carry_the_request_and_so_the_key(self, marketplace):
        marketplace.sandbox.set_faults([{"route": "GET /3.0/", "do": "status", "status": 401}])
        with _client(marketplace) as reader, pytest.raises(Refused) as refused:
            reader.account_id()
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__
        assert KEY[:32] not in repr(refused.value)

    @pytest.mark.parametrize("do", ["cut-before", "truncate"])
    def test_no_answer_is_unreachable(self, marketplace, do):
        marketplace.sandbox.set_faults([{"route": "GET /3.0/lists", "do": do}])
        with _client(marketplace) as reader, pytest.raises(Unreachable):
            reader.audiences()

    @pytest.mark.parametrize(
        "key", ["swordfish", KEY[:-1], f"{KEY}/", f"{KEY}\n", f" {KEY}", KEY.upper(), f"{KEY}-us1"]
    )
    def test_a_key_of_another_form_never_becomes_a_client(self, marketplace, key):
        with pytest.raises((InvalidInput, GateError)) as refused, _client(marketplace, key=key):
            pass
        assert key.strip() not in f"{refused.value.message} {refused.value.remedy}"

    def test_nor_one_of_another_datacentre(self, marketplace):
        with pytest.raises(GateError) as refused, _client(marketplace, key=KEY.replace("us0", "us1")):
            pass
        assert refused.value.name == "account"


# What the write meets; what it is then.
LOST = [
    ({"do": "cut-before"}, LostAnswer),
    ({"do": "cut-after"}, LostAnswer),
    ({"do": "truncate"}, LostAnswer),
    ({"do": "status", "status": 500}, LostAnswer),
    ({"do": "status", "status": 502, "body": "<html></html>"}, LostAnswer),
    ({"do": "status-after", "status": 504}, LostAnswer),
    ({"do": "status-after", "status": 200}, LostAnswer),
    ({"do": "status-after", "status": 200, "body": "<html></html>"}, LostAnswer),
    ({"do": "status-after", "status": 204}, LostAnswer),
    ({"do": "status", "status": 400}, Refused),
    ({"do": "status", "status": 403}, Refused),
    ({"do": "status", "status": 404}, Refused),
    ({"do": "status", "status": 429}, Refused),
]


class TestWriting:
    def test_a_create_gives_the_id_and_sends_every_field(self, marketplace):
        with _client(marketplace, MailchimpWriter) as writer:
            id_ = writer.create_audience(NEW)
        made = audience(marketplace.sandbox.state(), id_)
        assert {name: flat(made)[name] for name in NEW} == NEW

    def test_an_update_overlays_what_is_there(self, marketplace):
        marketplace.change_world(
            lambda world: audience(world, DOS5_ID).update(notify_on_subscribe="a@example.gov.uk", use_archive_bar=True)
        )
        before = flat(audience(marketplace.sandbox.state(), DOS5_ID))
        with _client(marketplace, MailchimpWriter) as writer:
            writer.update_audience(DOS5_ID, {"campaign_defaults.subject": "Another"})
        after = flat(audience(marketplace.sandbox.state(), DOS5_ID))
        assert after == {**before, "campaign_defaults.subject": "Another"}

    def test_an_update_reads_and_then_writes_once(self, marketplace):
        with _client(marketplace, MailchimpWriter) as writer:
            writer.update_audience(DOS5_ID, {"permission_reminder": "Another"})
        assert [(request.method, request.path) for request in marketplace.sandbox.requests] == [
            ("GET", f"/3.0/lists/{DOS5_ID}"),
            ("PATCH", f"/3.0/lists/{DOS5_ID}"),
        ]

    def test_an_update_sends_what_a_person_may_set_and_nothing_that_was_only_read(self, marketplace):
        sheet = {
            "notify_on_subscribe": "a@example.gov.uk",
            "notify_on_unsubscribe": "b@example.gov.uk",
            "use_archive_bar": True,
            "marketing_permissions": True,
        }
        marketplace.change_world(lambda world: audience(world, DOS5_ID).update(sheet))
        before = flat(audience(marketplace.sandbox.state(), DOS5_ID))
        with (
            listening(marketplace.sandbox.mailchimp_url) as wire,
            _client(marketplace, MailchimpWriter, url=wire.url) as writer,
        ):
            writer.update_audience(DOS5_ID, {"campaign_defaults.subject": "Another"})
        [body] = wire.bodies("PATCH")
        sent = flat(body)
        assert set(body) == {*SETTABLE, *sheet}
        assert {name.partition(".")[2] for name in sent if name.startswith("contact.")} == CONTACT
        assert sent == {name: before[name] for name in sent} | {"campaign_defaults.subject": "Another"}

    def test_a_create_sends_its_fields_and_the_one_that_mailchimp_asks_for_beside(self, marketplace):
        with (
            listening(marketplace.sandbox.mailchimp_url) as wire,
            _client(marketplace, MailchimpWriter, url=wire.url) as writer,
        ):
            writer.create_audience(NEW)
        assert [flat(body) for body in wire.bodies("POST")] == [{**NEW, "contact.state": ""}]

    def test_a_subscription_asks_for_a_status_only_of_who_is_new(self, marketplace):
        with (
            listening(marketplace.sandbox.mailchimp_url) as wire,
            _client(marketplace, MailchimpWriter, url=wire.url) as writer,
        ):
            writer.subscribe(DOS5_ID, Address("Anna@user.marketplace.team"))
        [request] = wire.sent
        hashed = md5(b"anna@user.marketplace.team").hexdigest()
        assert (request.method, request.path) == ("PUT", f"/3.0/lists/{DOS5_ID}/members/{hashed}")
        assert request.body == {"email_address": "Anna@user.marketplace.team", "status_if_new": "subscribed"}

    @pytest.mark.parametrize(("fault", "error"), LOST)
    def test_an_answer_that_cannot_be_read_is_a_lost_one_and_a_no_is_a_no(self, marketplace, fault, error):
        marketplace.sandbox.set_faults(
            [{"route": "POST /3.0/lists", **fault}, {"route": "PATCH /3.0/lists/*", **fault}]
        )
        with _client(marketplace, MailchimpWriter) as writer:
            with pytest.raises(error):
                writer.create_audience(NEW)
            with pytest.raises(error):
                writer.update_audience(DOS5_ID, {"permission_reminder": "Another"})

    @pytest.mark.parametrize("body", [[], {}, {"id": None}, {"id": 7}, {"id": "x"}, {"id": "0123456789\n"}, "text"])
    def test_a_create_whose_answer_holds_no_id_of_an_audience_is_lost(self, marketplace, body):
        marketplace.sandbox.set_faults(
            [{"route": "POST /3.0/lists", "do": "status-after", "status": 200, "body": body}]
        )
        with _client(marketplace, MailchimpWriter) as writer, pytest.raises(LostAnswer):
            writer.create_audience(NEW)

    def test_a_connection_that_was_refused_wrote_nothing(self, tmp_path):
        with play(tmp_path) as playing, _client(playing, MailchimpWriter) as writer:
            playing.sandbox.stop()
            with pytest.raises(Unreachable):
                writer.create_audience(NEW)

    def test_what_the_client_itself_refuses_was_never_sent_and_is_not_called_lost(self, marketplace):
        incomplete = {name: value for name, value in NEW.items() if name != "permission_reminder"}
        with _client(marketplace, MailchimpWriter) as writer, pytest.raises(Exception) as refused:  # noqa: PT011
            writer.create_audience(incomplete)
        assert marketplace.sandbox.requests == []
        assert not isinstance(refused.value, LostAnswer)


FLAT = [
    ({}, {}),
    ({"a": 1}, {"a": 1}),
    ({"a": {"b": 1, "c": "x"}, "d": None}, {"a.b": 1, "a.c": "x", "d": None}),
    ({"a": {"b": {"c": True}}}, {"a.b.c": True}),
    ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}),
]


@pytest.mark.parametrize(("deep", "shallow"), FLAT)
def test_flat_and_nested_are_each_others_inverse(deep, shallow):
    assert flat(deep) == shallow
    assert nested(shallow) == deep
