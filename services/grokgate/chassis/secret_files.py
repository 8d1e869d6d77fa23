"""Secrets on disk: readable by their owner alone, and made once."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from grokgate.chassis.errors import StartupError
from grokgate.chassis.secrets import Secret

_OTHERS = 0o077


def load_secret(path: Path) -> Secret:
    """The file's text without surrounding space.

    StartupError when it is missing, empty, or open to anybody but its owner.
    """
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            value = file.read().strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise StartupError(f"Cannot read the secret file {path}: {exc}.") from exc
    if mode & _OTHERS:
        raise StartupError(f"{path} is open to other users. Run: chmod 600 {path}")
    if not value:
        raise StartupError(f"{path} is empty. Write the secret into it, or delete it.")
    return Secret(value)


def load_or_create_secret(path: Path, make: Callable[[], str]) -> Secret:
    """The file's secret; the first caller writes what `make` returns.

    The file appears whole or not at all, and of several processes that start together one makes
    the secret and all read it.
    """
    if not path.exists():
        _create(path, make())
    return load_secret(path)


def _create(path: Path, value: str) -> None:
    try:
        # mkstemp opens with O_EXCL and mode 600; a link, unlike a rename, never replaces a file.
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(value)
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        finally:
            Path(draft).unlink()
    except FileExistsError:
        return
    except OSError as exc:
        raise StartupError(f"Cannot create the secret file {path}: {exc.strerror}.") from exc
