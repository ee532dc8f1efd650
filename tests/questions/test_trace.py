"""What trace says in each case, and on which line of which file each step rests."""

from __future__ import annotations

import pytest

from emailops.declaration.model import Declaration
from emailops.errors import NotDeclared
from emailops.questions.trace import Trace, trace
from emailops.resource import Place
from tests.examples.laying import declared, edited, marketplace
from tests.questions.mails import RECIPIENTS, SAFE
from tests.questions.mails import declared as permits
from tests.questions.states import GRANTED, OF_PERMITS, minimal

STRANGER = "someone@elsewhere.gov.uk"
TEAM = ("account: permits, kind: live", "account: permits, kind: team")
FILES = "{format: python, settings: {TEMPLATES: templates, REDIRECTS: redirects}}"


def traced(declaration: Declaration, address: str = STRANGER, template: str = "permit_granted") -> Trace:
    return trace(declaration, "web", template, address, "production")


def step(of: Trace, what: str) -> tuple[str, Place]:
    (found,) = (one for one in of.steps if one.what == what)
    return found.says, found.place


ENDS = [
    # kind, trial, recipient, ends, final status
    ("live", False, "a stranger", "mailbox", "delivered"),
    ("live", False, "a redirected domain", "safe address", "delivered"),
    ("live", False, "the safe address itself", "safe address", "delivered"),
    ("live", False, "a subdomain of a redirected domain", "mailbox", "delivered"),
    ("live", False, "simulated temporary failure", "bounces", "permanent-failure"),
    ("live", False, "a smoke-test address", "nowhere", ""),
    ("live", False, "no address", "nowhere", ""),
    ("live", True, "a stranger", "nowhere", ""),
    ("live", True, "on the guest list by handle", "mailbox", "delivered"),
    ("team", False, "in the team by handle", "mailbox", "delivered"),
    ("team", False, "on the guest list but for a tag", "nowhere", ""),
    ("test", False, "a stranger", "nowhere", "delivered"),
    ("test", True, "a redirected domain", "nowhere", "delivered"),
    ("test", False, "simulated temporary failure", "nowhere", "temporary-failure"),
]


@pytest.mark.parametrize(("kind", "trial", "recipient", "ends", "status"), ENDS)
def test_where_a_mail_ends(kind: str, trial: bool, recipient: str, ends: str, status: str) -> None:
    found = traced(permits(kind, trial=trial, reads=True), RECIPIENTS[recipient])
    assert (found.ends, found.final_status) == (ends, status)


@pytest.mark.parametrize("recipient", [one for one, address in RECIPIENTS.items() if address])
@pytest.mark.parametrize("kind", ["live", "team", "test"])
def test_no_step_and_no_repr_holds_the_address_that_was_typed(kind: str, recipient: str) -> None:
    address = RECIPIENTS[recipient]
    found = traced(permits(kind, trial=False, reads=True), address)
    if not address.startswith("person:"):
        assert address not in " ".join(one.says for one in found.steps)
        assert address not in repr(found)


def test_every_step_of_a_redirected_mail_rests_on_its_line() -> None:
    found = trace(declared(marketplace()), "user-frontend", "reset_password", "Made-Up@Example.com", "staging")
    assert [(one.what, one.place.path, one.place.line) for one in found.steps] == [
        ("consumer", "consumers/_app.yaml", 3),
        ("template", "templates.yaml", 10),
        ("redirect", "stages/_deployed.yaml", 7),
        ("key", "stages/staging.yaml", 2),
        ("kind", "keys.yaml", 19),
        ("recipient", "notify.yaml", 3),
        ("answer", "notify.yaml", 3),
        ("ends", "notify.yaml", 3),
        ("callback", "notify.yaml", 7),
    ]


def test_the_callback_hears_of_the_safe_address_and_never_of_the_one_behind_it() -> None:
    found = trace(declared(marketplace()), "user-frontend", "reset_password", "made-up@example.com", "production")
    assert found.callback is not None
    assert found.callback.to.reveal() == "success@simulator.amazonses.com"
    assert "no account of the address itself is made inactive" in step(found, "callback")[0]


NOT_SENT = [
    ("the consumer sends nothing", ("sends: [notify]", "sends: []"), "permit_granted", "consumer", "sends nothing"),
    ("the name is misspelt", None, "permit_grantd", "template", "no id for permit_grantd in production (did you mean"),
    ("there is no such name", None, "zzz", "template", "there is no id for zzz in production"),
    (
        "the consumer does not read it",
        ("templates: [permit_granted, permit_refused]", "templates: [permit_refused]"),
        "permit_granted",
        "template",
        f"web does not read permit_granted; if it is handed the id, ask with {GRANTED}",
    ),
    (
        "it has an id in the other service only",
        ("{permits: aaaaaaaa-0000-4000-8000-000000000001, permits-trial:", "{permits-trial:"),
        "permit_granted",
        "template",
        "there is no id for permit_granted in production",
    ),
    (
        "it gets a key in another stage only",
        ("{NOTIFY_API_KEY: notify}", "{NOTIFY_API_KEY: {development: key development}}"),
        "permit_granted",
        "key",
        "web has no Notify key in production",
    ),
    (
        "its only secret is Mailchimp's",
        ("{NOTIFY_API_KEY: notify}", "{KEY: mailchimp}"),
        "permit_granted",
        "key",
        "web has no Notify key in production",
    ),
]


@pytest.mark.parametrize(("edit", "template", "what", "says"), [pytest.param(*row[1:], id=row[0]) for row in NOT_SENT])
def test_nothing_is_sent_when(edit: tuple[str, str] | None, template: str, what: str, says: str) -> None:
    found = traced(minimal(*([edit] if edit else [])), template=template)
    assert says in step(found, what)[0]
    assert [one.what for one in found.steps][-2:] == [what, "ends"]
    assert (found.sent_to, found.answer, found.callback) == (None, None, None)
    assert (found.ends, found.final_status) == ("nowhere", "")


KEYS = [
    ("the stage's", "{NOTIFY_API_KEY: notify}", "production"),
    ("the stage's where no secret is declared", "{}", "production"),
    ("one of its own", "{NOTIFY_API_KEY: key spare}", "spare"),
    ("one of its own in this stage", "{NOTIFY_API_KEY: {production: key spare}}", "spare"),
    ("the one of the template's service", "{FIRST: key development, SECOND: notify}", "production"),
    ("the first that is Notify's", "{FIRST: mailchimp, SECOND: key spare, THIRD: notify}", "spare"),
]


@pytest.mark.parametrize(("secrets", "key"), [pytest.param(*row[1:], id=row[0]) for row in KEYS])
def test_the_key_is(secrets: str, key: str) -> None:
    declaration = minimal(
        ("{NOTIFY_API_KEY: notify}", secrets),
        (f"  production: {OF_PERMITS}\n", f"  production: {OF_PERMITS}\n  spare: {OF_PERMITS}\n"),
    )
    assert step(traced(declaration), "key")[0] == f"in production it sends with the key {key} of permits"


REDIRECTS = [
    ("the stage redirects the domain", FILES, "made-up@example.org", SAFE),
    (
        "redirects stand in a table",
        FILES.replace("redirects}", "{table: {all: redirects}}}"),
        "made-up@example.org",
        SAFE,
    ),
    ("the consumer reads none", FILES.replace(", REDIRECTS: redirects", ""), "made-up@example.org", None),
    (
        "another stage's file holds them",
        FILES.replace("settings", "stages: [development], settings"),
        "a@example.org",
        None,
    ),
]


@pytest.mark.parametrize(("files", "address", "safe"), [pytest.param(*row[1:], id=row[0]) for row in REDIRECTS])
def test_a_redirect_happens_when(files: str, address: str, safe: str | None) -> None:
    found = traced(minimal((FILES, files)), address)
    assert found.sent_to is not None
    assert found.sent_to.reveal() == (safe or address)
    if safe is None:
        assert "reads no redirects in production, though production redirects example.org" in step(found, "redirect")[0]


def test_a_file_that_all_stages_read_redirects_in_all_of_them() -> None:
    declaration = minimal(("permits/email/{stage}.py", "permits/email.py"))
    found = trace(declaration, "web", "permit_granted", "made-up@example.org", "development")
    assert found.sent_to is not None
    assert found.sent_to.reveal() == SAFE
    assert step(found, "redirect")[1].line == 18


def test_a_stage_that_redirects_nothing_says_why_and_where() -> None:
    why = "{none: nobody makes addresses up}"
    redirect = "    redirect:\n      to: sink@permits.example\n      domains: {example.org: applicant}\n"
    of_stage = minimal((redirect, f"    redirect: {why}\n"))
    of_service = minimal((redirect, ""), ("{live_keys: 1}", f"{{redirect: {why}}}"))
    for declaration, line in ((of_stage, 16), (of_service, 8)):
        says, place = step(traced(declaration), "redirect")
        assert says == "production redirects nothing: nobody makes addresses up"
        assert place.line == line


def test_of_classes_each_stage_loads_its_own() -> None:
    found = trace(declared(marketplace()), "user-frontend", "reset_password", "made-up@example.com", "development")
    assert step(found, "redirect")[0] == "development redirects nothing: the address stays"


def test_a_domain_below_a_redirect_domain_is_told_that_it_is_not_one() -> None:
    says = "its domain is below example.org, and only example.org itself is redirected: the address stays"
    assert step(traced(minimal(), "made-up@mail.example.org"), "redirect")[0] == says


def test_what_is_not_declared_of_a_service_is_not_claimed() -> None:
    says, _ = step(traced(minimal(TEAM)), "recipient")
    assert says == (
        "neither on the guest list nor in the team of permits; "
        "its guest list and its team are not declared, and whoever is there may be written to"
    )


def test_an_address_may_be_that_of_someone_whose_address_is_outside_git() -> None:
    declaration = minimal(TEAM, more="notify: {permits: {guest_list: [], team: [developers]}}\n")
    says, _ = step(traced(declaration), "recipient")
    assert says.endswith("whether it is the address of developers is not known: ask with person:developers")
    says, place = step(traced(declaration, "person:developers"), "recipient")
    assert says == "in the team of permits"
    assert place.line == 41


def test_a_key_of_no_declared_kind_leaves_the_answer_open() -> None:
    found = traced(minimal(("account: permits, kind: live", "account: permits")))
    assert found.answer is None
    assert (found.ends, found.final_status, found.callback) == ("unknown", "", None)
    assert "not declared whether production is live, team or test" in step(found, "kind")[0]


@pytest.mark.parametrize("id_", [GRANTED.upper(), GRANTED.replace("-", ""), f"{{{GRANTED}}}", f"urn:uuid:{GRANTED}"])
def test_an_id_may_stand_in_the_place_of_a_name(id_: str) -> None:
    found = traced(minimal(), template=id_)
    assert step(found, "template")[0] == "the id of permit_granted in permits, however web gets it"
    assert found.answer is not None
    assert found.answer.status == 201


def test_of_an_id_that_is_not_declared_nothing_is_claimed() -> None:
    found = traced(minimal(), template="dddddddd-0000-4000-8000-000000000001")
    says = "an id that is not declared: whether Notify has a template of it is not known"
    assert step(found, "template")[0] == says
    assert "as long as Notify has the template" in step(found, "answer")[0]


def test_a_template_of_a_service_that_is_no_stages_goes_with_that_services_key() -> None:
    state = declared(marketplace())
    found = trace(state, "scripts", "framework_statistics_snapshot", STRANGER, "production")
    assert step(found, "key")[0] == "in production it sends with the key ccs of ccs"
    unkeyed = declared(
        edited(("consumers/scripts.yaml", "  DM_NOTIFY_API_KEY_CCS: {production: key ccs} # the name is chosen\n", ""))
    )
    found = trace(unkeyed, "scripts", "framework_statistics_snapshot", STRANGER, "production")
    assert found.answer is not None
    assert (found.answer.status, found.answer.message) == (400, "Template not found")


UNKNOWN = [
    (("wep", "permit_granted", STRANGER, "production"), "there is no consumer 'wep'", "did you mean web?"),
    (("web", "permit_granted", STRANGER, "producton"), "there is no stage 'producton'", "did you mean production?"),
    (
        ("web", "permit_granted", STRANGER, "shared"),
        "there is no stage 'shared'",
        "write one of development, production",
    ),
    (
        ("web", "permit_granted", "person:developer", "production"),
        "there is no person or role 'developer'",
        "did you mean developers?",
    ),
    (("web", "permit_granted", "person:", "production"), "there is no person or role ''", "write one of developers"),
]


@pytest.mark.parametrize(("asked", "message", "remedy"), UNKNOWN)
def test_a_name_that_is_not_declared(asked: tuple[str, str, str, str], message: str, remedy: str) -> None:
    with pytest.raises(NotDeclared) as refused:
        trace(minimal(), *asked)
    assert (refused.value.message, refused.value.remedy) == (message, remedy)
