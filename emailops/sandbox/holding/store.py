"""What a sandbox holds, and the file that holds the same, if there is one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emailops.errors import InvalidInput
from emailops.sandbox.holding import keys
from emailops.sandbox.holding.accounts_file import check
from emailops.sandbox.holding.database import REMEDY, Database
from emailops.sandbox.holding.state import holdings_from, holdings_of
from emailops.sandbox.serving.wire import InvalidAt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from emailops.sandbox.holding.holdings import Holdings
    from emailops.sandbox.serving.clock import Clock


class Store:
    """`told` is the service and the kind of each key that it was told; `took_up` whether the file was there before."""

    holdings: Holdings

    def __init__(
        self, accounts: Mapping[str, Any], clock: Clock, *, open: bool, told_keys: Sequence[str], path: Path | None
    ) -> None:
        check(accounts)
        self._first = json.dumps(accounts)
        self._clock = clock
        self._open = open
        self._told_keys = told_keys
        self._path = path
        self._database: Database | None = None
        self.took_up = False
        self._set(holdings_of(json.loads(self._first)))
        self.told = [self.learn(key) for key in told_keys]

    def take_up(self) -> None:
        """Go on with what the file holds; into a new one goes what is held. Raises InvalidInput."""
        if self._path is None:
            return
        self._database = Database(self._path)
        try:
            self._go_on(self._database)
        except InvalidAt as error:
            self.close()
            raise InvalidInput(f"{self._path} is damaged: {error.message}", REMEDY) from error
        except InvalidInput:
            self.close()
            raise

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def begin_anew(self) -> None:
        self._clock.ahead = 0
        self._set(holdings_of(json.loads(self._first)))
        self.told = [self.learn(key) for key in self._told_keys]
        self._save_all()

    def replace(self, accounts: Mapping[str, Any]) -> None:
        """Hold these checked accounts."""
        self._set(holdings_from(accounts))
        self._save_all()

    def learn(self, key: str) -> dict[str, str]:
        """Know a Notify key; gives `service` and `kind`. Raises InvalidInput."""
        service, known = keys.learn(self.holdings, key)
        return {"service": service.id, "kind": known.kind}

    def save(self, *, after_write: bool = True) -> None:
        """To be called before an answer is sent; `after_write` unless the request only reads."""
        if self._database is not None:
            self._database.save(self.holdings, self._clock.ahead, after_write=after_write)

    def _save_all(self) -> None:
        if self._database is not None:
            self._database.save_all(self.holdings, self._clock.ahead)

    def _set(self, holdings: Holdings) -> None:
        self.holdings = holdings
        self.holdings.open = self._open

    def _go_on(self, database: Database) -> None:
        held = database.accounts()
        self.took_up = held is not None
        if held is None:
            self._save_all()
            return
        check(held)
        self._clock.ahead = 0
        self._clock.advance(database.seconds_ahead())
        self._set(holdings_of(held))
        self.told = [self.learn(key) for key in self._told_keys]
        self.save()
