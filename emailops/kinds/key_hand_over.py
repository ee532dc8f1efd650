"""That a consumer holds the key that takes another's place: attested, since nobody can ask an app for its key.

Whoever hands it over compares fingerprints: `emailops fingerprint` prints those of what a machine holds.
"""

from __future__ import annotations

from collections.abc import Iterator

from emailops.declaration.model import Declaration
from emailops.declaration.places import Part, parts
from emailops.declaration.rotation import holders, rotations
from emailops.kinds.contract import Attested, Field, Kind, ProviderName
from emailops.kinds.key_answers import told
from emailops.plan import Act
from emailops.resource import SHARED, Control, Desired, Resource

NAME = "key-hand-over"


def declared(declaration: Declaration) -> Iterator[Desired]:
    """One a consumer and rotation, once it is known which secret the new key has."""
    for rotation in rotations(declaration):
        if not rotation.new.fingerprint:
            continue
        for holder in holders(declaration, rotation):
            new = rotation.new
            yield Desired(
                Resource(NAME, f"{new.name}.{holder.consumer.name}"),
                holder.stages[0] if len(holder.stages) == 1 else SHARED,
                declaration.service_id(new.account) or new.account,
                {},
                rotation.old.source.at("successor"),
                attested={"holds": [f"{name}: {new.name}, fingerprint {new.fingerprint}" for name in holder.variables]},
                owner=new.source.text("owner"),
                told=told(new),
            )


def entry(declaration: Declaration, desired: Desired) -> Iterator[Part]:
    name = desired.resource.name.partition(".")[0]
    source = declaration.keys[name].source
    return parts(source, source.place)


KIND = Kind(
    name=NAME,
    provider=ProviderName.notify,
    fields=(Field("holds", Control.attested, changed_by="a person, where the consumer gets it", act=Act.hand_over),),
    declared=declared,
    entry=entry,
    attested=Attested("", "whoever still holds the old key stops sending when it is revoked"),
)
