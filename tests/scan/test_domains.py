"""`scan domains`: what it finds in a tree, what takes a finding back, and what it says of what it did not read."""

from __future__ import annotations

import json
import os
import shutil

import pytest

from emailops.scan.scanned import Unread
from emailops.scan.tree import Text, texts
from tests.playing import Play

SPEC = "features/apply.feature"


def tree(play: Play, files: dict[str, str | bytes]) -> None:
    for path, content in files.items():
        file = play.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())


def scanned(play: Play, *arguments: str, code: int) -> dict[str, list]:
    ran = play.run("scan", "domains", *arguments, "--format", "json")
    assert ran.code == code, ran.out + ran.err
    return ran.json


class TestWhatIsFound:
    def test_each_sort_of_address_by_its_rule(self, marketplace):
        lines = [
            "a buyer@example.gov.uk",
            "b jane@digital.cabinet-office.gov.uk",
            "c jane@example.org",
            "d '<id>@company.co.uk'",
            "e SUCCESS@simulator.amazonses.com, cloud_digital@crowncommercial.gov.uk, temp-fail@simulator.notify",
            "f other@crowncommercial.gov.uk, someone@digitalmarketplace.service.gov.uk",
        ]
        tree(marketplace, {SPEC: "\n".join(lines)})
        found = scanned(marketplace, "features", code=3)["findings"]

        assert [(finding["line"], finding["column"], finding["rule"], finding["subject"]) for finding in found] == [
            (2, 7, "address-real", "digital.cabinet-office.gov.uk"),
            (3, 7, "domain-undeclared", "example.org"),
            (4, 8, "address-built", "company.co.uk"),
            (6, 8, "address-real", "crowncommercial.gov.uk"),
        ]
        assert "jane" not in json.dumps(found)

    def test_the_counts_of_the_services_own_suite(self, marketplace):
        """Addresses as the functional tests had them: 11 of 72 are at domains that nobody redirects."""
        counts = {"example.com": 35, "example.gov.uk": 14, "user.marketplace.team": 12}
        counts |= {"digital.cabinet-office.gov.uk": 7, "crowncommercial.gov.uk": 3, "company.co.uk": 1}
        steps = [f'  And I enter "jane{n}@{domain}"' for domain, count in counts.items() for n in range(count)]
        tree(marketplace, {SPEC: "\n".join(steps), "features/steps.rb": "fill_in :email, with: @email.id\n"})
        found = scanned(marketplace, "features", code=3)["findings"]

        domains = [finding["subject"] for finding in found]
        assert {domain: domains.count(domain) for domain in domains} == {
            "digital.cabinet-office.gov.uk": 7,
            "crowncommercial.gov.uk": 3,
            "company.co.uk": 1,
        }

    def test_nothing_ends_with_0_and_says_what_is_used_by_nothing(self, marketplace):
        tree(marketplace, {SPEC: "a@example.com b@user.marketplace.team"})
        ran = marketplace.run("scan", "domains", "features")

        assert (ran.code, ran.out.splitlines()) == (
            0,
            ["redirected, and used by nothing here: example.gov.uk", "no findings · 1 file"],
        )


class TestWhatIsRead:
    def test_what_git_ignores_is_not(self, marketplace):
        tree(marketplace, {".gitignore": "build/\n", "build/x.py": "'a@company.co.uk'", "x.py": "'b@company.co.uk'"})
        for _ in range(2):  # outside of a checkout, and in one
            found = scanned(marketplace, ".", code=3)["findings"]
            assert [finding["path"] for finding in found if not finding["path"].startswith("state/")] == ["x.py"]
            marketplace.git("init", "--quiet")

    def test_a_folder_of_which_git_ignores_all_is_named(self, marketplace):
        tree(marketplace, {".gitignore": "build/\n", "build/x.py": "'a@company.co.uk'"})
        (marketplace.folder / "empty").mkdir()
        marketplace.git("init", "--quiet")
        why = "nothing is in it that Git does not ignore"

        assert scanned(marketplace, "build", "empty", code=0)["unread"] == [
            {"path": "build", "why": why},
            {"path": "empty", "why": why},
        ]

    def test_what_could_not_be_is_said(self, marketplace):
        tree(marketplace, {"t/a.png": b"\x89PNG\0\0\1", "t/b.txt": "jane@company.co.uk"})
        (marketplace.folder / "t/link").symlink_to(".")
        (marketplace.folder / "t/gone").symlink_to("nowhere")
        os.mkfifo(marketplace.folder / "t/pipe")
        told = scanned(marketplace, "t", code=3)

        assert {unread["path"]: unread["why"] for unread in told["unread"]} == {
            "t/a.png": "binary",
            "t/link": "a link",
            "t/gone": "a link",
        } | ({"t/pipe": "no plain file"} if len(told["unread"]) == 4 else {})
        assert len(told["findings"]) == 1

    def test_a_folder_that_vanishes_meanwhile_is_said(self, marketplace):
        tree(marketplace, {"t/a.txt": "x", "t/b/c.txt": "jane@company.co.uk"})
        files = texts(["t"], marketplace.folder, marketplace.environment)
        first = next(files)
        shutil.rmtree(marketplace.folder / "t/b")

        assert isinstance(first, Text)
        assert list(files) == [Unread("t/b/c.txt", "no such file or directory")]

    def test_a_repository_inside_another_is_read_too(self, marketplace):
        tree(marketplace, {"t/a.txt": "x", "t/inner/.gitignore": "b.txt\n", "t/inner/b.txt": "", "t/inner/c.txt": "x"})
        marketplace.git("init", "--quiet", "t")
        marketplace.git("init", "--quiet", "t/inner")
        files = texts(["t"], marketplace.folder, marketplace.environment)

        assert [file.path for file in files] == ["t/a.txt", "t/inner/.gitignore", "t/inner/c.txt"]

    def test_a_path_that_is_not_there_is_an_error(self, marketplace):
        ran = marketplace.run("scan", "domains", "nowhere")

        assert ran.code == 1
        assert "nowhere cannot be read: no such file or directory" in ran.err


class TestWhatTakesAFindingBack:
    def test_a_waiver_on_the_line_above_it_or_in_the_file(self, marketplace):
        tree(
            marketplace,
            {
                "t/a.py": "x = 'a@company.co.uk'  # emailops: allow company.co.uk: the page refuses it\n",
                "t/b.rb": "# emailops: allow company.co.uk: refused\ny = 'a@company.co.uk'\nz = 'a@company.co.uk'\n",
                "t/c.html": "<!-- emailops: allow-file company.co.uk: an example -->\n\n<p>a@company.co.uk</p>\n",
                "t/d.py": "x = 'a@company.co.uk'  # emailops: allow firma.de: another\n",
            },
        )
        told = scanned(marketplace, "t", code=3)

        assert [(finding["path"], finding["line"]) for finding in told["findings"]] == [("t/b.rb", 3), ("t/d.py", 1)]
        assert [waiver["reason"] for waiver in told["waived"]] == ["the page refuses it", "refused", "an example"]

    def test_a_waiver_without_a_reason_takes_nothing_back(self, marketplace):
        tree(marketplace, {"t/a.py": "x = 'a@company.co.uk'  # emailops: allow company.co.uk\n"})
        [found] = scanned(marketplace, "t", code=3)["findings"]

        assert "its waiver gives no reason" in found["message"]

    def test_a_file_of_waivers_until_its_day(self, marketplace):
        waivers = "- {path: t/*, subject: company.co.uk, until: 2026-12-31, reason: until the page is gone}\n"
        waivers += "- {subject: firma.de, reason: nothing}\n"
        tree(marketplace, {"t/a.py": "x = 'a@company.co.uk'\n", ".emailops-scan.yaml": waivers})
        early = marketplace.run("scan", "domains", "t", "--today", "2026-11-24")
        late = marketplace.run("scan", "domains", "t", "--today", "2027-01-01")

        assert early.code == 0
        assert "waived: t/a.py:1:7: address-real: until the page is gone" in early.out
        assert "the waiver for firma.de waives nothing: remove it" in early.out
        assert late.code == 3
        assert "the waiver for company.co.uk t/* ended on 2026-12-31" in late.out

    @pytest.mark.parametrize(
        ("waivers", "message"),
        [
            ("- {subject: company.co.uk}", "entry 1 gives no reason"),
            ("- {reason: all}", "entry 1 waives everything"),
            ("- {subject: a.b, reason: x, until: soon}", "entry 1: until is not a day"),
            ("- {subject: a.b, why: x}", "entry 1 is not a waiver"),
            ("subject: x", "is not a list of waivers"),
            ("- {", ".emailops-scan.yaml:"),
        ],
    )
    def test_a_file_of_waivers_that_says_nothing_clear_is_refused(self, marketplace, waivers, message):
        tree(marketplace, {".emailops-scan.yaml": waivers, "t/a.py": ""})
        ran = marketplace.run("scan", "domains", "t")

        assert ran.code == 1
        assert message in ran.err

    def test_a_baseline_knows_what_was_there_wherever_it_moves(self, marketplace):
        tree(marketplace, {"t/a.py": "x = 'a@company.co.uk'\n"})
        assert marketplace.run("scan", "domains", "t", "--baseline", "known.json", "--update-baseline").code == 0
        tree(marketplace, {"t/a.py": "\n\n\nx = 'a@company.co.uk'\n"})
        assert marketplace.run("scan", "domains", "t", "--baseline", "known.json").code == 0
        tree(marketplace, {"t/a.py": "x = 'a@company.co.uk', 'b@company.co.uk'\n"})
        again = scanned(marketplace, "t", "known.json", "--baseline", "known.json", code=3)
        assert [len(again[part]) for part in ("findings", "known")] == [1, 1]
        tree(marketplace, {"t/a.py": "\n"})
        assert "1 of the baseline is gone" in marketplace.run("scan", "domains", "t", "--baseline", "known.json").out

    @pytest.mark.parametrize(
        ("content", "says"), [(None, "cannot be read"), ("[]", "not a baseline"), ("{", "not a baseline")]
    )
    def test_a_baseline_that_is_none_is_an_error(self, marketplace, content, says):
        tree(marketplace, {"t/a.py": "", **({"known.json": content} if content else {})})
        ran = marketplace.run("scan", "domains", "t", "--baseline", "known.json")

        assert ran.code == 1
        assert says in ran.err
        assert "--update-baseline" in ran.err


class TestFix:
    def test_the_domains_are_redirected_in_the_base_that_the_stages_share(self, marketplace):
        tree(marketplace, {SPEC: "a@company.co.uk b@example.org"})
        before = (marketplace.state / "stages/_deployed.yaml").read_text()
        ran = marketplace.run("scan", "domains", "features", "--fix", "--purpose", "invalid buyer")

        assert ran.code == 0, ran.err
        after = (marketplace.state / "stages/_deployed.yaml").read_text()
        added = "    company.co.uk: invalid buyer\n    example.org: invalid buyer\n"
        assert after == before.rstrip("\n") + "\n" + added
        assert marketplace.run("scan", "domains", "features").code == 0

    def test_in_a_state_of_one_file(self, minimal):
        tree(minimal, {SPEC: "a@company.co.uk"})
        ran = minimal.run("scan", "domains", "features", "--fix")

        assert ran.code == 0, ran.err
        assert minimal.run("scan", "domains", "features").code == 0

    def test_it_asks_what_a_domain_is_for(self, marketplace):
        tree(marketplace, {SPEC: "a@company.co.uk"})
        ran = marketplace.run("scan", "domains", "features", "--fix")

        assert ran.code == 64
        assert "--purpose 'invalid buyer' or 'approved buyer' or 'approved admin'" in ran.err


class TestWithoutAState:
    def test_a_generated_file_says_what_is_redirected(self, marketplace):
        assert marketplace.run("generate", "supplier-frontend", "--into", ".").code == 0
        tree(marketplace, {SPEC: "a@company.co.uk b@example.com success@simulator.amazonses.com"})
        elsewhere = ["--settings", "email_config.py", "--state", "nowhere"]
        found = scanned(marketplace, "features", *elsewhere, code=3)["findings"]

        assert [finding["subject"] for finding in found] == ["company.co.uk"]

    @pytest.mark.parametrize(
        ("name", "content", "says"),
        [
            ("a.py", "X = {'example.com': 'a@example.com'}\n", "emailops did not write it"),
            ("a.env", "X=1\n", "emailops did not write it"),
            ("nowhere.py", None, "cannot be read"),
        ],
    )
    def test_any_other_file_is_refused(self, marketplace, name, content, says):
        tree(marketplace, {SPEC: "x", **({name: content} if content else {})})
        ran = marketplace.run("scan", "domains", "features", "--settings", name)

        assert ran.code == 1
        assert says in ran.err
