"""Puts a backup in the place of a ledger that nobody uses."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from grokgate.billing.commands import Verification
from grokgate.billing.ledger_files import check_ledger, record_restore
from grokgate.chassis.database import SingleWriter
from grokgate.chassis.errors import StartupError
from grokgate.launch.backups import SECRETS_FOLDER, copy_file, copy_folder, flush
from grokgate.launch.settings import LEDGER_FILE, Settings

# Beside a ledger that was not closed; the first holds its newest commits.
_COMPANIONS = (f"{LEDGER_FILE}-wal", f"{LEDGER_FILE}-shm")


class Restore:
    """A backup on its way into the state folder.

    Nothing is changed before the backup's ledger was verified, and what was there is moved to
    `aside`, never deleted.
    """

    def __init__(self, settings: Settings, backup: Path, now_ms: int) -> None:
        self._settings = settings
        self._backup = backup
        self._now_ms = now_ms
        moment = datetime.fromtimestamp(now_ms // 1000, UTC)
        self.aside = settings.state_dir / f"replaced-{moment:%Y%m%dT%H%M%SZ}"

    def run(self, operator: str, *, force: bool) -> Verification:
        """Lock the ledger, verify the backup, swap. Raises StartupError."""
        for needed in (LEDGER_FILE, f"{SECRETS_FOLDER}/peppers"):
            if not (self._backup / needed).exists():
                raise StartupError(f"{self._backup} is no backup: it lacks {needed}.")
        state_dir = self._settings.state_dir
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with SingleWriter(self._settings.ledger_path):
            if self._occupied() and not force:
                raise StartupError(
                    f"{state_dir} holds a ledger or secrets. Move them aside with --force."
                )
            with tempfile.TemporaryDirectory(prefix="restore-", dir=state_dir) as folder:
                fresh = Path(folder)
                self._fetch(fresh)
                found = uvloop.run(self._check(fresh / LEDGER_FILE, operator))
                flush(fresh)
                self._swap(fresh)
        return found

    def _occupied(self) -> bool:
        secrets = self._settings.secrets_path
        return self._settings.ledger_path.exists() or (secrets.is_dir() and any(secrets.iterdir()))

    def _fetch(self, fresh: Path) -> None:
        for name in (LEDGER_FILE, *_COMPANIONS):
            if (self._backup / name).exists():
                copy_file(self._backup / name, fresh / name)
        copy_folder(self._backup / SECRETS_FOLDER, fresh / SECRETS_FOLDER)

    async def _check(self, ledger: Path, operator: str) -> Verification:
        """Verify, and write into the audit rows who puts this ledger in force."""
        found = await check_ledger(ledger)
        if found.problems:
            raise StartupError(f"the backup's ledger is not sound: {' '.join(found.problems)}")
        await record_restore(
            ledger,
            operator=operator,
            origin=str(self._backup),
            found=found,
            at_ms=self._now_ms,
        )
        return found

    def _swap(self, fresh: Path) -> None:
        settings = self._settings
        if self._occupied():
            self._keep_aside()
        copy_folder(fresh / SECRETS_FOLDER, settings.secrets_path)
        flush(settings.secrets_path)
        (fresh / LEDGER_FILE).replace(settings.ledger_path)
        flush(settings.state_dir)

    def _keep_aside(self) -> None:
        """What is there, without a moment in which there is no ledger."""
        settings = self._settings
        self.aside.mkdir(mode=0o700)
        if settings.secrets_path.is_dir():
            copy_folder(settings.secrets_path, self.aside / SECRETS_FOLDER)
        if settings.ledger_path.exists():
            (self.aside / LEDGER_FILE).hardlink_to(settings.ledger_path)
        for name in _COMPANIONS:
            if (settings.state_dir / name).exists():
                (settings.state_dir / name).rename(self.aside / name)
