"""What the kinds of keys have in common: a key answers, its provider refuses it, or its secret is not at hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emailops.declaration.model import Declaration, Key
from emailops.declaration.places import Part, parts
from emailops.kinds.contract import Known, Noted, Verdict
from emailops.kinds.world import World
from emailops.plan import Act, Action, Change, Difference, Instruction, Reason, Step, When
from emailops.resource import Control, Desired, Observed


def told(key: Key) -> str:
    """Where a key is read and kept, and which stages use it, for whoever has to replace it."""
    kept = f"kept in {key.source.text('kept')}" if key.source.text("kept") else ""
    return ", ".join(filter(None, [key.secret, kept, f"for {', '.join(key.stages)}" if key.stages else ""]))


def entry(declaration: Declaration, desired: Desired) -> Iterator[Part]:
    source = declaration.keys[desired.resource.name].source
    return parts(source, source.place)


def answering(name: str, said: str) -> Observed:
    """A key as its provider took it: `said` is what it says against it, and empty for one that is let in."""
    return Observed("", name, {"answers": False, "said": said} if said else {"answers": True})


def find(desired: Desired, world: World, ids: Mapping[str, str]) -> Observed | None:  # noqa: ARG001
    return next(iter(world.named(desired.resource.name)), None)


def assess(desired: Desired, world: World, noted: Noted, *, provider: str, page: str, remedy: str) -> Verdict:
    """Verified, unknown, or a step that says which key to replace and where it is."""
    observed = find(desired, world, noted.ids)
    if observed is None:
        change = Change(desired.resource, desired.scope, Action.unknown, Control.verified, Reason.no_key)
        return Verdict(change, Known.unknown)
    answers, wanted = bool(observed.attributes["answers"]), bool(desired.attributes["answers"])
    if answers == wanted:
        return Verdict(None, Known.verified)
    name = desired.resource.name
    if wanted:
        why = f"{provider} refuses the key: {observed.attributes['said']}"
        instruction = Instruction(name, f"{remedy}, and put it where this one is: {desired.told}")
    else:
        why = f"{provider} still takes the key, and it is declared to be revoked"
        instruction = Instruction(name, "revoke it", Act.remove)
    step = Step(When.before_apply if wanted else When.now, why, page, (instruction,), then="emailops plan")
    reason = Reason.refused if wanted else Reason.answers
    fields = (Difference("answers", answers, wanted),)
    change = Change(desired.resource, desired.scope, Action.person, Control.verified, reason, fields, step=step)
    return Verdict(change, Known.verified)


def needed(held: Mapping[str, Any]) -> tuple[str, ...]:
    """Of a key that is refused, what its provider said, too."""
    return ("answers",) if held.get("answers", True) else ("answers", "said")
