"""Video jobs on SQLite. Several processes may share the file."""

import asyncio
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from grokgate.chassis.database import migrate, open_sqlite
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.media.videos.job import Job
from grokgate.media.videos.store import Lease, Listing

_REVISIONS = Path(__file__).with_name("migrations")

_FIELDS = Job.__struct_fields__
_COLUMNS = ", ".join(_FIELDS)
_PUT = f"""
INSERT INTO video_jobs ({_COLUMNS}, lease_owner, lease_until_ms)
VALUES ({", ".join("?" * len(_FIELDS))}, ?, ?)
ON CONFLICT (id) DO UPDATE
SET {", ".join(f"{field} = excluded.{field}" for field in (*_FIELDS, "lease_until_ms"))}
WHERE lease_owner = excluded.lease_owner
"""  # noqa: S608  # the names of our own fields
_WRITTEN = """
SELECT id FROM video_jobs
WHERE id IN (SELECT value FROM json_each(?)) AND lease_owner = ?
"""
_DELETE = "DELETE FROM video_jobs WHERE id = ? AND lease_owner = ?"
_RENEW = """
UPDATE video_jobs SET lease_until_ms = ? WHERE lease_owner = ? AND NOT settled RETURNING id
"""
_TAKE = f"""
UPDATE video_jobs SET lease_owner = ?, lease_until_ms = ?
WHERE NOT settled AND lease_owner <> ? AND lease_until_ms <= ?
RETURNING {_COLUMNS}
"""  # noqa: S608  # the names of our own fields
_GIVE_BACK = """
UPDATE video_jobs SET lease_owner = '', lease_until_ms = 0 WHERE lease_owner = ? AND NOT settled
"""
_FIND = f"SELECT {_COLUMNS} FROM video_jobs WHERE id = ?"  # noqa: S608  # our own fields
_LIST = f"SELECT {_COLUMNS} FROM video_jobs WHERE {{}} ORDER BY id DESC LIMIT ?"  # noqa: S608  # likewise


class SqliteVideoStore:
    """A VideoStore."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = asyncio.Lock()

    async def open(self) -> None:
        """Bring the file up to date and connect; raises StartupError."""
        await migrate(self._path, _REVISIONS)
        self._writer = await open_sqlite(self._path)
        self._reader = await open_sqlite(self._path)

    async def close(self) -> None:
        """Disconnect."""
        await self._writer.close()
        await self._reader.close()

    async def write(self, jobs: Collection[Job], lease: Lease) -> set[str]:
        """Insert, or replace where the lease still holds, in one commit."""
        rows = [(*msgspec.structs.astuple(job), lease.owner, lease.until_ms) for job in jobs]
        ids = msgspec.json.encode([job.id for job in jobs]).decode()
        return {row[0] for row in await self._commit(_WRITTEN, (ids, lease.owner), _PUT, rows)}

    async def delete(self, job_id: str, owner: str) -> None:
        """Forget a job of the owner's."""
        await self._commit(_DELETE, (job_id, owner))

    async def renew(self, lease: Lease) -> set[str]:
        """Keep what the owner still has; the answer is its ids."""
        return {row[0] for row in await self._commit(_RENEW, (lease.until_ms, lease.owner))}

    async def take(self, lease: Lease, now_ms: int) -> list[Job]:
        """Lease every unsettled job that nobody has a living lease on."""
        values = (lease.owner, lease.until_ms, lease.owner, now_ms)
        return [_job(row) for row in await self._commit(_TAKE, values)]

    async def give_back(self, owner: str) -> None:
        """End all leases of an owner."""
        await self._commit(_GIVE_BACK, (owner,))

    async def find(self, job_id: str) -> Job | None:
        """A job, whoever works on it."""
        with _ours():
            rows = list(await self._reader.execute_fetchall(_FIND, (job_id,)))
        return _job(rows[0]) if rows else None

    async def page(self, listing: Listing) -> list[Job]:
        """A page of jobs."""
        conditions, values = ["TRUE"], list[Any]()
        if listing.outcome_unknown:
            conditions.append("(to_reconcile OR state = 'outcome_unknown')")
        if listing.account_id:
            conditions.append("account_id = ?")
            values.append(listing.account_id)
        if listing.states:
            conditions.append(f"state IN ({', '.join('?' * len(listing.states))})")
            values.extend(listing.states)
        if listing.after:
            conditions.append("id < ?")
            values.append(listing.after)
        query = _LIST.format(" AND ".join(conditions))
        with _ours():
            rows = await self._reader.execute_fetchall(query, (*values, listing.limit))
        return [_job(row) for row in rows]

    async def _commit(
        self, statement: str, values: tuple[Any, ...], put: str = "", rows: Collection[Any] = ()
    ) -> list[sqlite3.Row]:
        """What a statement returns, after rows were put, in one transaction.

        Each call is awaited before the next is made: an error may have ended the transaction, and
        whatever ran after it would be committed alone.
        """
        async with self._writing:
            with _ours():
                try:
                    await self._writer.execute("BEGIN IMMEDIATE")
                    if put:
                        await self._writer.executemany(put, rows)
                    returned = list(await self._writer.execute_fetchall(statement, values))
                    await self._writer.commit()
                except BaseException:
                    await self._writer.rollback()
                    raise
        return returned


def _job(row: sqlite3.Row) -> Job:
    values = dict(zip(_FIELDS, row, strict=True))
    return msgspec.convert(values, Job, strict=False)  # SQLite's integers are our booleans


@contextmanager
def _ours() -> Iterator[None]:
    """Turns SQLite's failures into OVERLOADED, except those that our own rows are to blame for."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError):
        raise
    except sqlite3.Error as exc:
        raise GrokgateError(
            Reason.OVERLOADED,
            "The gateway cannot keep videos at the moment. Try again soon.",
            retry_after_ms=1000,
        ) from exc
