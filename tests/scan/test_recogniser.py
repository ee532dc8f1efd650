"""The recogniser against the labelled corpus: each address is found with its domain, and no look-alike is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emailops.scan.recogniser import AT, RARE, addresses
from emailops.scan.tree import as_text, is_code

CORPUS = Path(__file__).parent / "corpus"


def rows(name: str) -> list[list[str]]:
    """The lines of a file of the corpus; the text is last, and may hold tabs."""
    fields = {"addresses.tsv": 3, "lookalikes.tsv": 1}[name]
    lines = (CORPUS / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t", fields) for line in lines]


def found(text: str, suffix: str) -> list[tuple[str, str]]:
    return [(spot.domain, spot.form) for spot in addresses(text.encode(), in_code=is_code(f"file.{suffix}"))]


def test_every_address_of_the_corpus_is_found_with_its_domain_and_form():
    missed = [row for row in rows("addresses.tsv") if found(row[3], row[0]) != [(row[1], row[2])]]

    assert missed == []


def test_nothing_of_the_corpus_that_looks_like_an_address_is_taken_for_one():
    taken = [row for row in rows("lookalikes.tsv") if found(row[1], row[0])]

    assert taken == []


def test_the_corpus_is_large_and_says_nothing_twice():
    for name in ("addresses.tsv", "lookalikes.tsv"):
        lines = [tuple(row) for row in rows(name)]
        assert len(set(lines)) == len(lines) >= 300


@pytest.mark.parametrize("row", rows("addresses.tsv"), ids=lambda row: row[3][:30])
def test_a_quick_look_never_misses_what_the_recogniser_would_find(row):
    assert all(any(part in found[0] for part in (b"@", *RARE)) for found in AT.finditer(row[3].encode()))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_an_address_in_utf_16_is_found_with_and_without_a_mark(encoding):
    text = as_text("the address is jane@company.co.uk, as ever\n".encode(encoding))

    assert text is not None
    assert [spot.domain for spot in addresses(text)] == ["company.co.uk"]


def test_bytes_that_are_no_utf_8_hide_nothing():
    content = "rené@müller.example\xff jane@company.co.uk".encode("latin-1")

    assert [spot.domain for spot in addresses(content)][-1] == "company.co.uk"
    assert len(list(addresses(content))) == 2


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_error(content):
    for spot in addresses(content):
        assert 0 <= spot.at < spot.end


@given(st.text(alphabet="ab.@-\"'\\%40 {}<>:/=", max_size=80), st.sampled_from(["\n", "\t", " "]))
def test_what_stands_beside_an_address_on_other_lines_does_not_matter(noise, gap):
    lines = f"{noise}\njane@company.co.uk\n{noise}".encode()

    assert "company.co.uk" in [spot.domain for spot in addresses(lines)]


def test_a_line_without_end_takes_no_time_that_grows_with_it():
    content = b"a" * 1_000_000 + b"@" + b"a-" * 500_000 + b"@" * 1000 + b"." * 1000

    assert list(addresses(content)) == []
