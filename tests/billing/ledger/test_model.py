"""Any sequence of commands, repeated, reordered or late, against a few lines of arithmetic."""

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from grokgate.billing.books import Ledger
from grokgate.billing.commands import Command, HoldEnded, HoldExtended, HoldPlaced
from grokgate.chassis.errors import GrokgateError, Reason
from tests.billing.ledger.making import (
    add_credit,
    extend,
    issue_key,
    key_hash,
    open_account,
    place,
    release,
    settle,
)
from tests.support.clock import FakeClock

BALANCE = 100
EXPIRES_IN_MS = 1000
NAMES = st.sampled_from(["a", "b", "c", "d"])
AMOUNTS = st.integers(0, 60)


@dataclass
class ModelHold:
    """What may be known of a hold; `held` is None if it was ended before it was placed."""

    held: int | None
    state: str
    expires_at_ms: int = 0
    charge: int | None = None


@dataclass
class Model:
    """One account's money."""

    posted: int = BALANCE
    holds: dict[str, ModelHold] = field(default_factory=dict)

    @property
    def held(self) -> int:
        return sum(hold.held or 0 for hold in self.holds.values() if hold.state == "open")

    def expire(self, now_ms: int) -> None:
        for hold in self.holds.values():
            if hold.state == "open" and hold.expires_at_ms <= now_ms:
                hold.state = "expired"

    def place(self, name: str, amount: int, now_ms: int) -> Reason | str:
        hold = self.holds.get(name)
        if hold:
            return "placed" if hold.held == amount else Reason.ALREADY_EXISTS
        available = self.posted - self.held
        if self.posted < amount or available < 0:
            return Reason.INSUFFICIENT_BALANCE
        if available < amount:
            return Reason.HOLDS_OUTSTANDING
        self.holds[name] = ModelHold(amount, "open", now_ms + EXPIRES_IN_MS)
        return "placed"

    def settle(self, name: str, cost: int) -> Reason | tuple[str, int]:
        hold = self.holds.setdefault(name, ModelHold(None, "voided"))
        if hold.charge is None:
            hold.charge = cost
            self.posted -= cost
            hold.state = "posted" if hold.state == "open" else hold.state
        return (hold.state, cost) if hold.charge == cost else Reason.ALREADY_EXISTS

    def release(self, name: str) -> tuple[str, int]:
        hold = self.holds.setdefault(name, ModelHold(None, "voided"))
        hold.state = "voided" if hold.state == "open" else hold.state
        return hold.state, hold.charge or 0

    def extend(self, name: str, now_ms: int, expires_in_ms: int) -> Reason | int:
        hold = self.holds.get(name)
        if hold is None:
            return Reason.NOT_FOUND
        if hold.state != "open":
            return Reason.HOLD_ENDED
        hold.expires_at_ms = max(hold.expires_at_ms, now_ms + expires_in_ms)
        return hold.expires_at_ms


COMMANDS = st.one_of(
    st.tuples(st.just("place"), NAMES, AMOUNTS),
    st.tuples(st.just("settle"), NAMES, AMOUNTS),
    st.tuples(st.just("release"), NAMES, st.just(0)),
    st.tuples(st.just("extend"), NAMES, st.integers(1, 2 * EXPIRES_IN_MS)),
)


class Shop:
    """One real ledger for all examples; each example has its own account in it."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.clock = FakeClock()
        self.ledger = Ledger(Path(self._folder.name) / "ledger.db", self.clock)
        self.examples = count()
        self._latest_ms = 0
        self.run(self.ledger.open())

    def now_ms(self) -> int:
        """The ledger's time: it does not follow the clock back."""
        self._latest_ms = max(self._latest_ms, self.clock.now_ms())
        return self._latest_ms

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What a call of the ledger answers."""
        return self.runner.run(work)

    def close(self) -> None:
        self.run(self.ledger.close())
        self.runner.close()
        self._folder.cleanup()


class LedgerMachine(RuleBasedStateMachine):
    shop: Shop

    @initialize()
    def open(self) -> None:
        self.account = f"account-{next(self.shop.examples)}"
        self.model = Model()
        key = f"key-{self.account}"
        opening = (
            open_account(self.account),
            add_credit(BALANCE, f"credit-{self.account}", self.account),
            issue_key(None, key, self.account),
        )
        self.shop.run(self.shop.ledger.execute_all(opening))
        self.key_hash = key_hash(key)

    @rule(what=st.lists(COMMANDS, min_size=1, max_size=6))
    def batch(self, what: list[tuple[str, str, int]]) -> None:
        commands = [self._command(*one) for one in what]
        now_ms = self.shop.now_ms()
        self.model.expire(now_ms)
        outcomes = self.shop.run(self.shop.ledger.execute_all(commands))
        assert [_told(one) for one in outcomes] == [self._expected(*one, now_ms) for one in what]

    @rule(milliseconds=st.integers(-EXPIRES_IN_MS, EXPIRES_IN_MS))
    def the_clock_moves(self, milliseconds: int) -> None:
        self.shop.clock.advance(milliseconds)

    @rule()
    def sweep(self) -> None:
        self.shop.run(self.shop.ledger.sweep())

    @invariant()
    def balances_agree(self) -> None:
        if hasattr(self, "model"):
            self.model.expire(self.shop.now_ms())
            account = self.shop.run(self.shop.ledger.account(self.account))
            assert (account.posted_usd_ticks, account.held_usd_ticks) == (
                self.model.posted,
                self.model.held,
            )

    def teardown(self) -> None:
        assert self.shop.run(self.shop.ledger.verify()).problems == ()

    def _command(self, kind: str, name: str, number: int) -> Command:
        hold_id = f"{self.account}-{name}"
        match kind:
            case "place":
                return place(hold_id, number, key_hash=self.key_hash, expires_in_ms=EXPIRES_IN_MS)
            case "settle":
                return settle(hold_id, number, account_id=self.account)
            case "release":
                return release(hold_id)
            case _:
                return extend(hold_id, expires_in_ms=number)

    def _expected(self, kind: str, name: str, number: int, now_ms: int) -> object:
        match kind:
            case "place":
                return self.model.place(name, number, now_ms)
            case "settle":
                return self.model.settle(name, number)
            case "release":
                return self.model.release(name)
            case _:
                return self.model.extend(name, now_ms, number)


def _told(outcome: object) -> object:
    match outcome:
        case HoldPlaced():
            return "placed"
        case HoldEnded():
            return (str(outcome.state), outcome.charge_usd_ticks)
        case HoldExtended():
            return outcome.expires_at_ms
        case GrokgateError():
            return outcome.reason
    return outcome


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    try:
        yield shop
    finally:
        shop.close()


def test_the_ledger_agrees_with_a_simple_model(shop: Shop) -> None:
    machine = type("Machine", (LedgerMachine,), {"shop": shop})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=100, stateful_step_count=30, deadline=None)
    )
