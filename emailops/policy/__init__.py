"""What must hold beyond the schemas. A rule is one function: its name is the id, its docstring says why it exists.

A rule never raises, whatever is declared. A waiver takes a rule back for one subject until a day; a waiver that waives
nothing is a finding itself, and one whose day has passed turns its error into a warning, never an untouched commit red.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from emailops.declaration.model import Declaration, Waiver
from emailops.plan import Finding
from emailops.policy import (
    audiences,
    characters,
    guest_lists,
    ignoring,
    keys,
    paths,
    privacy,
    redirects,
    references,
    settings,
    templates,
)
from emailops.policy.problem import Problem, unknown

Rule = Callable[[Declaration], Iterator[Problem]]
TimeRule = Callable[[Declaration, date], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    redirects.redirect_missing,
    redirects.redirect_purpose,
    redirects.redirect_target_listed,
    redirects.redirect_target_refused,
    redirects.redirect_unread,
    redirects.redirect_pointless,
    audiences.audience_crosses_production,
    audiences.mailing_split,
    audiences.route_missing,
    audiences.audience_name_twice,
    audiences.audience_placeholder,
    audiences.otherwise_unknown,
    audiences.recorded_id,
    templates.template_missing,
    templates.template_unread,
    templates.template_id_twice,
    templates.template_redaction,
    guest_lists.guest_list_size,
    guest_lists.guest_twice,
    keys.key_kind,
    keys.key_kind_missing,
    keys.live_key_outside_production,
    keys.live_keys_limit,
    keys.key_kind_of_reader,
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
    references.stage_unknown,
    references.account_unknown,
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
    ignoring.ignore_unused,
)
TIME_RULES: tuple[TimeRule, ...] = (
    guest_lists.guest_until,
    keys.key_rotation,
    references.attestation_expired,
    references.leaver,
    ignoring.ignore_until,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rules found, and what waivers took back."""

    findings: tuple[Finding, ...]
    waived: tuple[tuple[Finding, Waiver], ...]


def rule_id(rule: Rule | TimeRule) -> str:
    return rule.__name__.replace("_", "-")


def check(declaration: Declaration, today: date) -> Checked:
    """Every rule over the whole declaration."""
    found: list[tuple[str, Problem]] = [(rule_id(rule), one) for rule in RULES for one in rule(declaration)]
    found += [(rule_id(rule), one) for rule in TIME_RULES for one in rule(declaration, today)]
    findings: list[Finding] = []
    waived: list[tuple[Finding, Waiver]] = []
    used: set[int] = set()
    for id_, problem in found:
        finding = _finding(id_, problem)
        waiver = next((w for w in declaration.waivers if w.rule == id_ and w.resource == problem.subject), None)
        if waiver is None:
            findings.append(finding)
            continue
        used.add(id(waiver))
        if waiver.until >= today.isoformat():
            waived.append((finding, waiver))
        else:
            message = f"{problem.message} (waived until {waiver.until}, which has passed)"
            late = Problem(problem.subject, problem.place, message, problem.remedy, severity="warning")
            findings.append(_finding(id_, late))
    findings += _idle(declaration.waivers, used)
    return Checked(tuple(sorted(set(findings), key=_order)), tuple(waived))


def _idle(waivers: Iterable[Waiver], used: set[int]) -> Iterator[Finding]:
    known = [*map(rule_id, RULES), *map(rule_id, TIME_RULES)]
    for waiver in waivers:
        if waiver.rule not in known:
            yield _finding(
                "waiver-unknown", unknown(waiver.resource, waiver.source.at("rule"), "rule", waiver.rule, known)
            )
        elif id(waiver) not in used:
            message = f"{waiver.rule} has nothing to waive for {waiver.resource}"
            problem = Problem(waiver.resource, waiver.source.place, message, "remove the waiver", severity="warning")
            yield _finding("waiver-unused", problem)


def _finding(id_: str, problem: Problem) -> Finding:
    return Finding(*problem.place, id_, problem.severity, problem.message, problem.remedy)


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.path, finding.line, finding.column, finding.rule, finding.message
