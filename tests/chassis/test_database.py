"""SQLite: opening, migrating, and the right to write."""

import asyncio
import shutil
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grokgate.chassis.database import SingleWriter, migrate, open_sqlite
from grokgate.chassis.errors import StartupError

FIRST = '''
"""Shelves."""
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE shelves (id INTEGER PRIMARY KEY)")
'''
SECOND = '''
"""Books."""
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("CREATE TABLE books (id INTEGER PRIMARY KEY, shelf REFERENCES shelves (id))")
    op.execute("INSERT INTO shelves VALUES (1)")
'''
BROKEN = SECOND.replace("INTO shelves", "INTO nowhere")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "100% odd: name" / "ledger.db"


@pytest.fixture
def revisions(tmp_path: Path, path: Path) -> Path:
    path.parent.mkdir()
    folder = tmp_path / "50% of: versions"
    folder.mkdir()
    (folder / "0001_shelves.py").write_text(FIRST)
    return folder


def tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    connection.close()
    return {name for (name,) in rows}


async def test_a_database_is_opened_durable_and_strict(tmp_path: Path) -> None:
    connection = await open_sqlite(tmp_path / "new.db", busy_timeout_s=1.5)
    settings = {}
    for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
        cursor = await connection.execute(f"PRAGMA {name}")
        (settings[name],) = await cursor.fetchone() or (None,)
    await connection.close()
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "busy_timeout": 1_500,
    }


async def test_a_new_database_and_its_journal_are_for_their_owner_alone(tmp_path: Path) -> None:
    connection = await open_sqlite(tmp_path / "new.db")
    await connection.execute("CREATE TABLE t (id)")
    modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    await connection.close()
    assert modes == {0o600}


async def test_transactions_begin_only_when_told(tmp_path: Path) -> None:
    connection = await open_sqlite(tmp_path / "new.db")
    await connection.execute("CREATE TABLE t (id)")
    await connection.execute("INSERT INTO t VALUES (1)")
    assert not connection.in_transaction
    await connection.execute("BEGIN IMMEDIATE")
    assert connection.in_transaction
    await connection.close()


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no database at all, but long enough to be taken for a header of one")
    with pytest.raises(StartupError, match=r"notes\.txt"):
        await open_sqlite(path)
    with pytest.raises(StartupError, match=r"notes\.txt"):
        await migrate(path, tmp_path)


@pytest.mark.parametrize("name", ["missing/new.db", "."])
async def test_a_place_where_no_file_can_be_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StartupError, match=str(tmp_path)):
        await open_sqlite(tmp_path / name)


async def test_a_new_database_is_migrated_to_the_newest_revision(
    path: Path, revisions: Path
) -> None:
    (revisions / "0002_books.py").write_text(SECOND)
    await migrate(path, revisions)
    assert tables(path) == {"alembic_version", "shelves", "books"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_an_open_database_of_an_older_version_goes_forward_and_keeps_its_rows(
    path: Path, revisions: Path
) -> None:
    await migrate(path, revisions)
    connection = await open_sqlite(path)
    await connection.execute("INSERT INTO shelves VALUES (7)")
    (revisions / "0002_books.py").write_text(SECOND)
    await migrate(path, revisions)
    await migrate(path, revisions)
    cursor = await connection.execute("SELECT id FROM shelves ORDER BY id")
    assert [row[0] for row in await cursor.fetchall()] == [1, 7]
    await connection.close()


async def test_a_migration_that_breaks_leaves_nothing_behind(path: Path, revisions: Path) -> None:
    (revisions / "0002_books.py").write_text(BROKEN)
    with pytest.raises(StartupError, match="no such table: nowhere"):
        await migrate(path, revisions)
    assert tables(path) == set()


async def test_a_database_of_a_newer_version_is_refused_and_untouched(
    path: Path, revisions: Path
) -> None:
    older = shutil.copytree(revisions, revisions.parent / "older")
    (revisions / "0002_books.py").write_text(SECOND)
    await migrate(path, revisions)
    with pytest.raises(StartupError, match=r"newer version.*0002"):
        await migrate(path, older)
    assert "books" in tables(path)


def test_runners_that_start_together_take_turns(path: Path, revisions: Path) -> None:
    (revisions / "0002_books.py").write_text(SECOND)

    def run(_: int) -> None:
        asyncio.run(migrate(path, revisions))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(run, range(4)))
    assert "books" in tables(path)


async def test_several_databases_may_be_migrated_at_once(path: Path, revisions: Path) -> None:
    (revisions / "0002_books.py").write_text(SECOND)
    paths = [path.with_name(f"{number}.db") for number in range(8)]
    await asyncio.gather(*(migrate(each, revisions) for each in paths))
    assert all("books" in tables(each) for each in paths)


def test_what_migrates_is_not_imported_by_what_serves() -> None:
    code = (
        "import sys, grokgate.chassis.database; print({'sqlalchemy', 'alembic'} & {*sys.modules})"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout == "set()\n"


HOLDER = """
import sys, pathlib
from grokgate.chassis.database import SingleWriter
SingleWriter(pathlib.Path(sys.argv[1])).acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_process_may_not_write_until_the_first_is_dead(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StartupError, match=rf"{path} .* process {holder.pid}\."):
            SingleWriter(path).acquire()
        holder.kill()
    with SingleWriter(path):
        assert (tmp_path / "ledger.db.lock").exists()


def test_a_released_database_may_be_written_by_another(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with SingleWriter(path), pytest.raises(StartupError):
        SingleWriter(path).acquire()
    with SingleWriter(path) as again:
        assert again is not None


def test_a_lock_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"ledger\.db\.lock"):
        SingleWriter(tmp_path / "nowhere" / "ledger.db").acquire()


async def test_another_process_that_reads_leaves_the_log_of_an_open_database(
    tmp_path: Path,
) -> None:
    path = tmp_path / "shared.db"
    connections = [await open_sqlite(path) for _ in range(3)]
    await connections[0].execute("CREATE TABLE shelves (id INTEGER)")
    await connections.pop().close()
    read = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT * FROM shelves')"
    command = [sys.executable, "-c", read, str(path)]
    await asyncio.to_thread(subprocess.run, command, check=True)
    assert path.with_name("shared.db-wal").exists()
    for connection in connections:
        await connection.close()
