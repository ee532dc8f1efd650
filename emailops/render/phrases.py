"""What is said of a plan in a line: whose it is, how fresh, its numbers, and settings that say the same together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from emailops.plan import OBSERVATION, Action, Change, Origin, Plan
from emailops.render.words import brief, counted, moment
from emailops.run import Reader


def head(plan: Plan) -> str:
    """Whose plan, against what, and how fresh."""
    base = {
        "commit": f"settings against {plan.base.ref[:12]}",
        "merge-base": "your changes since main",
        "snapshot": f"settings against the apply of {plan.base.ref}",
        "unknown": "settings unknown",
        "none": "",
    }[plan.base.kind]
    part = ", ".join(plan.scopes) if len(plan.scopes) == 1 else ""
    only = f"only {plan.only}" if plan.only else ""
    return " · ".join(filter(None, [plan.service, part, only, base, seen(plan)]))


def seen(plan: Plan) -> str:
    """When the providers were asked; without a key none was."""
    was_asked = plan.requests or plan.observed_from == OBSERVATION
    return f"providers as of {freshness(plan)}" if was_asked else "no provider was asked"


def freshness(plan: Plan) -> str:
    """How old what it rests on is: with its day, since a comment and a page are read for days."""
    return moment(plan.observed_at) + (", as observed" if plan.observed_from == OBSERVATION else "")


def counts(plan: Plan) -> str:
    """One line of numbers: what this change does, what was open before it, and what is known."""
    before = [change for change in plan.changes if change.origin is Origin.before]
    ours = [change for change in plan.changes if change.origin is not Origin.before]
    consumers = plan.counts.get("consumers", 0)
    facts = ", ".join(f"{plan.counts.get(fact, 0)} {fact}" for fact in ("verified", "attested", "unknown"))
    changing = [*_actions(ours), *([f"{counted(consumers, 'consumer')} to update"] if consumers else [])]
    if len(plan.declared) and not consumers:
        changing.append(f"{counted(len(plan.declared), 'declared fact')} to review")
    nothing = "nothing known to change" if plan.unknown else "no changes"
    when = "open before" if changing else "open"
    open_before = f"{when}: {', '.join(_actions(before))}" if _actions(before) else ""
    requests = "" if plan.observed_from == OBSERVATION else counted(plan.requests, "request")
    return " · ".join(filter(None, [*(changing or [nothing]), open_before, facts, requests]))


def _actions(changes: Sequence[Change]) -> list[str]:
    words = {
        Action.create: "to create",
        Action.update: "to update",
        Action.adopt: "to adopt",
        Action.release: "to release",
        Action.person: "for a person",
    }
    found = Counter(change.action for change in changes)
    return [f"{found[action]} {word}" for action, word in words.items() if found[action]]


def next_act(plan: Plan, reader: Reader, path: str) -> str:
    """The one thing to do after reading this plan, for whoever reads it. `path` is where it was written, if it was."""
    changes = bool(plan.managed or plan.declared)
    if reader is Reader.reviewer:
        return _next_of_a_reviewer(plan, is_change=bool(plan.declared or _own_steps(plan) or plan.managed))
    if plan.review_only:
        return "for review only; plan again where the keys are"
    if reader is Reader.pipeline and changes:
        return f"emailops apply {path or 'PLAN'}, once someone has approved this change"
    if changes and path:
        return f"emailops apply {path}"
    if changes and plan.base.kind == "merge-base" and _is_edited(plan):
        return "commit and open a pull request"
    if changes:
        return "emailops plan --out plan.json, then emailops apply plan.json"
    if plan.steps:
        return "take the steps above, then emailops plan"
    if plan.settings_unknown:
        return "plan again with --base REF, to know what is declared otherwise"
    return "plan again with the keys that are missing here" if plan.unknown else "nothing to do"


def _is_edited(plan: Plan) -> bool:
    """Whether something is declared otherwise than in the base, and so has to be reviewed first."""
    return bool(plan.declared) or any(change.origin is not Origin.before for change in plan.changes)


def _next_of_a_reviewer(plan: Plan, *, is_change: bool) -> str:
    if plan.settings_unknown:
        return "ask for a plan with a base: without one, nobody can see what this changes"
    if not is_change:
        return "nothing to approve here: this changes nothing that is declared"
    if any(change.step and change.step.when == "before merge" for change in _own_steps(plan)):
        return "take the steps that say before merge; then approve and merge, and the pipeline applies it"
    return "approve and merge, and the pipeline applies it; or say what is wrong"


def _own_steps(plan: Plan) -> list[Change]:
    return [change for change in plan.steps if change.origin is not Origin.before]


def why_review_only(plan: Plan) -> str:
    """Why apply would refuse the plan."""
    if plan.observed_from == OBSERVATION:
        return f"it rests on what was observed at {moment(plan.observed_at)}"
    return "; ".join(plan.unknown) or "something that apply would change could not be read"


def fresh(notes: tuple[str, ...], said: tuple[str, ...]) -> list[str]:
    """The notes that the change before did not say already."""
    new = [note for note in notes if note not in said]
    return new if len(new) == len(notes) else [*new, "the rest as above"]


def hidden(plan: Plan) -> list[str]:
    """What entries of `ignore` hide, a line a difference."""
    return [
        f"{hides.resource}  {hides.field.name}  {brief(hides.field.before)} there, {brief(hides.field.after)} declared"
        f" (until {hides.until}: {hides.why})"
        for hides in plan.ignored
    ]


def hidden_count(plan: Plan) -> str:
    """How many differences entries of `ignore` hide."""
    return f"{counted(len(plan.ignored), 'difference')} hidden by ignore"
