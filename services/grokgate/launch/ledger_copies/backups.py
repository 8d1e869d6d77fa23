"""Backups: a folder with the ledger, video jobs and secrets, which appears whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grokgate.chassis.errors import StartupError
from grokgate.launch.settings import Settings

SECRETS_FOLDER = "secrets"


@contextmanager
def new_backup(settings: Settings, target: Path) -> Iterator[Path]:
    """A folder to write into, which becomes `target` when the block ends well.

    The secrets are copied last: a ledger's keys may use a pepper that was made meanwhile.
    Raises StartupError.
    """
    try:
        target = target.absolute()
        _check(settings, target)
        with _draft_of(target) as draft:
            yield draft
            copy_folder(settings.secrets_path, draft / SECRETS_FOLDER)
            flush(draft)
            draft.rename(target)
            _sync(target.parent)
    except OSError as exc:
        raise StartupError(f"the backup {target} was not made: {why(exc)}.") from exc


def why(error: OSError) -> str:
    """What the system says, and of which file."""
    said = error.strerror or str(error)
    return f"{error.filename}: {said}" if error.filename else said


def copy_folder(source: Path, target: Path) -> None:
    """Copy the files of a folder, and of those in it, for their owner alone."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in source.iterdir():
        copy = copy_folder if path.is_dir() else copy_file
        copy(path, target / path.name)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file for its owner alone, replacing at once what was there."""
    draft = target.with_name(f".{target.name}.draft")
    draft.touch(mode=0o600)
    shutil.copyfile(source, draft)
    draft.replace(target)


def flush(folder: Path) -> None:
    """Wait until a folder and its files are on the disk."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() or path.is_file():
            _sync(path)


@contextmanager
def _draft_of(target: Path) -> Iterator[Path]:
    """A folder beside the target, which goes away when the block does not end well."""
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield draft
    except BaseException:
        shutil.rmtree(draft)
        raise


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _check(settings: Settings, target: Path) -> None:
    peppers = settings.secrets_path / "peppers"
    if not peppers.is_dir():
        raise StartupError(
            f"{peppers} is missing, and without it no key of a ledger works. Run this where "
            "billing runs."
        )
    if target.exists():
        raise StartupError(f"{target} exists. Name a folder that does not.")
    if not target.parent.is_dir():
        raise StartupError(f"{target.parent} is no folder. Make it first.")
