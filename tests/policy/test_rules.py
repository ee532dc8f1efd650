"""Each rule: where it fires, about whom, and with which words; and the nearest right thing, where it does not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pytest

from emailops.declaration.model import Waiver
from emailops.declaration.values import Table
from emailops.policy import (
    RULES,
    TIME_RULES,
    characters,
    check,
    fixed_values,
    guest_lists,
    ignored,
    keys,
    mailings,
    paths,
    privacy,
    references,
    routes,
    rule_id,
    safe_addresses,
    senders,
    settings,
    template_names,
)
from emailops.policy import rows as row_rules
from emailops.policy.problem import Problem
from emailops.resource import Place
from emailops.store.tree import Tree
from tests.examples.laying import TODAY, declared, edited, marketplace, minimal, validated

IDS = "{permits: aaaaaaaa-0000-4000-8000-00000000000%s, permits-trial: bbbbbbbb-0000-4000-8000-00000000000%s}"
TEMPLATES = "".join(
    f"{name}: {{type: email, id: {IDS % (n, n)}}}\n" for n, name in enumerate(("permit_granted", "permit_refused"), 1)
)
IN_PERMITS = "permits: aaaaaaaa-0000-4000-8000-000000000002, "
NUMBERS = "number: '+447700900111', numbers: {'+4477009': made up}"
OF_NUMBERS = f"deployed: true\nnotify: {{key: production}}\nredirect: {{{NUMBERS}}}\n"
SMS_TEMPLATES = TEMPLATES.replace("type: email", "type: sms")
KEY = "owner: developers, purpose: mail, created: unknown, kept: the store"
WITHOUT = "web sends "
REDIRECTED = "files: {a.py: {format: python, stages: [production], settings: {A: redirects}}}\n"
DEPLOYED = """\
deployed: true
notify: {key: production}
redirect: {to: sink@permits.example, domains: {example.org: applicant}}
"""
NONE = "redirect: {none: nobody makes addresses up}\n"
NOWHERE = {"stages/production.yaml": f"deployed: true\nnotify: {{key: production}}\n{NONE}"}
NOT_ANYWHERE = {
    "stages/production.yaml": "deployed: true\nnotify: {key: production}\n",
    "emailops.yaml": f"policy: {{{NONE.strip()}}}\n",
}
TAKEN_OUT = "redirect: {none: no tests, to: null, domains: null}\n"
WEB = """\
repository: https://git.example/permits.git
sends: [notify]
templates: [permit_granted, permit_refused]
"""
TWO_SERVICES = (
    "{permits: {service_id: 11111111-1111-4111-8111-111111111111}, "
    "permits-trial: {service_id: 22222222-2222-4222-8222-222222222222, trial: true}}"
)
NEWS = """\
audience:
  stages: [production]
  name: News of permits
  contact: {company: Permits, address1: 1 High Street, city: Leeds, zip: LS1 1AA, country: GB}
  permission_reminder: You asked for it.
  campaign_defaults: {from_name: Permits, from_email: lists@example.org, subject: News, language: en}
  email_type_option: false
"""
FAX = "    fax: {since: March 1999, why: nobody has one, patterns: [telefax, facsimile]}\n"
GUESTS = "permits:\n  guest_list:\n"
HELP = "reply_to: {help: {id: 33333333-3333-4333-8333-333333333333, address: help@example.org}}"
OFFICE = "sms_senders: {office: {id: 55555555-5555-4555-8555-555555555555, sender: Permits}}"


def stage(text: str) -> Tree:
    return minimal({"stages/production.yaml": text})


def web(text: str) -> Tree:
    return minimal({"consumers/web.yaml": WEB + text})


def reading(source: str) -> str:
    """A consumer with a file a stage, which reads redirects and this."""
    return f"{WEB}files: {{'{{stage}}.py': {{format: python, settings: {{A: redirects, B: {source}}}}}}}\n"


def api(text: str, *, sends: str = "[]") -> Tree:
    return minimal({"consumers/api.yaml": f"repository: https://git.example/api.git\nsends: {sends}\n{text}"})


def guests(*entries: str) -> Tree:
    rows = "".join(f"    - {{{entry}, why: tests, until: 2027-01-01}}\n" for entry in entries)
    return minimal({"notify.yaml": f"{GUESTS}{rows}"})


def team_key(guest_list: str) -> Tree:
    return minimal(
        {
            "keys/production.yaml": "{extends: _key, account: permits, kind: team, stages: [production]}\n",
            "notify.yaml": f"permits: {{{guest_list}}}\n",
        }
    )


def left_alone(resource: str, field: str, until: str = "2027-01-01") -> Tree:
    return minimal(
        {"emailops.yaml": f"ignore: [{{resource: {resource}, field: {field}, why: tests, until: {until}}}]\n"}
    )


def subscribed(text: str, to: str = "test-opportunities") -> Tree:
    path = f"audiences/{to}.yaml"
    return marketplace({path: f"{marketplace().files[path].decode()}subscribers: {{{text}}}\n"})


def attested(resource: str, by: str = "developers", on: str = "2026-11-01") -> Tree:
    """The minimal state with a guest list, and an attestation of `resource`."""
    return minimal(
        {
            "notify.yaml": "permits: {guest_list: []}\n",
            f"attestations/{resource}.yaml": f'attested: {{}}\nby: {by}\n"on": {on}\ndigest: "{"0" * 64}"\n',
        }
    )


def mailing(text: str, files: dict[str, str] | None = None, kind: str = "notice") -> Tree:
    """The minimal state with one mailing, news."""
    return minimal({"mailings.yaml": f"news:\n  kind: {kind}\n{text}", **(files or {})})


def purpose(text: str) -> Tree:
    return api(f"purpose: {text}\n")


def rows(*records: str, columns: str = "{name: text, of: framework, mail: template}") -> Tree:
    """The Digital Marketplace's state, with a setting of rows beside the others, in a table and a list."""
    whole = f"{{rows: {{columns: {columns}, records: [{', '.join(records)}]}}}}"
    awarded = "      awarded_briefs_template_id: template awarded_briefs\n"
    setting = f"      counterparts: {{table: {{all: {{list: [{whole}]}}}}}}\n"
    return edited(("consumers/jenkins.yaml", awarded, f"{setting}{awarded}"))


@dataclass(frozen=True)
class Fires:
    """The problem stands at the first `text` in `path`, and its words hold `says`."""

    rule: object
    name: str
    tree: Tree
    subject: str
    path: str
    text: str
    says: str

    def place(self) -> Place:
        before, found, _ = self.tree.files[self.path].decode().partition(self.text)
        assert found, f"{self.text!r} is not in {self.path}"
        return Place(self.path, before.count("\n") + 1, len(before) - before.rfind("\n"))


R, A, T, G = safe_addresses, routes, template_names, guest_lists
K, P, X, S = keys, privacy, references, settings
I = ignored  # noqa: E741
M = mailings
C, N, F, W = characters, paths, fixed_values, row_rules
OPPORTUNITIES = "audiences/_opportunities.yaml"
SCRIPTS_PATH = (
    "  dmscripts/email_config/{stage}.py: # a file a stage: production's ids are not even there to be mistaken\n"
)
SCRIPTS = ("consumers/scripts.yaml", SCRIPTS_PATH)
CHOSEN = "    chosen_by: SCRIPTS_STAGE\n"
COUNTED = "{weeks: integer, on: boolean}"
AUDIENCE_X, UPDATES_TEST = "mailchimp-audience/x", "mailchimp-audience/framework-updates-test"
TWICE = 'mailchimp-audience/framework-updates: "7534b3e89a"'
ANYTHING = ""
"""Stands for whatever subject a problem of the whole state has."""
NOTIFY_KEY = "live-11111111-1111-4111-8111-111111111111-5ec5e700-5ec5-4ec5-8ec5-5ec5e7005ec5"
MAILCHIMP_KEY = "0123456789abcdef0123456789abcdef-us12"

NOTICE = "  stages: {development: anywhere}\n  source: file\n  template: permit_granted\n"
ASKING = """\
  stages: {development: anywhere, production: anywhere}
  source: {url: {development: "https://a.example", production: "https://b.example"}, path: /people, items: people}
  template: permit_granted
"""
CAMPAIGN = """\
  stages: {production: anywhere}
  source: {url: "https://a.example", path: "/permits?town={town}", items: permits}
  parameters: {town: the town}
  audience: permit-news
  published: on
  subject: News of {day} {month}
  title: News [{day}]
  from: {name: Permits, email: lists@example.org}
"""
TEXTS = {"mailings/news.html": "<p>News</p>", "mailings/news.txt": "News", "audiences/permit-news.yaml": NEWS}

FIRES = [
    Fires(
        M.mailing_unknown,
        "a stage",
        mailing(NOTICE.replace("development", "staging")),
        *("mailing/news", "mailings.yaml", "anywhere", "no stage 'staging'"),
    ),
    Fires(
        M.mailing_unknown,
        "a template",
        mailing(NOTICE.replace("granted", "grantd")),
        *("mailing/news", "mailings.yaml", "permit_grantd", "no template 'permit_grantd'"),
    ),
    Fires(
        M.mailing_unknown,
        "an export",
        mailing(NOTICE.replace("file", "{export: readers}")),
        *("mailing/news", "mailings.yaml", "readers", "no export 'readers'"),
    ),
    Fires(
        M.mailing_unknown,
        "a reply-to address",
        mailing(f"{NOTICE}  reply_to: enquiries\n"),
        *("mailing/news", "mailings.yaml", "enquiries", "whose service has no reply-to address enquiries"),
    ),
    Fires(
        M.mailing_unknown,
        "an audience",
        mailing("  stages: {production: anywhere}\n  audience: permit-news\n", kind="export"),
        *("mailing/news", "mailings.yaml", "permit-news", "no single audience 'permit-news'"),
    ),
    Fires(
        M.mailing_unknown,
        "an audience that serves another stage",
        mailing("  stages: {development: anywhere}\n  audience: permit-news\n", TEXTS, kind="export"),
        *("mailing/news", "mailings.yaml", "permit-news", "runs at development, which permit-news does not serve"),
    ),
    Fires(
        M.mailing_source,
        "nowhere at a stage",
        mailing(ASKING.replace(', production: "https://b.example"', "")),
        *("mailing/news", "mailings.yaml", '{development: "https', "runs at production, where its source has no url"),
    ),
    Fires(
        M.mailing_source,
        "one token for all stages",
        mailing(ASKING.replace("items: people", "items: people, token: env:PEOPLE")),
        *("mailing/news", "mailings.yaml", "env:PEOPLE", "token is production's at development, too"),
    ),
    Fires(
        M.mailing_text_missing,
        "no plain text",
        mailing(CAMPAIGN, {path: text for path, text in TEXTS.items() if not path.endswith(".txt")}, kind="campaign"),
        *("mailing/news", "mailings.yaml", "news", "there is no mailings/news.txt"),
    ),
    Fires(
        M.mailing_placeholder,
        "a path asks for what nobody gives",
        mailing(CAMPAIGN.replace("={town}", "={twon}"), TEXTS, kind="campaign"),
        *("mailing/news", "mailings.yaml", '"/permits', "no parameter 'twon'"),
    ),
    Fires(
        M.mailing_placeholder,
        "a subject speaks of lots, and there are none",
        mailing(CAMPAIGN.replace("News of {day}", "News of {lot_name}"), TEXTS, kind="campaign"),
        *("mailing/news", "mailings.yaml", "News of", "no placeholder 'lot_name'"),
    ),
    Fires(
        M.mailing_timed,
        "where it may not run",
        mailing(f"{NOTICE}  timed: {{production: H 8 * * 1-5}}\n"),
        *("mailing/news", "mailings.yaml", "H 8", "timed at production, where it may not run"),
    ),
    Fires(
        M.mailing_timed,
        "a file that somebody has to name",
        mailing(f"{NOTICE}  timed: {{development: H 8 * * 1-5}}\n"),
        *("mailing/news", "mailings.yaml", "H 8", "needs somebody to name a file"),
    ),
    Fires(
        M.mailing_timed,
        "an export, which needs a file to write",
        mailing(
            "  stages: {production: anywhere}\n  audience: permit-news\n  timed: {production: H 8 * * *}\n",
            TEXTS,
            kind="export",
        ),
        *("mailing/news", "mailings.yaml", "H 8", "needs somebody to name a file"),
    ),
    Fires(
        M.mailing_timed,
        "a notice that is done after the first day",
        mailing(f"{ASKING}  timed: {{production: H 8 * * 1-5}}\n"),
        *("mailing/news", "mailings.yaml", "H 8", "would be sent the first time alone"),
    ),
    Fires(
        R.number_redirect_unread,
        "text messages are sent",
        minimal({"stages/production.yaml": OF_NUMBERS, "templates.yaml": SMS_TEMPLATES, "consumers/web.yaml": WEB}),
        *("consumer/web", "consumers/web.yaml", "[notify]", "no redirected numbers in production"),
    ),
    Fires(
        R.number_redirect_listed,
        "not listed",
        minimal(
            {
                "stages/production.yaml": OF_NUMBERS,
                "templates.yaml": SMS_TEMPLATES,
                "keys/production.yaml": "{extends: _key, account: permits, kind: team, stages: [production]}\n",
                "notify.yaml": "permits: {guest_list: [{number: 07700900112, why: tests, until: 2027-01-01}]}\n",
                "consumers/web.yaml": f"{WEB}files: {{a.json: {{format: json, settings: {{N: number_redirects}}}}}}\n",
            }
        ),
        *("stage/production", "stages/production.yaml", "'+447700900111'", "not on the guest list of permits"),
    ),
    Fires(
        R.sms_length,
        "one character too many",
        minimal({"templates.yaml": SMS_TEMPLATES, "templates/permit_granted.md": "x" * 919}),
        *("notify-template/permit_granted", "templates/permit_granted.md", "x", "919 characters; Notify sends 918"),
    ),
    Fires(
        R.redirect_missing,
        "deployed",
        stage("deployed: true\nnotify: {key: production}\n"),
        *("stage/production", "stages/production.yaml", "deployed", "redirects nothing"),
    ),
    Fires(
        R.redirect_undecided,
        "beside what its base redirects",
        edited(("stages/production.yaml", "extends: _deployed\n", "extends: _deployed\nredirect: {none: no tests}\n")),
        *("stage/production", "stages/production.yaml", "no tests", "production says why it redirects nothing"),
    ),
    Fires(
        R.redirect_purpose,
        "a domain for something unknown",
        stage(DEPLOYED.replace("}}", ", example.net: aplicant}}")),
        *("stage/production", "stages/production.yaml", "aplicant", "'aplicant'"),
    ),
    Fires(
        R.redirect_purpose,
        "no domain for something",
        edited(("stages/_deployed.yaml", "    example.gov.uk: approved buyer\n", "")),
        *("stage/preview", "stages/_deployed.yaml", "example.com", "approved buyer"),
    ),
    Fires(
        R.redirect_purpose,
        "no domain at all",
        stage("deployed: true\nnotify: {key: production}\nredirect: {to: sink@permits.example, domains: {}}\n"),
        *("stage/production", "stages/production.yaml", "{}", "applicant"),
    ),
    Fires(
        R.redirect_target_listed,
        "team key, no guest list",
        team_key(""),
        *("stage/production", "stages.yaml", "sink@", "guest list"),
    ),
    Fires(
        R.redirect_target_listed,
        "team key, another tag",
        team_key("guest_list: [{address: sink+a@permits.example, why: tests, until: 2027-01-01}]"),
        *("stage/production", "stages.yaml", "sink@", "guest list"),
    ),
    Fires(
        R.redirect_target_refused,
        "smoke-test address in another case",
        stage(DEPLOYED.replace("sink@permits.example", "Simulate-Delivered@notifications.service.gov.uk")),
        *("stage/production", "stages/production.yaml", "Simulate", "smoke-test"),
    ),
    Fires(
        R.redirect_target_refused,
        "address that only a test key knows",
        stage(DEPLOYED.replace("sink@permits.example", "temp-fail@simulator.notify")),
        *("stage/production", "stages/production.yaml", "temp-fail", "live key"),
    ),
    Fires(
        R.redirect_unread,
        "no file at all",
        web(""),
        *("consumer/web", "consumers/web.yaml", "[notify]", "production"),
    ),
    Fires(
        R.redirect_unread,
        "read at one stage of three",
        edited(
            (
                "consumers/scripts.yaml",
                "    format: python\n",
                "    format: python\n    stages: [development, preview]\n",
            )
        ),
        *("consumer/scripts", "consumers/scripts.yaml", "[notify, mailchimp]", "staging, production"),
    ),
    Fires(
        R.redirect_unread,
        "a template that is declared as sent without them",
        web(f"unredirected: [permit_granted]\n{REDIRECTED}"),
        *("consumer/web", "consumers/web.yaml", "[permit_granted]\nfiles"),
        f"{WITHOUT}permit_granted without redirects",
    ),
    Fires(
        R.redirect_unread,
        "not every template is declared as sent without them",
        web("unredirected: [permit_granted]\n"),
        *("consumer/web", "consumers/web.yaml", "[notify]", "production"),
    ),
    Fires(
        R.unredirected_unread,
        "a template that there is not",
        web(f"unredirected: [permit_grantd]\n{REDIRECTED}"),
        *("consumer/web", "consumers/web.yaml", "permit_grantd", "there is no template 'permit_grantd'"),
    ),
    Fires(
        R.unredirected_unread,
        "a template that another consumer reads, which starts nothing",
        api("unredirected: [permit_granted]\n", sends="[notify]"),
        *("consumer/api", "consumers/api.yaml", "permit_granted", "nothing that starts it does"),
    ),
    Fires(
        R.redirect_pointless,
        "sends with Mailchimp only",
        api("files: {a.py: {format: python, stages: [production], settings: {A: redirects}}}\n", sends="[mailchimp]"),
        *("consumer/api", "consumers/api.yaml", "A:", "nothing reads A"),
    ),
    Fires(
        A.audience_crosses_production,
        "production and staging",
        edited(("audiences/framework-updates.yaml", "stages: [production]", "stages: [production, staging]")),
        *("mailchimp-audience/framework-updates", "audiences/framework-updates.yaml", "[production", "staging"),
    ),
    Fires(
        A.mailing_split,
        "another test audience",
        edited(
            ("consumers/scripts.yaml", "sends: MAILCHIMP_LIST_IDS}", "sends: SEND_TO}"),
            ("consumers/scripts.yaml", "      MAIL", "      SEND_TO: audience test-opportunities\n      MAIL"),
        ),
        *("consumer/scripts", "consumers/scripts.yaml", "{subscribes", "preview"),
    ),
    Fires(
        A.mailing_split,
        "a setting that is not read",
        edited(("consumers/scripts.yaml", "sends: MAILCHIMP_LIST_IDS}", "sends: SEND_TO}")),
        *("consumer/scripts", "consumers/scripts.yaml", "SEND_TO", "'SEND_TO'"),
    ),
    Fires(
        A.route_missing,
        "open, and nobody serves the other stages",
        edited((OPPORTUNITIES, "otherwise: test-{lot}\n", "")),
        *("framework/digital-outcomes-and-specialists-6", "audiences/digital-outcomes-and-specialists-6.yaml"),
        *("extends", "development, preview, staging"),
    ),
    Fires(
        A.route_missing,
        "closing counts as well",
        edited((OPPORTUNITIES, "otherwise: test-{lot}\n", "")),
        *("framework/digital-outcomes-and-specialists-5", "audiences/digital-outcomes-and-specialists-5.yaml"),
        *("extends", "closing"),
    ),
    Fires(
        A.route_missing,
        "open without audiences",
        edited(("audiences/digital-outcomes-and-specialists.yaml", "status: closed", "status: open")),
        *("framework/digital-outcomes-and-specialists", "audiences/digital-outcomes-and-specialists.yaml"),
        *("none #", "production"),
    ),
    Fires(
        A.route_missing,
        "the audience for other stages serves just some of them",
        edited(("audiences/_test.yaml", "stages: [development, preview, staging]", "stages: [preview, staging]")),
        *("framework/digital-outcomes-and-specialists-6", OPPORTUNITIES, "test-{lot}", "development"),
    ),
    Fires(
        A.audience_name_twice,
        "of two test audiences",
        edited(("audiences/test-opportunities.yaml", "Test: Opportunities", "Test: Digital outcomes")),
        *("mailchimp-audience/test-opportunities", "audiences/test-opportunities.yaml"),
        *('"Test: Digital outcomes"', "test-digital-outcomes"),
    ),
    Fires(
        A.audience_name_twice,
        "of the lots of one framework",
        edited((OPPORTUNITIES, '"{framework_name}: {lot_name}"\n', '"{framework_name}"\n')),
        *("mailchimp-audience/digital-outcomes-and-specialists-2.digital-outcomes", OPPORTUNITIES),
        *('"{framework_name}"', "digital-specialists"),
    ),
    Fires(
        A.audience_placeholder,
        "misspelt",
        edited((OPPORTUNITIES, "supplier on {framework_name}", "supplier on {framework_nmae}")),
        *("mailchimp-audience/digital-outcomes-and-specialists-2.digital-specialists", OPPORTUNITIES),
        *("You get this", "{framework_nmae}"),
    ),
    Fires(
        A.audience_placeholder,
        "of a lot where there are none",
        edited(("audiences/test-opportunities.yaml", "Test: Opportunities", "Test: {lot_name}")),
        *("mailchimp-audience/test-opportunities", "audiences/test-opportunities.yaml"),
        *('"Test: {lot_name}"', "{lot_name}"),
    ),
    Fires(
        A.audience_placeholder,
        "of nothing",
        edited(("audiences/test-opportunities.yaml", "Test: Opportunities", "Test: {}")),
        *("mailchimp-audience/test-opportunities", "audiences/test-opportunities.yaml", '"Test: {}"', "{}"),
    ),
    Fires(
        A.audience_placeholder,
        "in a field of a field",
        edited(
            ("audiences/_audience.yaml", "    from_name: Digital Marketplace Team", "    from_name: Team of {lots}")
        ),
        *("mailchimp-audience/framework-updates", "audiences/_audience.yaml", "Team of {lots}", "{lots}"),
    ),
    Fires(
        A.audience_country,
        "as people write it",
        minimal({"audiences/news.yaml": NEWS.replace("country: GB", "country: UK")}),
        *("mailchimp-audience/news", "audiences/news.yaml", "UK", "take it for US"),
    ),
    Fires(
        A.audience_country,
        "of nowhere",
        edited(("audiences/_audience.yaml", "country: GB", "country: XX")),
        *("mailchimp-audience/framework-updates", "audiences/_audience.yaml", "XX", "XX is not the code of a country"),
    ),
    Fires(
        A.audience_incomplete,
        "still to be made",
        minimal({"audiences/news.yaml": NEWS.replace("  permission_reminder: You asked for it.\n", "")}),
        *("mailchimp-audience/news", "audiences/news.yaml", "stages", "has no permission_reminder"),
    ),
    Fires(
        A.audience_incomplete,
        "beside one that is recorded",
        minimal(
            {
                "audiences/news.yaml": NEWS,
                "audiences/jobs.yaml": "audience: {stages: [production], name: Jobs}\n",
                "recorded/production.yaml": "mailchimp-audience/news: aaaaaaaaa1\n",
            }
        ),
        *("mailchimp-audience/jobs", "audiences/jobs.yaml", "{stages", "contact.company, contact.address1"),
    ),
    Fires(
        A.otherwise_unknown,
        "misspelt",
        edited((OPPORTUNITIES, "test-{lot}", "tests-{lot}")),
        *("mailchimp-audience/digital-outcomes-and-specialists-6.digital-outcomes", OPPORTUNITIES),
        *("tests-{lot}", "tests-digital-outcomes"),
    ),
    Fires(
        A.otherwise_unknown,
        "a framework",
        edited(("audiences/framework-updates.yaml", "framework-updates-test", "digital-outcomes-and-specialists-5")),
        *("mailchimp-audience/framework-updates", "audiences/framework-updates.yaml"),
        *("digital-outcomes-and-specialists-5", "not a single audience"),
    ),
    Fires(
        A.recorded_id,
        "nine digits",
        edited(("recorded/shared.yaml", "18fb1fa411", "18fb1fa41")),
        *("mailchimp-audience/framework-updates-test", "recorded/shared.yaml", '"18fb1fa41"', "not an audience id"),
    ),
    Fires(
        A.recorded_id,
        "one id for two",
        edited(("recorded/shared.yaml", "18fb1fa411", "f0077c516d")),
        *("mailchimp-audience/test-digital-outcomes", "recorded/shared.yaml"),
        *('"f0077c516d"\nmailchimp-audience/test-digital-s', "framework-updates-test"),
    ),
    Fires(
        A.recorded_id,
        "one id for two over scopes",
        edited(("recorded/shared.yaml", "18fb1fa411", "7534b3e89a")),
        *("mailchimp-audience/framework-updates-test", "recorded/shared.yaml", '"7534b3e89a"', "framework-updates"),
    ),
    Fires(
        A.recorded_id,
        "two ids for one",
        edited(("recorded/shared.yaml", "framework-updates-test:", "framework-updates:")),
        *("mailchimp-audience/framework-updates", "recorded/shared.yaml", '"18fb1fa411"', "twice"),
    ),
    Fires(
        A.recorded_id,
        "below what has no id of Mailchimp's",
        minimal({"recorded/production.yaml": f"notify-template/permit_granted: abc\n{AUDIENCE_X}: '123456789'\n"}),
        *(AUDIENCE_X, "recorded/production.yaml", "'123456789'", "not an audience id"),
    ),
    Fires(
        A.recorded_id,
        "below one that two scopes hold alike",
        edited(("recorded/shared.yaml", f'{UPDATES_TEST}: "18fb1fa411"', f'{TWICE}\n{UPDATES_TEST}: "18fb1fa41"')),
        *(UPDATES_TEST, "recorded/shared.yaml", '"18fb1fa41"', "not an audience id"),
    ),
    Fires(
        T.template_missing,
        "in the map",
        minimal({"consumers/web.yaml": WEB.replace("refused]", "refused, permit_grantd]")}),
        *("consumer/web", "consumers/web.yaml", "permit_grantd", "'permit_grantd'"),
    ),
    Fires(
        T.template_missing,
        "in a table of a source",
        api("files: {a.json: {format: json, settings: {A: {table: {b: {table: {c: template permit_lost}}}}}}}\n"),
        *("consumer/api", "consumers/api.yaml", "template permit_lost", "'permit_lost'"),
    ),
    Fires(
        T.template_missing,
        "in the code of a consumer",
        minimal({"consumers/api.yaml": "repository: https://git.example/a.git\nsends: []\nliterals: [permit_lost]\n"}),
        *("consumer/api", "consumers/api.yaml", "permit_lost", "'permit_lost'"),
    ),
    Fires(
        T.template_missing,
        "that is only kept",
        api("keeps:\n  - permit_lost\n"),
        *("consumer/api", "consumers/api.yaml", "permit_lost", "'permit_lost'"),
    ),
    Fires(
        T.template_missing,
        "among those of a setting",
        api("files: {a.json: {format: json, settings: {A: {templates: [permit_granted, permit_lost]}}}}\n"),
        *("consumer/api", "consumers/api.yaml", "permit_lost", "'permit_lost'"),
    ),
    Fires(
        T.template_unread,
        "one more",
        minimal({"templates.yaml": f"{TEMPLATES}permit_lost: {{type: email, id: {IDS % (3, 3)}}}\n"}),
        *("notify-template/permit_lost", "templates.yaml", "permit_lost", "no consumer"),
    ),
    Fires(
        T.template_absent,
        "a service that a stage uses has not got it",
        minimal({"templates.yaml": TEMPLATES.replace(IN_PERMITS, "")}),
        *("notify-template/permit_refused", "templates.yaml", "{permits-trial: bbbbbbbb-0000-4000-8000-000000000002"),
        "production has no permit_refused yet; code that sends it fails there",
    ),
    Fires(
        T.template_absent,
        "named by a setting of that stage only",
        minimal(
            {
                "templates.yaml": TEMPLATES.replace(IN_PERMITS, ""),
                "consumers/web.yaml": WEB.replace(", permit_refused", "")
                + "files: {'{stage}.py': {format: python, settings: {A: redirects, B: template permit_refused}}}\n",
            }
        ),
        *("notify-template/permit_refused", "templates.yaml", "{permits-trial: bbbbbbbb-0000-4000-8000-000000000002"),
        "production has no permit_refused yet",
    ),
    Fires(
        senders.sender_absent,
        "a reply-to address that only the trial service has",
        minimal({"notify.yaml": f"permits-trial: {{{HELP}}}\n", "consumers/web.yaml": reading("reply_to help")}),
        *("notify-reply-to/help", "notify.yaml", "{id: 33333333"),
        "production has no reply-to address help yet; code that reads it finds none there",
    ),
    Fires(
        senders.sender_absent,
        "the address itself, in a mapping",
        minimal(
            {
                "notify.yaml": f"permits-trial: {{{HELP}}}\n",
                "consumers/web.yaml": reading("{table: {help: reply_to_address help}}"),
            }
        ),
        *("notify-reply-to/help", "notify.yaml", "{id: 33333333", "production has no reply-to address help yet"),
    ),
    Fires(
        senders.sender_absent,
        "a sender that only the first service has",
        minimal({"notify.yaml": f"permits: {{{OFFICE}}}\n", "consumers/web.yaml": reading("sms_sender office")}),
        *("notify-sms-sender/permits-trial.office", "notify.yaml", "{id: 55555555"),
        "development has no sender of text messages office yet",
    ),
    Fires(
        T.template_id_twice,
        "in two accounts",
        minimal(
            {
                "templates.yaml": TEMPLATES.replace(
                    "bbbbbbbb-0000-4000-8000-000000000002", "aaaaaaaa-0000-4000-8000-000000000001"
                )
            }
        ),
        *("notify-template/permits-trial.permit_refused", "templates.yaml"),
        *("aaaaaaaa-0000-4000-8000-000000000001}}", "permit_granted"),
    ),
    Fires(
        T.template_redaction,
        "not redacted",
        edited(("templates.yaml", "  redacted: true", "  redacted: false # not yet")),
        *("notify-template/reset_password", "templates.yaml", "false # not yet", "reset_password"),
    ),
    Fires(
        T.template_redaction,
        "nothing said",
        edited(("templates.yaml", "  redacted: true\n", "")),
        *("notify-template/invite_admin_user", "templates.yaml", "[url]", "invite_admin_user"),
    ),
    Fires(
        G.guest_list_size,
        "six of addresses and people",
        guests(*(f"address: {letter}@example.org" for letter in "abcde"), "person: developers"),
        *("notify-guest-list/permits", "notify.yaml", "- {address: a@", "6 addresses"),
    ),
    Fires(
        G.guest_list_size,
        "six numbers",
        guests(*(f'number: "0770090000{n}"' for n in range(6))),
        *("notify-guest-list/permits", "notify.yaml", '- {number: "07700900000', "6 numbers"),
    ),
    Fires(
        G.guest_twice,
        "in another case",
        guests("address: sink@permits.example", "address: SINK@permits.example"),
        *("notify-guest-list/permits", "notify.yaml", "SINK", "twice"),
    ),
    Fires(
        G.guest_twice,
        "a number with other spaces",
        guests("number: 07700 900000", "number: 0770 0900 000"),
        *("notify-guest-list/permits", "notify.yaml", "0770 0900", "twice"),
    ),
    Fires(
        K.key_kind,
        "a live key where something else is deployed",
        edited(("keys.yaml", "kind: team # closest", "kind: live # closest")),
        *("stage/staging", "stages/staging.yaml", "staging}", "live key"),
    ),
    Fires(
        K.key_kind,
        "a team key where nothing is deployed",
        edited(("keys.yaml", "  kind: test\n  stages: [development]", "  kind: team\n  stages: [development]")),
        *("stage/development", "stages/development.yaml", "development}", "team key"),
    ),
    Fires(
        K.key_kind,
        "a test key in production",
        minimal({"keys/production.yaml": "{extends: _key, account: permits, kind: test, stages: [production]}"}),
        *("stage/production", "stages.yaml", "production}", "test key"),
    ),
    Fires(
        K.key_kind,
        "a key of unknown kind in production",
        minimal({"keys/production.yaml": "{extends: _key, account: permits, kind: unknown, stages: [production]}"}),
        *("stage/production", "stages.yaml", "production}", "unknown kind"),
    ),
    Fires(
        K.key_kind_missing,
        "of Notify",
        minimal({"keys/production.yaml": "{extends: _key, account: permits, stages: [production]}"}),
        *("notify-key/production", "keys/production.yaml", "{extends", "no kind"),
    ),
    Fires(
        K.key_kind_missing,
        "of Mailchimp, with one",
        edited(("keys.yaml", "  account: mailchimp\n", "  account: mailchimp\n  kind: live # of none\n")),
        *("notify-key/mailchimp", "keys.yaml", "live # of none", "has no kind"),
    ),
    Fires(
        K.live_key_outside_production,
        "for staging, too",
        edited(
            (
                "keys.yaml",
                "stages: [production]\n  purpose: apps and scripts in production",
                "stages: [staging, production]\n  purpose: apps and scripts in production",
            )
        ),
        *("notify-key/production", "keys.yaml", "[staging, production]", "staging"),
    ),
    Fires(
        K.live_key_outside_production,
        "for two other stages, too",
        edited(
            (
                "keys.yaml",
                "stages: [production]\n  purpose: apps and scripts in production",
                "stages: [preview, staging, production]\n  purpose: apps and scripts in production",
            )
        ),
        *("notify-key/production", "keys.yaml", "[preview, staging, production]", "is for preview, staging"),
    ),
    Fires(
        K.live_keys_limit,
        "one more than the limit",
        edited(("emailops.yaml", "live_keys: 2", "live_keys: 1")),
        *("policy/live_keys", "emailops.yaml", "1 # production", "2 live keys"),
    ),
    Fires(
        K.live_keys_limit,
        "one more may be live",
        minimal(
            {
                "emailops.yaml": "policy: {live_keys: 1 }\n",
                "keys/reader.yaml": "{extends: _key, account: permits, kind: unknown, stages: []}",
            }
        ),
        *("policy/live_keys", "emailops.yaml", "1 }", "reader (of unknown kind)"),
    ),
    Fires(
        K.live_keys_limit,
        "none may be",
        minimal({"emailops.yaml": "policy: {live_keys: 0}\n"}),
        *("policy/live_keys", "emailops.yaml", "0}", "the limit is 0: production"),
    ),
    Fires(
        K.live_keys_limit,
        "one that is named as its own successor",
        minimal(
            {
                "keys/production.yaml": "{extends: _key, account: permits, kind: live, stages: [production],"
                " successor: production}",
                "emailops.yaml": "policy: {live_keys: 0}\n",
            }
        ),
        *("policy/live_keys", "emailops.yaml", "0}", "production"),
    ),
    Fires(
        K.key_kind_of_reader,
        "a test key looks at what a team key sent",
        edited(
            (
                "keys.yaml",
                "functional-tests-staging: {extends: _key, kind: team",
                "functional-tests-staging: {extends: _key, kind: test",
            )
        ),
        *("consumer/functional-tests", "consumers/functional-tests.yaml", "key functional-tests-staging", "team key"),
    ),
    Fires(
        K.key_rotation,
        "due yesterday",
        minimal(
            {
                "keys/production.yaml": "{extends: _key, account: permits, kind: live, stages: [production],"
                " rotate_by: 2026-11-23}"
            }
        ),
        *("notify-key/production", "keys/production.yaml", "2026-11-23", "2026-11-23"),
    ),
    Fires(
        P.secret_in_state,
        "a Notify key in a longer text",
        purpose(f"sends with {NOTIFY_KEY}, for now"),
        *(ANYTHING, "consumers/api.yaml", "sends with", "Notify key"),
    ),
    Fires(
        P.secret_in_state,
        "a Notify key in capitals and without its name",
        purpose(NOTIFY_KEY.removeprefix("live-").upper()),
        *(ANYTHING, "consumers/api.yaml", "11111111-", "Notify key"),
    ),
    Fires(
        P.secret_in_state,
        "a Mailchimp key as the value of a setting",
        api(f"files: {{a.json: {{format: json, settings: {{A: {{value: {MAILCHIMP_KEY}}}}}}}}}\n"),
        *(ANYTHING, "consumers/api.yaml", "0123456789abcdef", "Mailchimp key"),
    ),
    Fires(
        P.secret_in_state,
        "a Mailchimp key in capitals behind a word",
        purpose(f"KEY_{MAILCHIMP_KEY.upper()}"),
        *(ANYTHING, "consumers/api.yaml", "KEY_", "Mailchimp key"),
    ),
    Fires(
        P.secret_in_state,
        "a private key over several lines",
        purpose("|\n  -----BEGIN RSA PRIVATE KEY-----\n  MIIEow\n  -----END RSA PRIVATE KEY-----"),
        *(ANYTHING, "consumers/api.yaml", "|", "private key"),
    ),
    Fires(
        P.secret_in_state,
        "in a waiver",
        minimal(
            {
                "waivers.yaml": "[{rule: r, resource: a/b, until: 2027-01-01, owner: developers, reason: "
                f"{NOTIFY_KEY}}}]\n"
            }
        ),
        *(ANYTHING, "waivers.yaml", "live-1111", "Notify key"),
    ),
    Fires(
        P.secret_in_state,
        "in emailops.yaml",
        minimal({"emailops.yaml": f"words: {{unread_variables: {{KEY: {NOTIFY_KEY}}}}}\n"}),
        *(ANYTHING, "emailops.yaml", "live-1111", "Notify key"),
    ),
    Fires(
        P.secret_in_state,
        "in a base",
        minimal({"keys/_key.yaml": f"{{{KEY.replace('the store', NOTIFY_KEY)}}}"}),
        *(ANYTHING, "keys/_key.yaml", "live-1111", "Notify key"),
    ),
    Fires(
        P.secret_in_state,
        "in a base that nothing extends",
        minimal({"consumers/_app.yaml": f"{{purpose: {NOTIFY_KEY}}}"}),
        *(ANYTHING, "consumers/_app.yaml", "live-1111", "Notify key"),
    ),
    Fires(
        P.secret_in_state,
        "in the text of a template",
        minimal({"templates/permit_granted.md": f"Subject: Granted\n\n{NOTIFY_KEY}\n"}),
        *(ANYTHING, "templates/permit_granted.md", "Subject", "Notify key"),
    ),
    Fires(
        P.secret_in_state,
        "as the key of a mapping",
        api(f"files: {{a.json: {{format: json, settings: {{A: {{table: {{{NOTIFY_KEY}: {{value: a}}}}}}}}}}}}\n"),
        *(ANYTHING, "consumers/api.yaml", "live-1111", "Notify key"),
    ),
    Fires(
        P.address_in_state,
        "a guest at a domain of others",
        guests("address: jo.bloggs@example.com"),
        *(ANYTHING, "notify.yaml", "jo.bloggs", "person"),
    ),
    Fires(
        P.address_in_state,
        "in the middle of a longer text",
        purpose("ask Jo <jo@elsewhere.gov.uk>, or wait"),
        *(ANYTHING, "consumers/api.yaml", "ask Jo", "elsewhere.gov.uk"),
    ),
    Fires(
        P.address_in_state,
        "in capitals",
        purpose("JO@ELSEWHERE.GOV.UK"),
        *(ANYTHING, "consumers/api.yaml", "JO@", "elsewhere.gov.uk"),
    ),
    Fires(
        P.address_in_state,
        "the redirect target with a tag",
        guests("address: sink+a@permits.example"),
        *(ANYTHING, "notify.yaml", "sink+a", "permits.example"),
    ),
    Fires(
        P.address_in_state,
        "below a redirected domain",
        guests("address: jo@mail.example.org"),
        *(ANYTHING, "notify.yaml", "jo@", "mail.example.org"),
    ),
    Fires(
        P.address_in_state,
        "that resembles a smoke-test address",
        guests("address: simulate-delivered-4@notifications.service.gov.uk"),
        *(ANYTHING, "notify.yaml", "simulate", "notifications.service.gov.uk"),
    ),
    Fires(
        P.address_in_state,
        "an audience's sender",
        edited(
            ("audiences/_audience.yaml", "do-not-reply@digitalmarketplace.service", "jo.bloggs@digital.cabinet-office")
        ),
        *(ANYTHING, "audiences/_audience.yaml", "jo.bloggs", "digital.cabinet-office.gov.uk"),
    ),
    Fires(
        P.address_in_state,
        "a fixed setting",
        edited(("consumers/supplier-frontend.yaml", "clarification-questions@example.gov.uk", "jo@elsewhere.gov.uk")),
        *(ANYTHING, "consumers/supplier-frontend.yaml", "jo@", "elsewhere.gov.uk"),
    ),
    Fires(
        P.address_in_state,
        "in the role of a person",
        minimal({"people.yaml": "developers: {role: jo@elsewhere.gov.uk, since: 2026-09-01}\n"}),
        *(ANYTHING, "people.yaml", "jo@", "elsewhere.gov.uk"),
    ),
    Fires(
        P.address_in_state,
        "as the key of a mapping",
        api("files: {a.json: {format: json, settings: {A: {table: {jo@elsewhere.gov.uk: {value: a}}}}}}\n"),
        *(ANYTHING, "consumers/api.yaml", "jo@", "elsewhere.gov.uk"),
    ),
    Fires(
        P.address_in_state,
        "in an attestation",
        minimal(
            {
                "notify.yaml": "permits: {guest_list: []}\n",
                "attestations/notify-guest-list/permits.yaml": "attested: {addresses: [jo@elsewhere.gov.uk]}\n"
                f'by: developers\n"on": 2026-11-01\ndigest: "{"0" * 64}"\n',
            }
        ),
        *(ANYTHING, "attestations/notify-guest-list/permits.yaml", "jo@", "elsewhere.gov.uk"),
    ),
    Fires(
        P.retired_provider,
        "in the name of a secret, in capitals",
        edited(
            (
                "consumers/user-frontend.yaml",
                "extends: _app\n",
                "extends: _app\nsecrets: {DM_MANDRILL_API_KEY: notify}\n",
            )
        ),
        *(ANYTHING, "consumers/user-frontend.yaml", "DM_MANDRILL", "January 2018"),
    ),
    Fires(
        P.retired_provider,
        "in a longer text",
        edited(("consumers/api.yaml", "purpose: hears from Notify", "purpose: hears from Mandrill and Notify")),
        *(ANYTHING, "consumers/api.yaml", "hears", "January 2018"),
    ),
    Fires(
        P.retired_provider,
        "the name of a consumer",
        marketplace({"consumers/mandrill-jobs.yaml": "repository: https://git.example/m.git\nsends: []\n"}),
        *(ANYTHING, "consumers/mandrill-jobs.yaml", "repository", "January 2018"),
    ),
    Fires(
        P.retired_provider,
        "in the other words",
        edited(("emailops.yaml", "    DM_NOTIFY_KEY: DM_NOTIFY_API_KEY", "    DM_MANDRILL_KEY: DM_NOTIFY_API_KEY")),
        *(ANYTHING, "emailops.yaml", "DM_MANDRILL_KEY", "January 2018"),
    ),
    Fires(
        P.retired_provider,
        "another one, by its second pattern",
        edited(
            ("emailops.yaml", "  retired_providers:\n", f"  retired_providers:\n{FAX}"),
            ("consumers/user-frontend.yaml", "extends: _app\n", "extends: _app\nsecrets: {FACSIMILE_KEY: notify}\n"),
        ),
        *(ANYTHING, "consumers/user-frontend.yaml", "FACSIMILE", "March 1999"),
    ),
    Fires(
        P.subscriber_domain,
        "at a domain of others",
        subscribed("anna: anna@elsewhere.gov.uk"),
        *("mailchimp-test-subscriber/test-opportunities.anna", "audiences/test-opportunities.yaml"),
        *("anna@", "elsewhere.gov.uk"),
    ),
    Fires(
        P.subscriber_domain,
        "below an own domain",
        subscribed("anna: anna@mail.digitalmarketplace.service.gov.uk"),
        *("mailchimp-test-subscriber/test-opportunities.anna", "audiences/test-opportunities.yaml"),
        *("anna@", "mail.digitalmarketplace.service.gov.uk"),
    ),
    Fires(
        P.subscriber_audience,
        "of production",
        subscribed("anna: anna@user.marketplace.team", to="framework-updates"),
        *("mailchimp-test-subscriber/framework-updates.anna", "audiences/framework-updates.yaml"),
        *("anna@", "production"),
    ),
    Fires(
        P.subscriber_audience,
        "of a framework",
        subscribed("anna: anna@user.marketplace.team", to="digital-outcomes-and-specialists-6"),
        *("framework/digital-outcomes-and-specialists-6", "audiences/digital-outcomes-and-specialists-6.yaml"),
        *("{anna", "lots"),
    ),
    Fires(
        P.subscriber_audience,
        "a person, of production",
        subscribed("team: {person: developers}", to="framework-updates"),
        *("mailchimp-test-subscriber/framework-updates.team", "audiences/framework-updates.yaml"),
        *("developers}", "production"),
    ),
    Fires(
        P.dump_addresses,
        "loaded by production",
        edited(
            (
                "dumps.yaml",
                "  addresses: real\n  loaded_by: [development, preview, staging]",
                "  addresses: real\n  loaded_by: [development, production]",
            )
        ),
        *("dump/services.data", "dumps.yaml", "production]", "production has no test or team key"),
    ),
    Fires(
        P.dump_addresses,
        "loaded by a stage whose key is live",
        edited(("keys.yaml", "kind: team # closest", "kind: live # closest")),
        *("dump/briefs.data", "dumps.yaml", "staging]\n  why", "staging has no test or team key"),
    ),
    Fires(
        P.dump_addresses,
        "loaded by a stage whose key does not say of which kind it is",
        edited(("keys.yaml", "  kind: team # closest to production, and a tester can get real mail\n", "")),
        *("dump/briefs.data", "dumps.yaml", "staging]\n  why", "staging has no test or team key"),
    ),
    Fires(
        P.dump_addresses,
        "loaded by a stage without a key",
        edited(("stages/preview.yaml", "notify: {key: preview}", "notify: {}")),
        *("dump/briefs.data", "dumps.yaml", "preview, staging]\n  why", "preview has no test or team key"),
    ),
    Fires(
        P.sends_otherwise,
        "another provider",
        api("", sends="[other]"),
        *("consumer/api", "consumers/api.yaml", "other", "through other"),
    ),
    Fires(
        P.sends_otherwise,
        "Mailchimp beside Notify, without a mailing",
        api("", sends="[notify, mailchimp]"),
        *("consumer/api", "consumers/api.yaml", "mailchimp]", "through mailchimp"),
    ),
    Fires(
        P.sends_otherwise,
        "another provider beside a mailing",
        edited(("consumers/scripts.yaml", "sends: [notify, mailchimp]", "sends: [notify, mailchimp, other]")),
        *("consumer/scripts", "consumers/scripts.yaml", "other]", "through other"),
    ),
    *(
        Fires(
            C.character_unseen,
            name,
            api(f'purpose: "hears{escape}from Notify"\n'),
            *(ANYTHING, "consumers/api.yaml", '"hears', says),
        )
        for name, escape, says in (
            ("of no width", "\\u200b", "U+200B ZERO WIDTH SPACE"),
            ("turning the text round", "\\u202e", "U+202E RIGHT-TO-LEFT OVERRIDE"),
            ("a space that is none", "\\u00a0", "U+00A0 NO-BREAK SPACE"),
            ("steering a terminal", "\\e", "U+001B a control character"),
            ("nobody's", "\\ue000", "U+E000 a control character"),
        )
    ),
    Fires(
        C.character_alike,
        "a letter of another script in a word",
        api("purpose: hears from Nоtify\n"),
        *(ANYTHING, "consumers/api.yaml", "hears", "U+043E CYRILLIC SMALL LETTER O"),
    ),
    Fires(
        C.character_alike,
        "the wide form of a letter",
        api("purpose: hears from Ｎotify\n"),
        *(ANYTHING, "consumers/api.yaml", "hears", "U+FF2E FULLWIDTH LATIN CAPITAL LETTER N"),
    ),
    Fires(
        C.character_alike,
        "a domain of another script alone",
        api("files: {a.json: {format: json, settings: {A: {value: аррӏе.example}}}}\n"),
        *(ANYTHING, "consumers/api.yaml", "аррӏе.example", "U+0430 CYRILLIC SMALL LETTER A"),
    ),
    *(
        Fires(
            N.generated_path,
            path,
            api(f"files: {{{path}: {{format: json, settings: {{A: {{value: a}}}}}}}}\n"),
            *("consumer/api", "consumers/api.yaml", path, "a CI, Git or SSH obeys"),
        )
        for path in (
            *(
                ".envrc",
                ".vscode/tasks.json",
                "web/package.json",
                "setup.py",
                "tests/conftest.py",
                ".npmrc",
                "Dockerfile",
            ),
            *("Procfile", "sitecustomize.py", "tox.ini"),
            ".github/workflows/test.json",
            ".GitHub/settings.json",
            "app/.gitattributes",
            ".gitlab-ci.yml",
            ".circleci/config.json",
            "Jenkinsfile",
            "jobs/JENKINSFILE.settings",
            ".ssh/config",
            ".github./a.json",
            ".git./config",
        )
    ),
    Fires(
        N.generated_path,
        "another path is allowed",
        api("allow: [.github/b.json]\nfiles: {.github/a.json: {format: json, settings: {A: {value: a}}}}\n"),
        *("consumer/api", "consumers/api.yaml", ".github/a.json:", "a CI, Git or SSH obeys"),
    ),
    Fires(
        G.guest_until,
        "until yesterday",
        minimal({"notify.yaml": f"{GUESTS}    - {{address: a@example.org, why: tests, until: 2026-11-23}}\n"}),
        *("notify-guest-list/permits", "notify.yaml", "2026-11-23", "2026-11-23"),
    ),
    Fires(
        I.ignore_unused,
        "a resource that is not declared",
        left_alone("mailchimp-audience/none-*", "name"),
        *("mailchimp-audience/none-*", "emailops.yaml", "mailchimp-audience/none-*", "none-*"),
    ),
    Fires(
        I.ignore_unused,
        "a field that nothing compares",
        left_alone("notify-template/permit_granted", "colour"),
        *("notify-template/permit_granted", "emailops.yaml", "colour", "no colour is compared"),
    ),
    Fires(
        I.ignore_until,
        "until yesterday",
        left_alone("notify-template/permit_granted", "type", "2026-11-23"),
        *("notify-template/permit_granted", "emailops.yaml", "2026-11-23", "2026-11-23"),
    ),
    Fires(
        X.attestation_expired,
        "older than the policy's days by one",
        attested("notify-guest-list/permits", on="2026-05-27"),
        *("notify-guest-list/permits", "attestations/notify-guest-list/permits.yaml", "2026-05-27", "2026-05-27"),
    ),
    Fires(
        X.leaver,
        "owns a key",
        minimal(
            {
                "people.yaml": "developers: {role: develop, since: 2026-01-01}\n"
                "sam: {role: develops, since: 2026-01-01, until: 2026-11-23}",
                "keys/production.yaml": "{extends: _key, account: permits, kind: live, stages: [production],"
                " owner: sam}",
            }
        ),
        *("notify-key/production", "keys/production.yaml", "sam", "sam left on 2026-11-23"),
    ),
    Fires(
        X.stage_unknown,
        "in a key",
        minimal({"keys/production.yaml": "{extends: _key, account: permits, kind: live, stages: [production, live]}"}),
        *("notify-key/production", "keys/production.yaml", "live]", "'live'"),
    ),
    Fires(
        X.stage_unknown,
        "in an audience",
        edited(("audiences/_test.yaml", "staging]", "stagin]")),
        *("mailchimp-audience/test-opportunities", "audiences/_test.yaml", "stagin]", "'stagin'"),
    ),
    Fires(
        X.stage_unknown,
        "in a file",
        api("files: {a.json: {format: json, stages: [live], settings: {A: {value: a}}}}\n"),
        *("consumer/api", "consumers/api.yaml", "live", "'live'"),
    ),
    Fires(
        X.stage_unknown,
        "in a secret",
        api("secrets: {NOTIFY_KEY: {live: key production}}\n"),
        *("consumer/api", "consumers/api.yaml", "live", "'live'"),
    ),
    Fires(
        X.stage_unknown,
        "in stage_order",
        minimal({"emailops.yaml": "stage_order: [development, live, production]\n"}),
        *("stage/live", "emailops.yaml", "live,", "'live'"),
    ),
    Fires(
        X.stage_unknown,
        "not in stage_order",
        minimal({"stages/live.yaml": DEPLOYED}),
        *("stage/live", "stages/live.yaml", "deployed", "stage_order"),
    ),
    Fires(
        X.account_unknown,
        "of a stage",
        stage(DEPLOYED.replace("key: production", "account: permit, key: production")),
        *("stage/production", "stages/production.yaml", "permit,", "'permit'"),
    ),
    Fires(
        X.account_unknown,
        "of a key",
        minimal({"keys/production.yaml": "{extends: _key, account: permit, kind: live, stages: [production]}"}),
        *("notify-key/production", "keys/production.yaml", "permit,", "'permit'"),
    ),
    Fires(
        X.account_unknown,
        "of a service",
        minimal({"notify.yaml": "permit: {}\n"}),
        *("notify-guest-list/permit", "notify.yaml", "permit", "'permit'"),
    ),
    Fires(
        X.account_unknown,
        "of a template",
        minimal({"templates.yaml": TEMPLATES.replace("permits-trial", "permits-test")}),
        *("notify-template/permits-test.permit_granted", "templates.yaml", "bbbbbbbb", "'permits-test'"),
    ),
    Fires(
        X.account_unknown,
        "of an audience",
        minimal({"emailops.yaml": f"accounts: {{notify: {TWO_SERVICES}}}\n", "audiences/news.yaml": NEWS}),
        *("mailchimp-audience/news", "audiences/news.yaml", "stages", "no Mailchimp account"),
    ),
    Fires(
        X.account_unknown,
        "of a Mailchimp key",
        minimal({"keys/lists.yaml": "{extends: _key, account: mailchimp, stages: [production]}"}),
        *("notify-key/lists", "keys/lists.yaml", "mailchimp", "no Mailchimp account"),
    ),
    Fires(
        X.key_missing,
        "of a stage in which an app sends",
        stage(DEPLOYED.replace("notify: {key: production}", "")),
        *("stage/production", "stages/production.yaml", "deployed", "no key, and web sends"),
    ),
    Fires(
        X.consumer_unknown,
        "starts nobody that there is",
        api("starts: wep\n"),
        *("consumer/api", "consumers/api.yaml", "wep", "there is no consumer 'wep'"),
    ),
    Fires(
        X.consumer_unknown,
        "two that start one another",
        minimal(
            {
                "consumers/api.yaml": "repository: https://git.example/api.git\nsends: []\nstarts: [web]\n",
                "consumers/web.yaml": f"{WEB}{REDIRECTED}starts: api\n",
            }
        ),
        *("consumer/web", "consumers/web.yaml", "api\n", "api starts web, which starts api again"),
    ),
    Fires(
        X.consumer_unknown,
        "starts itself",
        api("starts: api\n"),
        *("consumer/api", "consumers/api.yaml", "api\n", "api starts api"),
    ),
    Fires(
        X.key_unknown,
        "misspelt",
        stage(DEPLOYED.replace("key: production", "key: prodution")),
        *("stage/production", "stages/production.yaml", "prodution", "'prodution'"),
    ),
    Fires(
        X.key_unknown,
        "of another account",
        stage(DEPLOYED.replace("key: production", "key: development")),
        *("stage/production", "stages/production.yaml", "development", "permits-trial"),
    ),
    Fires(
        X.key_unknown,
        "of another stage",
        minimal({"keys/production.yaml": "{extends: _key, account: permits, kind: live, stages: [development]}"}),
        *("stage/production", "stages.yaml", "production}", "not for production"),
    ),
    Fires(
        X.key_unknown,
        "of Mailchimp",
        edited(("emailops.yaml", "key: mailchimp", "key: mailchmp")),
        *("account/mailchimp", "emailops.yaml", "mailchmp", "'mailchmp'"),
    ),
    Fires(
        X.key_unknown,
        "that succeeds",
        minimal({"keys/spare.yaml": f"{{account: permits, kind: live, stages: [], {KEY}, successor: next}}"}),
        *("notify-key/spare", "keys/spare.yaml", "next", "'next'"),
    ),
    Fires(
        X.key_unknown,
        "of a consumer",
        api("secrets: {NOTIFY_KEY: {production: key live}}\n"),
        *("consumer/api", "consumers/api.yaml", "key live", "'live'"),
    ),
    Fires(
        X.handle_unknown,
        "of an owner",
        minimal({"keys/_key.yaml": f"{{{KEY.replace('developers', 'devs')}}}"}),
        *("notify-key/production", "keys/_key.yaml", "devs", "'devs'"),
    ),
    Fires(
        X.handle_unknown,
        "of a guest",
        guests("person: jo"),
        *("notify-guest-list/permits", "notify.yaml", "jo", "'jo'"),
    ),
    Fires(
        X.handle_unknown,
        "of a member of the team",
        minimal({"notify.yaml": "permits: {team: [developers, jo]}\n"}),
        *("notify-team/permits", "notify.yaml", "jo", "'jo'"),
    ),
    Fires(
        X.handle_unknown,
        "of a waiver",
        minimal({"waivers.yaml": "[{rule: r, resource: a/b, until: 2027-01-01, owner: jo, reason: x}]\n"}),
        *("a/b", "waivers.yaml", "jo", "'jo'"),
    ),
    Fires(
        X.handle_unknown,
        "of a test subscriber",
        subscribed("jo: {person: jo}"),
        *("mailchimp-test-subscriber/test-opportunities.jo", "audiences/test-opportunities.yaml", "jo}", "'jo'"),
    ),
    Fires(
        X.handle_unknown,
        "of an attestation",
        attested("notify-guest-list/permits", by="jo"),
        *("notify-guest-list/permits", "attestations/notify-guest-list/permits.yaml", "jo", "'jo'"),
    ),
    Fires(
        X.attestation_unknown,
        "of a service that is misspelt",
        attested("notify-guest-list/permit"),
        *(
            "notify-guest-list/permit",
            "attestations/notify-guest-list/permit.yaml",
            "attested",
            "'notify-guest-list/permit'",
        ),
    ),
    Fires(
        X.attestation_unknown,
        "of what is no longer declared",
        attested("notify-callback/permits"),
        *(
            "notify-callback/permits",
            "attestations/notify-callback/permits.yaml",
            "attested",
            "'notify-callback/permits'",
        ),
    ),
    Fires(
        X.recorded_unknown,
        "a stage that there is not",
        minimal({"recorded/live.yaml": "notify-template/permit_granted: abc\n"}),
        *("stage/live", "recorded/live.yaml", "notify-template", "'live'"),
    ),
    Fires(
        X.limit_unknown,
        "a kind that only people change",
        minimal({"emailops.yaml": "policy: {limits: {notify-team: {update: 1}}}\n"}),
        *("policy/limits", "emailops.yaml", "notify-team", "no managed kind"),
    ),
    Fires(
        X.moved_unknown,
        "to nothing",
        minimal({"emailops.yaml": "moved: {notify-template/old: notify-template/permit_grant}\n"}),
        *("notify-template/old", "emailops.yaml", "notify-template/permit_grant", "permit_grant"),
    ),
    Fires(
        X.moved_unknown,
        "from what is still there",
        minimal({"emailops.yaml": "moved: {notify-template/permit_refused: notify-template/permit_granted}\n"}),
        *("notify-template/permit_refused", "emailops.yaml", "notify-template/permit_granted", "still declared"),
    ),
    Fires(
        S.setting_unresolved,
        "at one stage of a file a stage",
        api("files: {'{stage}.json': {format: json, settings: {A: redirect_to}}}\n", sends="[notify]"),
        *("consumer/api", "consumers/api.yaml", "A:", "development does not redirect"),
    ),
    Fires(
        S.setting_unresolved,
        "at every stage of one file",
        api("files: {a.json: {format: json, settings: {A: reply_to help}}}\n"),
        *("consumer/api", "consumers/api.yaml", "A:", "help"),
    ),
    Fires(
        S.setting_unresolved,
        "an address of a reply-to that is declared by its id",
        minimal(
            {
                "notify.yaml": "permits: {reply_to: {help: {id: 33333333-3333-4333-8333-333333333333}}}\n",
                "consumers/web.yaml": WEB
                + "files: {a.json: {format: json, stages: [production], settings: {A: reply_to_address help}}}\n",
            }
        ),
        *("consumer/web", "consumers/web.yaml", "A:", "id only"),
    ),
    Fires(
        S.setting_differs,
        "a template of each stage's service",
        api("files: {a.json: {format: json, settings: {A: template permit_granted}}}\n"),
        *("consumer/api", "consumers/api.yaml", "A:", "development and production"),
    ),
    Fires(
        S.setting_differs,
        "an audience of each class of stages",
        edited(("consumers/scripts.yaml", "dmscripts/email_config/{stage}.py", "dmscripts/email_config.py")),
        *("consumer/scripts", "consumers/scripts.yaml", "MAILCHIMP_LIST_IDS: audiences", "production"),
    ),
    Fires(
        S.setting_differs,
        "beside a row for each stage, one of all stages",
        web("files: {a.json: {format: json, settings: {A: {table: {'{stage}': redirects, all: redirects}}}}}\n"),
        *("consumer/web", "consumers/web.yaml", "A:", "development and production"),
    ),
    Fires(
        S.setting_crosses_production,
        "one file for all stages",
        edited(("consumers/supplier-frontend.yaml", "paas/{stage}.yaml", "paas/all.yaml")),
        *("consumer/supplier-frontend", "consumers/supplier-frontend.yaml"),
        *("DM_MAILCHIMP_OPEN_FRAMEWORK_NOTIFICATION_MAILING_LIST_ID", "production id"),
    ),
    Fires(
        S.setting_crosses_production,
        "in a table, for production and another stage",
        edited(
            ("consumers/supplier-frontend.yaml", "paas/{stage}.yaml", "paas/all.yaml"),
            (
                "consumers/supplier-frontend.yaml",
                "stages: [preview, staging, production]",
                "stages: [staging, production]",
            ),
            (
                "consumers/supplier-frontend.yaml",
                "ID: audience framework-updates",
                "ID: {table: {a: audience framework-updates}}",
            ),
        ),
        *("consumer/supplier-frontend", "consumers/supplier-frontend.yaml"),
        *("DM_MAILCHIMP_OPEN_FRAMEWORK_NOTIFICATION_MAILING_LIST_ID", "paas/all.yaml"),
    ),
    Fires(
        S.setting_name,
        "a hyphen in Python",
        api("files: {a.py: {format: python, settings: {A-B: {value: a}}}}\n"),
        *("consumer/api", "consumers/api.yaml", "A-B", "'A-B'"),
    ),
    Fires(
        S.setting_name,
        "no name at all",
        api('files: {a.py: {format: python, settings: {"": {value: a}}}}\n'),
        *("consumer/api", "consumers/api.yaml", '""', "''"),
    ),
    Fires(
        S.setting_name,
        "a word of Python's own",
        api("files: {a.py: {format: python, settings: {class: {value: a}}}}\n"),
        *("consumer/api", "consumers/api.yaml", "class", "'class'"),
    ),
    Fires(
        S.setting_name,
        "a word of Python's own for a class",
        api("files: {a.py: {format: flask, classes: {None: {A: {value: a}}}}}\n"),
        *("consumer/api", "consumers/api.yaml", "A:", "Python"),
    ),
    Fires(
        S.setting_name,
        "the tool's own key",
        api("files: {a.json: {format: json, settings: {_emailops: {value: a}}}}\n"),
        *("consumer/api", "consumers/api.yaml", "_emailops", "own"),
    ),
    Fires(
        S.setting_twice,
        "in two files of YAML, deep in a mapping",
        api(
            "files:\n"
            "  a.yml: {format: yaml, settings: {A: {table: {x: {table: {b: {value: c}}}}}}}\n"
            "  b.yml: {format: yaml, settings: { A: {table: {x: {table: {b: {value: d}}}}}}}\n"
        ),
        *("consumer/api", "consumers/api.yaml", "A: {table: {x: {table: {b: {value: d", "A twice"),
    ),
    Fires(
        S.setting_twice,
        "a part of one mapping in each of two modules of Python",
        api(
            "files:\n"
            "  a.py: {format: python, settings: {A: {table: {x: {value: a}}}}}\n"
            "  b.py: {format: python, settings: { A: {table: {y: {value: a}}}}}\n"
        ),
        *("consumer/api", "consumers/api.yaml", "A: {table: {y", "A twice"),
    ),
    Fires(
        S.setting_twice,
        "in two files",
        api(
            "files:\n  a.json: {format: json, settings: {A: {value: a}}}\n"
            "  b.json: {format: json, settings: {A: {value: b}}}\n"
        ),
        *("consumer/api", "consumers/api.yaml", "A: {value: b}", "twice"),
    ),
    Fires(
        K.key_elsewhere,
        "production's key at every stage",
        edited(("consumers/scripts.yaml", "DM_NOTIFY_API_KEY: notify", "DM_NOTIFY_API_KEY: key production")),
        *(
            "consumer/scripts",
            "consumers/scripts.yaml",
            "key production",
            "preview, staging; that key is for production only",
        ),
    ),
    Fires(
        K.key_revoked,
        "the stage's own key",
        edited(("keys.yaml", "  secret: env:NOTIFY_KEY_STAGING", "  secret: env:NOTIFY_KEY_STAGING\n  revoked: true")),
        *("consumer/admin-frontend", "stages/staging.yaml", "staging}", "which is revoked"),
    ),
    Fires(
        F.value_is_id,
        "a production audience's id at every stage",
        edited(
            (
                "consumers/scripts.yaml",
                "DEFAULT_REDIRECT_DOMAINS: redirects",
                "UPDATES: {value: 7534b3e89a}\n      DEFAULT_REDIRECT_DOMAINS: redirects",
            )
        ),
        *("consumer/scripts", "consumers/scripts.yaml", "7534b3e89a", "is the id of framework-updates"),
    ),
    Fires(
        F.value_is_id,
        "a template's id, in capitals, in a table",
        edited(
            (
                "consumers/jenkins.yaml",
                "4: template award_closed_briefs_4_weeks",
                "4: {value: 4AE02CDD-65FD-417F-8C24-61260229F9AF}",
            )
        ),
        *("consumer/jenkins", "consumers/jenkins.yaml", "4AE02CDD", "is the id of reset_password"),
    ),
    Fires(
        F.value_shadows_secret,
        "a fixed text in the place of a key",
        edited(
            (
                "consumers/scripts.yaml",
                "DEFAULT_REDIRECT_DOMAINS: redirects",
                "DM_NOTIFY_API_KEY: {value: none}\n      DEFAULT_REDIRECT_DOMAINS: redirects",
            )
        ),
        *(
            "consumer/scripts",
            "consumers/scripts.yaml",
            "DM_NOTIFY_API_KEY: {value: none}",
            "as a setting and as a secret",
        ),
    ),
    Fires(
        F.table_framework,
        "a key that is mistyped",
        edited(
            (
                "consumers/jenkins.yaml",
                "digital-outcomes-and-specialists-5: template",
                "digital-outcomes-and-specialist-5: template",
            )
        ),
        *("consumer/jenkins", "consumers/jenkins.yaml", "digital-outcomes-and-specialist-5", "that nobody declares"),
    ),
    Fires(
        F.table_repeats,
        "a row that was copied",
        edited(
            (
                "consumers/jenkins.yaml",
                "4: template award_closed_briefs_4_weeks\n          8: template award_closed_briefs_8_weeks",
                'G10: {value: g-cloud-11}\n          G11: {value: "g-cloud-11"}',
            )
        ),
        *("consumer/jenkins", "consumers/jenkins.yaml", '"g-cloud-11"', "hold 'g-cloud-11'"),
    ),
    Fires(
        F.table_repeats,
        "a record that was copied",
        rows(
            "{name: G10, of: g-cloud-11, mail: awarded_briefs}", '{name: G11, of: "g-cloud-11", mail: awarded_briefs}'
        ),
        *("consumer/jenkins", "consumers/jenkins.yaml", '"g-cloud-11"', "hold 'g-cloud-11'"),
    ),
    Fires(
        F.table_framework,
        "misspelt in a column",
        rows("{name: DOS5, of: digital-outcomes-and-specialist-5, mail: brief_withdrawals}"),
        *("consumer/jenkins", "consumers/jenkins.yaml", "digital-outcomes-and-specialist-5", "that nobody declares"),
    ),
    Fires(
        F.value_is_id,
        "a template's in a column of texts",
        rows("{name: 7379f74f-3f51-4b50-950c-d86b7880e999, of: g-cloud-12, mail: brief_withdrawals}"),
        *("consumer/jenkins", "consumers/jenkins.yaml", "7379f74f-3f51-4b50-950c-d86b7880e999", "is the id of"),
    ),
    Fires(
        T.template_missing,
        "in a column",
        rows("{name: G12, of: g-cloud-12, mail: brief_withdrawal}"),
        *("consumer/jenkins", "consumers/jenkins.yaml", "brief_withdrawal}", "no template 'brief_withdrawal'"),
    ),
    Fires(
        N.chosen_path,
        "a path that names no stage",
        edited((*SCRIPTS, SCRIPTS_PATH.replace("{stage}", "email_{stage}") + CHOSEN)),
        *("consumer/scripts", "consumers/scripts.yaml", "SCRIPTS_STAGE", "cannot choose among files at"),
    ),
    Fires(
        N.chosen_path,
        "production by default",
        edited((*SCRIPTS, SCRIPTS_PATH + CHOSEN + "    stages: [production, preview, staging]\n")),
        *("consumer/scripts", "consumers/scripts.yaml", "SCRIPTS_STAGE", "scripts would be in production"),
    ),
    Fires(
        W.row_columns,
        "a column that is left out",
        rows("{name: G12, of: g-cloud-12}"),
        *(
            "consumer/jenkins",
            "consumers/jenkins.yaml",
            "{name: G12",
            "a record of counterparts of jenkins has no mail",
        ),
    ),
    Fires(
        W.row_columns,
        "a column that is spelt wrong",
        rows("{name: G12, of: g-cloud-12, mail: brief_withdrawals, nmae: G12}"),
        *("consumer/jenkins", "consumers/jenkins.yaml", "nmae", "counterparts of jenkins has no column 'nmae'"),
    ),
    Fires(
        W.row_type,
        "a number in words",
        rows("{weeks: 4, on: true}", "{weeks: four, on: true}", columns=COUNTED),
        *("consumer/jenkins", "consumers/jenkins.yaml", "four", "'four', which is not a whole number"),
    ),
    Fires(
        W.row_type,
        "another word for true",
        rows("{weeks: 4, on: yes}", columns=COUNTED),
        *("consumer/jenkins", "consumers/jenkins.yaml", "yes", "'yes', which is not true or false"),
    ),
]

QUIET = [
    (M.mailing_unknown, "a notice", mailing(NOTICE)),
    (M.mailing_unknown, "an audience of the stage", mailing(CAMPAIGN, TEXTS, kind="campaign")),
    (M.mailing_source, "an address for each stage", mailing(ASKING)),
    (M.mailing_source, "one for all, of a mailing of one stage", mailing(CAMPAIGN, TEXTS, kind="campaign")),
    (M.mailing_text_missing, "both are there", mailing(CAMPAIGN, TEXTS, kind="campaign")),
    (M.mailing_text_missing, "a notice", mailing(NOTICE)),
    (M.mailing_placeholder, "a parameter and a day", mailing(CAMPAIGN, TEXTS, kind="campaign")),
    (M.mailing_timed, "an API", mailing(f"{ASKING}  daily: true\n  timed: {{production: H 8 * * 1-5}}\n")),
    (R.redirect_missing, "text messages are redirected, and no mail", stage(OF_NUMBERS)),
    (
        R.redirect_unread,
        "only text messages are sent",
        minimal({"templates.yaml": SMS_TEMPLATES, "consumers/web.yaml": WEB}),
    ),
    (R.number_redirect_unread, "only email is sent", minimal({"stages/production.yaml": OF_NUMBERS})),
    (
        R.number_redirect_unread,
        "they are read",
        minimal(
            {
                "stages/production.yaml": OF_NUMBERS,
                "templates.yaml": SMS_TEMPLATES,
                "consumers/web.yaml": f"{WEB}files: {{a.json: {{format: json, settings: {{N: number_redirects}}}}}}\n",
            }
        ),
    ),
    (
        R.number_redirect_listed,
        "listed as people write it",
        minimal(
            {
                "stages/production.yaml": OF_NUMBERS,
                "keys/production.yaml": "{extends: _key, account: permits, kind: team, stages: [production]}\n",
                "notify.yaml": "permits: {guest_list: [{number: 07700 900111, why: tests, until: 2027-01-01}]}\n",
            }
        ),
    ),
    (
        R.sms_length,
        "just as long",
        minimal({"templates.yaml": SMS_TEMPLATES, "templates/permit_granted.md": "x" * 918}),
    ),
    (R.sms_length, "a long email", minimal({"templates/permit_granted.md": f"Subject: a\n\n{'x' * 2000}\n"})),
    (R.redirect_missing, "not deployed", minimal()),
    (R.redirect_missing, "deployed, through a base", marketplace()),
    (R.redirect_missing, "the stage says why not", minimal(NOWHERE)),
    (R.redirect_missing, "the service says why not", minimal(NOT_ANYWHERE)),
    (
        R.redirect_undecided,
        "what its base redirects is taken out",
        edited(("stages/production.yaml", "extends: _deployed\n", f"extends: _deployed\n{TAKEN_OUT}")),
    ),
    (
        R.redirect_undecided,
        "the stage redirects, other than the service",
        minimal({"emailops.yaml": NOT_ANYWHERE["emailops.yaml"]}),
    ),
    (R.redirect_unread, "the stage says why it redirects nothing", minimal({**NOWHERE, "consumers/web.yaml": WEB})),
    (
        R.redirect_unread,
        "the service says why it redirects nothing",
        minimal({**NOT_ANYWHERE, "consumers/web.yaml": WEB}),
    ),
    (
        R.redirect_unread,
        "read as a JSON text",
        web("files: {'{stage}.env': {format: dotenv, settings: {TO: {json_text: redirects}}}}\n"),
    ),
    (R.redirect_purpose, "purposes of nothing in particular", minimal({"emailops.yaml": "words: {}\n"})),
    (R.redirect_purpose, "two domains for one purpose", stage(DEPLOYED.replace("}}", ", example.net: applicant}}"))),
    (R.redirect_target_listed, "a live key", minimal()),
    (
        R.redirect_target_listed,
        "a team key, listed in another case",
        team_key("guest_list: [{address: SINK@permits.example, why: tests, until: 2027-01-01}]"),
    ),
    (
        R.redirect_target_refused,
        "an address that a test key knows",
        minimal(
            {
                "keys/production.yaml": "{extends: _key, account: permits, kind: test, stages: [production]}",
                "stages/production.yaml": DEPLOYED.replace("sink@permits.example", "temp-fail@simulator.notify"),
            }
        ),
    ),
    (
        R.redirect_target_refused,
        "an address that resembles one",
        stage(DEPLOYED.replace("sink@permits.example", "simulate-delivered-4@notifications.service.gov.uk")),
    ),
    (R.redirect_unread, "sends with Mailchimp only", api("", sends="[mailchimp]")),
    (
        R.redirect_unread,
        "read at the deployed stage",
        web("files: {a.py: {format: python, stages: [production], settings: {A: redirects}}}\n"),
    ),
    (R.unredirected_unread, "what one that starts it hands over", marketplace()),
    (X.consumer_unknown, "started by two", api("starts: [web]\n")),
    (R.redirect_pointless, "sends with Notify", minimal()),
    (
        R.redirect_pointless,
        "the name without the source",
        api("files: {a.json: {format: json, settings: {REDIRECTS: {value: redirects}}}}\n"),
    ),
    (A.audience_crosses_production, "three stages, none of them production", marketplace()),
    (A.mailing_split, "one setting for both", marketplace()),
    (
        A.mailing_split,
        "two settings of one audience",
        edited(
            ("consumers/scripts.yaml", "sends: MAILCHIMP_LIST_IDS}", "sends: SEND_TO}"),
            ("consumers/scripts.yaml", "      MAIL", "      SEND_TO: audiences\n      MAIL"),
        ),
    ),
    (A.route_missing, "the first iteration is closed and has none", marketplace()),
    (
        A.route_missing,
        "an audience that serves every stage itself",
        edited(
            (OPPORTUNITIES, "otherwise: test-{lot}\n", ""),
            (OPPORTUNITIES, "stages: [production]", "stages: [development, preview, staging, production]"),
        ),
    ),
    (
        A.audience_name_twice,
        "in another case",
        edited(("audiences/test-opportunities.yaml", "Test: Opportunities", "test: Digital outcomes")),
    ),
    (
        A.audience_placeholder,
        "all four",
        edited(
            (OPPORTUNITIES, "supplier on {framework_name}", "supplier on {framework}/{framework_name}/{lot}/{lot_name}")
        ),
    ),
    (
        A.audience_placeholder,
        "braces that are doubled",
        edited(("audiences/test-opportunities.yaml", "Test: Opportunities", "Test: {{lot}} {{2024}}")),
    ),
    (
        A.audience_country,
        "another one",
        minimal({"audiences/news.yaml": NEWS.replace("country: GB", "country: IE")}),
    ),
    (
        A.audience_country,
        "none, of an audience that is there",
        minimal(
            {
                "audiences/news.yaml": "audience: {stages: [production], name: News}\n",
                "recorded/production.yaml": "mailchimp-audience/news: aaaaaaaaa1\n",
            }
        ),
    ),
    (
        A.audience_incomplete,
        "all of it, but for what may be empty",
        minimal({"audiences/news.yaml": NEWS.replace(", zip: LS1 1AA", "").replace("subject: News, ", "")}),
    ),
    (
        A.audience_incomplete,
        "one that is there",
        minimal(
            {
                "audiences/news.yaml": "audience: {stages: [production], name: News}\n",
                "recorded/production.yaml": "mailchimp-audience/news: aaaaaaaaa1\n",
            }
        ),
    ),
    (
        A.audience_incomplete,
        "ids are on a branch, which nobody has read",
        minimal(
            {"audiences/news.yaml": "audience: {stages: [production], name: News}\n", "emailops.yaml": "ledger: git\n"}
        ),
    ),
    (A.otherwise_unknown, "one for each lot", marketplace()),
    (A.recorded_id, "as the tool writes them", marketplace()),
    (
        A.recorded_id,
        "an id of another kind is not ten digits",
        minimal({"recorded/production.yaml": "notify-template/permit_granted: abc\n"}),
    ),
    (T.template_missing, "of another account", marketplace()),
    (
        T.template_missing,
        "the word template in a fixed text",
        api("files: {a.json: {format: json, settings: {A: {value: template permit_lost}}}}\n"),
    ),
    (T.template_unread, "kept", marketplace()),
    (T.template_unread, "no reader of anything is declared yet", minimal(without=("consumers",))),
    (
        T.template_unread,
        "read by a setting only",
        minimal(
            {
                "consumers/web.yaml": WEB.replace(", permit_refused", "")
                + "files: {'{stage}.py': {format: python, settings: {A: redirects, B: template permit_refused}}}\n"
            }
        ),
    ),
    (T.template_absent, "of a service that is no stage's", marketplace()),
    (
        T.template_absent,
        "kept, and sent by nobody",
        minimal(
            {
                "templates.yaml": TEMPLATES.replace(IN_PERMITS, ""),
                "consumers/web.yaml": WEB.replace(", permit_refused]", "]\nkeeps: [permit_refused]"),
            }
        ),
    ),
    (
        T.template_absent,
        "sent where its service is the stage's",
        minimal(
            {
                "templates.yaml": TEMPLATES.replace(IN_PERMITS, ""),
                "consumers/web.yaml": WEB + "files: {a.py: {format: python, stages: [development], settings: {}}}\n",
            }
        ),
    ),
    (
        senders.sender_absent,
        "at the stage of the service that has it",
        minimal(
            {
                "notify.yaml": f"permits: {{{HELP}}}\n",
                "consumers/web.yaml": reading("{by_stage: {production: reply_to help, otherwise: {value: none}}}"),
            }
        ),
    ),
    (
        senders.sender_absent,
        "of a service that is no stage's",
        minimal(
            {
                "emailops.yaml": "accounts: {notify: "
                + TWO_SERVICES.replace("}}", "}, ")
                + "other: {service_id: 33333333-3333-4333-8333-333333333333}}}\n",
                "notify.yaml": f"other: {{{HELP}}}\n",
                "consumers/web.yaml": reading("reply_to help"),
            }
        ),
    ),
    (T.template_id_twice, "one id an account", minimal()),
    (T.template_redaction, "redacted", marketplace()),
    (
        T.template_redaction,
        "none is sensitive",
        edited(("templates.yaml", "  sensitive: [url]\n  redacted: true", "  sensitive: []\n  redacted: false")),
    ),
    (
        G.guest_list_size,
        "five and five",
        guests(
            *(f"address: {letter}@example.org" for letter in "abcde"), *(f'number: "0770090000{n}"' for n in range(5))
        ),
    ),
    (G.guest_twice, "with a tag", guests("address: sink@permits.example", "address: sink+a@permits.example")),
    (
        G.guest_twice,
        "on the lists of two services",
        minimal(
            {
                "notify.yaml": "".join(
                    f"{account}: {{guest_list: [{{address: a@example.org, why: tests, until: 2027-01-01}}]}}\n"
                    for account in ("permits", "permits-trial")
                )
            }
        ),
    ),
    (K.key_kind, "test, test, team and live", marketplace()),
    (
        K.key_kind,
        "a key that does not say of which kind it is",
        minimal({"keys/production.yaml": "{extends: _key, account: permits, stages: [production]}"}),
    ),
    (K.key_kind_missing, "Mailchimp's has none", marketplace()),
    (
        K.key_kind_missing,
        "of an account that is not there",
        minimal({"keys/production.yaml": "{extends: _key, account: permit, stages: [production]}"}),
    ),
    (K.live_key_outside_production, "for production alone", marketplace()),
    (
        K.live_key_outside_production,
        "for no stage",
        minimal({"keys/spare.yaml": "{extends: _key, account: permits, kind: live, stages: []}"}),
    ),
    (
        K.live_key_outside_production,
        "a test key of two stages",
        minimal(
            {"keys/spare.yaml": "{extends: _key, account: permits, kind: test, stages: [development, production]}"}
        ),
    ),
    (K.live_keys_limit, "as many as the limit", marketplace()),
    (
        K.live_keys_limit,
        "a successor counts apart",
        minimal(
            {
                "keys/production.yaml": "{extends: _key, account: permits, kind: live, stages: [production],"
                " successor: next}",
                "keys/next.yaml": "{extends: _key, account: permits, kind: live, stages: [production]}",
            }
        ),
    ),
    (
        K.live_keys_limit,
        "no limit",
        minimal(
            {
                "emailops.yaml": "policy: {attestation_days: 90}\n",
                "keys/next.yaml": "{extends: _key, account: permits, kind: live, stages: [production]}",
            }
        ),
    ),
    (
        K.live_keys_limit,
        "test and team keys",
        minimal({"keys/next.yaml": "{extends: _key, account: permits, kind: team, stages: [production]}"}),
    ),
    (K.key_kind_of_reader, "of the kind of the app's", marketplace()),
    (
        K.key_kind_of_reader,
        "a key of another service",
        edited(
            (
                "keys.yaml",
                "functional-tests-staging: {extends: _key, kind: team",
                "functional-tests-staging: {extends: _key, account: ccs, kind: test",
            )
        ),
    ),
    (
        K.key_kind_of_reader,
        "a consumer that sends for itself",
        edited(
            (
                "keys.yaml",
                "functional-tests-staging: {extends: _key, kind: team",
                "functional-tests-staging: {extends: _key, kind: test",
            ),
            ("consumers/functional-tests.yaml", "sends: []", "sends: [notify]"),
        ),
    ),
    (
        K.key_rotation,
        "due today",
        minimal(
            {
                "keys/production.yaml": "{extends: _key, account: permits, kind: live, stages: [production],"
                " rotate_by: 2026-11-24}"
            }
        ),
    ),
    (
        K.key_rotation,
        "its successor is declared",
        minimal(
            {
                "keys/production.yaml": "{extends: _key, account: permits, kind: live, stages: [production],"
                " rotate_by: 2026-11-23, successor: next}",
                "keys/next.yaml": "{extends: _key, account: permits, kind: live, stages: [production]}",
            }
        ),
    ),
    (P.secret_in_state, "ids, digests and references", marketplace()),
    (
        P.secret_in_state,
        "two ids in a list",
        purpose("[11111111-1111-4111-8111-111111111111, 5ec5e700-5ec5-4ec5-8ec5-5ec5e7005ec5]"),
    ),
    (
        P.secret_in_state,
        "two ids in a sentence",
        purpose("11111111-1111-4111-8111-111111111111 - 5ec5e700-5ec5-4ec5-8ec5-5ec5e7005ec5"),
    ),
    (P.secret_in_state, "an id for each of two services", minimal()),
    (P.secret_in_state, "32 hex digits", purpose(MAILCHIMP_KEY.removesuffix("-us12"))),
    (P.secret_in_state, "a digest of 40 hex digits", purpose(f"01234567{MAILCHIMP_KEY.removesuffix('-us12')}")),
    (P.secret_in_state, "a public key", purpose("-----BEGIN PUBLIC KEY-----")),
    (P.address_in_state, "a redirected domain in another case", guests("address: anyone@Example.org")),
    (P.address_in_state, "the redirect target in another case", guests("address: Sink@permits.example")),
    (
        P.address_in_state,
        "the smoke-test addresses",
        guests(
            *(
                f"address: {name}@notifications.service.gov.uk"
                for name in ("simulate-delivered", "Simulate-Delivered-2", "simulate-delivered-3")
            )
        ),
    ),
    (
        P.address_in_state,
        "addresses that Notify simulates",
        guests("address: perm-fail@simulator.notify", "address: anything@Simulator.notify"),
    ),
    (P.address_in_state, "a person by handle", guests("person: developers")),
    (
        P.address_in_state,
        "declared as nobody's, in another case",
        minimal(
            {
                "notify.yaml": f"{GUESTS}    - {{address: jo@example.com, why: tests, until: 2027-01-01}}\n",
                "emailops.yaml": "words: {nobodys_addresses: [Jo@example.com]}\n",
            }
        ),
    ),
    (
        P.address_in_state,
        "at an own domain, inside a longer text",
        minimal(
            {
                "consumers/api.yaml": "repository: https://git.example/api.git\nsends: []\n"
                "purpose: ask <help@permits.example>, or wait\n",
                "emailops.yaml": "words: {own_domains: [permits.example]}\n",
            }
        ),
    ),
    (P.address_in_state, "no domain", purpose("'@team and a@b, 3@once'")),
    (
        P.address_in_state,
        "whom git calls itself",
        minimal({"consumers/api.yaml": "repository: git@git.example:permits/api.git\nsends: []\n"}),
    ),
    (P.address_in_state, "every address of the service", marketplace()),
    (P.retired_provider, "the words that say what is retired", marketplace()),
    (P.retired_provider, "nothing is", purpose("Mandrill")),
    (
        P.subscriber_domain,
        "at a redirected domain, at an own one, a person",
        subscribed("a: A@User.Marketplace.Team, b: b@digitalmarketplace.service.gov.uk, c: {person: developers}"),
    ),
    (P.subscriber_audience, "of a test audience", subscribed("anna: anna@user.marketplace.team")),
    (P.dump_addresses, "real ones where a test or team key is", marketplace()),
    (
        P.dump_addresses,
        "invented ones in production",
        edited(
            (
                "dumps.yaml",
                "addresses: invented, loaded_by: [development, preview, staging]",
                "addresses: invented, loaded_by: [production]",
            )
        ),
    ),
    (P.sends_otherwise, "a mailing", marketplace()),
    (P.sends_otherwise, "a reason", api("why: the bank demands it\n", sends="[other, mailchimp]")),
    (P.sends_otherwise, "Notify", api("", sends="[notify]")),
    (C.character_unseen, "letters of any language", api("purpose: Grüße, ça va, здравствуйте, 你好\n")),
    (C.character_unseen, "lines", api("purpose: |\n  one\n  two\n")),
    (C.character_alike, "words of two languages", api("purpose: Grüße und здравствуйте, µ and ½\n")),
    (C.character_alike, "a word of another script", api("purpose: почта\n")),
    (
        N.generated_path,
        "a path of an app",
        api("files: {app/github.json: {format: json, settings: {A: {value: a}}}}\n"),
    ),
    (
        N.generated_path,
        "one that the consumer allows",
        api("allow: [.github/a.json]\nfiles: {.github/a.json: {format: json, settings: {A: {value: a}}}}\n"),
    ),
    (
        G.guest_until,
        "until today",
        minimal({"notify.yaml": f"{GUESTS}    - {{address: a@example.org, why: tests, until: 2026-11-24}}\n"}),
    ),
    (I.ignore_unused, "a field that is compared", left_alone("notify-template/*", "type")),
    (I.ignore_until, "until today", left_alone("notify-template/*", "type", "2026-11-24")),
    (X.attestation_expired, "as old as the policy allows", attested("notify-guest-list/permits", on="2026-05-28")),
    (
        X.leaver,
        "on the last day",
        minimal(
            {
                "people.yaml": "developers: {role: develop, since: 2026-01-01}\n"
                "sam: {role: develops, since: 2026-01-01, until: 2026-11-24}",
                "keys/production.yaml": "{extends: _key, account: permits, kind: live, stages: [production],"
                " owner: sam}",
            }
        ),
    ),
    (X.stage_unknown, "named everywhere", marketplace()),
    (X.account_unknown, "an account that is no stage's", marketplace()),
    (X.key_missing, "every stage names one", marketplace()),
    (
        X.key_missing,
        "nobody is declared to send",
        minimal({"stages.yaml": "production: {deployed: false}\n"}, without=("consumers",)),
    ),
    (X.key_unknown, "a spare key of two stages", marketplace()),
    (X.handle_unknown, "a role and a guest", guests("person: developers")),
    (X.handle_unknown, "a test subscriber", subscribed("jo: {person: developers}")),
    (X.attestation_unknown, "of a declared guest list", attested("notify-guest-list/permits")),
    (
        X.attestation_unknown,
        "under its old name",
        minimal(
            {
                "emailops.yaml": "moved: {notify-guest-list/permit: notify-guest-list/permits}\n",
                **{
                    path: content.decode()
                    for path, content in attested("notify-guest-list/permit").files.items()
                    if path.startswith(("notify", "attest"))
                },
            }
        ),
    ),
    (X.recorded_unknown, "a stage and shared", marketplace()),
    (
        X.limit_unknown,
        "a kind that an apply changes",
        minimal({"emailops.yaml": "policy: {limits: {mailchimp-audience: {create: 3}}}\n"}),
    ),
    (
        X.moved_unknown,
        "from a name that is gone",
        minimal({"emailops.yaml": "moved: {notify-template/permit_denied: notify-template/permit_refused}\n"}),
    ),
    (
        S.setting_unresolved,
        "redirects of a stage without any are an empty mapping",
        api("files: {'{stage}.json': {format: json, settings: {A: redirects}}}\n", sends="[notify]"),
    ),
    (
        S.setting_unresolved,
        "one file for all stages, a value at one",
        api("files: {a.json: {format: json, settings: {A: redirect_to}}}\n", sends="[notify]"),
    ),
    (
        S.setting_differs,
        "one file a stage",
        api("files: {'{stage}.json': {format: json, settings: {A: template permit_granted}}}\n"),
    ),
    (S.setting_differs, "the same at three stages, absent at the fourth", marketplace()),
    (
        S.setting_differs,
        "a row for each stage",
        api("files: {a.json: {format: json, settings: {A: {table: {'{stage}': template permit_granted}}}}}\n"),
    ),
    (S.setting_crosses_production, "one file a stage", marketplace()),
    (
        S.setting_crosses_production,
        "one file, a row for each stage",
        edited(
            ("consumers/supplier-frontend.yaml", "paas/{stage}.yaml", "paas/all.yaml"),
            (
                "consumers/supplier-frontend.yaml",
                "DM_MAILCHIMP_OPEN_FRAMEWORK_NOTIFICATION_MAILING_LIST_ID: audience framework-updates",
                "DM_MAILCHIMP: {table: {'{stage}': audience framework-updates}}",
            ),
        ),
    ),
    (
        S.setting_crosses_production,
        "one file, read in production only",
        edited(
            ("consumers/supplier-frontend.yaml", "paas/{stage}.yaml", "paas/live.yaml"),
            ("consumers/supplier-frontend.yaml", "stages: [preview, staging, production]", "stages: [production]"),
        ),
    ),
    (
        S.setting_crosses_production,
        "one file, read everywhere else",
        edited(
            ("consumers/supplier-frontend.yaml", "paas/{stage}.yaml", "paas/rest.yaml"),
            (
                "consumers/supplier-frontend.yaml",
                "stages: [preview, staging, production]",
                "stages: [preview, staging]",
            ),
        ),
    ),
    (
        S.setting_name,
        "a hyphen in JSON",
        api("files: {a.json: {format: json, settings: {a-b: {value: a}, class: {value: a}}}}\n"),
    ),
    (
        S.setting_name,
        "words in Python",
        api("files: {a.py: {format: python, settings: {_emailops: {value: a}, match: {value: a}}}}\n"),
    ),
    (
        S.setting_twice,
        "a part of one mapping in each of two files of YAML",
        api(
            "files:\n"
            "  a.yml: {format: yaml, settings: {A: {table: {x: {value: a}, y: {table: {b: {value: c}}}}}}}\n"
            "  b.yml: {format: yaml, settings: {A: {table: {x: {value: a}, y: {table: {d: {value: e}}}}}}}\n"
        ),
    ),
    (
        S.setting_twice,
        "the same source",
        api(
            "files:\n  a.json: {format: json, settings: {A: {value: a}}}\n"
            "  b.json: {format: json, settings: {A: {value: a}}}\n"
        ),
    ),
    (K.key_elsewhere, "the stage's own key, and another's only at its stage", marketplace()),
    (
        K.key_revoked,
        "a key that nobody holds any more",
        edited(
            (
                "keys.yaml",
                "\nccs:\n",
                "\nold: {extends: _key, kind: test, stages: [preview], purpose: x, revoked: true}\nccs:\n",
            )
        ),
    ),
    (F.value_is_id, "a text that is no id", marketplace()),
    (F.value_shadows_secret, "a setting of another name", marketplace()),
    (F.table_framework, "frameworks that have no audiences", marketplace()),
    (F.table_repeats, "rows with one template", marketplace()),
    (
        F.table_repeats,
        "records that share a text and a template",
        rows(
            "{name: a, of: g-cloud-11, mail: brief_withdrawals}",
            "{name: a, of: g-cloud-12, mail: brief_withdrawals}",
        ),
    ),
    (
        F.table_repeats,
        "a row for each of a stage's names",
        web(
            "stage_names: {production: [live, prod]}\n"
            "files: {a.json: {format: json, settings: {A: {table: {'{stage}': {value: x}}}, R: redirects}}}\n"
        ),
    ),
    (N.chosen_path, "development by default", edited((*SCRIPTS, SCRIPTS_PATH + CHOSEN))),
    (
        A.mailing_split,
        "the same audiences, once with a framework that has none",
        edited(
            ("consumers/scripts.yaml", "subscribes: MAILCHIMP_LIST_IDS", "subscribes: UPLOAD_IDS"),
            (
                "consumers/scripts.yaml",
                "      MAILCHIMP_LIST_IDS: audiences\n",
                "      MAILCHIMP_LIST_IDS: audiences\n      UPLOAD_IDS: {audiences: existing}\n",
            ),
        ),
    ),
    (W.row_columns, "every column once", rows("{name: a, of: g-cloud-11, mail: brief_withdrawals}")),
    (W.row_columns, "no record", rows()),
    (W.row_type, "numbers and booleans", rows("{weeks: -4, on: false}, {weeks: 0, on: true}", columns=COUNTED)),
]


BESIDE = {
    "number-redirect-listed: not listed": {"key-kind"},
    "unredirected-unread: a template that there is not": {"redirect-unread"},
    "unredirected-unread: a template that another consumer reads, which starts nothing": {"redirect-unread"},
    "redirect-purpose: no domain for something": {"address-in-state"},
    "redirect-target-listed: team key, no guest list": {"key-kind"},
    "redirect-target-listed: team key, another tag": {"address-in-state", "key-kind"},
    "redirect-pointless: sends with Mailchimp only": {"sends-otherwise"},
    "mailing-split: another test audience": {"setting-unresolved"},
    "route-missing: the audience for other stages serves just some of them": {"setting-unresolved"},
    "otherwise-unknown: misspelt": {"route-missing"},
    "otherwise-unknown: a framework": {"setting-unresolved"},
    "template-missing: in the map": {"redirect-unread"},
    "template-missing: in a table of a source": {"setting-unresolved"},
    "template-missing: in a column": {"setting-unresolved"},
    "template-missing: among those of a setting": {"setting-unresolved"},
    "template-redaction: nothing said": {"missing-field"},
    "key-kind: a live key where something else is deployed": {
        "dump-addresses",
        "key-kind-of-reader",
        "live-key-outside-production",
        "live-keys-limit",
    },
    "key-kind-missing: of Mailchimp, with one": {"live-key-outside-production", "live-keys-limit"},
    "secret-in-state: in a waiver": {"waiver-unknown"},
    "subscriber-domain: at a domain of others": {"address-in-state"},
    "subscriber-domain: below an own domain": {"address-in-state"},
    "dump-addresses: loaded by a stage whose key is live": {
        "key-kind",
        "key-kind-of-reader",
        "live-key-outside-production",
        "live-keys-limit",
    },
    "dump-addresses: loaded by a stage whose key does not say of which kind it is": {
        "key-kind-missing",
        "key-kind-of-reader",
    },
    "dump-addresses: loaded by a stage without a key": {"missing-field"},
    "sends-otherwise: Mailchimp beside Notify, without a mailing": {"redirect-unread"},
    "stage-unknown: in a key": {"live-key-outside-production"},
    "stage-unknown: in an audience": {"route-missing", "setting-unresolved"},
    "stage-unknown: in stage_order": {"setting-unresolved"},
    "stage-unknown: not in stage_order": {"key-kind", "key-unknown", "redirect-unread"},
    "account-unknown: of a stage": {"key-unknown"},
    "account-unknown: of a key": {"key-unknown"},
    "key-unknown: of another account": {"key-kind"},
    "key-unknown: of another stage": {"live-key-outside-production"},
    "key-unknown: that succeeds": {"live-keys-limit"},
    "handle-unknown: of a waiver": {"waiver-unknown"},
    "setting-unresolved: at one stage of a file a stage": {"redirect-unread"},
    "setting-unresolved: an address of a reply-to that is declared by its id": {"redirect-unread"},
    "setting-differs: an audience of each class of stages": {"setting-crosses-production"},
    "setting-crosses-production: one file for all stages": {"setting-differs"},
    "setting-crosses-production: in a table, for production and another stage": {"setting-differs", "wrong-value"},
}
"""What else is found in the state of a row."""

MILD = (
    *(*TIME_RULES, I.ignore_unused, F.table_repeats),
    *(T.template_unread, T.template_absent, senders.sender_absent),
)
"""Rules of which nobody's commit turns red, in the states of their rows."""


@pytest.mark.parametrize("case", FIRES, ids=lambda case: f"{rule_id(case.rule)}: {case.name}")
def test_it_fires(case):
    found = [finding for finding in problems(case.rule, case.tree) if case.subject in (ANYTHING, finding.subject)]

    assert case.place() in [finding.place for finding in found]
    assert any(case.says in finding.message for finding in found if finding.place == case.place())
    assert all(finding.remedy for finding in found)


@pytest.mark.few(7)
@pytest.mark.parametrize("case", FIRES, ids=lambda case: f"{rule_id(case.rule)}: {case.name}")
def test_whoever_validates_is_told_of_it_and_of_nothing_else(case):
    own = {finding.message for finding in validated(marketplace())}
    findings = [finding for finding in validated(case.tree) if finding.message not in own]
    is_warning = case.rule in MILD or case.says.startswith(WITHOUT)
    severity = "warning" if is_warning else "error"

    assert {finding.rule for finding in findings} == {
        rule_id(case.rule),
        *BESIDE.get(f"{rule_id(case.rule)}: {case.name}", ()),
    }
    assert (*case.place(), severity) in {
        (finding.path, finding.line, finding.column, finding.severity)
        for finding in findings
        if finding.rule == rule_id(case.rule)
    }


@pytest.mark.few(14)
@pytest.mark.parametrize("case", FIRES, ids=lambda case: f"{rule_id(case.rule)}: {case.name}")
def test_a_waiver_takes_back_what_it_names_and_no_more(case):
    found = problems(case.rule, case.tree)
    subject = next(finding.subject for finding in found if finding.place == case.place())
    waiver = Waiver(rule_id(case.rule), subject, "2026-11-24", "developers", "soon", Table(Place("waivers.yaml", 1, 1)))
    declaration = declared(case.tree)
    checked = check(replace(declaration, waivers=(*declaration.waivers, waiver)), TODAY)

    assert len(checked.waived) == sum(finding.subject == subject for finding in found) > 0
    assert {
        Place(finding.path, finding.line, finding.column) for finding in checked.findings if finding.rule == waiver.rule
    } == {finding.place for finding in found if finding.subject != subject}


@pytest.mark.parametrize(("rule", "name", "tree"), QUIET, ids=[f"{rule_id(quiet[0])}: {quiet[1]}" for quiet in QUIET])
def test_it_does_not_fire(rule, name, tree):
    assert problems(rule, tree) == []


def test_every_rule_is_shown_on_both_sides():
    every = {*RULES, *TIME_RULES}

    assert {case.rule for case in FIRES} == every
    assert {rule for rule, _, _ in QUIET} == every


def test_ids_are_unique_and_read_like_words():
    ids = [rule_id(rule) for rule in (*RULES, *TIME_RULES)]

    assert len(set(ids)) == len(ids)
    assert all(id_.replace("-", "").isalpha() and id_.islower() for id_ in ids)


@pytest.mark.parametrize("rule", [*RULES, *TIME_RULES], ids=rule_id)
def test_a_rule_says_what_must_hold_and_why(rule):
    sentences = (rule.__doc__ or "").split("\n\n")

    assert len(sentences) == 2
    assert all(sentence.strip().endswith(".") for sentence in sentences)


@pytest.mark.parametrize("rule", TIME_RULES, ids=rule_id)
def test_time_alone_is_never_an_error(rule):
    (case,) = [case for case in FIRES if case.rule is rule]

    assert {finding.severity for finding in problems(rule, case.tree)} == {"warning"}
    assert list(rule(declared(case.tree), date(2026, 11, 23))) == []


def problems(rule: object, tree: Tree) -> list[Problem]:
    declaration = declared(tree)
    return list(rule(declaration, TODAY) if rule in TIME_RULES else rule(declaration))
