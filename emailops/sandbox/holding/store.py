"""The world that a sandbox holds, and the file that holds the same, if there is one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emailops.errors import InvalidInput
from emailops.sandbox.holding.accounts_file import check
from emailops.sandbox.holding.database import REMEDY, Kept
from emailops.sandbox.holding.state import world_from, world_of
from emailops.sandbox.notify import caller
from emailops.sandbox.serving.wire import InvalidAt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from emailops.sandbox.holding.world import World
    from emailops.sandbox.serving.clock import Clock


class Holding:
    """`told` is the service and the kind of each key that it was told; `took_up` whether the file was there before."""

    world: World

    def __init__(
        self, accounts: Mapping[str, Any], clock: Clock, *, open: bool, keys: Sequence[str], path: Path | None
    ) -> None:
        check(accounts)
        self._first = json.dumps(accounts)
        self._clock = clock
        self._open = open
        self._keys = keys
        self._path = path
        self._kept: Kept | None = None
        self.took_up = False
        self._set(world_of(json.loads(self._first)))
        self.told = [self.learn(key) for key in keys]

    def take_up(self) -> None:
        """Go on with what the file holds; into a new one goes what is held. Raises InvalidInput."""
        if self._path is None:
            return
        self._kept = Kept(self._path)
        try:
            self._go_on(self._kept)
        except InvalidAt as error:
            self.close()
            raise InvalidInput(f"{self._path} is damaged: {error.message}", REMEDY) from error
        except InvalidInput:
            self.close()
            raise

    def close(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def begin_anew(self) -> None:
        self._clock.ahead = 0
        self._set(world_of(json.loads(self._first)))
        self.told = [self.learn(key) for key in self._keys]
        self._keep_all()

    def replace(self, accounts: Mapping[str, Any]) -> None:
        """Hold these checked accounts."""
        self._set(world_from(accounts))
        self._keep_all()

    def learn(self, key: str) -> dict[str, str]:
        """Know a Notify key, whose kind its name tells; gives `service` and `kind`. Raises InvalidInput."""
        key = key.strip()
        kind = caller.learn(self.world, key).kind
        return {"service": key[-73:-37].lower(), "kind": kind}

    def keep(self, *, lent: bool) -> None:
        """To be called after every answer, and before it is sent; `lent` where it may have changed something."""
        if self._kept is not None:
            self._kept.keep(self.world, self._clock.ahead, lent=lent)

    def _keep_all(self) -> None:
        if self._kept is not None:
            self._kept.replace(self.world, self._clock.ahead)

    def _set(self, world: World) -> None:
        self.world = world
        self.world.open = self._open

    def _go_on(self, kept: Kept) -> None:
        held = kept.accounts()
        self.took_up = held is not None
        if held is None:
            self._keep_all()
            return
        check(held)
        self._clock.ahead = 0
        self._clock.advance(kept.seconds_ahead())
        self._set(world_of(held))
        kept.watch(self.world)
        self.told = [self.learn(key) for key in self._keys]
        self.keep(lent=True)
