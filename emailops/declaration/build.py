"""From positioned values to the declared model. Never raises: what the schema refused is left out or left empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from emailops.canonical import flat
from emailops.declaration.mailings import mailing
from emailops.declaration.model import (
    AUDIENCE,
    TEMPLATE,
    Audience,
    Consumer,
    Declaration,
    Dump,
    Framework,
    GeneratedFile,
    Guest,
    Ignore,
    Key,
    MailchimpAccount,
    NotifyAccount,
    Policy,
    RetiredProvider,
    Service,
    Setting,
    Stage,
    Template,
    Waiver,
    Words,
    started,
    texts,
)
from emailops.declaration.placeholders import filled
from emailops.declaration.stage_names import at_stages, by_stage, named_at_stages, names_of
from emailops.declaration.values import Items, State, Table, is_true
from emailops.declaration.vocabulary import (
    ApplyFrom,
    Contact,
    DumpAddresses,
    FrameworkStatus,
    KeyKind,
    SendsWith,
    TemplateType,
    word,
)
from emailops.resource import Attestation, Place, Resource

_OF_MAIL, _OF_TEXTS = frozenset({"to", "domains"}), frozenset({"number", "numbers"})
"""What a stage's redirect says of email, and of text messages."""
_DEFAULT_ATTESTATION_DAYS = 180
_MOST_DAYS = 99_999
_MOST_DIGITS = 9
_STEP = "\0"


def declare(state: State) -> Declaration:
    """The model of a loaded state."""
    root, sections = state.root, state.sections
    accounts = root.table("accounts")
    notify_accounts = {
        name: NotifyAccount(name, table.text("service_id"), table) for name, table in _tables(accounts.table("notify"))
    }
    first = next(iter(notify_accounts), "")
    frameworks, singles = _audiences(sections["audiences"])
    ids, scopes = _ids(state.recorded)
    order = texts(root.get("stage_order"))
    moved = {old: new for old, new in root.table("moved").items() if isinstance(new, str)}
    consumers = {name: _consumer(name, table, order) for name, table in _tables(sections["consumers"])}
    return Declaration(
        service=root.text("service"),
        stage_order=order,
        notify_accounts=notify_accounts,
        mailchimp=_mailchimp(accounts.table("mailchimp")) if "mailchimp" in accounts else None,
        policy=_policy(root.table("policy")),
        moved=moved,
        old_names=_turned(moved),
        words=_words(root.table("words")),
        stages=_in_order(
            {name: _stage(name, table, first, root) for name, table in _tables(sections["stages"])}, order
        ),
        keys={name: _key(name, table) for name, table in _tables(sections["keys"])},
        services={name: _service(name, table) for name, table in _tables(sections["notify"])},
        frameworks=frameworks,
        single_audiences=singles,
        templates={
            name: _templates(name, table, first, state.texts, sections["templates"].field_places[name])
            for name, table in _tables(sections["templates"])
        },
        consumers=consumers,
        started_by=_started_by(consumers),
        dumps={
            column: Dump(column, word(DumpAddresses, table.get("addresses")), texts(table.get("loaded_by")), table)
            for column, table in _tables(sections["dumps"])
        },
        mailings={
            name: mailing(name, table, state.mailing_texts, sections["mailings"].field_places[name])
            for name, table in _tables(sections["mailings"])
        },
        people=dict(_tables(sections["people"])),
        waivers=_waivers(state.waivers),
        ignores=_ignores(root.items_at("ignore")),
        attestations={
            name: Attestation(plain(table.get("attested")), table.text("by"), table.text("on"), table.text("digest"))
            for name, table in state.attestations.items()
        },
        attestation_tables=state.attestations,
        ids=ids,
        scopes_of_ids=scopes,
        recorded=state.recorded,
        root=root,
        sections=sections,
        documents=state.documents,
        texts=state.texts,
    )


def plain(value: Any) -> Any:
    """Positioned values as plain JSON."""
    if isinstance(value, Table):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, Items):
        return [plain(inner) for inner in value]
    return value


def text_of(type_: TemplateType | None, content: str) -> tuple[str, str]:
    """(subject, body) of a template as kept in Git: for an email `Subject: ...`, an empty line, and the body."""
    if type_ is TemplateType.email and content.startswith("Subject:"):
        subject, _, body = content.partition("\n")
        return subject.removeprefix("Subject:").strip(), body.strip("\n")
    return "", content.strip("\n")


def content_of(type_: TemplateType | None, subject: str, body: str) -> str | None:
    """What `text_of` reads back as exactly this; None for a text that has no such form."""
    content = f"Subject: {subject}\n\n{body}\n" if type_ is TemplateType.email else f"{body}\n"
    return content if text_of(type_, content) == (subject if type_ is TemplateType.email else "", body) else None


def _started_by(consumers: Mapping[str, Consumer]) -> dict[str, tuple[Consumer, ...]]:
    starters: dict[str, tuple[Consumer, ...]] = {}
    for consumer in consumers.values():
        for name in dict.fromkeys(consumer.starts):
            starters[name] = (*starters.get(name, ()), consumer)
    return starters


def _turned(moved: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    old_names: dict[str, tuple[str, ...]] = {}
    for old, new in moved.items():
        old_names[new] = (*old_names.get(new, ()), old)
    return old_names


def _tables(table: Table) -> list[tuple[str, Table]]:
    return [(name, value) for name, value in table.items() if isinstance(value, Table)]


def _mailchimp(table: Table) -> MailchimpAccount:
    return MailchimpAccount(
        table.text("account_id"), table.text("datacentre"), table.text("owns") == "everything", table.text("key"), table
    )


def _policy(table: Table) -> Policy:
    limits = {
        f"{kind}.{action}": most
        for kind, actions in _tables(table.table("limits"))
        for action, text in actions.items()
        if (most := _count(text)) is not None
    }
    days = _count(table.get("attestation_days"))
    return Policy(
        has_all_consumers=table.text("consumers") == "complete",
        live_keys=_count(table.get("live_keys")),
        attestation_days=_DEFAULT_ATTESTATION_DAYS if days is None or days > _MOST_DAYS else days,
        apply_from=word(ApplyFrom, table.get("apply_from")) or ApplyFrom.anywhere,
        limits=limits,
        source=table,
    )


def _words(table: Table) -> Words:
    retired = [
        RetiredProvider(
            name,
            provider.text("since"),
            provider.text("why"),
            tuple(pattern.lower() for pattern in provider.items_at("patterns").texts()),
        )
        for name, provider in _tables(table.table("retired_providers"))
    ]
    variables = table.table("unread_variables")
    return Words(
        domain_purposes=tuple(table.table("domain_purposes")),
        own_domains=frozenset(table.items_at("own_domains").texts()),
        nobodys_addresses=frozenset(table.items_at("nobodys_addresses").texts()),
        unread_variables={name: right for name, right in variables.items() if isinstance(right, str)},
        retired_providers=tuple(retired),
        source=table,
    )


def _in_order(stages: dict[str, Stage], order: tuple[str, ...]) -> dict[str, Stage]:
    """As declared in stage_order; a stage that is missing there comes last."""
    return dict(sorted(stages.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order)))


def _stage(name: str, table: Table, first_account: str, root: Table) -> Stage:
    notify, redirect = table.table("notify"), table.table("redirect")
    redirects = "redirect" in table and "none" not in redirect
    of_service = root.table("policy").table("redirect")
    domains, numbers = (
        {name: why for name, why in redirect.table(field).items() if isinstance(why, str)}
        for field in ("domains", "numbers")
    )
    of_texts = redirects and not _OF_TEXTS.isdisjoint(redirect)
    of_mail = redirects and (not of_texts or not _OF_MAIL.isdisjoint(redirect))
    return Stage(
        name=name,
        deployed=is_true(table.get("deployed")),
        account=notify.text("account", first_account),
        key=notify.text("key"),
        redirect_to=redirect.text("to") if of_mail else None,
        redirect_number=redirect.text("number") if of_texts else None,
        numbers=numbers if of_texts else None,
        domains=domains if of_mail else None,
        no_redirect="" if redirects else redirect.text("none") or of_service.text("none"),
        source=table,
    )


def _key(name: str, table: Table) -> Key:
    stages = texts(table.get("stages"))
    return Key(
        name,
        table.text("account"),
        word(KeyKind, table.get("kind")),
        stages,
        table.text("secret"),
        table.text("successor"),
        table.text("fingerprint"),
        is_true(table.get("leaked")),
        is_true(table.get("revoked")),
        table,
    )


def _service(account: str, table: Table) -> Service:
    guests: tuple[Guest, ...] | None = None
    if isinstance(listed := table.get("guest_list"), Items):
        guests = tuple(
            Guest(contact, guest.text(contact), guest.text("why"), guest.text("until"), guest)
            for guest in listed
            if isinstance(guest, Table)
            for contact in Contact
            if contact in guest
        )
    reply_to = table.table("reply_to")
    addresses = {name: (entry.text("id"), entry.text("address")) for name, entry in _tables(reply_to)}
    senders = {name: (entry.text("id"), entry.text("sender")) for name, entry in _tables(table.table("sms_senders"))}
    return Service(account, guests, addresses, senders, table)


def _audiences(section: Table) -> tuple[dict[str, Framework], dict[str, Audience]]:
    frameworks, singles = {}, {}
    for name, table in _tables(section):
        if "lots" in table:
            frameworks[name] = _framework(name, table, section.field_places[name])
        elif isinstance(table.get("audience"), Table):
            words = {"framework": name} | ({"framework_name": table.text("name")} if "name" in table else {})
            singles[name] = _audience(name, table, _attributes(table), words, section.field_places[name])
    return frameworks, singles


def _framework(name: str, table: Table, place: Place) -> Framework:
    lots = {lot: title for lot, title in table.table("lots").items() if isinstance(title, str)}
    audiences = {}
    if isinstance(table.get("audience"), Table):
        attributes = _attributes(table)
        for lot, title in lots.items():
            words = {"framework": name, "framework_name": table.text("name"), "lot": lot, "lot_name": title}
            audiences[lot] = _audience(f"{name}.{lot}", table, attributes, words, place)
    status = word(FrameworkStatus, table.get("status"))
    return Framework(name, table.text("name"), status, lots, audiences, table)


def _audience(
    name: str, table: Table, attributes: Mapping[str, Any], words: Mapping[str, str], place: Place
) -> Audience:
    return Audience(
        resource=Resource(AUDIENCE, name),
        stages=texts(table.table("audience").get("stages")),
        attributes={
            key: filled(value, words) if isinstance(value, str) else value for key, value in attributes.items()
        },
        words=words,
        otherwise=filled(table.text("otherwise"), words),
        source=table,
        place=place,
    )


def _attributes(table: Table) -> dict[str, Any]:
    """An audience's settings as its kind knows them, placeholders still open."""
    declared = flat(table.table("audience"))
    attributes: dict[str, Any] = {name: value for name, value in declared.items() if isinstance(value, str)}
    for name in ("email_type_option", "double_optin"):
        if name in attributes:
            attributes[name] = is_true(attributes[name])
    return attributes


def _templates(
    name: str, table: Table, first: str, bodies: Mapping[str, tuple[str, Place]], place: Place
) -> dict[str, Template]:
    ids, versions = table.get("id"), table.get("version")
    by_account = dict(ids) if isinstance(ids, Table) else {first: ids}
    type_ = word(TemplateType, table.get("type"))
    return {
        account: Template(
            resource=Resource(TEMPLATE, name if account == first else f"{account}.{name}"),
            account=account,
            name=name,
            id=template_id,
            type=type_,
            version=_count(versions.get(account) if isinstance(versions, Table) else versions),
            text=text_of(type_, bodies[name][0]) if name in bodies else None,
            source=table,
            place=place,
        )
        for account, template_id in by_account.items()
        if isinstance(template_id, str)
    }


def _count(text: Any) -> int | None:
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) <= _MOST_DIGITS else None


def _consumer(name: str, table: Table, stage_order: tuple[str, ...]) -> Consumer:
    mailings = {
        mailing: (entry.text("subscribes"), entry.text("sends")) for mailing, entry in _tables(table.table("mailings"))
    }
    stage_names = names_of(table.table("stage_names"))
    files = (_files(path, file, stage_order, stage_names) for path, file in _tables(table.table("files")))
    return Consumer(
        name=name,
        sends=tuple(known for text in texts(table.get("sends")) if (known := word(SendsWith, text))),
        templates=texts(table.get("templates")),
        literals=texts(table.get("literals")),
        keeps=texts(table.get("keeps")),
        unredirected=texts(table.get("unredirected")),
        starts=tuple(name for name, _ in started(table)),
        files=tuple(chain.from_iterable(files)),
        mailings=mailings,
        source=table,
    )


def _files(
    name: str, table: Table, stage_order: tuple[str, ...], stage_names: Mapping[str, tuple[str, ...]]
) -> Iterator[GeneratedFile]:
    """The file as declared; where the place in a file of people's names the stage, one a place."""
    stages = texts(table.get("stages")) if "stages" in table else stage_order
    steps = texts(table.get("at")) or tuple(step for step in table.text("at").split(".") if step)
    for place, names in named_at_stages(_STEP.join(steps), stages, stage_names).items():
        yield _file(name, table, tuple(names), names, tuple(place.split(_STEP)) if steps else ())


def _file(
    name: str, table: Table, stages: tuple[str, ...], stage_names: Mapping[str, tuple[str, ...]], at: tuple[str, ...]
) -> GeneratedFile:
    path = table.text("into", name)
    settings = [
        Setting(at_name, at_class, source, owner.field_places[setting], of_source)
        for class_name, owner in [*_tables(table.table("classes")), ("", table.table("settings"))]
        for at_class, of_class in at_stages(class_name, stages, stage_names).items()
        for setting, value in owner.items()
        for at_name, of_name in at_stages(setting, of_class, stage_names).items()
        for source, of_source in by_stage(value, of_name, stage_names)
    ]
    return GeneratedFile(
        name=name,
        format=table.text("format"),
        path=path,
        paths=at_stages(path, stages, stage_names),
        stages=stages,
        settings=tuple(settings),
        app=table.text("app"),
        shape=table.text("shape"),
        chosen_by=table.text("chosen_by"),
        packaged="packaged" not in table or is_true(table["packaged"]),
        at=at if "into" in table else None,
        client=table.text("client"),
        templates=texts(table.get("templates")),
    )


def _waivers(items: Items) -> tuple[Waiver, ...]:
    return tuple(
        Waiver(
            entry.text("rule"),
            entry.text("resource"),
            entry.text("until"),
            entry.text("owner"),
            entry.text("reason"),
            entry,
        )
        for entry in items
        if isinstance(entry, Table)
    )


def _ignores(items: Items) -> tuple[Ignore, ...]:
    return tuple(
        Ignore(entry.text("resource"), entry.text("field"), entry.text("why"), entry.text("until"), entry)
        for entry in items
        if isinstance(entry, Table)
    )


def _ids(recorded: Mapping[str, Table]) -> tuple[dict[str, str], dict[str, str]]:
    ids, scopes = {}, {}
    for scope, table in recorded.items():
        for resource, value in table.items():
            if isinstance(value, str):
                ids[resource], scopes[resource] = value, scope
    return ids, scopes
