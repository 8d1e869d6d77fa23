"""Backups: a folder with the ledger and the secrets, which appears whole or not at all."""

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
    target = target.absolute()
    _check(settings, target)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield draft
        copy_private(settings.secrets_path, draft / SECRETS_FOLDER)
        flush(draft)
        draft.rename(target)
    except BaseException:
        shutil.rmtree(draft)
        raise


def copy_private(source: Path, target: Path) -> None:
    """Copy a folder for its owner alone; each file replaces, at once, what had its name."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in sorted(source.iterdir()):
        place = target / path.name
        if path.is_dir():
            copy_private(path, place)
        elif path.is_file():
            draft = target / f".{path.name}.draft"
            draft.touch(mode=0o600)
            shutil.copyfile(path, draft)
            draft.replace(place)


def flush(folder: Path) -> None:
    """Wait until a folder and its files are on the disk."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() or path.is_file():
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
