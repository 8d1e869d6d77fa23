"""The store fails, a command breaks, the process dies: what was answered stands, no more."""

import asyncio
import logging
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import cast

import aiosqlite
import pytest

from grokgate.billing.books import Ledger
from grokgate.billing.commands import Basis, Command, HoldEnded, HoldPlaced, HoldState
from grokgate.billing.executor import Executor
from grokgate.billing.ledger_store import LedgerStore
from grokgate.billing.verification import verify
from grokgate.chassis.database import open_sqlite
from grokgate.chassis.errors import GrokgateError, Reason
from tests.billing.ledger.making import ACCOUNT, extend, place, release, settle
from tests.billing.ledger.opening import opened
from tests.support.clock import FakeClock

ROOT = Path(__file__).parents[3]


class BreakableConnection(aiosqlite.Connection):
    """Loses the answer of a commit, before or after it happened."""

    breaks_before_commit = False
    breaks_after_commit = False

    async def commit(self) -> None:
        if not self.breaks_before_commit:
            await super().commit()
        if self.breaks_before_commit or self.breaks_after_commit:
            raise sqlite3.OperationalError("disk I/O error")


class Bench:
    """An executor on a connection that a test may break."""

    def __init__(self, executor: Executor, writer: BreakableConnection) -> None:
        self.writer = writer
        self._executor = executor

    async def told(self, *commands: Command) -> list[str]:
        """The outcomes of one batch, by the names of their types or reasons."""
        outcomes = await self._executor.run(commands)
        return [
            str(one.reason) if isinstance(one, GrokgateError) else type(one).__name__
            for one in outcomes
        ]

    async def balance(self) -> tuple[int, int]:
        """Posted and held; of the cache, which must be the file's."""
        assert await self.told(extend("unknown")) == [Reason.NOT_FOUND]
        account = self._executor.cache.accounts[ACCOUNT]
        query = "SELECT posted_usd_ticks, held_usd_ticks FROM accounts"
        [row] = await self.writer.execute_fetchall(query)
        assert tuple(row) == (account.posted_usd_ticks, account.held_usd_ticks)
        return account.posted_usd_ticks, account.held_usd_ticks


@pytest.fixture
async def bench(funded: Ledger, path: Path, clock: FakeClock) -> AsyncIterator[Bench]:
    """On the file of a funded ledger, which is idle."""
    writer = BreakableConnection(
        lambda: sqlite3.connect(path, isolation_level=None, timeout=0), iter_chunk_size=64
    )
    await writer
    reader = await open_sqlite(path)
    store = LedgerStore(writer, reader)
    try:
        yield Bench(Executor(store, await store.load_cache(), clock), writer)
        assert (await verify(reader)).problems == ()
    finally:
        await writer.close()
        await reader.close()


async def test_a_failed_commit_is_unavailable_and_leaves_nothing(bench: Bench) -> None:
    bench.writer.breaks_before_commit = True
    assert await bench.told(place("h1"), place("h2")) == [Reason.BILLING_UNAVAILABLE] * 2
    assert await bench.told(place("h1")) == [Reason.BILLING_UNAVAILABLE]
    bench.writer.breaks_before_commit = False
    assert await bench.balance() == (1000, 0)
    assert await bench.told(place("h1")) == ["HoldPlaced"]
    assert await bench.balance() == (1000, 100)


async def test_after_an_uncertain_commit_a_repeat_gets_the_answer_that_was_lost(
    bench: Bench,
) -> None:
    bench.writer.breaks_after_commit = True
    assert await bench.told(place()) == [Reason.BILLING_UNAVAILABLE]
    assert await bench.told(settle()) == [Reason.BILLING_UNAVAILABLE]
    bench.writer.breaks_after_commit = False
    assert await bench.balance() == (940, 0)
    assert await bench.told(place(), settle(), release()) == [
        "HoldPlaced",
        "HoldEnded",
        "HoldEnded",
    ]
    assert await bench.balance() == (940, 0)


async def test_a_locked_database_is_unavailable_until_it_is_free(bench: Bench, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert await bench.told(place("h1"), place("h2")) == [Reason.BILLING_UNAVAILABLE] * 2
        other.execute("ROLLBACK")
    assert await bench.balance() == (1000, 0)
    assert await bench.told(place("h1")) == ["HoldPlaced"]


async def test_a_full_database_is_unavailable_until_there_is_room(bench: Bench) -> None:
    [pages] = await bench.writer.execute_fetchall("PRAGMA page_count")
    await bench.writer.execute_fetchall(f"PRAGMA max_page_count = {pages[0]}")
    many = [place(f"h{number}", 1, user="u" * 200) for number in range(300)]
    assert await bench.told(*many) == [Reason.BILLING_UNAVAILABLE] * 300
    await bench.writer.execute_fetchall("PRAGMA max_page_count = 1000000")
    assert await bench.balance() == (1000, 0)
    assert await bench.told(*many) == ["HoldPlaced"] * 300


async def test_a_command_that_breaks_the_batch_is_refused_alone(
    bench: Bench, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute(
            "CREATE TRIGGER poisoned BEFORE INSERT ON transfers WHEN NEW.transfer_id = 'poison' "
            "BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
        )
    told = await bench.told(place("h1"), place("poison"), place("h2"), settle("h1"))
    assert told == ["HoldPlaced", Reason.INTERNAL_ERROR, "HoldPlaced", "HoldEnded"]
    assert await bench.balance() == (940, 100)
    assert "poisoned" in caplog.text


async def test_a_rule_that_raises_breaks_only_its_own_command(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    unheard_of = cast("Command", object())
    told = await bench.told(place("h1"), unheard_of, place("h2"))
    assert told == ["HoldPlaced", Reason.INTERNAL_ERROR, "HoldPlaced"]
    assert caplog.records[-1].levelno == logging.ERROR
    assert await bench.balance() == (1000, 200)


async def test_a_failing_store_is_logged(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.writer.breaks_before_commit = True
    await bench.told(place("h1"))
    assert "the ledger's store failed" in caplog.text
    assert "disk I/O error" in caplog.text


@pytest.mark.parametrize("answers", [1, 250, 800])
async def test_a_process_killed_while_it_commits_loses_nothing_that_it_answered(
    path: Path, clock: FakeClock, answers: int
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.billing.ledger.crashing",
        str(path),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    told = [await process.stdout.readline() for _ in range(answers)]
    process.kill()
    told += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    answered: dict[str, str] = {}
    for line in told:
        if line.endswith(b"\n"):
            state, hold_id = line.decode().split()
            answered[hold_id] = state

    async with opened(path, clock) as ledger:
        assert (await ledger.verify()).problems == ()
        for hold_id, state in answered.items():
            assert isinstance(await ledger.execute(place(hold_id, 10)), HoldPlaced)
            if state == "posted":
                ended = await ledger.execute(settle(hold_id, 7))
                assert ended == HoldEnded(HoldState.POSTED, 7, Basis.PROVIDER)
