"""`verify` finds what somebody else did to the file."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from grokgate.billing.commands import AdjustBalance, Verification
from tests.billing.ledger.making import (
    ACCOUNT,
    add_credit,
    issue_key,
    open_account,
    place,
    release,
    settle,
)
from tests.billing.ledger.opening import opened
from tests.support.clock import FakeClock


@pytest.fixture
async def closed(path: Path, clock: FakeClock) -> Path:
    """The file of a ledger with one hold of each kind."""
    async with opened(path, clock) as ledger:
        await ledger.execute_all([open_account(), add_credit(1000), issue_key()])
        await ledger.execute_all([place(name, 100) for name in ("open", "posted", "over", "void")])
        await ledger.execute_all([settle("posted", 60), settle("over", 130), release("void")])
        await ledger.execute_all([settle("void", 20), AdjustBalance("a", ACCOUNT, -5, "y", "ops")])
        verification = await ledger.verify()
    assert verification == Verification(transfers=12, accounts=1, holds=4, problems=())
    return path


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("UPDATE accounts SET posted_usd_ticks = posted_usd_ticks + 1", "All balances together"),
        ("UPDATE accounts SET posted_usd_ticks = posted_usd_ticks + 1", "Accounts have another"),
        ("UPDATE accounts SET held_usd_ticks = 0", "Accounts hold something else"),
        ("UPDATE accounts SET open_holds = 7", "Accounts hold something else"),
        ("UPDATE keys SET spent_usd_ticks = 0", "Keys count something else"),
        ("UPDATE keys SET open_holds = 0", "Keys count something else"),
        ("UPDATE holds SET state = 'expired' WHERE hold_id = 'posted'", "Holds have other endings"),
        ("UPDATE holds SET state = 'posted' WHERE hold_id = 'open'", "Holds were not given back"),
        (
            "UPDATE holds SET held_usd_ticks = 99 WHERE hold_id = 'open'",
            "Holds were not given back",
        ),
        ("UPDATE holds SET charge_usd_ticks = 1 WHERE hold_id = 'over'", "Holds were charged"),
        ("UPDATE holds SET account_id = 'x' WHERE hold_id = 'open'", "Transfers have no hold"),
        ("DELETE FROM holds WHERE hold_id = 'void'", "Transfers have no hold"),
        ("UPDATE holds SET late = 0", "Holds lack"),
        ("UPDATE holds SET void_reason = ''", "Holds lack"),
        ("UPDATE holds SET basis = 'none'", "Holds lack"),
        (
            "INSERT INTO transfers VALUES (99, 'c', 'credit', 'funding', 'nobody', 5, 0)",
            "Transfers name accounts that do not exist",
        ),
        (
            "INSERT INTO transfers VALUES (-1, 'void', 'expired', 'acme/held', 'acme', 1, 0)",
            "Holds have other endings",
        ),
        (
            "INSERT INTO transfers VALUES (-1, 'early', 'pending', 'acme', 'acme/held', 1, 0)",
            "Holds took more than was available",
        ),
    ],
)
async def test_damage_is_found(closed: Path, clock: FakeClock, damage: str, sentence: str) -> None:
    assert any(one.startswith(sentence) for one in await _problems(closed, clock, damage))


async def test_a_problem_names_a_few_ids_and_counts_the_rest(
    closed: Path, clock: FakeClock
) -> None:
    async with opened(closed, clock) as ledger:
        await ledger.execute_all([place(f"h{number}", 1) for number in range(9)])
    damage = "UPDATE holds SET held_usd_ticks = 2 WHERE hold_id LIKE 'h%'"
    problem, *_ = await _problems(closed, clock, damage)
    assert problem == (
        "Holds were not given back or settled by as much as was held: "
        "h0, h1, h2, h3, h4 and 4 more."
    )


async def _problems(path: Path, clock: FakeClock, damage: str) -> tuple[str, ...]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(damage)
    async with opened(path, clock) as ledger:
        return (await ledger.verify()).problems


@pytest.mark.parametrize("verb", ["UPDATE transfers SET usd_ticks = 1", "DELETE FROM transfers"])
def test_transfers_can_only_be_added(closed: Path, verb: str) -> None:
    with (
        closing(sqlite3.connect(closed)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute(verb)
