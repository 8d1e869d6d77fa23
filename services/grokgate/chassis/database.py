"""A room's SQLite database: opened safely, migrated in one step, written by one process."""

import asyncio
import fcntl
import os
import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

import aiosqlite

from grokgate.chassis.errors import StartupError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

_MIGRATIONS_ENV = Path(__file__).with_name("migrations_env")
# How long one runner of migrations waits for another.
_MIGRATION_WAIT_S = 60
# Alembic keeps what it is running in a global of its own.
_ALEMBIC_LOCK = threading.Lock()

_SETTINGS = """
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
"""


async def open_sqlite(path: Path, busy_timeout_s: float = 5.0) -> aiosqlite.Connection:
    """A connection with WAL, `synchronous=FULL`, foreign keys and explicit transactions.

    A missing file is created, for its owner alone. A locked database is waited for up to
    `busy_timeout_s`. StartupError when the file cannot be a database.
    """
    _create_private(path)
    # An isolation level would begin transactions behind the room's back.
    connection = await aiosqlite.connect(path, timeout=busy_timeout_s, isolation_level=None)
    try:
        cursor = await connection.execute("PRAGMA journal_mode = WAL")
        mode = await cursor.fetchone()
        await connection.executescript(_SETTINGS)
    except sqlite3.Error as exc:
        await connection.close()
        raise StartupError(f"Cannot open the database {path}: {exc}.") from exc
    if mode is None or mode[0] != "wal":
        await connection.close()
        raise StartupError(f"{path} lies on a file system without shared memory. Use a local disk.")
    return connection


async def migrate(path: Path, revisions: Path) -> None:
    """Brings a database, created if missing, to the newest revision in the folder `revisions`.

    All or nothing, in one transaction; several processes that start together take turns.
    StartupError when the database is newer than the code, or cannot be written.
    """
    _create_private(path)
    await asyncio.to_thread(_migrate, path, revisions)


class SingleWriter:
    """The right to write a database, held by one process at a time until released or dead.

    The lock is on `<path>.lock`, which stays behind: deleting it could give two processes a lock.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock_path = path.with_name(f"{path.name}.lock")
        self._descriptor = -1

    def acquire(self) -> None:
        """StartupError when another process holds it."""
        try:
            descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as exc:
            raise StartupError(f"Cannot lock {self._lock_path}: {exc.strerror}.") from exc
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            holder = os.read(descriptor, 32).decode()
            os.close(descriptor)
            raise StartupError(
                f"{self._path} is written by process {holder}. Stop it first: one process at a "
                "time may write a SQLite database."
            ) from exc
        os.truncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Lets another process write."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _create_private(path: Path) -> None:
    # A file that is there is not touched: to close any descriptor of it would drop all the locks
    # that this process's other connections hold on it (sqlite.org/howtocorrupt.html, 2.2), and
    # the next process that reads the database would then delete its log.
    if path.is_file():
        return
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as exc:
        raise StartupError(f"Cannot write the database {path}: {exc.strerror}.") from exc


def _migrate(path: Path, revisions: Path) -> None:
    # SQLAlchemy and Alembic take 0.4 s to import and serve only here.
    from sqlalchemy import URL, NullPool, create_engine  # noqa: PLC0415  # see above
    from sqlalchemy.exc import DatabaseError  # noqa: PLC0415  # see above

    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        connect_args={"isolation_level": None, "timeout": _MIGRATION_WAIT_S},
    )
    try:
        with engine.begin() as connection:
            # Takes the write lock before the revision is read, so that runners take turns.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            with _ALEMBIC_LOCK:
                _upgrade(connection, path, revisions)
    except DatabaseError as exc:
        raise StartupError(f"Cannot migrate the database {path}: {exc.orig}.") from exc


def _upgrade(connection: "Connection", path: Path, revisions: Path) -> None:
    from alembic import command  # noqa: PLC0415  # see _migrate
    from alembic.config import Config  # noqa: PLC0415  # see _migrate
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415  # see _migrate
    from alembic.script import ScriptDirectory  # noqa: PLC0415  # see _migrate

    config = Config()
    config.set_main_option("script_location", _literal(_MIGRATIONS_ENV))
    config.set_main_option("version_locations", _literal(revisions))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    unknown = set(MigrationContext.configure(connection).get_current_heads()) - known
    if unknown:
        raise StartupError(
            f"{path} was written by a newer version (its revision {', '.join(unknown)} is unknown "
            "here). Run that version, or restore a backup."
        )
    command.upgrade(config, "head")


def _literal(path: Path) -> str:
    """A path that Alembic's configuration takes as it is."""
    return str(path).replace("%", "%%")
