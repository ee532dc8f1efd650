"""What must hold beyond the schemas. A rule is one function: its name is the id, its docstring says why it exists.

A rule never raises, whatever is declared. A waiver takes a rule back for one subject until a day; a waiver that waives
nothing is a finding itself, and one whose day has passed turns its error into a warning, never an untouched commit red.
What is wrong in a base is wrong in every entry that extends it, and still one finding, about the base.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from emailops.dataclass import dataclass
from emailops.declaration.model import Declaration, Waiver
from emailops.declaration.names import near
from emailops.policy import (
    characters,
    fixed_values,
    guest_lists,
    ignored,
    keys,
    mailings,
    paths,
    privacy,
    references,
    routes,
    rows,
    safe_addresses,
    senders,
    settings,
    template_names,
)
from emailops.policy.faults import Faults
from emailops.policy.problem import Problem, unknown, warning
from emailops.resource import Finding

Rule = Callable[[Declaration], Iterator[Problem]]
TimeRule = Callable[[Declaration, date], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    safe_addresses.redirect_missing,
    safe_addresses.redirect_undecided,
    safe_addresses.redirect_purpose,
    safe_addresses.redirect_target_listed,
    safe_addresses.redirect_target_refused,
    safe_addresses.redirect_unread,
    safe_addresses.redirect_pointless,
    safe_addresses.number_redirect_unread,
    safe_addresses.number_redirect_listed,
    safe_addresses.sms_length,
    safe_addresses.unredirected_unread,
    routes.audience_crosses_production,
    routes.mailing_split,
    routes.route_missing,
    routes.audience_name_twice,
    routes.audience_placeholder,
    routes.audience_country,
    routes.audience_incomplete,
    routes.otherwise_unknown,
    routes.recorded_id,
    template_names.template_missing,
    template_names.template_unread,
    template_names.template_absent,
    template_names.template_id_twice,
    template_names.template_redaction,
    senders.sender_absent,
    guest_lists.guest_list_size,
    guest_lists.guest_twice,
    keys.key_kind,
    keys.key_kind_missing,
    keys.live_key_outside_production,
    keys.live_keys_limit,
    keys.key_kind_of_reader,
    keys.key_elsewhere,
    keys.key_revoked,
    privacy.secret_in_state,
    privacy.address_in_state,
    privacy.retired_provider,
    privacy.subscriber_domain,
    privacy.subscriber_audience,
    privacy.dump_addresses,
    privacy.sends_otherwise,
    characters.character_unseen,
    characters.character_alike,
    paths.generated_path,
    paths.chosen_path,
    mailings.mailing_unknown,
    mailings.mailing_source,
    mailings.mailing_text_missing,
    mailings.mailing_placeholder,
    mailings.mailing_timed,
    references.stage_unknown,
    references.account_unknown,
    references.consumer_unknown,
    references.key_unknown,
    references.key_missing,
    references.handle_unknown,
    references.attestation_unknown,
    references.recorded_unknown,
    references.limit_unknown,
    references.moved_unknown,
    settings.setting_unresolved,
    settings.setting_differs,
    settings.setting_crosses_production,
    settings.setting_name,
    settings.setting_twice,
    fixed_values.value_is_id,
    fixed_values.value_shadows_secret,
    fixed_values.table_framework,
    fixed_values.table_repeats,
    rows.row_columns,
    rows.row_type,
    ignored.ignore_unused,
)
TIME_RULES: tuple[TimeRule, ...] = (
    guest_lists.guest_until,
    keys.key_rotation,
    references.attestation_expired,
    references.leaver,
    ignored.ignore_until,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rules found, and what waivers took back."""

    findings: tuple[Finding, ...]
    waived: tuple[tuple[Finding, Waiver], ...]


def rule_id(rule: Rule | TimeRule) -> str:
    return rule.__name__.replace("_", "-")


_OF_TIME = frozenset(map(rule_id, TIME_RULES))


def check(declaration: Declaration, today: date) -> Checked:
    """Every rule over the whole declaration."""
    found: list[tuple[str, Problem]] = [(rule_id(rule), problem) for rule in RULES for problem in rule(declaration)]
    found += [(rule_id(rule), problem) for rule in TIME_RULES for problem in rule(declaration, today)]
    faults = Faults(declaration)
    waivers: dict[str, list[Waiver]] = {}
    for known in declaration.waivers:
        waivers.setdefault(known.rule, []).append(known)
    left: list[tuple[str, Problem]] = []
    late: set[Problem] = {problem for id_, problem in found if id_ in _OF_TIME}
    waived: list[tuple[Finding, Waiver]] = []
    used: set[int] = set()
    for id_, problem in found:
        waiver = _waiver(waivers.get(id_, ()), problem, faults)
        if waiver is None:
            left.append((id_, problem))
            continue
        used.add(id(waiver))
        if waiver.until >= today.isoformat():
            waived.append((_finding(id_, problem), waiver))
        else:
            message = f"{problem.message} (waived until {waiver.until}, which has passed)"
            lapsed = warning(problem.subject, problem.place, message, problem.remedy)
            late.add(lapsed)
            left.append((id_, lapsed))
    findings = [_finding(id_, problem, is_of_time=problem in late) for id_, problem in faults.once(left)]
    findings += _idle(declaration.waivers, used, left)
    return Checked(tuple(sorted(set(findings), key=_order)), tuple(waived))


def _waiver(waivers: Iterable[Waiver], problem: Problem, faults: Faults) -> Waiver | None:
    """The one of these waivers that names the problem's subject, or the base in which the problem stands."""
    return next((waiver for waiver in waivers if waiver.resource in (problem.subject, faults.base_of(problem))), None)


def _idle(waivers: Iterable[Waiver], used: set[int], left: Iterable[tuple[str, Problem]]) -> Iterator[Finding]:
    known = [*map(rule_id, RULES), *map(rule_id, TIME_RULES)]
    for waiver in waivers:
        if waiver.rule not in known:
            place = waiver.source.at("rule")
            yield _finding("waiver-unknown", unknown("", place, "rule", waiver.rule, known, is_declared=False))
        elif id(waiver) not in used:
            message = f"{waiver.rule} has nothing to waive for {waiver.resource}"
            close = near(waiver.resource, {problem.subject for rule, problem in left if rule == waiver.rule})
            remedy = f"did you mean {close}?" if close else "remove the waiver"
            problem = warning("", waiver.source.place, message, remedy)
            yield _finding("waiver-unused", problem)


def _finding(id_: str, problem: Problem, *, is_of_time: bool = False) -> Finding:
    said = (problem.message, problem.remedy, problem.subject)
    return Finding(*problem.place, id_, problem.severity, *said, is_of_time=is_of_time)


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.path, finding.line, finding.column, finding.rule, finding.message
