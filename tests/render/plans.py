"""Plans by hand: a rich one for the golden files, and one in which every text is hostile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from emailops.plan import (
    Act,
    Action,
    Base,
    Change,
    DeclaredChange,
    Difference,
    Instruction,
    Plan,
    Reason,
    Sort,
    Step,
    Taken,
    Thing,
    Undeclared,
    When,
)
from emailops.resource import Control, Resource

NOTIFY = "https://www.notifications.service.gov.uk/services/00000000-0000-4000-8000-000000000001"
SAFE = "success@simulator.amazonses.com"
BEFORE = {"example.com": SAFE, "example.gov.uk": SAFE}
NEXT = "emailops apply plan.json"


def _thing(before: Any, after: Any) -> Thing:
    return Thing.new if before is None else Thing.gone if after is None else Thing.edited


def _audience(name: str) -> Resource:
    return Resource("mailchimp-audience", name)


def rich() -> Plan:
    """One of everything that a plan can hold, on a day that never changes."""
    pending = {"$pending": "mailchimp-audience/dos-6.outcomes"}
    settings = [
        *(
            DeclaredChange(
                Sort.setting,
                consumer,
                stage,
                "REDIRECTS",
                BEFORE,
                {**BEFORE, "example.org": SAFE},
                reaches_production=stage == "production",
            )
            for consumer in ("admin-frontend", "scripts")
            for stage in ("preview", "production")
        ),
        DeclaredChange(
            Sort.setting, "scripts", "production", "LIST_IDS", {"dos-5": {"outcomes": "eebeddcc2b"}}, {"dos-6": pending}
        ),
        DeclaredChange(Sort.setting, "scripts", "production", "NEW", None, ["one", "two"], Thing.new),
        DeclaredChange(Sort.setting, "scripts", "production", "OLD", "it was", None, Thing.gone),
    ]
    changes = (
        Change(
            _audience("dos-5.outcomes"),
            "production",
            Action.update,
            Control.managed,
            Reason.changed,
            (
                Difference("campaign_defaults.from_name", "DOS Team", "Digital Marketplace Team"),
                Difference("double_optin", True, False),
            ),
            id="eebeddcc2b",
            fingerprint="5" * 64,
        ),
        *(
            Change(
                _audience(f"dos-6.{lot}"),
                "production",
                Action.create,
                Control.managed,
                Reason.missing,
                (Difference("name", None, f"DOS 6: {lot}"),),
                fingerprint="6" * 64,
                notes=(f"DOS 6: {lot}", "from Team <team@example.gov.uk> · single opt-in", "room for 2 more, 0 left"),
            )
            for lot in ("outcomes", "specialists")
        ),
        Change(
            _audience("updates"),
            "production",
            Action.adopt,
            Control.managed,
            Reason.same_name,
            (Difference("permission_reminder", "", "You asked."),),
            id="7534b3e89a",
            fingerprint="7" * 64,
            notes=("7534b3e89a, created 2024-03-01, 2 members, https://us0.admin.mailchimp.com/lists/members?id=1",),
        ),
        Change(
            _audience("test-old"),
            "shared",
            Action.release,
            Control.managed,
            Reason.undeclared,
            id="096e52cebb",
            fingerprint="8" * 64,
            notes=("stays as it is at the provider; only the record of its id is removed",),
        ),
        Change(
            Resource("notify-template", "reset_password"),
            "shared",
            Action.person,
            Control.verified,
            Reason.changed,
            (
                Difference("body", "Hello\n\nwithin 7 days\n\n((url))", "Hello\n\nwithin 24 hours\n\n((url))"),
                Difference("version", 2, 1),
            ),
            id="4ae02cdd-65fd-417f-8c24-61260229f9af",
            step=Step(
                When.before_merge,
                "version 2 is in use; version 1 was reviewed",
                f"{NOTIFY}/templates/4ae02cdd-65fd-417f-8c24-61260229f9af",
                (Instruction("Hello\n\nwithin 24 hours\n\n((url))", "body"),),
                "put the reviewed text back, or review it and write version: 2 in templates.yaml",
            ),
        ),
        Change(
            Resource("notify-template", "unread"), "shared", Action.unknown, Control.verified, Reason.no_key, id="x"
        ),
        Change(
            Resource("notify-guest-list", "marketplace"),
            "shared",
            Action.person,
            Control.attested,
            Reason.outdated,
            (Difference("addresses", [SAFE], [SAFE, "qa@user.marketplace.team"]),),
            step=Step(
                When.before_merge,
                "a team key refuses every address that is not listed",
                f"{NOTIFY}/api/guest-list",
                (
                    Instruction(SAFE, "as attested 41 days ago", Act.check),
                    Instruction("qa@user.marketplace.team", "+ new"),
                ),
                "emailops attest notify-guest-list/marketplace",
            ),
        ),
    )
    return Plan(
        service="Digital Marketplace",
        tool="0.1.0",
        made="2026-11-24T06:00:00Z",
        scopes=("development", "preview", "staging", "production", "shared"),
        only=None,
        base=Base("merge-base", "0" * 40),
        observed_at="2026-11-24T06:00:00Z",
        accounts={"notify": {}},
        configuration="0" * 64,
        changes=changes,
        declared=tuple(settings),
        counts={
            "create": 2,
            "update": 1,
            "adopt": 1,
            "release": 1,
            "person": 2,
            "consumers": 2,
            "verified": 58,
            "attested": 5,
            "unknown": 1,
        },
        undeclared=(
            Undeclared("mailchimp-audience", "shared-account", 4),
            Undeclared("notify-template", "service", 2, ("A draft", "Another draft")),
        ),
        requests=9,
        taken=(Taken(Resource("notify-reply-to", "enquiries"), "qa", "2026-11-23"),),
        unknown=("no key for ccs here: NOTIFY_KEY_CCS is not set",),
    )


def large(settings: int) -> Plan:
    """The rich one with that many settings, each another."""
    changes = tuple(
        DeclaredChange(Sort.setting, "scripts", "production", f"SETTING_{n}", None, f"value {n}", Thing.new)
        for n in range(settings)
    )
    return replace(rich(), declared=changes)


def on_one_page(keys: int) -> Plan:
    """The rich one with that many keys to attest on one page of Notify."""
    changes = tuple(
        Change(
            Resource("notify-key", f"key-{n}"),
            "shared",
            Action.person,
            Control.attested,
            Reason.not_attested,
            step=Step(
                When.before_merge,
                "a live key mails real people",
                f"{NOTIFY}/api/keys",
                (Instruction("test", "kind", Act.check),),
                f"emailops attest notify-key/key-{n}",
            ),
        )
        for n in range(keys)
    )
    return replace(rich(), changes=changes)


def hostile(text: str) -> Plan:
    """A plan in which every text that may come from elsewhere holds `text`."""
    entries = (Instruction(text, text), Instruction("value", text))
    step = Step(When.now, text, f"https://us0.admin.mailchimp.com/{text}", entries, text)
    changes: list[Change] = []
    for action in Action:
        people = (Control.verified, Control.attested, Control.attested)
        controls = people if action is Action.person else (Control.managed,)
        changes += (
            Change(
                Resource("mailchimp-audience", text),
                text,
                action,
                control,
                Reason.changed,
                (
                    Difference(text, text, text),
                    Difference("deep", {text: [text]}, None),
                    Difference("none", None, text),
                ),
                id=text,
                step=step if action is Action.person else None,
                notes=(text,),
            )
            for control in controls
        )
    values: list[tuple[Any, Any]] = [(None, text), (text, None), (text, "x"), ({text: text}, {text: {text: text}})]
    values += [([text], []), ({"a": {"$pending": text}}, {"a": text}), (None, {text: text})]
    return Plan(
        service=text,
        tool=text,
        made=text,
        scopes=(text,),
        only=None,
        base=Base("commit", text),
        observed_at="2026-11-24T06:00:00Z",
        accounts={},
        configuration="0" * 64,
        changes=tuple(changes),
        declared=tuple(
            DeclaredChange(Sort.setting, text, text, f"{text}{n}", *pair, _thing(*pair))
            for n, pair in enumerate(values)
        ),
        counts={},
        undeclared=(Undeclared("mailchimp-audience", text, 2, (text, text)),),
        requests=1,
        taken=(Taken(Resource("notify-reply-to", text), text, text),),
        unknown=(text,),
    )


HOSTILE = {
    "pipes": "a | b || c \\| d",
    "backticks": "a ` b `` c ```\nINJECTED",
    "fence": "```\nINJECTED\n```",
    "script": "<script>alert(1)</script>",
    "image": '<img src=x onerror="alert(1)">',
    "comment": "<!-- a --> b -->",
    "entity": "&lt;script&gt; &#60;b&#62;",
    "markdown": "**bold** _it_ [link](javascript:alert(1)) ![image](https://evil.example/x.png)",
    "reference": "[a][b]\n\n[b]: https://evil.example",
    "autolink": "<https://evil.example> https://evil.example www.evil.example",
    "heading": "a\n\n# INJECTED\n\nINJECTED\n===",
    "list": "a\n- [x] INJECTED\n1. INJECTED",
    "table": "a |\n| --- |\n| INJECTED |",
    "mention": "@someone @alphagov/team-of-many a @b",
    "issue": "#1 GH-1 owner/repo#2",
    "newlines": "a\nINJECTED\r\nINJECTED\rINJECTED\x0bINJECTED\x0cINJECTED\x85INJECTED\u2028INJECTED\u2029INJECTED",
    "colours": "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b31m",
    "cursor": "a\x1b[2K\x1b[1AINJECTED\b\b\b\rINJECTED",
    "bells": "\x07\x00\x08\x7f",
    "direction": "\u202egnp.exe\u202c \u2066x\u2069 \u200f\u200e",
    "invisible": "a\u200bb\ufeffc\u00ad",
    "rich": "[bold red]x[/bold red] [/] [link=https://evil.example]y[/link]",
    "workflow": "::error file=a::INJECTED\n::set-output name=a::INJECTED",
    "long": "x" * 600,
    "empty": "",
    "spaces": "   ",
    "percent": "%s %(a)s {0} {a} $a ${a}",
    "details": "</details></td></tr></table>\n\nINJECTED",
}
