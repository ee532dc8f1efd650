"""`rotate notify-callback/ACCOUNT`: another token for a service's callbacks, while whoever receives them takes both.

Which tokens are declared, and whether somebody has attested that the page and the receivers have just these, says how
far it has come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from emailops.declaration.model import Declaration
from emailops.declaration.moved import attestations
from emailops.engine.declared import resource_named
from emailops.errors import InvalidInput
from emailops.kinds.attested import FOR_GOOD, AttestationState, standing
from emailops.kinds.contract import NOTIFY_PAGES
from emailops.private import Secret, fingerprint
from emailops.run import Run
from emailops.tasks.rotate import Turn, next_name
from emailops.tasks.state_draft import StateDraft

_HOUR = timedelta(hours=1)
_ENTER, _DROP, _LOOK = "enter", "drop", "look"
_WORDS = {
    _ENTER: "let the receiver take both tokens, then enter the new one",
    _DROP: "let the receiver take the new token alone",
    _LOOK: "see that the declared tokens are the ones in use",
}


def turn(run: Run, name: str, taken: Sequence[Secret] = ()) -> Turn:
    """Go one phase on where the state allows it: from one token to two, and back to one.

    Each waits until what was declared last is attested. `taken` are the tokens that the receiver takes, the new one
    first. Raises InvalidInput before anything is written.
    """
    draft = StateDraft.of(run)
    desired = resource_named(draft.declaration, name)
    account = desired.resource.name
    before = _tokens(draft.declaration, account)
    if len(before) not in (1, 2):
        raise InvalidInput(f"{name} has {len(before)} tokens", "declare the one in use, or two while one replaces it")
    held = standing(desired, attestations(draft.declaration).get(name), FOR_GOOD, run.today)
    if held.state is AttestationState.attested:
        tokens = [next_name(before[0]), *before] if len(before) == 1 else before[:1]
        if len(tokens) == 1:
            _refuse_if_in_use(run, taken)
        draft.put_in("notify", (account, "callback", "tokens"), tokens)
        draft.judge()
        phase = _ENTER if len(tokens) == 2 else _DROP
    else:
        tokens = before
        phase = _ENTER if len(before) == 2 else _LOOK
    page = f"{NOTIFY_PAGES}/{desired.account}/api/callbacks/delivery-status-callback"
    return Turn(
        before[-1] if len(tokens) == 1 else tokens[1],
        tokens[0],
        _WORDS[phase],
        phase,
        (_ENTER, _DROP),
        (name,),
        draft.write(),
        (),
        tuple(_steps(draft.declaration, account, phase, tokens, page)),
    )


def _refuse_if_in_use(run: Run, taken: Sequence[Secret]) -> None:
    """Where receipts are kept, they tell whether an old token still comes. Raises InvalidInput for one that does.

    `taken` are the tokens that the receiver takes, the new one first. Without them any receipt may be of an old one. A
    short one has no fingerprint, and all short ones count as one.
    """
    uses = _uses(run)
    if taken:
        new, *others = map(fingerprint, taken)
        old = set(others) if others else set(uses) - {new}
        if "" in old and not new:
            message = "the new token has less than 20 characters, so nobody can tell which token a receipt came with"
            raise InvalidInput(message, "take a longer one")
        uses = {token: used for token, used in uses.items() if token in old}
    if not uses or run.now - max(uses.values()) >= _HOUR:
        return
    minutes = int((run.now - max(uses.values())).total_seconds() // 60)
    if not taken:
        message = f"a receipt came {minutes} minutes ago, and nobody says with which token"
        raise InvalidInput(message, "name what the receiver takes, the new one first: --tokens env:NAME")
    message = f"a receipt came with an old token {minutes} minutes ago"
    raise InvalidInput(message, "see that Notify has the new one, and wait until none has come for an hour")


def _uses(run: Run) -> Mapping[str, datetime]:
    """When each token last came, by fingerprint; nothing where no receipts are kept."""
    try:
        from emailops.tasks.message_receipts import NoReceipts, receipts_of  # noqa: PLC0415 (sqlalchemy is an extra)
    except ModuleNotFoundError:
        return {}
    try:
        with receipts_of(run) as store:
            return store.token_uses()
    except NoReceipts:
        return {}


def _tokens(declaration: Declaration, account: str) -> list[str]:
    return [*declaration.services[account].source.table("callback").items_at("tokens").texts()]


def _steps(declaration: Declaration, account: str, phase: str, tokens: list[str], page: str) -> list[tuple[str, str]]:
    name = f"notify-callback/{account}"
    receivers = ", ".join(_receivers(declaration)) or "the receiver"
    after = [("attest", f"emailops attest {name}"), ("run", f"emailops rotate {name}")]
    if phase == _ENTER:
        return [
            ("hand over", f"{tokens[0]} beside {tokens[1]}, to {receivers}"),
            ("enter", f"{tokens[0]}, in {page}"),
            *after,
        ]
    if phase == _DROP:
        return [("take away", f"the old token from {receivers}, once none has come with it for an hour"), after[0]]
    return [("look at", f"{page} and {receivers}"), *after]


def _receivers(declaration: Declaration) -> list[str]:
    """The consumers that hold a token for callbacks."""
    return [
        consumer.name
        for consumer in declaration.consumers.values()
        if "callback" in [str(source) for source in consumer.source.table("secrets").values()]
    ]
