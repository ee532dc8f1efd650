"""Each source of a setting, at each stage: its value, why there is none, and the files that it rests on."""

from __future__ import annotations

from typing import Any

import pytest

from emailops.declaration.ids import IdOf, bare, ids_in, pending, with_ids
from emailops.declaration.model import Declaration, Setting
from emailops.declaration.places import leaves, nearest
from emailops.declaration.sources import SOURCES, Absent, every_setting, resolve, uses
from emailops.declaration.sources.rows import PLAIN
from emailops.resource import Place
from emailops.schema import schema
from emailops.store.tree import Tree
from emailops.store.yaml import parse
from tests.examples.laying import declared, edited, marketplace, minimal

DOS = "digital-outcomes-and-specialists"
LOTS = ("digital-specialists", "digital-outcomes", "user-research-participants")
SES = "success@simulator.amazonses.com"
MARKETPLACE = marketplace()
PERMITS = minimal(
    {
        "notify.yaml": "permits:\n  reply_to:\n    help: {id: 33333333-3333-4333-8333-333333333333}\n"
        "    enquiries: {id: 44444444-4444-4444-8444-444444444444, address: help@permits.example}\n"
    }
)
GRANTED = "aaaaaaaa-0000-4000-8000-000000000001"
REDIRECTS = dict.fromkeys(("example.com", "example.gov.uk", "user.marketplace.team"), SES)
STATISTICS = "493ede76-d9c8-40b8-b543-1127ccb60674"
REFUSED = "aaaaaaaa-0000-4000-8000-000000000002"
TRIAL = {"permit_granted": f"bbbbbbbb{GRANTED[8:]}", "permit_refused": f"bbbbbbbb{REFUSED[8:]}"}


TEXTS = minimal(
    {
        "notify.yaml": "permits:\n  sms_senders:\n"
        "    office: {id: 55555555-5555-4555-8555-555555555555, sender: Permits}\n",
        "stages/production.yaml": "deployed: true\nnotify: {key: production}\n"
        "redirect: {number: '+447700900111', numbers: {'+4477009': numbers that tests make up}}\n",
    }
)
"""A service that sends text messages, and redirects no mail."""
ELSEWHERE = minimal(
    {
        "emailops.yaml": "accounts: {notify: {permits: {service_id: 11111111-1111-4111-8111-111111111111}, "
        "permits-trial: {service_id: 22222222-2222-4222-8222-222222222222}, "
        "post: {service_id: 66666666-6666-4666-8666-666666666666}}}\n",
        "notify.yaml": "post: {reply_to: {help: {id: 77777777-7777-4777-8777-777777777777}}}\n",
    }
)
"""A service that no stage sends through by itself."""
TRIAL_ONLY = minimal(
    {
        "templates.yaml": f"permit_granted: {{type: email, id: {{permits: {GRANTED}}}}}\n"
        f"permit_refused: {{type: email, id: {{permits-trial: {TRIAL['permit_refused']}}}}}\n"
    }
)
"""A new template has been made in the trial service, and not yet in the live one."""


def setting(text: str) -> Setting:
    value, findings = parse("f.yaml", f"source: {text}\n".encode())
    assert findings == []
    return Setting("SETTING", "", value["source"], value.places["source"], ())


def value(tree: Tree, consumer: str, text: str, stage: str) -> Any:
    declaration = declared(tree)
    return bare(resolve(declaration, declaration.consumers[consumer], setting(text), stage).value)


def audience(name: str) -> IdOf:
    return IdOf(f"mailchimp-audience/{name}")


ROWS = "{rows: {columns: {a: text, n: integer, on: boolean, f: framework, t: template}"
RECORD = "{t: permit_granted, on: true, n: 8, f: dos-1, a: 08}"
VALUES = [
    (MARKETPLACE, "scripts", "redirects", "staging", REDIRECTS),
    (MARKETPLACE, "scripts", "redirect_to", "production", SES),
    (PERMITS, "web", "templates", "production", {"permit_granted": GRANTED, "permit_refused": REFUSED}),
    (PERMITS, "web", "templates", "development", TRIAL),
    (PERMITS, "web", "{templates: [permit_refused]}", "production", {"permit_refused": REFUSED}),
    (PERMITS, "web", "{templates: []}", "production", {}),
    (PERMITS, "web", "template permit_granted", "production", GRANTED),
    (TRIAL_ONLY, "web", "templates", "production", {"permit_granted": GRANTED}),
    (TRIAL_ONLY, "web", "templates", "development", {"permit_refused": TRIAL["permit_refused"]}),
    (TRIAL_ONLY, "web", "{templates: [permit_refused]}", "production", {}),
    (TRIAL_ONLY, "web", "{table: {a: template permit_refused, b: {value: x}}}", "production", {"b": "x"}),
    (TRIAL_ONLY, "web", "{table: {a: {table: {b: template permit_refused}}}}", "production", {"a": {}}),
    (PERMITS, "web", "template   permit_granted ", "production", GRANTED),
    (MARKETPLACE, "scripts", "template framework_statistics_snapshot", "preview", STATISTICS),
    (MARKETPLACE, "scripts", "audience framework-updates", "production", audience("framework-updates")),
    (MARKETPLACE, "scripts", "audience framework-updates", "preview", audience("framework-updates-test")),
    (MARKETPLACE, "scripts", "{frameworks: [open]}", "production", [f"{DOS}-6"]),
    (MARKETPLACE, "scripts", "{frameworks: [open, closing]}", "development", [f"{DOS}-5", f"{DOS}-6"]),
    (MARKETPLACE, "scripts", "{frameworks: []}", "development", []),
    (MARKETPLACE, "scripts", "reply_to enquiries", "staging", "24908180-b64e-513d-ab48-fdca677cec52"),
    (MARKETPLACE, "scripts", "reply_to_address enquiries", "staging", "cloud_digital@crowncommercial.gov.uk"),
    (PERMITS, "web", "notify_keys", "production", {"production": {"kind": "live", "stages": ["production"]}}),
    (PERMITS, "web", "notify_keys", "development", {"development": {"kind": "test", "stages": ["development"]}}),
    (PERMITS, "web", "reply_to help", "production", "33333333-3333-4333-8333-333333333333"),
    (ELSEWHERE, "web", "reply_to help", "development", "77777777-7777-4777-8777-777777777777"),
    (TEXTS, "web", "sms_sender office", "production", "55555555-5555-4555-8555-555555555555"),
    (TEXTS, "web", "number_redirects", "production", {"+4477009": "+447700900111"}),
    (TEXTS, "web", "redirect_number", "production", "+447700900111"),
    (PERMITS, "web", "{value: no}", "production", "no"),
    (PERMITS, "web", '{value: ""}', "development", ""),
    (PERMITS, "web", "{value: redirects}", "production", "redirects"),
    (PERMITS, "web", "{table: {4: template permit_granted}}", "production", {"4": GRANTED}),
    (PERMITS, "web", "{table: {b: {table: {c: {value: d}}}}}", "production", {"b": {"c": "d"}}),
    (PERMITS, "web", "{table: {}}", "production", {}),
    (PERMITS, "web", "{table: {r: redirects}}", "development", {"r": {}}),
]  # fmt: skip
LISTS = [
    (
        MARKETPLACE,
        "scripts",
        "{per_framework: {statuses: [closing, open], text: 'dos{number}'}}",
        "staging",
        ["dos5", "dos6"],
    ),
    (
        MARKETPLACE,
        "scripts",
        "{per_framework: {statuses: [open], text: '{framework}: {framework_name}'}}",
        "staging",
        [f"{DOS}-6: Digital Outcomes and Specialists 6"],
    ),
    (PERMITS, "web", "{per_framework: {statuses: [open], text: a}}", "production", []),
    (PERMITS, "web", "{list: []}", "production", []),
    (
        PERMITS,
        "web",
        "{list: [{value: a}, template permit_granted, {list: [{value: b}]}]}",
        "production",
        ["a", GRANTED, "b"],
    ),
    (
        MARKETPLACE,
        "scripts",
        "{list: [{value: a}, {frameworks: [closing, open]}, {value: b}]}",
        "production",
        ["a", f"{DOS}-5", f"{DOS}-6", "b"],
    ),
    (TRIAL_ONLY, "web", "{list: [template permit_refused, {value: b}]}", "production", ["b"]),
    (PERMITS, "web", "{list: [redirects]}", "development", [{}]),
    (PERMITS, "web", f"{ROWS}, records: []}}}}", "production", []),
    (
        PERMITS,
        "web",
        f"{ROWS}, records: [{RECORD}]}}}}",
        "production",
        [{"a": "08", "n": 8, "on": True, "f": "dos-1", "t": GRANTED}],
    ),
    (PERMITS, "web", f"{ROWS}, as: lists, records: [{RECORD}]}}}}", "production", [["08", 8, True, "dos-1", GRANTED]]),
    (
        TRIAL_ONLY,
        "web",
        "{rows: {columns: {t: template}, records: [{t: permit_refused}, {t: permit_granted}]}}",
        "production",
        [{"t": GRANTED}],
    ),
    (
        MARKETPLACE,
        "scripts",
        "{rows: {columns: {id: audience}, records: [{id: framework-updates}]}}",
        "production",
        [{"id": audience("framework-updates")}],
    ),
]


@pytest.mark.parametrize(("tree", "consumer", "text", "stage", "expected"), [*VALUES, *LISTS])
def test_a_source_has_a_value(tree, consumer, text, stage, expected):
    assert value(tree, consumer, text, stage) == expected


def test_a_map_holds_what_is_read_and_what_is_kept_but_not_what_is_read_otherwise():
    held = value(MARKETPLACE, "supplier-frontend", "templates", "production")

    assert len(held) == 8
    assert "framework_agreement_signature_page" in held
    assert value(MARKETPLACE, "admin-frontend", "templates", "production").keys() == {"invite_contributor"}


@pytest.mark.parametrize("stage", ["development", "preview", "staging", "production"])
def test_audiences_are_a_table_of_every_framework_and_lot(stage):
    table = value(MARKETPLACE, "scripts", "audiences", stage)

    def leads_to(number: int, lot: str) -> IdOf:
        return audience(f"{DOS}-{number}.{lot}" if stage == "production" else f"test-{lot}")

    assert table == {
        DOS: dict.fromkeys(LOTS),
        **{f"{DOS}-{number}": {lot: leads_to(number, lot) for lot in LOTS} for number in range(2, 7)},
    }


def test_audiences_that_exist_are_of_frameworks_that_have_some():
    every = value(MARKETPLACE, "scripts", "audiences", "production")

    assert every.pop(DOS)
    assert value(MARKETPLACE, "scripts", "{audiences: existing}", "production") == every


@pytest.mark.parametrize("stage", ["development", "preview", "staging"])
def test_no_production_id_is_in_another_stages_value(stage):
    declaration = declared(MARKETPLACE)
    of_production = {id_ for name, id_ in declaration.ids.items() if declaration.scopes_of_ids[name] == "production"}
    values = [str(with_ids(found, declaration.ids)) for _, at, _, _, found in every_setting(declaration) if at == stage]

    assert len(of_production) == 13
    assert values
    assert not [value for value in of_production if any(value in text for text in values)]


@pytest.mark.parametrize(
    ("tree", "text", "stage", "why"),
    [
        (PERMITS, "redirect_to", "development", "does not redirect"),
        (PERMITS, "redirects", "nowhere", "does not redirect"),
        (PERMITS, "template permit_lost", "production", "permit_lost"),
        (PERMITS, "template permit_granted", "nowhere", "permit_granted"),
        (TRIAL_ONLY, "template permit_refused", "production", "production has no template permit_refused yet"),
        (TRIAL_ONLY, "{templates: [permit_lost]}", "production", "permit_lost"),
        (PERMITS, "{templates: [permit_granted, permit_lost]}", "production", "permit_lost"),
        (PERMITS, "audience news", "production", "news"),
        (PERMITS, "reply_to help", "development", "development has no reply-to address help yet"),
        (PERMITS, "reply_to_address enquiries", "development", "development has no reply-to address enquiries yet"),
        (PERMITS, "reply_to help", "nowhere", "there is no reply-to address help for nowhere"),
        (TEXTS, "sms_sender office", "development", "development has no sender of text messages office yet"),
        (TEXTS, "number_redirects", "development", "redirects no text message"),
        (TEXTS, "redirect_number", "development", "redirects no text message"),
        (TEXTS, "redirects", "production", "does not redirect"),
        (PERMITS, "reply_to other", "production", "other"),
        (PERMITS, "reply_to_address help", "production", "id only"),
        (PERMITS, "{table: {a: redirect_to}}", "development", "does not redirect"),
        (PERMITS, "nothing", "production", "nothing"),
        (PERMITS, '""', "production", "''"),
        (PERMITS, "null", "production", "not understood"),
        (PERMITS, "[]", "production", "not understood"),
        (PERMITS, "{}", "production", "not understood"),
        (PERMITS, "{value: a, table: {}}", "production", "not understood"),
        (PERMITS, "{template: [permit_granted]}", "production", "template"),
        (PERMITS, "{audience: {a: b}}", "production", "audience"),
        (PERMITS, "{reply_to: null}", "production", "reply_to"),
        (PERMITS, "{list: [redirect_to]}", "development", "does not redirect"),
        (PERMITS, "{rows: {columns: {t: template}, records: [{t: permit_lost}]}}", "production", "permit_lost"),
        (PERMITS, "{rows: {columns: {t: audience}, records: [{t: news}]}}", "production", "news"),
    ],
)  # fmt: skip
def test_a_source_without_a_value_says_why(tree, text, stage, why):
    with pytest.raises(Absent) as raised:
        value(tree, "web", text, stage)

    assert why in raised.value.why


def test_redirects_of_a_stage_that_does_not_redirect_are_empty_where_they_stand_alone():
    with pytest.raises(Absent) as redirects:
        value(PERMITS, "web", "redirects", "development")
    with pytest.raises(Absent) as target:
        value(PERMITS, "web", "redirect_to", "development")

    assert (redirects.value.empty, target.value.empty) == ({}, None)


RECORDED = {"kind/a": "1", "kind/b": "2"}


@pytest.mark.parametrize(
    ("found", "expected", "waits"),
    [
        ("text", "text", []),
        (None, None, []),
        (IdOf("kind/a"), "1", []),
        ({"x": [IdOf("kind/a"), {"y": IdOf("kind/b")}]}, {"x": ["1", {"y": "2"}]}, []),
        ({"x": {"y": IdOf("kind/a"), "z": None}}, {"x": {"y": "1", "z": None}}, []),
        ({"pending": "kind/c"}, {"pending": "kind/c"}, []),
        ({"pending": IdOf("kind/a")}, {"pending": "1"}, []),
    ],
)
def test_recorded_ids_are_put_in(found, expected, waits):
    assert with_ids(found, RECORDED) == expected
    assert list(pending(with_ids(found, RECORDED))) == waits


@pytest.mark.parametrize(
    ("found", "waits"),
    [
        (IdOf("kind/c"), ["kind/c"]),
        ({"x": {"y": IdOf("kind/c"), "z": IdOf("kind/a")}}, ["kind/c"]),
        ([IdOf("kind/c"), IdOf("kind/d"), IdOf("kind/c")], ["kind/c", "kind/d", "kind/c"]),
        ({"pending": IdOf("kind/c")}, ["kind/c"]),
    ],
)
def test_an_id_to_come_is_pending(found, waits):
    assert list(pending(with_ids(found, RECORDED))) == waits
    assert set(waits) <= set(ids_in(found))


@pytest.mark.parametrize("name", ["pending", "$pending"])
def test_a_template_of_that_name_is_not_pending(name):
    declaration = declared(
        minimal(
            {
                "templates.yaml": f"pending: {{type: email, id: {GRANTED}}}\n",
                "consumers.yaml": "web:\n  repository: x\n  sends: []\n  templates: [pending]\n"
                "  files: {a.json: {format: json, stages: [production], settings: {A: templates}}}\n",
            }
        )
    )
    ((_, _, _, _, found),) = every_setting(declaration)

    assert found == {"pending": GRANTED}
    assert list(pending(with_ids(found, {}))) == []
    assert list(pending(with_ids({name: "a", "b": "c"}, {}))) == []


def test_the_sixth_iteration_waits_for_its_three_ids():
    declaration = declared(MARKETPLACE)
    waiting = {
        resource
        for _, _, _, _, found in every_setting(declaration)
        for resource in pending(with_ids(found, declaration.ids))
    }

    assert waiting == {f"mailchimp-audience/{DOS}-6.{lot}" for lot in LOTS}


def inputs(declaration: Declaration, consumer: str, text: str, stage: str) -> set[str]:
    return resolve(declaration, declaration.consumers[consumer], setting(text), stage).inputs


@pytest.mark.parametrize(
    ("text", "stage", "expected"),
    [
        ("redirects", "staging", {"stages/_deployed.yaml"}),
        ("redirect_to", "production", {"stages/_deployed.yaml"}),
        ("template reset_password", "preview", {"templates.yaml"}),
        ("reply_to enquiries", "preview", {"notify.yaml"}),
        ("{value: x}", "preview", set()),
        ("{list: [redirect_to, {value: x}]}", "preview", {"stages/_deployed.yaml"}),
        ("{rows: {columns: {t: template}, records: [{t: reset_password}]}}", "preview", {"templates.yaml"}),
        ("{table: {a: redirects, b: reply_to enquiries}}", "preview", {"stages/_deployed.yaml", "notify.yaml"}),
        (
            "audience framework-updates",
            "production",
            {"audiences/_audience.yaml", "audiences/framework-updates.yaml", "recorded/production.yaml"},
        ),
        (
            "audience framework-updates",
            "preview",
            {
                "audiences/_audience.yaml",
                "audiences/_test.yaml",
                "audiences/framework-updates-test.yaml",
                "recorded/shared.yaml",
            },
        ),
    ],
)
def test_a_value_names_the_files_that_it_rests_on(text, stage, expected):
    assert inputs(declared(MARKETPLACE), "scripts", text, stage) >= expected
    assert {needed.partition("/")[0] for needed in inputs(declared(MARKETPLACE), "scripts", text, stage)} == {
        needed.partition("/")[0] for needed in expected
    }


def test_a_stage_that_adds_a_domain_is_an_input_too():
    tree = edited(
        (
            "stages/staging.yaml",
            "extends: _deployed\n",
            "extends: _deployed\nredirect: {domains: {example.org: invalid buyer}}\n",
        )
    )

    assert inputs(declared(tree), "scripts", "redirects", "staging") == {"stages/_deployed.yaml", "stages/staging.yaml"}


def test_every_setting_is_there_once_for_each_stage_that_reads_it():
    declaration = declared(PERMITS)
    found = [(consumer.name, stage, setting.name) for consumer, stage, _, setting, _ in every_setting(declaration)]

    assert found == [
        ("web", "development", "TEMPLATES"),
        ("web", "production", "TEMPLATES"),
        ("web", "production", "REDIRECTS"),
    ]


def places(text: str) -> dict[str, str]:
    """Each part of the value of a setting of the scripts in production, and where it is decided."""
    declaration = declared(MARKETPLACE)
    resolved = resolve(declaration, declaration.consumers["scripts"], setting(text), "production", with_places=True)
    parts = leaves(with_ids(resolved.value, declaration.ids))
    return {".".join(path): nearest(resolved.places, path, Place("nowhere", 1, 1)).path for path, _ in parts}


def test_each_item_of_a_list_says_where_it_is_decided():
    assert places("{list: [{value: a}, {frameworks: [closing, open]}, template reset_password]}") == {
        "1": "f.yaml",
        "2": f"audiences/{DOS}-5.yaml",
        "3": f"audiences/{DOS}-6.yaml",
        "4": "templates.yaml",
    }


def test_each_value_of_a_record_says_where_it_is_decided():
    rows = "columns: {weeks: integer, t: template}, records: [{weeks: 4, t: reset_password}]"

    assert places(f"{{rows: {{{rows}}}}}") == {"1.weeks": "f.yaml", "1.t": "templates.yaml"}
    assert places(f"{{rows: {{{rows}, as: lists}}}}") == {"1.1": "f.yaml", "1.2": "templates.yaml"}


def test_a_use_within_another_source_says_where_it_stands_in_the_value():
    text = "{list: [{value: a}, {table: {b: {rows: {columns: {c: template, d: text}, records: [{c: x, d: y}]}}}}]}"
    found = [(str(use), use.path, use.place.column) for use in uses(setting(text))]

    at = len("source: ") + 1
    assert found == [
        ("value a", ("1",), at + text.index("a}")),
        ("template x", ("2", "b", "1", "c"), at + text.index("x,")),
        ("value y", ("2", "b", "1", "d"), at + text.index("y}")),
    ]


def test_every_source_that_takes_a_name_is_a_type_of_a_column():
    types = schema("file")["$defs"]["column"]["enum"]

    assert set(types) == {*PLAIN, *(word for word, source in SOURCES.items() if source.named)}
