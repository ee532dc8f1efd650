"""Each rule: where it fires, about whom, and with which words; and the nearest right thing, where it does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from emailops.plan import Place
from emailops.policy import (
    RULES,
    TIME_RULES,
    audiences,
    guest_lists,
    keys,
    privacy,
    redirects,
    references,
    rule_id,
    settings,
    templates,
)
from emailops.policy.problem import Problem
from emailops.store.tree import Tree
from tests.examples.laying import TODAY, declared, edited, marketplace, minimal

IDS = "{permits: aaaaaaaa-0000-4000-8000-00000000000%s, permits-trial: bbbbbbbb-0000-4000-8000-00000000000%s}"
TEMPLATES = "".join(
    f"{name}: {{type: email, id: {IDS % (n, n)}}}\n" for n, name in enumerate(("permit_granted", "permit_refused"), 1)
)
KEY = "owner: developers, purpose: mail, created: unknown, kept: the store"
DEPLOYED = """\
deployed: true
notify: {key: production}
redirect: {to: sink@permits.example, domains: {example.org: applicant}}
"""
WEB = """\
repository: https://git.example/permits.git
sends: [notify]
templates: [permit_granted, permit_refused]
"""
GUESTS = "permits:\n  guest_list:\n"


def stage(text: str) -> Tree:
    return minimal({"stages/production.yaml": text})


def web(text: str) -> Tree:
    return minimal({"consumers/web.yaml": WEB + text})


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


R, A, T, G, K, P, X, S = redirects, audiences, templates, guest_lists, keys, privacy, references, settings
OPPORTUNITIES = "audiences/_opportunities.yaml"

FIRES = [
    Fires(
        R.redirect_missing,
        "deployed",
        stage("deployed: true\nnotify: {key: production}\n"),
        *("stage/production", "stages/production.yaml", "deployed", "redirects nothing"),
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
        *("digital-outcomes-and-specialists-5", "no single audience"),
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
        T.template_unread,
        "one more",
        minimal({"templates.yaml": f"{TEMPLATES}permit_lost: {{type: email, id: {IDS % (3, 3)}}}\n"}),
        *("notify-template/permit_lost", "templates.yaml", "permit_lost", "no consumer"),
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
        G.guest_list_size,
        "six of addresses and people",
        guests(*(f"address: {one}@example.org" for one in "abcde"), "person: developers"),
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
#FIRES-KEYS
    Fires(
        G.guest_until,
        "until yesterday",
        minimal({"notify.yaml": f"{GUESTS}    - {{address: a@example.org, why: tests, until: 2026-11-23}}\n"}),
        *("notify-guest-list/permits", "notify.yaml", "2026-11-23", "2026-11-23"),
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
                "    format: json\n",
                "    format: json\n    stages: [staging, production]\n",
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
        "in two files",
        api(
            "files:\n  a.json: {format: json, settings: {A: {value: a}}}\n"
            "  b.json: {format: json, settings: {A: {value: b}}}\n"
        ),
        *("consumer/api", "consumers/api.yaml", "A: {value: b}", "twice"),
    ),
]

QUIET = [
    (R.redirect_missing, "not deployed", minimal()),
    (R.redirect_missing, "deployed, through a base", marketplace()),
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
    (T.template_id_twice, "one id an account", minimal()),
    (
        G.guest_list_size,
        "five and five",
        guests(*(f"address: {one}@example.org" for one in "abcde"), *(f'number: "0770090000{n}"' for n in range(5))),
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
#QUIET-KEYS
    (
        G.guest_until,
        "until today",
        minimal({"notify.yaml": f"{GUESTS}    - {{address: a@example.org, why: tests, until: 2026-11-24}}\n"}),
    ),
    (X.stage_unknown, "named everywhere", marketplace()),
    (X.account_unknown, "an account that is no stage's", marketplace()),
    (X.key_unknown, "a spare key of two stages", marketplace()),
    (X.handle_unknown, "a role and a guest", guests("person: developers")),
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
    (S.setting_crosses_production, "one file a stage", marketplace()),
    (
        S.setting_crosses_production,
        "one file, read in production only",
        edited(
            ("consumers/supplier-frontend.yaml", "paas/{stage}.yaml", "paas/live.yaml"),
            ("consumers/supplier-frontend.yaml", "    format: json\n", "    format: json\n    stages: [production]\n"),
        ),
    ),
    (
        S.setting_crosses_production,
        "one file, read everywhere else",
        edited(
            ("consumers/supplier-frontend.yaml", "paas/{stage}.yaml", "paas/rest.yaml"),
            (
                "consumers/supplier-frontend.yaml",
                "    format: json\n",
                "    format: json\n    stages: [preview, staging]\n",
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
        "the same source",
        api(
            "files:\n  a.json: {format: json, settings: {A: {value: a}}}\n"
            "  b.json: {format: json, settings: {A: {value: a}}}\n"
        ),
    ),
]


@pytest.mark.parametrize("case", FIRES, ids=lambda one: f"{rule_id(one.rule)}: {one.name}")
def test_it_fires(case):
    found = [one for one in problems(case.rule, case.tree) if one.subject == case.subject]

    assert case.place() in [one.place for one in found]
    assert any(case.says in one.message for one in found if one.place == case.place())
    assert all(one.remedy for one in found)


@pytest.mark.parametrize(("rule", "name", "tree"), QUIET, ids=[f"{rule_id(one[0])}: {one[1]}" for one in QUIET])
def test_it_does_not_fire(rule, name, tree):
    assert problems(rule, tree) == []


def test_every_rule_is_shown_on_both_sides():
    every = {*RULES, *TIME_RULES}

    assert {case.rule for case in FIRES} == every
    assert {rule for rule, _, _ in QUIET} == every


def test_ids_are_unique_and_read_like_words():
    ids = [rule_id(rule) for rule in (*RULES, *TIME_RULES)]

    assert len(set(ids)) == len(ids)
    assert all(one.replace("-", "").isalpha() and one.islower() for one in ids)


@pytest.mark.parametrize("rule", [*RULES, *TIME_RULES], ids=rule_id)
def test_a_rule_says_what_must_hold_and_why(rule):
    sentences = (rule.__doc__ or "").split("\n\n")

    assert len(sentences) == 2
    assert all(one.strip().endswith(".") for one in sentences)


@pytest.mark.parametrize("rule", TIME_RULES, ids=rule_id)
def test_time_alone_is_never_an_error(rule):
    (case,) = [case for case in FIRES if case.rule is rule]

    assert {one.severity for one in problems(rule, case.tree)} == {"warning"}
    assert list(rule(declared(case.tree), date(2026, 11, 23))) == []


def problems(rule: object, tree: Tree) -> list[Problem]:
    declaration = declared(tree)
    return list(rule(declaration, TODAY) if rule in TIME_RULES else rule(declaration))
