"""The ledger as the rest of billing uses it: commands in, answers out, kept in one SQLite file."""

import asyncio
import heapq
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import aiosqlite

from grokgate.billing import refusals
from grokgate.billing.audit_trail import AuditFilter, AuditRow, list_audit
from grokgate.billing.batches import Batches, Outcome
from grokgate.billing.commands import (
    Account,
    Basis,
    Command,
    Key,
    Result,
    UsageFilter,
    UsageRow,
    Verification,
)
from grokgate.billing.executor import Executor
from grokgate.billing.ledger_files import REVISIONS, copy_ledger
from grokgate.billing.ledger_store import LedgerStore
from grokgate.billing.state import Cache
from grokgate.billing.store_failures import unavailable
from grokgate.billing.summaries import SummaryFilter, UsageSummary, summarize
from grokgate.billing.usage_store import UsageStore
from grokgate.billing.verification import verify
from grokgate.chassis.clock import Clock
from grokgate.chassis.database import SingleWriter, migrate, open_sqlite
from grokgate.chassis.errors import GrokgateError


@dataclass(frozen=True, slots=True)
class _Books:
    """What an open ledger works with."""

    executor: Executor
    batches: Batches
    store: LedgerStore
    usage: UsageStore
    resources: AsyncExitStack


@dataclass(frozen=True, slots=True)
class Figures:
    """How a ledger stands; settlements since it was opened, by basis and whether late."""

    open_holds: int
    oldest_hold_ms: int
    settlements: Mapping[tuple[Basis, bool], int]


class Ledger:
    """Who may spend, what is held and what was charged.

    What commands fail with is listed at their RPCs. Every method can also fail with
    BILLING_UNAVAILABLE: while the ledger is not open, or its database does not answer.
    A hold whose time has run out counts as expired in every answer.
    """

    def __init__(self, path: Path, clock: Clock, *, sweep_interval_s: float = 1.0) -> None:
        self._path = path
        self._clock = clock
        self._sweep_interval_s = sweep_interval_s
        self._opened: _Books | None = None

    async def open(self) -> None:
        """Take the file for this process alone, bring it up to date, and read what is open.

        Raises StartupError.
        """
        async with AsyncExitStack() as resources:
            resources.enter_context(SingleWriter(self._path))
            await migrate(self._path, REVISIONS)
            writer, reader = await self._connect(resources), await self._connect(resources)
            store = LedgerStore(writer, reader)
            executor = Executor(store, await store.load_cache(), self._clock)
            batches = Batches(executor.run)
            resources.push_async_callback(batches.close)
            self._opened = _Books(executor, batches, store, UsageStore(reader), resources.pop_all())
        sweeper = asyncio.create_task(self._sweep_for_ever(), name="ledger-sweep")
        self._opened.resources.push_async_callback(_end, sweeper)

    async def close(self) -> None:
        """Execute what waits, then let go of the file."""
        if self._opened is not None:
            books, self._opened = self._opened, None
            await books.resources.aclose()

    async def execute(self, command: Command) -> Result:
        """The command's result once it is committed; raises what it failed with."""
        [outcome] = await self.execute_all([command])
        if isinstance(outcome, GrokgateError):
            raise outcome
        return outcome

    async def execute_all(self, commands: Sequence[Command]) -> list[Outcome]:
        """The result or failure of each command; they are committed together."""
        return await self._books.batches.submit(commands)

    async def sweep(self) -> None:
        """Expire the holds whose time has run out. Every batch begins with the same."""
        books = self._books
        if books.executor.cache.due(books.executor.now_ms()):
            await books.batches.submit([])

    async def find_key(self, key_hash: bytes) -> Key | None:
        """The key whose secret has this HMAC, good or not."""
        cache = await self._current()
        key_id = cache.key_ids.get(key_hash)
        return None if key_id is None else cache.keys[key_id].public(self._now_ms())

    async def pepper_ids(self) -> frozenset[str]:
        """The peppers that keys were issued under which nobody has revoked."""
        keys = (await self._current()).keys.values()
        return frozenset(key.pepper_id for key in keys if key.revoked_at_ms is None)

    async def account(self, account_id: str) -> Account | None:
        """The account of an id."""
        found = (await self._current()).accounts.get(account_id)
        return None if found is None else found.public()

    async def list_accounts(self, limit: int, after: str = "") -> tuple[list[Account], bool]:
        """Accounts by id, from the one behind `after` on, and whether more follow."""
        cache = await self._current()
        ids = heapq.nsmallest(limit + 1, (one for one in cache.accounts if one > after))
        return [cache.accounts[one].public() for one in ids[:limit]], len(ids) > limit

    async def list_keys(
        self, account_id: str, limit: int, after: str = ""
    ) -> tuple[list[Key], bool]:
        """Keys by id, of an account or of all if empty, and whether more follow."""
        cache = await self._current()
        now_ms = self._now_ms()
        ids = heapq.nsmallest(
            limit + 1,
            (
                key.key_id
                for key in cache.keys.values()
                if key.key_id > after and account_id in ("", key.account_id)
            ),
        )
        return [cache.keys[one].public(now_ms) for one in ids[:limit]], len(ids) > limit

    async def list_usage(self, wanted: UsageFilter) -> tuple[list[UsageRow], bool]:
        """A page of usage rows, newest first, and whether older ones follow.

        Raises INVALID_VALUE when `after` is no hold of the account.
        """
        await self._current()
        return await self._books.usage.list_usage(wanted)

    async def hold_prices(self, hold_id: str) -> str | None:
        """The version of the prices that a hold settles by; None if it was never placed."""
        books = self._books
        hold = books.executor.cache.open_holds.get(hold_id) or await books.store.hold(hold_id)
        return hold.prices_version or None if hold else None

    async def remember_prices(self, version: str, document: bytes) -> None:
        """Keep prices by version, for as long as the ledger lasts."""
        await self._books.store.remember_prices(version, document)

    async def prices(self, version: str) -> bytes:
        """The prices of a version as they were remembered. Raises NOT_FOUND."""
        document = await self._books.store.prices(version)
        if document is None:
            raise refusals.unknown("version", "price list")
        return document

    async def summarize_usage(self, wanted: SummaryFilter) -> list[UsageSummary]:
        """Sums over the usage rows, beside the running ledger."""
        await self._current()
        async with AsyncExitStack() as resources:
            return await summarize(await self._connect(resources), wanted)

    async def list_audit(self, wanted: AuditFilter) -> tuple[list[AuditRow], bool]:
        """A page of audit rows, newest first, and whether older ones follow."""
        await self._current()
        async with AsyncExitStack() as resources:
            return await list_audit(await self._connect(resources), wanted)

    def figures(self) -> Figures:
        """How the ledger stands; all zero while it is not open. May be called from any thread."""
        books = self._opened
        if books is None:
            return Figures(0, 0, {})
        executor = books.executor
        holds = list(executor.cache.open_holds.values())
        now_ms = self._clock.now_ms()
        oldest_ms = min((hold.placed_at_ms for hold in holds), default=now_ms)
        return Figures(len(holds), max(0, now_ms - oldest_ms), executor.settlements.copy())

    async def verify(self) -> Verification:
        """Replay every transfer and check the ledger's invariants, beside the running ledger."""
        async with AsyncExitStack() as resources:
            return await verify(await self._connect(resources))

    @asynccontextmanager
    async def copied(self) -> AsyncIterator[Path]:
        """A consistent copy of the database beside it, gone when the block is left."""
        await self._current()
        with TemporaryDirectory(prefix="backup-", dir=self._path.parent) as folder:
            copy = Path(folder) / self._path.name
            await copy_ledger(self._path, copy)
            yield copy

    @property
    def _books(self) -> _Books:
        if self._opened is None:
            raise unavailable()
        return self._opened

    def _now_ms(self) -> int:
        return self._books.executor.now_ms()

    async def _current(self) -> Cache:
        """What is committed, with nothing due left open."""
        await self.sweep()
        return self._books.executor.cache

    async def _connect(self, resources: AsyncExitStack) -> aiosqlite.Connection:
        connection = await open_sqlite(self._path)
        resources.push_async_callback(connection.close)
        return connection

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._sweep_interval_s)
            with suppress(GrokgateError):  # too much waits, and every batch sweeps as well
                await self.sweep()


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
