"""Each format of a scan, read by a reader of its own."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from emailops.cli.scan.report import ScanFormat
from tests.playing import Play


@pytest.fixture
def play(marketplace: Play) -> Play:
    folder = marketplace.folder / "t é"
    folder.mkdir()
    (folder / "a,b.py").write_text("'a@company.co.uk'\n'b@firma.de' # emailops: allow firma.de: <an> \"example\"\n")
    (folder / "c.png").write_bytes(b"\x89PNG\0\0\1")
    return marketplace


def printed(play: Play, format_: str, path: str = "t é", code: int = 3) -> str:
    ran = play.run("scan", "domains", path, "--format", format_)
    assert ran.code == code, ran.err
    return ran.out


def test_text_has_finding_remedy_waiver_what_was_not_read_and_a_summary(play):
    lines = printed(play, "text").splitlines()

    assert lines[0].startswith("t é/a,b.py:1:3: address-real: an address at company.co.uk")
    assert lines[1].startswith("    use example.com, example.gov.uk, user.marketplace.team; or redirect")
    assert lines[2] == 'waived: t é/a,b.py:2:3: address-real: <an> "example"'
    assert lines[3] == "not read: t é/c.png: binary"
    assert lines[-1] == "1 finding, 1 waived · 1 file, 1 not read"


def test_sarif_has_place_rule_fingerprint_and_suppression(play):
    ran = play.run("scan", "domains", "t é", "--format", "sarif")
    [run] = ran.json["runs"]
    first, second = run["results"]
    place = first["locations"][0]["physicalLocation"]

    assert place == {"artifactLocation": {"uri": "t%20%C3%A9/a%2Cb.py"}, "region": {"startLine": 1, "startColumn": 3}}
    assert (first["ruleId"], first["level"], len(first["partialFingerprints"]["emailops/v1"])) == (
        "address-real",
        "error",
        16,
    )
    assert second["suppressions"] == [{"kind": "inSource", "justification": '<an> "example"'}]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["address-real"]
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"] == {"text": "not read: t é/c.png: binary"}


def test_junit_has_a_failed_and_a_skipped_test(play):
    suite = ElementTree.fromstring(printed(play, "junit"))
    failed, skipped = suite.findall("testcase")

    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["2", "1", "0", "1"]
    assert (failed.get("file"), failed.get("line"), failed.get("classname")) == ("t é/a,b.py", "1", "address-real")
    assert "company.co.uk" in (failed.find("failure").get("message") or "")
    assert skipped.find("skipped").get("message") == '<an> "example"'


def test_junit_of_nothing_found_is_a_test_that_passed(play):
    (play.folder / "clean").mkdir()
    suite = ElementTree.fromstring(printed(play, "junit", "clean", code=0))

    assert [len(list(case)) for case in suite.findall("testcase")] == [0]


def test_github_has_an_annotation_a_finding(play):
    [line] = printed(play, "github").splitlines()

    assert line.startswith("::error file=t é/a%2Cb.py,line=1,col=3,title=address-real::an address at company.co.uk")


@pytest.mark.parametrize("format_", [format_.value for format_ in ScanFormat])
def test_no_format_shows_the_address_itself(play, format_):
    assert "a@company" not in printed(play, format_)
