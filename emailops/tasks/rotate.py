"""`rotate`: the next phase of a key's rotation, as edits of the state and as steps for people.

Nothing is kept beside the state: how far a rotation has come is read from it each time, so whoever runs this next, on
whatever machine, goes on where the last one stopped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from emailops.declaration.build import plain
from emailops.declaration.entries import as_written
from emailops.declaration.model import Declaration, Key
from emailops.declaration.names import require
from emailops.declaration.rotation import Rotation, rotations
from emailops.declaration.vocabulary import KeyKind
from emailops.engine.declared import valid
from emailops.engine.observe import mask
from emailops.errors import InvalidInput
from emailops.kinds import key_hand_over
from emailops.kinds.contract import NOTIFY_PAGES
from emailops.private import Secret, fingerprint
from emailops.questions.rotation import Phase, Progress, progress, references
from emailops.run import Run
from emailops.tasks.state_draft import StateDraft

_NUMBERED = re.compile(r"(.+)-(\d+)")
_NAME = re.compile(r"(?!_)[A-Za-z0-9_-]+")
_FINGERPRINT = re.compile(r"[0-9a-f]{12}")
_OF_THE_OLD = ("secret", "created", "rotate_by", "successor", "fingerprint", "leaked", "revoked")
"""Fields that the entry of the new key does not take over."""


@dataclass(frozen=True, slots=True)
class RotationOptions:
    """What whoever runs it says: the name of the new key, its fingerprint, that the old one is leaked, or revoked.

    `taken` are the tokens that a receiver of callbacks takes, the new one first.
    """

    name: str = ""
    fingerprint: str = ""
    is_leaked: bool = False
    is_revoked: bool = False
    taken: tuple[Secret, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """What one run did: `written` are files of the state, `found` what a provider said, `steps` what people do next.

    A step is (what to do, with what). `told` says where the rotation stands, `phase` and `phases` are for programs.
    """

    old: str
    new: str
    told: str
    phase: str
    phases: tuple[str, ...]
    left: tuple[str, ...]
    written: tuple[str, ...]
    found: tuple[str, ...]
    steps: tuple[tuple[str, str], ...]


def turn(run: Run, name: str, wanted: RotationOptions) -> Turn:
    """Go one phase on where the state and the providers allow it. Raises InvalidInput before anything is written."""
    draft = StateDraft.of(run)
    key = _key(draft.declaration, name)
    if not key.successor:
        _declare(draft, key, wanted)
    elif wanted.is_leaked and not key.is_leaked:
        draft.put_in("keys", (key.name, "leaked"), True)
        _switch(draft, key)
    here = _progress(draft, name)
    _GO_ON.get(here.phase, _nothing)(draft, here.rotation, wanted)
    after = _progress(draft, name)
    return Turn(
        key.name,
        after.rotation.new.name,
        str(after),
        after.phase.name,
        tuple(phase.name for phase in after.phases),
        after.left,
        draft.write(),
        tuple(draft.found),
        tuple(_steps(draft.declaration, after)),
    )


def keys_of(run: Run, stage: str) -> list[str]:
    """The keys of a stage that can be rotated, or were. One that took a place is rotated by its own name."""
    declaration = valid(run)
    require("stage", stage, declaration.stages)
    heirs = {rotation.new.name for rotation in rotations(declaration)}
    return [
        key.name
        for key in declaration.keys.values()
        if stage in key.stages and key.name not in heirs and (key.successor or not key.is_revoked)
    ]


def _key(declaration: Declaration, name: str) -> Key:
    require("key", name, declaration.keys)
    key = declaration.keys[name]
    old = next((held.old for held in rotations(declaration) if held.new is key), None)
    if old is not None and not key.successor and not old.is_revoked:
        raise InvalidInput(f"{name} is taking the place of {old.name}", f"emailops rotate {old.name}")
    return key


def _progress(draft: StateDraft, name: str) -> Progress:
    rotation = next(held for held in rotations(draft.declaration) if held.old.name == name)
    return progress(draft.declaration, rotation, draft.run.today)


def _declare(draft: StateDraft, key: Key, wanted: RotationOptions) -> None:
    """The new key's entry beside the old one; after a leak the state names the new key at once."""
    if key.is_revoked:
        raise InvalidInput(f"{key.name} is revoked, and has no successor", "declare another key by hand")
    name = wanted.name or next_name(key.name)
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"{name!r} cannot be a name", "use letters, digits, _ and -, and begin without _")
    if name in draft.declaration.keys:
        raise InvalidInput(f"there is a key {name} already", "--as NAME names the new one")
    written = as_written(draft.declaration, "keys", key.name)
    kept = {field: value for field, value in plain(written).items() if field not in _OF_THE_OLD}
    value = {**kept, "created": "unknown"}
    if key.secret:
        value["secret"] = _next_secret(key, name)
    draft.put_in("keys", (key.name, "successor"), name)
    if wanted.is_leaked:
        draft.put_in("keys", (key.name, "leaked"), True)
    draft.put_entry("keys", name, value)
    draft.judge()
    if wanted.is_leaked:
        _switch(draft, draft.declaration.keys[key.name])


def next_name(name: str) -> str:
    numbered = _NUMBERED.fullmatch(name)
    return f"{numbered[1]}-{int(numbered[2]) + 1}" if numbered else f"{name}-2"


def _next_secret(key: Key, name: str) -> str:
    """`env:X` becomes `env:X_2` as `production` becomes `production-2`; with any other name it is `env:X_NAME`."""
    scheme, _, where = key.secret.partition(":")
    numbered = re.fullmatch(r"(.+)_(\d+)", where)
    stem = numbered[1] if numbered and _NUMBERED.fullmatch(key.name) else where
    added = _NUMBERED.fullmatch(name)
    suffix = added[2] if added else name
    return f"{scheme}:{stem}_{suffix.upper().replace('-', '_') if scheme == 'env' else suffix}"


def _switch(draft: StateDraft, key: Key) -> None:
    """Let everything that names the old key name the new one."""
    for reference in references(draft.declaration, key):
        draft.put_at(reference.place, reference.of(key.successor))
    draft.judge()


def _make(draft: StateDraft, rotation: Rotation, wanted: RotationOptions) -> None:
    """Note the new key's fingerprint, from the machine that holds it or from whoever read it there."""
    new = rotation.new
    if new.fingerprint:
        return
    told = wanted.fingerprint
    if told and not _FINGERPRINT.fullmatch(told):
        raise InvalidInput("that is not a fingerprint", "emailops fingerprint prints it where the key is")
    secret, _ = draft.run.secret(new.secret) if new.secret else (None, "")
    if secret is not None:
        told = _looked_at(draft, new, secret, told)
    if not told:
        return
    old, _ = draft.run.secret(rotation.old.secret) if rotation.old.secret else (None, "")
    if told in (rotation.old.fingerprint, fingerprint(old) if old else ""):
        raise InvalidInput(f"{new.name} is the same key as {rotation.old.name}", "make another one")
    draft.put_in("keys", (new.name, "fingerprint"), told)
    draft.put_in("keys", (new.name, "created"), draft.run.today.isoformat())
    draft.judge()


def _looked_at(draft: StateDraft, new: Key, secret: Secret, told: str) -> str:
    """The fingerprint of a secret that the provider lets in; it has to be the one that was told."""
    held = fingerprint(secret)
    if told and told != held:
        raise InvalidInput(f"{new.secret} holds the fingerprint {held}, not {told}", "see which of the two is right")
    said = _refusal(draft, new, secret)
    if said:
        raise InvalidInput(f"{new.name} is refused: {said}", f"put the new key into {new.secret}")
    draft.found.append(f"{new.name} answers, fingerprint {held}")
    return held


def _state_names_the_new(draft: StateDraft, rotation: Rotation, wanted: RotationOptions) -> None:  # noqa: ARG001
    _switch(draft, rotation.old)


def _revoke(draft: StateDraft, rotation: Rotation, wanted: RotationOptions) -> None:
    """Declare the old key revoked once its provider refuses it, or a person says so where nobody can ask."""
    old = rotation.old
    secret, reason = draft.run.secret(old.secret) if old.secret else (None, "it has no secret")
    if secret is None:
        if not wanted.is_revoked:
            draft.found.append(f"nobody can be asked whether {old.name} is revoked: {reason}")
            return
        draft.found.append(f"{old.name} is declared to be revoked; nobody was asked: {reason}")
    elif said := _refusal(draft, old, secret):
        draft.found.append(f"{old.name} is refused: {said}. Revoked: verified")
    elif wanted.is_revoked:
        raise InvalidInput(f"{old.name} still answers", "revoke it first")
    else:
        draft.found.append(f"{old.name} still answers")
        return
    draft.put_in("keys", (old.name, "revoked"), True)
    draft.judge()


def _refusal(draft: StateDraft, key: Key, secret: Secret) -> str:
    from emailops.providers import let_in  # noqa: PLC0415 (most phases ask nobody)

    declaration, run = draft.declaration, draft.run
    hide = mask(declaration)
    if key.account in declaration.notify_accounts:
        return let_in.refusal_at_notify(secret, run.notify_url, declaration.service_id(key.account), hide)
    if declaration.mailchimp is None:
        raise InvalidInput(f"there is no account {key.account}", "see accounts in emailops.yaml")
    datacentre = declaration.mailchimp.datacentre
    return let_in.refusal_at_mailchimp(secret, run.mailchimp_url(datacentre), datacentre, hide)


def _nothing(draft: StateDraft, rotation: Rotation, wanted: RotationOptions) -> None:
    """Only people can go on."""


_GO_ON: Mapping[Phase, Callable[[StateDraft, Rotation, RotationOptions], None]] = {
    Phase.make: _make,
    Phase.switch: _state_names_the_new,
    Phase.revoke: _revoke,
}


def _steps(declaration: Declaration, at: Progress) -> list[tuple[str, str]]:
    """What people do in the phase that a rotation is in."""
    old, new = at.rotation.old, at.rotation.new
    again = f"emailops rotate {old.name}"
    page = _page(declaration, old)
    if at.phase is Phase.make and not new.fingerprint:
        kind = f", {new.kind}" if new.kind not in (None, KeyKind.unknown) else ""
        return [
            ("make", f"{new.name}{kind}, in {page}"),
            ("keep", f"it in {new.source.text('kept')}{f', and as {new.secret}' if new.secret else ''}"),
            ("run", f"{again} where {new.secret or 'it'} can be read; elsewhere add --fingerprint HEX"),
        ]
    if at.phase in (Phase.make, Phase.hand_over):
        each = [("hand over", _held(declaration, name)) for name in at.left if at.phase is Phase.hand_over]
        names = " ".join(at.left) if len(at.left) == 1 else f"'{at.left[0].split('.')[0]}.*'"
        return [*each, ("attest", f"emailops attest {names}"), ("run", again)]
    if at.phase is Phase.switch:
        return [("run", f"{again}, once everything before is merged")]
    if at.phase is Phase.revoke:
        by_word = "" if old.secret else " --revoked"
        return [("revoke", f"{old.name}, in {page}"), ("run", f"{again}{by_word}")]
    return [("remove", f"the entry of {old.name} and its successor line, when nobody needs to know of it any more")]


def _held(declaration: Declaration, resource: str) -> str:
    """What a consumer gets, from the name of the resource that says it."""
    found = next(held for held in key_hand_over.declared(declaration) if str(held.resource) == resource)
    return f"{resource.rpartition('.')[2]}  {', '.join((found.attested or {})['holds'])}"


def _page(declaration: Declaration, key: Key) -> str:
    service = declaration.service_id(key.account)
    return f"{NOTIFY_PAGES}/{service}/api/keys" if service else "https://admin.mailchimp.com/account/api/"
