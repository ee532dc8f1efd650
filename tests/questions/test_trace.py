"""What trace says in each case, and on which line of which file each step rests."""

from __future__ import annotations

import pytest

from emailops.declaration.model import Declaration
from emailops.errors import NotDeclared
from emailops.questions.trace import Trace, trace
from emailops.resource import Place
from tests.examples.laying import declared, edited, marketplace
from tests.questions.mails import RECIPIENTS, REMINDER, SAFE, TEXTED
from tests.questions.mails import declared as permits
from tests.questions.states import GRANTED, OF_PERMITS, minimal

STRANGER = "someone@elsewhere.gov.uk"
TEAM = ("account: permits, kind: live", "account: permits, kind: team")
FILES = "{format: python, settings: {TEMPLATES: templates, REDIRECTS: redirects}}"


def traced(declaration: Declaration, address: str = STRANGER, template: str = "permit_granted") -> Trace:
    return trace(declaration, "web", template, address, "production")


def step(of: Trace, what: str) -> tuple[str, Place]:
    (found,) = (step for step in of.steps if step.what == what)
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


@pytest.mark.parametrize("recipient", [name for name, address in RECIPIENTS.items() if address])
@pytest.mark.parametrize("kind", ["live", "team", "test"])
def test_no_step_and_no_repr_holds_the_address_that_was_typed(kind: str, recipient: str) -> None:
    address = RECIPIENTS[recipient]
    found = traced(permits(kind, trial=False, reads=True), address)
    if not address.startswith("person:"):
        assert address not in " ".join(step.says for step in found.steps)
        assert address not in repr(found)


def test_every_step_of_a_redirected_mail_rests_on_its_line() -> None:
    found = trace(declared(marketplace()), "user-frontend", "reset_password", "Made-Up@Example.com", "staging")
    assert [(step.what, step.place.path, step.place.line) for step in found.steps] == [
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
        "there is no id for permit_granted in production; it has one in permits-trial",
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
    assert [step.what for step in found.steps][-2:] == [what, "ends"]
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
    (
        ("web", "Permit-Grantd", STRANGER, "production"),
        "there is no template 'Permit-Grantd'",
        "did you mean permit_granted?",
    ),
    (
        ("web", "zzz", STRANGER, "production"),
        "there is no template 'zzz'",
        "write one of permit_granted, permit_refused",
    ),
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


TEXT_ENDS = [
    # kind, trial, recipient, ends, final status
    ("live", False, "a stranger", "phone", "delivered"),
    ("live", False, "abroad", "phone", "sent"),
    ("live", False, "a landline", "nowhere", ""),
    ("live", False, "a number of films", "bounces", "permanent-failure"),
    ("live", False, "a smoke-test number", "nowhere", ""),
    ("live", False, "an address", "nowhere", ""),
    ("live", True, "a stranger", "nowhere", ""),
    ("live", True, "on the guest list with its country", "phone", "delivered"),
    ("team", False, "on the guest list", "phone", "delivered"),
    ("team", False, "on the guest list by handle, with an address", "nowhere", ""),
    ("team", False, "in the team by handle", "phone", "delivered"),
    ("test", False, "a stranger", "nowhere", "delivered"),
    ("test", True, "simulated permanent failure", "nowhere", "permanent-failure"),
]


@pytest.mark.parametrize(("kind", "trial", "recipient", "ends", "status"), TEXT_ENDS)
def test_where_a_text_message_ends(kind: str, trial: bool, recipient: str, ends: str, status: str) -> None:
    found = traced(permits(kind, trial=trial, reads=True), TEXTED[recipient], REMINDER)
    assert (found.ends, found.final_status) == (ends, status)
    assert step(found, "redirect")[0] == "production redirects no numbers: the number stays"


@pytest.mark.parametrize("recipient", [name for name, number in TEXTED.items() if number])
@pytest.mark.parametrize("kind", ["live", "team", "test"])
def test_no_step_and_no_repr_holds_the_number_that_was_typed(kind: str, recipient: str) -> None:
    number = TEXTED[recipient]
    found = traced(permits(kind, trial=False, reads=True), number, REMINDER)
    if not number.startswith("person:"):
        assert number not in " ".join(step.says for step in found.steps)
        assert number not in repr(found)


@pytest.mark.parametrize(
    ("kind", "trial", "says"),
    [
        ("live", False, "250,000 text messages, 100 of them abroad a day"),
        ("team", True, "50 text messages a day"),
        ("test", False, "a day's limit counts nothing that a test key sends"),
    ],
)
def test_how_many_text_messages_a_day(kind: str, trial: bool, says: str) -> None:
    assert says in step(traced(permits(kind, trial=trial, reads=True), "07911 123499", REMINDER), "limits")[0]


@pytest.mark.parametrize(("recipient", "ends"), [(STRANGER, "mailbox"), ("07911 123499", "phone")])
def test_an_id_that_is_not_declared_makes_what_fits_the_recipient(recipient: str, ends: str) -> None:
    assert traced(minimal(), recipient, "dddddddd-0000-4000-8000-000000000001").ends == ends


LETTERS = [
    ("live", False, 201, "letter box"),
    ("live", True, 403, "nowhere"),
    ("team", False, 403, "nowhere"),
    ("test", False, 201, "nowhere"),
]


@pytest.mark.parametrize(("kind", "trial", "status", "ends"), LETTERS)
def test_a_letter_goes_to_the_address_in_its_personalisation(kind: str, trial: bool, status: int, ends: str) -> None:
    declaration = minimal(
        ("{type: email, version: 1}", "{type: letter, version: 1}"),
        ("account: permits, kind: live", f"account: permits, kind: {kind}"),
        (
            "11111111-1111-4111-8111-111111111111}",
            f"11111111-1111-4111-8111-111111111111, trial: {str(trial).lower()}}}",
        ),
    )
    found = traced(declaration)
    assert found.answer is not None
    assert (found.answer.status, found.ends, found.sent_to, found.final_status) == (status, ends, None, "")


def test_a_key_whose_kind_nobody_has_looked_up_leaves_the_answer_open() -> None:
    found = traced(minimal(("account: permits, kind: live", "account: permits, kind: unknown")))
    assert (found.answer, found.ends) == (None, "unknown")
    assert "not declared whether production is live, team or test" in step(found, "kind")[0]


class TestWithoutRedirects:
    """A template that a consumer declares as `unredirected` goes to the very recipient."""

    def declared(self) -> Declaration:
        return minimal(("sends: [notify]\n", "sends: [notify]\n    unredirected: [permit_granted]\n"))

    def test_the_address_stays(self) -> None:
        found = traced(self.declared(), "made-up@example.org")
        assert found.sent_to is not None
        assert found.sent_to.reveal() == "made-up@example.org"
        says, place = step(found, "redirect")
        assert says == "web sends it without redirects, though production redirects example.org: the address stays"
        assert place.line == 37

    def test_by_its_id_as_well(self) -> None:
        assert step(traced(self.declared(), template=GRANTED), "redirect")[0].startswith("web sends it without")

    def test_any_other_is_redirected(self) -> None:
        found = traced(self.declared(), "made-up@example.org", "permit_refused")
        assert found.ends == "safe address"


class TestWhoeverStartsTheSender:
    """A consumer that sends nothing itself hands templates and keys to one that does."""

    def test_its_templates_are_sent_by_the_one_that_it_starts(self) -> None:
        found = trace(declared(marketplace()), "jenkins", "awarded_briefs", "made-up@example.com", "production")
        assert step(found, "consumer")[0] == "jenkins starts scripts, which sends through Notify"
        assert step(found, "template")[0].startswith("awarded_briefs is read outside the map by jenkins: ")
        assert step(found, "redirect")[0].startswith("scripts sends it without redirects, though production redirects")
        assert step(found, "key")[0] == "in production jenkins hands it the key production of marketplace"
        assert (found.answer and found.answer.status, found.ends) == (201, "mailbox")

    def test_the_one_that_is_started_tells_who_hands_it_a_template(self) -> None:
        found = trace(declared(marketplace()), "scripts", "awarded_briefs", STRANGER, "production")
        assert step(found, "template")[0] == (
            "scripts does not read awarded_briefs; jenkins does, and starts it: ask with jenkins"
        )

    def test_through_several(self) -> None:
        more = (
            "  cron: {repository: https://git.example/cron.git, sends: [], starts: [idle, jobs], "
            "templates: [permit_granted]}\n"
            "  idle: {repository: https://git.example/idle.git, sends: [], starts: cron}\n"
            "  jobs: {repository: https://git.example/jobs.git, sends: [], starts: web}\n"
        )
        declaration = minimal(("consumers:\n", f"consumers:\n{more}"))
        found = trace(declaration, "cron", "permit_granted", "made-up@example.org", "production")
        assert step(found, "consumer")[0] == "cron starts jobs, which starts web, which sends through Notify"
        assert step(found, "key")[0] == "in production it sends with the key production of permits"
        assert found.ends == "safe address"


NUMBERS = """\
domains: {example.org: applicant}
      number: "+447911123460"
      numbers: {"+4477009": numbers that tests make up}
"""
NUMBERS_GO = (
    ("domains: {example.org: applicant}\n", NUMBERS),
    (", REDIRECTS: redirects", ", REDIRECTS: redirects, NUMBERS: number_redirects"),
    ("_email: {type: email, version: 1}", "_email: {type: sms, version: 1}"),
)


@pytest.mark.parametrize(
    ("number", "to", "ends"),
    [
        ("07700 900460", "+447911123460", "safe number"),
        ("+44 (0)7700 900 460", "+447911123460", "safe number"),
        ("07911 123461", "07911 123461", "phone"),
        ("07911 123460", "07911 123460", "safe number"),
        ("770090046", "770090046", "nowhere"),
    ],
)
def test_a_number_goes_to_the_safe_one_by_how_it_begins(number: str, to: str, ends: str) -> None:
    found = traced(minimal(*NUMBERS_GO), number)
    assert found.sent_to is not None
    assert (found.sent_to.reveal(), found.ends) == (to, ends)


def test_numbers_stay_where_the_consumer_reads_no_redirects_of_them() -> None:
    says, _ = step(traced(minimal(NUMBERS_GO[0], NUMBERS_GO[2]), "07700 900460"), "redirect")
    assert says == "web reads no redirects of numbers in production: the number stays"
