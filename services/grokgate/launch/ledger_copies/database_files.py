"""SQLite files as such, whatever is in them."""

import sqlite3
from contextlib import closing
from pathlib import Path

from grokgate.chassis.errors import StartupError


def open_beside(path: Path) -> sqlite3.Connection:
    """A connection that reads a database in WAL mode beside whoever else uses it.

    Where there is a log, somebody uses the database or has died. It is then opened read-only: a
    connection that may write, and takes itself for the last one, deletes the log when it closes.
    Without a log nobody does, and only a connection that may write leaves no empty one behind.
    """
    mode = "ro" if path.with_name(f"{path.name}-wal").exists() else "rw"
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True)


def copy_database(source: Path, target: Path) -> None:
    """A consistent copy in a new file for its owner alone, whoever uses the source meanwhile."""
    target.touch(mode=0o600, exist_ok=False)
    try:
        with closing(open_beside(source)) as reader, closing(sqlite3.connect(target)) as writer:
            reader.backup(writer)
    except sqlite3.Error as exc:
        raise StartupError(f"{source} could not be copied: {exc}.") from exc


def damage(path: Path) -> str:
    """Why a database that nobody uses cannot be read to its end; empty when it can."""
    try:
        with closing(sqlite3.connect(path)) as reader:
            [found] = reader.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as exc:
        return str(exc)
    return "" if found == "ok" else " ".join(found.split())
