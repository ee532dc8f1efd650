"""What must not be seen is not seen: masks, and types that cannot be written anywhere."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from emailops.private import Address, Secret, hide_all, mask_strangers

TEXT = "anna.hidden@people.example"
KINDS = [Secret, Address]
MASK = mask_strangers({"example.org", "own.example"}, {"Known@Elsewhere.example", "safe@simulator.example"})

# Text, and what is seen of it.
MASKS = [
    ("", ""),
    ("no address here", "no address here"),
    ("anna@people.example", "<an address at people.example>"),
    ("Anna.Otto+tag@People.Example", "<an address at people.example>"),
    ("<anna@people.example>", "<<an address at people.example>>"),
    ("anna@people.example,otto@people.example", "<an address at people.example>,<an address at people.example>"),
    ("mailto:anna@people.example?subject=x", "mailto:<an address at people.example>?subject=x"),
    ("Anna (anna@people.example).", "Anna (<an address at people.example>)."),
    ("Ask anna@people.example.", "Ask <an address at people.example>."),
    ("one@example.org", "one@example.org"),
    ("One@EXAMPLE.org", "One@EXAMPLE.org"),
    ("one@sub.example.org", "<an address at sub.example.org>"),
    ("one@notexample.org", "<an address at notexample.org>"),
    ("one@example.org.evil.example", "<an address at example.org.evil.example>"),
    ("known@elsewhere.example", "known@elsewhere.example"),
    ("KNOWN@elsewhere.example", "KNOWN@elsewhere.example"),
    ("other@elsewhere.example", "<an address at elsewhere.example>"),
    ("known+tag@elsewhere.example", "<an address at elsewhere.example>"),
    ("safe@simulator.example and anna@people.example", "safe@simulator.example and <an address at people.example>"),
    ("@example.org", "@example.org"),
    ("a @ b", "a @ b"),
    ("3 @ 4.50", "3 @ 4.50"),
]


@pytest.mark.parametrize(("text", "seen"), MASKS)
def test_an_address_that_is_not_known_to_be_nobodys_is_masked(text, seen):
    assert MASK(text) == seen


def test_of_what_nobody_has_looked_over_every_address_and_secret_is_hidden():
    said = f"KeyError: {TEXT} of 0123456789abcdef0123456789abcdef-us1, known@elsewhere.example"
    assert hide_all(said) == "KeyError: <an address> of <a Mailchimp key>, <an address>"


HIDDEN = [
    "jürgen@people.example",
    "anna@bücher.example",
    "anna@xn--bcher-kva.example",
    "o'brien@people.example",
    "anna@people.museum",
    "anna_otto@a.b.c.people.example",
    '"anna otto"@people.example',
    "用户@例子.广告",
]


@pytest.mark.parametrize("address", HIDDEN)
def test_no_part_of_an_odd_address_shows(address):
    seen = MASK(f"Ask {address} today")
    local, _, domain = address.partition("@")
    assert address not in seen
    assert seen.startswith("Ask <an address at "), seen
    assert seen.endswith("> today")
    assert local.strip('"')[:2] not in seen.removeprefix("Ask <an address at ").replace(domain, "")


def test_a_mask_reaches_into_any_json_value_and_leaves_what_is_no_text():
    value = {"a": ["x@people.example", {"b": "y@people.example"}], "n": 3, "t": True, "z": None, "f": 1.5}
    hidden = "<an address at people.example>"
    assert MASK(value) == {"a": [hidden, {"b": hidden}], "n": 3, "t": True, "z": None, "f": 1.5}
    assert value["a"][0] == "x@people.example", "it is a copy"


def test_a_mask_masks_nothing_twice():
    once = MASK("Ask anna@people.example")
    assert MASK(once) == once


def test_a_long_text_without_an_address_is_masked_in_no_time():
    assert MASK("a" * 200_000) == "a" * 200_000
    assert MASK("a." * 50_000 + "@") == "a." * 50_000 + "@"


@pytest.mark.parametrize("kind", KINDS)
class TestPrivate:
    def test_only_reveal_gives_it(self, kind):
        assert kind(TEXT).reveal() == TEXT

    def test_no_way_of_showing_it_does(self, kind):
        private = kind(TEXT)
        shown = [repr(private), str(private), f"{private}", f"{private!r:>9}", "%s %r" % (private, private)]  # noqa: UP031
        shown += [repr([private]), repr({"k": private}), str((private,)), "{}".format(private)]  # noqa: UP032
        for text in shown:
            assert TEXT not in text
            assert "***" in text

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_it_cannot_be_pickled(self, kind, protocol):
        with pytest.raises(TypeError, match="must not be written"):
            pickle.dumps({"inside": kind(TEXT)}, protocol)

    def test_nor_copied_nor_written_as_json(self, kind):
        for write in (copy.copy, copy.deepcopy, json.dumps):
            with pytest.raises(TypeError):
                write(kind(TEXT))

    def test_an_error_that_names_it_shows_nothing(self, kind):
        assert TEXT not in repr(ValueError("with", kind(TEXT)))

    def test_it_holds_nothing_that_vars_would_show(self, kind):
        assert TEXT not in repr(getattr(kind(TEXT), "__dict__", {}))
