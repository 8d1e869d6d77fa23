"""The rules without a store: each command is a batch of its own, kept in memory."""

from typing import Any

import pytest

from grokgate.billing import rules
from grokgate.billing.commands import Command, HoldState, KeyPolicy
from grokgate.billing.endings import expire
from grokgate.billing.records import AccountRecord, AuditRecord, HoldRecord, KeyRecord
from grokgate.billing.state import Cache, Loaded, State
from grokgate.billing.transfers import Kind, Transfer
from grokgate.chassis.errors import GrokgateError, Reason
from tests.billing.ledger.making import ACCOUNT, KEY, add_credit, issue_key, open_account
from tests.support.clock import FakeClock


class Desk:
    """One account with 1000 ticks and one key, unless opened otherwise."""

    def __init__(self, policy: KeyPolicy | None = None, usd_ticks: int = 1000) -> None:
        self.clock = FakeClock()
        self.transfers: list[Transfer] = []
        self.audit: list[AuditRecord] = []
        self._cache = Cache({}, {}, {}, {})
        self._holds: dict[str, HoldRecord] = {}
        self.do(open_account())
        if usd_ticks:
            self.do(add_credit(usd_ticks))
        self.do(issue_key(policy))

    def do(self, command: Command) -> Any:
        """The command's result; typed Any, since each command has one kind of it."""
        state = State(self._loaded())
        now_ms = self.clock.now_ms()
        for hold in self._cache.due(now_ms):
            expire(state, hold, now_ms)
        before = repr(state.changes)
        try:
            return rules.apply(state, command, now_ms)
        except GrokgateError:
            assert repr(state.changes) == before, "a refused command left something behind"
            raise
        finally:
            self._cache.take(state.changes)
            self._holds.update(state.changes.holds)
            self.transfers += state.changes.transfers
            self.audit += state.changes.audit

    def refused(self, command: Command) -> GrokgateError:
        """The error of a command that must fail."""
        with pytest.raises(GrokgateError) as caught:
            self.do(command)
        return caught.value

    def reason(self, command: Command) -> Reason:
        return self.refused(command).reason

    def hold(self, hold_id: str = "h1") -> HoldRecord:
        return self._holds[hold_id]

    def state(self, hold_id: str = "h1") -> HoldState:
        return self._holds[hold_id].state

    def account(self, account_id: str = ACCOUNT) -> AccountRecord:
        return self._cache.accounts[account_id]

    def key(self, key_id: str = KEY) -> KeyRecord:
        return self._cache.keys[key_id]

    def moved(self, hold_id: str = "h1") -> dict[str, int]:
        """Ticks by kind of the transfers of a hold."""
        return {
            str(row.kind): row.usd_ticks for row in self.transfers if row.transfer_id == hold_id
        }

    def _loaded(self) -> Loaded:
        payments: dict[tuple[Kind, str], Transfer] = {
            (row.kind, row.transfer_id): row
            for row in self.transfers
            if row.kind in (Kind.CREDIT, Kind.ADJUSTMENT)
        }
        cache = self._cache
        return Loaded(cache.accounts, cache.keys, cache.key_ids, self._holds, payments)
