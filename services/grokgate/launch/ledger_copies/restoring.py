"""Puts a backup in the place of a ledger that nobody uses."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from grokgate.billing.commands import Verification
from grokgate.billing.ledger_files import check_ledger, record_restore
from grokgate.chassis.database import SingleWriter
from grokgate.chassis.errors import GrokgateError, StartupError
from grokgate.launch.ledger_copies.backups import SECRETS_FOLDER, copy_file, copy_folder, flush, why
from grokgate.launch.ledger_copies.database_files import damage
from grokgate.launch.ledger_copies.kept_peppers import check_peppers
from grokgate.launch.reaching import media_answers
from grokgate.launch.secret_store import SecretStore
from grokgate.launch.settings import LEDGER_FILE, Settings
from grokgate.media.videos.sqlite_store import SqliteVideoStore

# Beside a database that was not closed; the first holds its newest commits.
_COMPANIONS = ("-wal", "-shm")


class Restore:
    """A backup on its way into the state folder.

    Nothing is changed before the backup was verified, a restore that fails leaves nothing behind,
    and what was there is moved to `aside`, never deleted.
    """

    def __init__(self, settings: Settings, backup: Path, now_ms: int) -> None:
        self._settings = settings
        self._backup = backup
        self._now_ms = now_ms
        moment = datetime.fromtimestamp(now_ms // 1000, UTC)
        self.aside = settings.state_dir / f"replaced-{moment:%Y%m%dT%H%M%SZ}"
        databases = (settings.ledger_path, settings.jobs_path)
        # A backup made where no media runs has no jobs; those that are here then stay.
        self._databases = [path for path in databases if (backup / path.name).exists()]

    def run(self, operator: str, *, force: bool) -> Verification:
        """Verify the backup, lock the ledger, swap. Raises StartupError."""
        try:
            with _gone_when_failed(self._settings.state_dir):
                return self._run(operator, force=force)
        except OSError as exc:
            raise StartupError(f"{self._backup} was not restored: {why(exc)}.") from exc

    @property
    def has_jobs(self) -> bool:
        """Whether the backup holds video jobs."""
        return self._settings.jobs_path in self._databases

    def _run(self, operator: str, *, force: bool) -> Verification:
        for needed in (LEDGER_FILE, f"{SECRETS_FOLDER}/peppers"):
            if not (self._backup / needed).exists():
                raise StartupError(f"{self._backup} is no backup: it lacks {needed}.")
        self._refuse_at_once(force=force)
        with tempfile.TemporaryDirectory(prefix="restore-", dir=self._settings.state_dir) as folder:
            fresh = Path(folder)
            self._fetch(fresh)
            found = self._checked(fresh, operator)
            flush(fresh)
            with self._claimed(force=force):
                self._swap(fresh)
        return found

    def _refuse_at_once(self, *, force: bool) -> None:
        """Tell what stands in the way before the long verification, and without a new lock."""
        if self._settings.ledger_path.exists():
            with self._claimed(force=force):
                return
        self._refuse_hindrances(force=force)

    @contextmanager
    def _claimed(self, *, force: bool) -> Iterator[None]:
        """While nobody else can use the ledger."""
        with SingleWriter(self._settings.ledger_path):
            self._refuse_hindrances(force=force)
            yield

    def _refuse_hindrances(self, *, force: bool) -> None:
        settings = self._settings
        if self._occupied() and not force:
            raise StartupError(
                f"{settings.state_dir} holds a ledger, video jobs or secrets. Move them aside "
                "with --force."
            )
        # Media has no lock on its jobs: several of its processes may share them.
        if self.has_jobs and uvloop.run(media_answers(settings)):
            raise StartupError(
                f"{settings.jobs_path} is used by the media service at "
                f"{settings.address('media')}. Stop it first."
            )

    def _occupied(self) -> bool:
        secrets = self._settings.secrets_path
        return any(path.exists() for path in self._databases) or (
            secrets.is_dir() and any(secrets.iterdir())
        )

    def _fetch(self, fresh: Path) -> None:
        for path in self._databases:
            for name in (path.name, *_companions(path.name)):
                if (self._backup / name).exists():
                    copy_file(self._backup / name, fresh / name)
        copy_folder(self._backup / SECRETS_FOLDER, fresh / SECRETS_FOLDER)

    def _checked(self, fresh: Path, operator: str) -> Verification:
        """Verify a copy of the backup; what is wrong is told of the backup itself."""
        for path in self._databases:
            if problem := damage(fresh / path.name):
                raise StartupError(f"the backup is damaged: {path.name}: {problem}.")
        try:
            return uvloop.run(self._verified(fresh, operator))
        except StartupError as exc:
            told = str(exc).replace(str(fresh), str(self._backup))
            raise StartupError(f"the backup cannot be restored: {told}") from exc
        except GrokgateError as exc:
            raise StartupError(f"the backup is damaged: {exc.__cause__ or exc}.") from exc

    async def _verified(self, fresh: Path, operator: str) -> Verification:
        """Verify, and write into the audit rows who puts this ledger in force."""
        ledger = fresh / LEDGER_FILE
        found = await check_ledger(ledger)
        if found.problems:
            raise StartupError(f"its ledger is not sound: {' '.join(found.problems)}")
        secrets = SecretStore(fresh / SECRETS_FOLDER)
        secrets.peppers()
        check_peppers(ledger, secrets)
        if self.has_jobs:
            jobs = SqliteVideoStore(fresh / self._settings.jobs_path.name)
            await jobs.open()
            await jobs.close()
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
        for path in self._databases:
            (fresh / path.name).replace(path)
        flush(settings.state_dir)

    def _keep_aside(self) -> None:
        """What is there, without a moment in which there is no ledger."""
        settings = self._settings
        self.aside.mkdir(mode=0o700)
        if settings.secrets_path.is_dir():
            copy_folder(settings.secrets_path, self.aside / SECRETS_FOLDER)
        for path in self._databases:
            if path.exists():
                (self.aside / path.name).hardlink_to(path)
            for name in _companions(path.name):
                if (settings.state_dir / name).exists():
                    (settings.state_dir / name).rename(self.aside / name)


def _companions(database: str) -> list[str]:
    return [f"{database}{suffix}" for suffix in _COMPANIONS]


@contextmanager
def _gone_when_failed(folder: Path) -> Iterator[None]:
    """A folder, made if missing; then it goes away again when the block fails."""
    missing = not folder.exists()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        if missing:
            with suppress(OSError):  # a restore that broke off in the midst of its last step
                folder.rmdir()
        raise
