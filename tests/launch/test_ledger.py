"""Verifying, backing up and restoring from the command line."""

import json
import os
import pty
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from grokgate.launch.secret_store import PAID_SERVICES
from tests.launch.running import Running, Terminal, running

PAGE_BYTES = 4096


def modes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): oct(stat.S_IMODE(path.stat().st_mode))
        for path in (folder, *folder.rglob("*"))
    }


@pytest.fixture
def backup(gateway: Running, folder: Path) -> Path:
    """Of the running gateway."""
    gateway.text("ledger", "backup", str(folder / "backup"))
    return folder / "backup"


def test_the_running_ledger_is_verified(gateway: Running, split: Running) -> None:
    for terminal in (gateway, split):
        assert terminal.json("ledger", "verify")["problems"] == []
    assert "The ledger is sound." in gateway.text("ledger", "verify")


def test_a_backup_is_private_and_holds_ledger_video_jobs_and_every_secret(backup: Path) -> None:
    assert modes(backup) == {
        ".": "0o700",
        "ledger.sqlite3": "0o600",
        "media.sqlite3": "0o600",
        "secrets": "0o700",
        "secrets/peppers": "0o700",
        "secrets/peppers/1": "0o600",
        **{f"secrets/{name}.token": "0o600" for name in ("admin", *PAID_SERVICES)},
    }
    assert [path.name for path in backup.parent.iterdir()] == ["backup"]


def test_reading_beside_a_gateway_leaves_its_logs_alone(gateway: Running, folder: Path) -> None:
    gateway.text("audit", "list")
    logs = [gateway.state_dir / f"{name}.sqlite3-wal" for name in ("ledger", "media")]
    before = [log.stat().st_ino for log in logs]
    gateway.run("doctor")
    gateway.text("ledger", "backup", str(folder / "backup"))
    assert [log.stat().st_ino for log in logs] == before


def test_a_restored_gateway_takes_the_same_keys_and_knows_the_same_money(
    gateway: Running, folder: Path
) -> None:
    secret = gateway.customer("moving", "7.25")
    gateway.text("ledger", "backup", str(folder / "backup"))
    gateway.text("credit", "add", "moving", "--id", "after-the-backup", "--usd", "1")
    restored = Terminal(folder / "var")
    arguments = ("ledger", "restore", str(folder / "backup"), "--operator", "olivia")
    assert "is in force" in restored.text(*arguments)
    with running(folder / "var") as moved:
        balances = {one["id"]: one["posted_usd"] for one in moved.json("account", "list")}
        assert balances["moving"] == "7.25"
        assert moved.ask(secret).is_success
        [row] = moved.json("audit", "list", "--subject", "ledger")
    assert (row["operator"], row["action"]) == ("olivia", "RestoreLedger")
    assert row["reason"] == str(folder / "backup")


def test_a_backup_needs_no_gateway(backup: Path, terminal: Terminal) -> None:
    terminal.text("ledger", "restore", str(backup))
    again = backup.with_name("again")
    assert terminal.json("ledger", "backup", str(again))["problems"] == []
    assert terminal.run("ledger", "backup", str(again), "--service", "grpc").code == 1
    assert modes(again) == modes(backup)


def test_a_restore_moves_aside_what_is_there_and_only_by_force(
    backup: Path, terminal: Terminal
) -> None:
    var = terminal.state_dir
    terminal.text("ledger", "restore", str(backup))
    (var / "secrets" / "peppers" / "1").write_text("another pepper, for another ledger's keys")
    (var / "ledger.sqlite3-wal").touch()
    before = modes(var)
    assert "--force" in terminal.refused("ledger", "restore", str(backup))
    assert modes(var) == before
    assert "What it replaced is in" in terminal.text("ledger", "restore", str(backup), "--force")
    [aside] = var.glob("replaced-*")
    assert (aside / "secrets/peppers/1").read_text().startswith("another pepper")
    assert (aside / "ledger.sqlite3").exists()
    assert (aside / "media.sqlite3").exists()
    assert (aside / "ledger.sqlite3-wal").exists()
    assert not (var / "ledger.sqlite3-wal").exists()
    pepper = (backup / "secrets/peppers/1").read_text()
    assert (var / "secrets/peppers/1").read_text() == pepper
    assert sorted(path.name for path in var.iterdir()) == sorted(
        ["ledger.sqlite3", "ledger.sqlite3.lock", "media.sqlite3", "secrets", aside.name]
    )


def test_a_ledger_in_use_is_not_replaced(gateway: Running, backup: Path) -> None:
    assert "Stop it first" in gateway.refused("ledger", "restore", str(backup), "--force")
    assert gateway.json("ledger", "verify")["problems"] == []


def test_an_unsound_backup_is_not_restored(backup: Path, terminal: Terminal) -> None:
    connection = sqlite3.connect(backup / "ledger.sqlite3")
    connection.execute("UPDATE accounts SET posted_usd_ticks = posted_usd_ticks + 1")
    connection.commit()
    connection.close()
    line = terminal.refused("ledger", "restore", str(backup))
    assert "is not sound: All balances together are not zero" in line
    assert not terminal.state_dir.exists()


@pytest.mark.parametrize("name", ["ledger.sqlite3", "media.sqlite3"])
def test_a_damaged_backup_is_told_and_leaves_nothing_behind(
    backup: Path, terminal: Terminal, name: str
) -> None:
    sound = (backup / name).read_bytes()
    with (backup / name).open("r+b") as file:
        file.seek(2 * PAGE_BYTES)
        file.write(b"x" * 2 * PAGE_BYTES)
    line = terminal.refused("ledger", "restore", str(backup))
    assert line.startswith(f"grokgate: the backup is damaged: {name}: ")
    assert not terminal.state_dir.exists()
    (backup / name).write_bytes(sound)
    terminal.text("ledger", "restore", str(backup))


def test_a_backup_without_its_keys_peppers_is_not_restored(
    backup: Path, terminal: Terminal
) -> None:
    pepper = backup / "secrets" / "peppers" / "1"
    pepper.write_text("another pepper, for the keys of another ledger")
    line = terminal.refused("ledger", "restore", str(backup))
    assert f"keys of {backup / 'ledger.sqlite3'} were issued under the pepper 1-" in line
    pepper.unlink()
    assert "has no pepper" in terminal.refused("ledger", "restore", str(backup))
    assert not terminal.state_dir.exists()


@pytest.mark.parametrize("what", ["all", "split", "billing"])
def test_no_pepper_is_made_beside_a_ledger_that_has_keys(
    backup: Path, terminal: Terminal, what: str
) -> None:
    terminal.text("ledger", "restore", str(backup))
    secrets = terminal.state_dir / "secrets"
    shutil.rmtree(secrets)
    assert "they would all be refused" in terminal.refused("serve", what)
    assert not secrets.exists()


def test_a_backup_where_no_media_runs_says_so_and_leaves_the_jobs_that_are_there(
    backup: Path, terminal: Terminal
) -> None:
    terminal.text("ledger", "restore", str(backup))
    jobs = terminal.state_dir / "media.sqlite3"
    kept = jobs.read_bytes()
    jobs.rename(terminal.state_dir / "elsewhere")
    without = backup.with_name("without")
    assert "no video jobs" in terminal.run("ledger", "backup", str(without)).err
    (terminal.state_dir / "elsewhere").rename(jobs)
    terminal.text("ledger", "restore", str(without), "--force")
    assert jobs.read_bytes() == kept


def test_video_jobs_in_use_are_not_replaced(backup: Path, terminal: Terminal) -> None:
    terminal.text("ledger", "restore", str(backup))
    key = {"XAI_API_KEY": "xai-good", "GROKGATE_XAI_BASE_URL": "http://127.0.0.1:1/v1"}
    with subprocess.Popen(
        [sys.executable, "-m", "grokgate.launch", "serve", "media"],
        env=os.environ | terminal.environment | key,
        cwd=backup.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as media:
        assert media.stdout is not None
        assert b"is ready" in media.stdout.readline()
        before = modes(terminal.state_dir)
        line = terminal.refused("ledger", "restore", str(backup), "--force")
        assert "media.sqlite3 is used by the media service at unix:" in line
        assert modes(terminal.state_dir) == before
        media.terminate()
    terminal.text("ledger", "restore", str(backup), "--force")


def test_what_is_no_backup_is_not_restored(backup: Path, terminal: Terminal) -> None:
    assert "lacks ledger.sqlite3" in terminal.refused("ledger", "restore", str(backup.parent))
    (backup / "ledger.sqlite3").write_text("a letter")
    assert "is damaged" in terminal.refused("ledger", "restore", str(backup))
    (backup / "ledger.sqlite3").write_bytes(b"")
    line = terminal.refused("ledger", "restore", str(backup))
    assert f"{backup / 'ledger.sqlite3'} is no ledger" in line
    shutil.rmtree(backup / "secrets")
    assert "lacks secrets/peppers" in terminal.refused("ledger", "restore", str(backup))


def test_a_backup_is_made_whole_or_not_at_all(gateway: Running, folder: Path) -> None:
    (folder / "there").mkdir()
    assert "exists" in gateway.refused("ledger", "backup", str(folder / "there"))
    assert "Make it first" in gateway.refused("ledger", "backup", str(folder / "a" / "b"))
    lost = Terminal(folder / "var")
    assert "Run this where billing runs" in lost.refused("ledger", "backup", str(folder / "b"))
    (folder / "var" / "secrets" / "peppers").mkdir(parents=True)
    (folder / "var" / "secrets" / "admin.token").touch(mode=0o600)
    (folder / "var" / "secrets" / "admin.token").write_text("token")
    assert "there is no ledger" in lost.refused("ledger", "backup", str(folder / "b"))
    assert sorted(path.name for path in folder.iterdir()) == ["there", "var"]


def test_what_the_system_refuses_is_one_line(
    gateway: Running, backup: Path, terminal: Terminal
) -> None:
    assert "No such file" in gateway.refused("ledger", "backup", "/proc/backup")
    assert "too long" in gateway.refused("ledger", "backup", str(backup.parent / ("b" * 300)))
    terminal.environment["GROKGATE_STATE_DIR"] = "/proc/var"
    assert "was not restored: /proc/var" in terminal.refused("ledger", "restore", str(backup))


def test_a_person_at_a_terminal_sees_progress_and_a_script_none(
    gateway: Running, folder: Path
) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "grokgate.launch", "ledger", "backup", "backup", "--json"],
        env=os.environ | gateway.environment | {"TERM": "xterm"},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    drawn = b""
    while chunk := _read(ours):
        drawn += chunk
    assert process.stdout is not None
    assert json.loads(process.stdout.read())["problems"] == []
    process.stdout.close()
    os.close(ours)
    assert process.wait() == 0
    assert b"Copying the ledger" in drawn
    assert b"Verifying the backup" in drawn


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # Linux's way to say that the other end is closed
        return b""
