"""The ledger as a file: copied while it is in use, and checked while it is not."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import aiosqlite
from msgspec.structs import astuple

from grokgate.billing.commands import Verification
from grokgate.billing.records import AuditRecord
from grokgate.billing.rows import ADD_AUDIT, json_text
from grokgate.billing.verification import verify
from grokgate.chassis.database import migrate, open_sqlite
from grokgate.chassis.errors import GrokgateError, Reason, StartupError

REVISIONS = Path(__file__).with_name("migrations")


async def copy_ledger(source: Path, target: Path) -> None:
    """A consistent copy in a new file for its owner alone, whoever uses the source meanwhile.

    Raises BILLING_UNAVAILABLE when a file cannot be read or written.
    """
    try:
        await asyncio.to_thread(_copy, source, target)
    except (OSError, sqlite3.Error) as exc:
        raise GrokgateError(
            Reason.BILLING_UNAVAILABLE, f"The ledger could not be copied: {exc}."
        ) from exc


async def check_ledger(path: Path) -> Verification:
    """What `verify` finds in a ledger that nobody uses; brings it up to date first.

    Raises StartupError when the file is no ledger, or one of a newer version.
    """
    if await asyncio.to_thread(ledger_revision, path) is None:
        raise StartupError(f"{path} is no ledger.")
    await migrate(path, REVISIONS)
    async with _opened(path) as connection:
        return await verify(connection)


async def record_restore(
    path: Path, *, operator: str, origin: str, found: Verification, at_ms: int
) -> None:
    """Leave an audit row in a ledger that nobody uses and that is to replace another."""
    after_json = json_text({"transfers": found.transfers, "holds": found.holds})
    record = AuditRecord(operator, "RestoreLedger", "ledger", origin, at_ms, "", after_json)
    async with _opened(path) as connection:
        await connection.execute(ADD_AUDIT, astuple(record))


def ledger_revision(path: Path) -> str | None:
    """The revision of the schema in a file that nobody uses; None when it holds no ledger."""
    # Not `mode=ro`, which cannot clean up after a process that died.
    uri = f"{path.absolute().as_uri()}?mode=rw"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as reader:
            row = reader.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        return None
    return str(row[0]) if row else None


def known_revisions() -> list[str]:
    """The revisions of the schema that this code knows, the oldest first."""
    # As in the chassis: Alembic takes 0.4 s to import and is rarely needed.
    from alembic.script import ScriptDirectory  # noqa: PLC0415  # see above

    scripts = ScriptDirectory(str(REVISIONS), version_locations=[str(REVISIONS)])
    return [script.revision for script in scripts.walk_revisions()][::-1]


def _copy(source: Path, target: Path) -> None:
    target.touch(mode=0o600, exist_ok=False)
    with closing(sqlite3.connect(source)) as reader, closing(sqlite3.connect(target)) as writer:
        reader.backup(writer)


@asynccontextmanager
async def _opened(path: Path) -> AsyncIterator[aiosqlite.Connection]:
    connection = await open_sqlite(path)
    try:
        yield connection
    finally:
        await connection.close()
