"""The ledger on SQLite: a constant number of calls for a batch, whatever its size."""

import asyncio
import sqlite3
from collections.abc import Iterable
from typing import Any

import aiosqlite
from msgspec.structs import astuple

from grokgate.billing import rows
from grokgate.billing.commands import (
    AddCredit,
    AdjustBalance,
    Command,
    ExtendHold,
    PlaceHold,
    ReleaseHold,
    SettleHold,
    VoidHold,
)
from grokgate.billing.records import HoldRecord
from grokgate.billing.state import Cache, Changes, Loaded
from grokgate.billing.store_failures import ours

_HoldCommand = PlaceHold | SettleHold | ReleaseHold | ExtendHold | VoidHold


class LedgerStore:
    """Loads and writes for the one writer, and answers others beside it.

    Everything fails with BILLING_UNAVAILABLE when the database does.
    """

    def __init__(self, writer: aiosqlite.Connection, reader: aiosqlite.Connection) -> None:
        self._writer = writer
        self._reader = reader
        self._writing = asyncio.Lock()

    async def load_cache(self) -> Cache:
        """All accounts, keys and open holds."""
        with ours():
            accounts = await self._writer.execute_fetchall(rows.ACCOUNTS)
            found = await self._writer.execute_fetchall(rows.KEYS)
            holds = await self._writer.execute_fetchall(rows.OPEN_HOLDS)
        keys = [rows.key_record(row) for row in found]
        return Cache(
            accounts={row[0]: rows.account_record(row) for row in accounts},
            keys={key.key_id: key for key in keys},
            key_ids={key.key_hash: key.key_id for key in keys},
            open_holds={row[0]: rows.hold_record(row) for row in holds},
        )

    async def load(self, commands: Iterable[Command], cache: Cache) -> Loaded:
        """What the commands name: from the cache, and what it does not keep by one query."""
        holds: dict[str, HoldRecord] = {}
        not_open: list[str] = []
        payments: list[str] = []
        for command in commands:
            if isinstance(command, _HoldCommand):
                hold = cache.open_holds.get(command.hold_id)
                if hold is None:
                    not_open.append(command.hold_id)
                else:
                    holds[hold.hold_id] = hold
            elif isinstance(command, AddCredit):
                payments.append(command.credit_id)
            elif isinstance(command, AdjustBalance):
                payments.append(command.adjustment_id)
        ended = await _named(self._writer, rows.NAMED_HOLDS, not_open)
        holds.update((row[0], rows.hold_record(row)) for row in ended)
        paid = await _named(self._writer, rows.NAMED_PAYMENTS, payments)
        return Loaded(
            accounts=cache.accounts,
            keys=cache.keys,
            key_ids=cache.key_ids,
            holds=holds,
            payments={(row.kind, row.transfer_id): row for row in map(rows.payment, paid)},
        )

    async def write(self, changes: Changes) -> None:
        """Commit all changes of a batch, or none.

        After a failure it is not known which; the cache must then be loaded anew.
        """
        edited = changes.edited_hold_ids
        holds = changes.holds.items()
        written = (
            (rows.PUT_ACCOUNTS, [astuple(account) for account in changes.accounts.values()]),
            (rows.PUT_KEYS, [rows.key_row(key) for key in changes.keys.values()]),
            (rows.PUT_HOLDS, [astuple(hold) for hold_id, hold in holds if hold_id not in edited]),
            (rows.EDIT_HOLDS, [rows.edited_hold_row(changes.holds[one]) for one in edited]),
            (rows.ADD_TRANSFERS, [astuple(transfer) for transfer in changes.transfers]),
            (rows.ADD_AUDIT, [astuple(record) for record in changes.audit]),
        )
        await self._commit([(statement, values) for statement, values in written if values])

    async def remember_prices(self, version: str, document: bytes) -> None:
        """Keep the prices of a version."""
        await self._commit([(rows.ADD_PRICES, [(version, document)])])

    async def prices(self, version: str) -> bytes | None:
        """The prices of a version, as they were given."""
        with ours():
            found = list(await self._reader.execute_fetchall(rows.PRICES, (version,)))
        return found[0][0] if found else None

    async def hold(self, hold_id: str) -> HoldRecord | None:
        """A hold, open or ended."""
        found = await _named(self._reader, rows.NAMED_HOLDS, [hold_id])
        return rows.hold_record(found[0]) if found else None

    async def _commit(self, statements: list[tuple[str, list[Any]]]) -> None:
        """One transaction, all or nothing.

        Each call is awaited before the next is made: an error may have ended the transaction, and
        whatever ran after it would be committed alone.
        """
        async with self._writing:
            with ours():
                try:
                    await self._writer.execute("BEGIN IMMEDIATE")
                    for statement, values in statements:
                        await self._writer.executemany(statement, values)
                    await self._writer.commit()
                except BaseException:
                    await self._writer.rollback()
                    raise


async def _named(connection: aiosqlite.Connection, query: str, ids: list[str]) -> list[sqlite3.Row]:
    if not ids:
        return []
    with ours():
        return list(await connection.execute_fetchall(query, (rows.json_text(ids),)))
