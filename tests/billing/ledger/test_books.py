"""The ledger as the rest of billing uses it."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from grokgate.billing.books import Ledger
from grokgate.billing.commands import (
    BudgetPeriod,
    Command,
    HoldPlaced,
    HoldState,
    KeyPolicy,
    Limits,
    Result,
)
from grokgate.chassis.errors import GrokgateError, Reason, StartupError
from tests.billing.ledger.desk import Desk
from tests.billing.ledger.making import (
    ACCOUNT,
    EXPIRY_MS,
    KEY,
    add_credit,
    extend,
    issue_key,
    key_hash,
    open_account,
    place,
    release,
    settle,
)
from tests.billing.ledger.opening import opened
from tests.support.clock import FakeClock

POLICY = KeyPolicy(
    allowed_models=("xai/grok-4.3", "xai/grok-4.20"),
    allowed_endpoints=("responses",),
    limits=Limits(requests_per_minute=100, tokens_per_minute=10_000, concurrency=50),
    budget_usd_ticks=5000,
    budget_period=BudgetPeriod.WEEK,
    expires_at_ms=1_900_000_000_000,
)


async def _reason(ledger: Ledger, command: Command) -> Reason:
    with pytest.raises(GrokgateError) as caught:
        await ledger.execute(command)
    return caught.value.reason


async def test_of_200_holds_at_once_exactly_as_many_as_the_balance_covers_are_placed(
    funded: Ledger,
) -> None:
    holds = [place(f"h{number}", 140) for number in range(200)]
    outcomes = await asyncio.gather(*map(funded.execute, holds), return_exceptions=True)
    placed = [one for one in outcomes if isinstance(one, HoldPlaced)]
    refused = [one.reason for one in outcomes if isinstance(one, GrokgateError)]
    assert len(placed) == 7
    assert refused == [Reason.HOLDS_OUTSTANDING] * 193
    account = await funded.account(ACCOUNT)
    assert account is not None
    assert account.held_usd_ticks == 980


async def test_commands_of_one_call_are_committed_together_and_answered_in_order(
    funded: Ledger,
) -> None:
    outcomes = await funded.execute_all(
        [place("h1"), settle("h1"), place("h1"), release("h2"), place("h2"), extend("h3")]
    )
    told = [
        one.reason if isinstance(one, GrokgateError) else type(one).__name__ for one in outcomes
    ]
    assert told == [
        "HoldPlaced",
        "HoldEnded",
        "HoldPlaced",
        "HoldEnded",
        Reason.ALREADY_EXISTS,
        Reason.NOT_FOUND,
    ]


async def test_no_commands_are_answered_with_no_outcomes(funded: Ledger) -> None:
    assert await funded.execute_all([]) == []


async def test_duplicated_and_reordered_commands_charge_once_and_leak_nothing(
    funded: Ledger,
) -> None:
    commands: list[Command] = [place("h1"), place("h1"), settle("h1"), settle("h1"), release("h1")]
    commands += [settle("h2"), place("h2"), release("h3"), place("h3"), settle("h2")]
    await asyncio.gather(*map(funded.execute, commands), return_exceptions=True)
    account = await funded.account(ACCOUNT)
    assert account is not None
    assert (account.posted_usd_ticks, account.held_usd_ticks) == (1000 - 60 - 60, 0)


async def test_everything_is_there_again_after_a_restart(path: Path, clock: FakeClock) -> None:
    async with opened(path, clock) as ledger:
        await ledger.execute_all([open_account(), add_credit(5000), issue_key(POLICY)])
        await ledger.execute_all([place("open", 100), place("ended", 200), settle("ended", 150)])
        await ledger.execute(release("never-placed"))
        before = await _seen(ledger)
    async with opened(path, clock) as ledger:
        assert await _seen(ledger) == before
        assert (await ledger.verify()).problems == ()
        again = await ledger.execute(place("ended", 200))
        assert isinstance(again, HoldPlaced)
        assert again.held_usd_ticks == 200
        assert await _reason(ledger, place("never-placed")) is Reason.ALREADY_EXISTS


async def _seen(ledger: Ledger) -> tuple[Result, HoldPlaced, object, object]:
    account, key = await ledger.account(ACCOUNT), await ledger.find_key(key_hash())
    open_hold = await ledger.execute(place("open", 100))
    assert account is not None
    assert isinstance(open_hold, HoldPlaced)
    return account, open_hold, key, await ledger.list_keys("", 10)


async def test_what_is_kept_of_a_hold_is_what_the_rules_decided(
    funded: Ledger, clock: FakeClock
) -> None:
    names = ("open", "posted", "void", "late", "expired")
    batches: list[list[Command]] = [
        [place(name, 100, client_request_id="c", user="u", tokens_estimate=7) for name in names],
        [extend(name, expires_in_ms=2 * EXPIRY_MS, reached_upstream=True) for name in names[:4]],
        [settle("posted", 130, provider_usd_ticks=125), release("void"), release("late")],
        [settle("late"), settle("unknown"), release("never-placed")],
    ]
    desk = Desk()
    for batch in batches:
        await funded.execute_all(batch)
        for command in batch:
            desk.do(command)
    clock.advance(EXPIRY_MS)
    desk.clock.advance(EXPIRY_MS)
    await funded.execute_all([settle("never-placed")])
    desk.do(settle("never-placed"))
    for name in (*names, "unknown", "never-placed"):
        assert await funded._books.store.hold(name) == desk.hold(name)
    cache = await funded._books.store.load_cache()
    assert cache.accounts == {ACCOUNT: desk.account()}
    assert cache.keys == {KEY: desk.key()}


async def test_a_closed_ledger_is_unavailable(path: Path, clock: FakeClock) -> None:
    ledger = Ledger(path, clock)
    assert await _reason(ledger, open_account()) is Reason.BILLING_UNAVAILABLE
    await ledger.open()
    await ledger.close()
    await ledger.close()
    assert await _reason(ledger, open_account()) is Reason.BILLING_UNAVAILABLE


async def test_what_waits_is_executed_before_the_ledger_closes(
    path: Path, clock: FakeClock
) -> None:
    commands = (open_account(), add_credit(5), issue_key())
    async with opened(path, clock) as ledger:
        waiting = asyncio.gather(*(ledger.execute(command) for command in commands))
        await asyncio.sleep(0)
    assert len(await waiting) == 3


async def test_a_second_writer_is_refused(funded: Ledger, path: Path, clock: FakeClock) -> None:
    with pytest.raises(StartupError, match="one process at a time"):
        await Ledger(path, clock).open()
    assert (await funded.execute(place())) is not None


async def test_a_ledger_that_could_not_open_lets_go_of_its_file(
    path: Path, clock: FakeClock
) -> None:
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(StartupError):
        await Ledger(path, clock).open()
    path.unlink()
    async with opened(path, clock) as ledger:
        assert await ledger.list_accounts(1) == ([], False)


async def test_due_holds_count_as_expired_in_every_answer(funded: Ledger, clock: FakeClock) -> None:
    await funded.execute(place("h1", 300))
    clock.advance(EXPIRY_MS)
    account, key = await funded.account(ACCOUNT), await funded.find_key(key_hash())
    assert account is not None
    assert key is not None
    assert (account.held_usd_ticks, key.held_usd_ticks, key.open_holds) == (0, 0, 0)
    assert await _reason(funded, extend("h1")) is Reason.HOLD_ENDED


async def test_due_holds_are_swept_in_the_background(path: Path, clock: FakeClock) -> None:
    async with opened(path, clock, sweep_interval_s=0.01) as ledger:
        await ledger.execute_all([open_account(), add_credit(1000), issue_key(), place()])
        clock.advance(EXPIRY_MS)
        async with asyncio.timeout(10):
            # Only the file can be asked: a question to the ledger would sweep as well.
            while await asyncio.to_thread(_hold_state, path) == HoldState.OPEN:  # noqa: ASYNC110  # as above
                await asyncio.sleep(0)
        assert await asyncio.to_thread(_hold_state, path) == HoldState.EXPIRED


def _hold_state(path: Path) -> str:
    connection = sqlite3.connect(path)
    [(state,)] = connection.execute("SELECT state FROM holds").fetchall()
    connection.close()
    return str(state)


async def test_a_waiter_that_is_cancelled_does_not_take_its_neighbours_along(
    funded: Ledger,
) -> None:
    tasks = [asyncio.create_task(funded.execute(place(f"h{number}", 1))) for number in range(20)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in outcomes[::2])
    assert all(isinstance(one, HoldPlaced) for one in outcomes[1::2])


async def test_a_credit_repeated_within_one_batch_is_added_once(funded: Ledger) -> None:
    credit = add_credit(50, "credit-2")
    first, second, other = await funded.execute_all([credit, credit, add_credit(51, "credit-2")])
    assert first == second
    assert isinstance(other, GrokgateError)
    assert other.reason is Reason.ALREADY_EXISTS


async def test_a_key_is_found_by_its_hash(funded: Ledger) -> None:
    key = await funded.find_key(key_hash())
    assert key is not None
    assert (key.key_id, key.account_id) == (KEY, ACCOUNT)
    assert await funded.find_key(b"another") is None
    assert await funded.account("nobody") is None


async def test_accounts_and_keys_are_listed_page_by_page(ledger: Ledger) -> None:
    for name in ("c", "a", "b"):
        await ledger.execute(open_account(name))
        await ledger.execute(issue_key(None, f"key-{name}1", name))
        await ledger.execute(issue_key(None, f"key-{name}2", name))
    accounts, more = await ledger.list_accounts(2)
    assert ([one.account_id for one in accounts], more) == (["a", "b"], True)
    accounts, more = await ledger.list_accounts(2, after="b")
    assert ([one.account_id for one in accounts], more) == (["c"], False)
    keys, more = await ledger.list_keys("", 5)
    assert ([one.key_id for one in keys][-1], more) == ("key-c1", True)
    keys, more = await ledger.list_keys("b", 5, after="key-b1")
    assert ([one.key_id for one in keys], more) == (["key-b2"], False)


async def test_prices_are_kept_by_version(funded: Ledger) -> None:
    await funded.remember_prices("v1", b'{"a":1}')
    await funded.remember_prices("v1", b'{"a":1}')
    assert await funded.prices("v1") == b'{"a":1}'
    with pytest.raises(GrokgateError) as caught:
        await funded.prices("v2")
    assert caught.value.reason is Reason.NOT_FOUND


async def test_a_hold_knows_its_prices_open_and_ended(funded: Ledger) -> None:
    await funded.execute(place("h1", prices_version="v7"))
    assert await funded.hold_prices("h1") == "v7"
    await funded.execute(settle("h1"))
    assert await funded.hold_prices("h1") == "v7"
    await funded.execute(release("never-placed"))
    assert await funded.hold_prices("never-placed") is None
    assert await funded.hold_prices("unknown") is None
