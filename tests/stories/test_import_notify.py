"""`import notify`: a second Notify service, whose templates are those of the first by their names."""

from __future__ import annotations

import shutil

import pytest
import yaml

from tests.stories.telling import WRITES, nothing_written

FIRST = "aaaaaaaa-0000-4000-8000-00000000000%d"
SECOND = "cccccccc-0000-4000-8000-00000000000%d"
INIT = ("init", "--service", "Permits", "--notify-key", "env:NOTIFY_KEY_PERMITS", "--stages", "development,production")


def _template(id_, name, **more):
    return {"id": id_, "name": name, "subject": name, "body": f"This is {name}.", "version": 1, **more}


def _hold(play, *templates, of=1):
    play.change_world(lambda world: world["notify"]["services"][of].update(templates=list(templates)))


@pytest.fixture
def permits(minimal):
    """A state of one service with two templates, as init writes it; the other service holds the same two."""
    shutil.rmtree(minimal.state)
    _hold(minimal, _template(FIRST % 1, "Permit granted"), _template(FIRST % 2, "Permit refused"), of=0)
    _hold(minimal, _template(SECOND % 1, "Permit granted"), _template(SECOND % 2, "Permit refused"))
    assert minimal.run(*INIT, "--redirect-to", "sink@permits.example").code == 0
    return minimal


def _import(play, *more):
    return play.run("import", "notify", "--account", "trial", "--key", "env:NOTIFY_KEY_TRIAL", *more)


def _root(play):
    return yaml.safe_load((play.folder / "emailops.yaml").read_text())


def _ids(play):
    return {name: entry["id"] for name, entry in _root(play)["templates"].items()}


def _plan_is_empty(play):
    ran = play.run("plan", "--detailed-exitcode")
    assert (ran.code, ran.err) == (0, ""), ran.out


def test_templates_of_one_name_get_a_second_id(permits):
    ran = _import(permits)

    assert ran.code == 0, ran.err
    assert _ids(permits) == {
        "permit-granted": {"permits": FIRST % 1, "trial": SECOND % 1},
        "permit-refused": {"permits": FIRST % 2, "trial": SECOND % 2},
    }
    assert permits.run("validate").out.startswith("no errors ·")
    _plan_is_empty(permits)


def test_the_service_and_its_key_are_declared_and_the_key_is_not_written(permits):
    _import(permits)

    root = _root(permits)
    assert list(root["accounts"]["notify"]) == ["permits", "trial"]
    assert root["keys"]["trial"]["secret"] == "env:NOTIFY_KEY_TRIAL"
    assert permits.environment["NOTIFY_KEY_TRIAL"] not in (permits.folder / "emailops.yaml").read_text()


def test_what_the_first_has_not_is_new_with_its_text(permits):
    _hold(permits, _template(SECOND % 1, "Permit granted"), _template(SECOND % 3, "Permit lost"))
    ran = _import(permits)

    assert ran.code == 0, ran.err
    assert _ids(permits)["permit-lost"] == {"trial": SECOND % 3}
    assert _ids(permits)["permit-refused"] == FIRST % 2
    assert (permits.folder / "templates/permit-lost.md").read_text() == "Subject: Permit lost\n\nThis is Permit lost.\n"
    _plan_is_empty(permits)


def test_a_text_stands_once_and_other_words_are_told(permits):
    before = (permits.folder / "templates/permit-granted.md").read_bytes()
    _hold(permits, _template(SECOND % 1, "Permit granted", body="Hooray."), _template(SECOND % 2, "Permit refused"))
    ran = _import(permits)

    assert "permit-granted has other words in trial" in ran.out
    assert "permit-refused has other words" not in ran.out
    assert (permits.folder / "templates/permit-granted.md").read_bytes() == before


def test_a_version_that_is_another_one_is_written_for_each_service(permits):
    _hold(permits, _template(SECOND % 1, "Permit granted", version=4))
    _import(permits)

    assert _root(permits)["templates"]["permit-granted"]["version"] == {"permits": 1, "trial": 4}
    _plan_is_empty(permits)


def test_a_template_that_was_renamed_here_is_found_by_what_notify_calls_it(permits):
    file = permits.folder / "emailops.yaml"
    file.write_text(file.read_text().replace("permit-granted:", "well_done:"))
    (permits.folder / "templates/permit-granted.md").rename(permits.folder / "templates/well_done.md")
    _import(permits)

    assert _ids(permits)["well_done"] == {"permits": FIRST % 1, "trial": SECOND % 1}


@pytest.mark.parametrize("title", ["permit_granted", "PERMIT GRANTED", "Permit-granted "])
def test_without_the_first_services_key_the_same_words_are_the_same_name(permits, title):
    _hold(permits, _template(SECOND % 1, title))
    del permits.environment["NOTIFY_KEY_PERMITS"]
    _import(permits)

    assert _ids(permits)["permit-granted"] == {"permits": FIRST % 1, "trial": SECOND % 1}


def test_what_is_ambiguous_or_of_another_type_is_left_out_and_told(permits):
    twin = _template(SECOND % 3, "Permit granted", body="Another.")
    text = _template(SECOND % 2, "Permit refused", type="sms")
    del text["subject"]
    _hold(permits, _template(SECOND % 1, "Permit granted"), twin, text, _template(SECOND % 4, "Permit lost"))
    ran = _import(permits)

    assert ran.code == 5
    assert ran.out.count("2 templates are called 'Permit granted'") == 2
    assert "'Permit refused' is of the type sms, and permit-refused of the type email" in ran.out
    assert _ids(permits).keys() == {"permit-granted", "permit-refused", "permit-lost"}
    assert _ids(permits)["permit-granted"] == FIRST % 1


def test_again_it_has_nothing_to_do(permits):
    _import(permits)
    with nothing_written(permits):
        ran = _import(permits)
    assert (ran.code, ran.out.startswith("nothing to import from trial")) == (0, True)


def test_only_what_is_meant(permits):
    _import(permits, "--only", "*granted")

    assert _ids(permits)["permit-refused"] == FIRST % 2


def test_comments_and_layout_stay(permits):
    file = permits.folder / "emailops.yaml"
    file.write_text(file.read_text().replace("  permit-granted:", "  # the good news\n  permit-granted:"))
    _import(permits)

    assert "  # the good news\n  permit-granted:" in file.read_text()


def test_it_only_reads_of_notify(permits):
    _import(permits)

    assert {request.method for request in permits.sandbox.requests}.isdisjoint(WRITES)


@pytest.mark.few(2)
@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--account", "permits", "--key", "env:NOTIFY_KEY_TRIAL"), 4, "22222222-2222-4222-8222-222222222222"),
        (("--account", "other", "--key", "env:NOTIFY_KEY_PERMITS"), 1, "--account permits"),
        (("--account", "mailchimp", "--key", "env:NOTIFY_KEY_TRIAL"), 1, "mailchimp"),
        (("--account", "trial", "--key", "env:NOTIFY_KEY_ELSEWHERE"), 1, "NOTIFY_KEY_ELSEWHERE is not set"),
        (("--account", "trial"), 64, "where its key is"),
        (("--key", "env:NOTIFY_KEY_TRIAL"), 64, "a name for the service"),
        (("--account", "trial", "--key", "env:NOTIFY_KEY_TRIAL", "--stage", "production"), 64, "for mailchimp"),
    ],
)
def test_what_cannot_be_is_refused(permits, arguments, code, says):
    with nothing_written(permits):
        ran = permits.run("import", "notify", *arguments)
    assert ran.code == code
    assert says in ran.err


def test_init_offers_it_where_the_environment_holds_another_key(minimal):
    shutil.rmtree(minimal.state)
    ran = minimal.run(*INIT, "--redirect-to", "sink@permits.example")

    assert "emailops import notify --account NAME --key env:NOTIFY_KEY_TRIAL" in ran.out


def test_a_key_that_is_not_here_is_asked_for_by_its_own_name(permits):
    with nothing_written(permits):
        ran = permits.run("import", "notify", "--account", "trial", "--key", "env:NOTIFY_KEY_X", EMAILOPS_SECRETS=None)
    assert (ran.code, ran.out) == (1, "")
    assert "no key: NOTIFY_KEY_X is not set" in ran.err
    assert "export NOTIFY_KEY_X, then run it again" in ran.err
    assert "MAILCHIMP_KEY" not in ran.err
