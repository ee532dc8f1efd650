"""The declared model, resolved: what each section means once bases, defaults and routes are worked out.

Every shape keeps `source`, the positioned values it was read from, so that a rule can point at the very value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from emailops.dataclass import dataclass
from emailops.declaration.mailings import Mailing
from emailops.declaration.stage_names import is_staged
from emailops.declaration.values import Items, Table, is_true
from emailops.declaration.vocabulary import (
    ApplyFrom,
    Contact,
    DumpAddresses,
    FrameworkStatus,
    KeyKind,
    SendsWith,
    ServiceSection,
    TemplateType,
)
from emailops.resource import SHARED, Attestation, Place, Resource

AUDIENCE = "mailchimp-audience"
SUBSCRIBER = "mailchimp-test-subscriber"
TEMPLATE = "notify-template"
REPLY_TO = "notify-reply-to"
SMS_SENDER = "notify-sms-sender"
"""Kinds whose resources the declared model speaks of itself, since settings read them or others hang on them."""
Held = TypeVar("Held")


@dataclass(frozen=True, slots=True)
class NotifyAccount:
    name: str
    service_id: str
    source: Table


@dataclass(frozen=True, slots=True)
class MailchimpAccount:
    account_id: str
    datacentre: str
    owns_everything: bool
    key: str
    source: Table


@dataclass(frozen=True, slots=True)
class Stage:
    """`redirect_to` and `domains` are None where the stage redirects no mail, `no_redirect` is why it does not.

    `redirect_number` and `numbers`, by how they begin, are the same of text messages.
    """

    name: str
    deployed: bool
    account: str
    key: str
    redirect_to: str | None
    redirect_number: str | None
    numbers: Mapping[str, str] | None
    domains: Mapping[str, str] | None
    no_redirect: str
    source: Table


@dataclass(frozen=True, slots=True)
class Key:
    """`successor` is the key that takes its place, `is_leaked` one that goes before the other has taken it."""

    name: str
    account: str
    kind: KeyKind | None
    stages: tuple[str, ...]
    secret: str
    successor: str
    fingerprint: str
    is_leaked: bool
    is_revoked: bool
    source: Table


@dataclass(frozen=True, slots=True)
class Guest:
    contact: Contact
    value: str
    why: str
    until: str
    source: Table

    @property
    def place(self) -> Place:
        return self.source.at(self.contact)


@dataclass(frozen=True, slots=True)
class Service:
    """What belongs to one Notify service; a guest list of None is unmanaged.

    `reply_to` is name -> (id, address), `sms_senders` name -> (id, what a telephone shows as the sender).
    """

    account: str
    guest_list: tuple[Guest, ...] | None
    reply_to: Mapping[str, tuple[str, str]]
    sms_senders: Mapping[str, tuple[str, str]]
    source: Table

    def named(self, section: ServiceSection) -> Mapping[str, tuple[str, str]]:
        return self.reply_to if section is ServiceSection.reply_to else self.sms_senders


@dataclass(frozen=True, slots=True)
class Framework:
    """`audiences` by lot; empty for a framework that never had any."""

    name: str
    title: str
    status: FrameworkStatus | None
    lots: Mapping[str, str]
    audiences: Mapping[str, Audience]
    source: Table


@dataclass(frozen=True, slots=True)
class Audience:
    """One audience object. `attributes` is flat: `contact.city`, `campaign_defaults.from_name`, ...

    `words` are what its placeholders stand for.
    """

    resource: Resource
    stages: tuple[str, ...]
    attributes: Mapping[str, Any]
    words: Mapping[str, str]
    otherwise: str
    source: Table
    place: Place

    @property
    def scope(self) -> str:
        return self.stages[0] if len(self.stages) == 1 else SHARED


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A test subscriber of a single audience."""

    resource: Resource
    audience: Audience
    contact: Contact
    value: str
    place: Place


@dataclass(frozen=True, slots=True)
class Template:
    """A template in one Notify service; `version` None is unmanaged, `text` is (subject, body) where kept here."""

    resource: Resource
    account: str
    name: str
    id: str
    type: TemplateType | None
    version: int | None
    text: tuple[str, str] | None
    source: Table
    place: Place


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that a consumer reads at these stages; `class_name` only for formats that have classes."""

    name: str
    class_name: str
    value: Any
    place: Place
    stages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GeneratedFile:
    """A file as declared. `paths` are where it goes: each path, and the stages that read what stands there.

    `name` is what the state calls it: its path, or anything where settings go into a file that people own. `at` leads
    to the place of the settings in such a file; it is None for a file of ours. A module that sends is written over a
    `client`, for these `templates`, or for all that the consumer sends. Where a variable names the stage, `chosen_by`
    is that variable.
    """

    name: str
    format: str
    path: str
    paths: Mapping[str, tuple[str, ...]]
    stages: tuple[str, ...]
    settings: tuple[Setting, ...]
    app: str = ""
    shape: str = ""
    packaged: bool = True
    at: tuple[str, ...] | None = None
    client: str = ""
    templates: tuple[str, ...] = ()
    chosen_by: str = ""

    @property
    def is_staged(self) -> bool:
        return is_staged(self.path)

    def placed(self, path: str) -> str:
        """A path of it, with the place in the file of people's own where it has one."""
        return f"{path} at {'.'.join(self.at)}" if self.at else path

    def paths_at(self, stage: str) -> tuple[str, ...]:
        """Where the stage reads it."""
        return tuple(path for path, stages in self.paths.items() if stage in stages)

    def readers(self, setting: Setting) -> Iterator[tuple[str, ...]]:
        """The stages that read the setting in one and the same file, for each file."""
        for stages in self.paths.values():
            yield tuple(stage for stage in stages if stage in setting.stages)


@dataclass(frozen=True, slots=True)
class Consumer:
    """`unredirected` are templates that its code sends without redirects, `starts` the consumers that it starts."""

    name: str
    sends: tuple[SendsWith, ...]
    templates: tuple[str, ...]
    literals: tuple[str, ...]
    keeps: tuple[str, ...]
    unredirected: tuple[str, ...]
    starts: tuple[str, ...]
    files: tuple[GeneratedFile, ...]
    mailings: Mapping[str, tuple[str, str]]
    source: Table

    @property
    def uses_notify(self) -> bool:
        return SendsWith.notify in self.sends

    @property
    def unignores(self) -> bool:
        """Whether deliver may add to the repository's ignore files the lines that bring our files back."""
        return is_true(self.source.get("unignore"))

    def settings(self) -> Iterator[tuple[GeneratedFile, Setting]]:
        for file in self.files:
            for setting in file.settings:
                yield file, setting


@dataclass(frozen=True, slots=True)
class Dump:
    """A column of a database dump."""

    column: str
    addresses: DumpAddresses | None
    loaded_by: tuple[str, ...]
    source: Table


@dataclass(frozen=True, slots=True)
class Waiver:
    rule: str
    resource: str
    until: str
    owner: str
    reason: str
    source: Table


@dataclass(frozen=True, slots=True)
class Ignore:
    """A field in which the world may differ until a day; `resource` is a glob over whole names."""

    resource: str
    field: str
    why: str
    until: str
    source: Table


@dataclass(frozen=True, slots=True)
class Policy:
    """What the team allows itself. `limits` are KIND.ACTION -> the most that one apply may make.

    `has_all_consumers` once every app, script and job of the service is declared.
    """

    has_all_consumers: bool
    live_keys: int | None
    attestation_days: int
    apply_from: ApplyFrom
    limits: Mapping[str, int]
    source: Table


@dataclass(frozen=True, slots=True)
class RetiredProvider:
    """A provider that nothing may name any more; a text that holds one of the patterns, in small letters, does."""

    name: str
    since: str
    why: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What words and addresses mean for this service. `unread_variables` are wrong names -> the right ones."""

    domain_purposes: tuple[str, ...]
    own_domains: frozenset[str]
    nobodys_addresses: frozenset[str]
    unread_variables: Mapping[str, str]
    retired_providers: tuple[RetiredProvider, ...]
    source: Table


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Declaration:
    """The whole declared state, equal to itself alone.

    `ids` are the recorded ones, by resource; `scopes_of_ids` says where each stands. `old_names` is
    `moved` turned round, `started_by` what consumers say that they start.
    """

    service: str
    stage_order: tuple[str, ...]
    notify_accounts: Mapping[str, NotifyAccount]
    mailchimp: MailchimpAccount | None
    policy: Policy
    moved: Mapping[str, str]
    old_names: Mapping[str, tuple[str, ...]]
    words: Words
    stages: Mapping[str, Stage]
    keys: Mapping[str, Key]
    services: Mapping[str, Service]
    frameworks: Mapping[str, Framework]
    single_audiences: Mapping[str, Audience]
    templates: Mapping[str, Mapping[str, Template]]
    consumers: Mapping[str, Consumer]
    started_by: Mapping[str, tuple[Consumer, ...]]
    dumps: Mapping[str, Dump]
    mailings: Mapping[str, Mailing]
    people: Mapping[str, Table]
    waivers: tuple[Waiver, ...]
    ignores: tuple[Ignore, ...]
    attestations: Mapping[str, Attestation]
    attestation_tables: Mapping[str, Table]
    ids: Mapping[str, str]
    scopes_of_ids: Mapping[str, str]
    recorded: Mapping[str, Table]
    root: Table
    sections: Mapping[str, Table]
    documents: Mapping[str, Any]
    texts: Mapping[str, tuple[str, Place]]

    @property
    def first_account(self) -> str:
        return next(iter(self.notify_accounts), "")

    def scopes(self) -> tuple[str, ...]:
        """Every scope, in the order of every output."""
        return (*self.stage_order, SHARED)

    def audiences(self) -> Iterator[Audience]:
        for framework in self.frameworks.values():
            yield from framework.audiences.values()
        yield from self.single_audiences.values()

    def audience(self, resource: Resource) -> Audience | None:
        """The audience that a resource names."""
        framework, _, lot = resource.name.partition(".")
        if lot:
            return self.frameworks[framework].audiences.get(lot) if framework in self.frameworks else None
        return self.single_audiences.get(resource.name)

    def subscribers(self) -> Iterator[Subscriber]:
        for audience in self.single_audiences.values():
            table = audience.source.table("subscribers")
            for name, value in table.items():
                resource = Resource(SUBSCRIBER, f"{audience.resource.name}.{name}")
                if isinstance(value, str):
                    yield Subscriber(resource, audience, Contact.address, value, table.places[name])
                elif isinstance(value, Table) and value.text("person"):
                    yield Subscriber(resource, audience, Contact.person, value.text("person"), value.at("person"))

    def all_templates(self) -> Iterator[Template]:
        for by_account in self.templates.values():
            yield from by_account.values()

    def template(self, resource: Resource) -> Template | None:
        """The template that a resource names: of the first account without its name, of any other with it."""
        account, _, name = resource.name.rpartition(".")
        found = self.templates.get(name, {}).get(account or self.first_account)
        return found if found is not None and found.resource == resource else None

    def route(self, framework: Framework, lot: str, stage: str) -> Audience | None:
        """The audience that mail of this lot uses at this stage."""
        audience = framework.audiences.get(lot)
        if audience is None:
            return None
        return self._serving(audience, audience.otherwise, stage)

    def single_route(self, name: str, stage: str) -> Audience | None:
        """The audience that the single audience `name` stands for at this stage."""
        audience = self.single_audiences.get(name)
        return self._serving(audience, audience.otherwise, stage) if audience else None

    def _serving(self, audience: Audience, otherwise: str, stage: str) -> Audience | None:
        if stage in audience.stages:
            return audience
        other = self.single_audiences.get(otherwise)
        return other if other and stage in other.stages else None

    def template_at(self, name: str, stage: str) -> Template | None:
        """The template that `name` means at this stage: of the stage's service, else of the one that is no stage's."""
        return self._meant_at(stage, self.templates.get(name, {}))

    def service_with(self, section: ServiceSection, name: str, stage: str) -> Service | None:
        """The service whose entry of this name is meant at this stage, by the same rule."""
        holding = {account: held for account, held in self.services.items() if name in held.named(section)}
        return self._meant_at(stage, holding)

    def _meant_at(self, stage: str, by_account: Mapping[str, Held]) -> Held | None:
        here = self.stages.get(stage)
        if here and here.account in by_account:
            return by_account[here.account]
        of_stages = {declared.account for declared in self.stages.values()}
        elsewhere = [held for account, held in by_account.items() if account not in of_stages]
        return elsewhere[0] if len(elsewhere) == 1 else None

    def service_id(self, account: str) -> str:
        """The id by which Notify knows a service; empty for one that is not declared."""
        found = self.notify_accounts.get(account)
        return found.service_id if found else ""

    def service_stages(self, account: str) -> tuple[str, ...]:
        return tuple(name for name in self.stage_order if name in self.stages and self.stages[name].account == account)

    def service_scope(self, account: str) -> str:
        """The scope of everything that belongs to a Notify service."""
        stages = self.service_stages(account)
        return stages[0] if len(stages) == 1 else SHARED

    def named_at(self, account: str, name: str) -> str:
        """The name of what belongs to a Notify service, in the whole state: of the first account it stands alone."""
        return name if account == self.first_account else f"{account}.{name}"

    def known_domains(self) -> frozenset[str]:
        """Domains at which no address is a stranger's: redirected ones and the service's own."""
        redirected = {domain for stage in self.stages.values() for domain in stage.domains or ()}
        return frozenset(redirected | self.words.own_domains)

    def known_addresses(self) -> frozenset[str]:
        """Addresses that are nobody's: redirect targets and the declared ones."""
        targets = {stage.redirect_to for stage in self.stages.values() if stage.redirect_to}
        return frozenset(targets | self.words.nobodys_addresses)


def texts(value: Any) -> tuple[str, ...]:
    """The texts in a sequence, if it is one."""
    return value.texts() if isinstance(value, Items) else ()


def started(consumer: Table) -> tuple[tuple[str, Place], ...]:
    """The consumers that an entry starts, be it one or several, each with the place that names it."""
    value = consumer.get("starts")
    if isinstance(value, str):
        return ((value, consumer.at("starts")),)
    return tuple(consumer.items_at("starts").placed_texts())
