"""Whether the peppers that a ledger's keys need are kept."""

import sqlite3
from contextlib import closing
from pathlib import Path

from grokgate.chassis.errors import StartupError
from grokgate.launch.ledger_copies.database_files import open_beside
from grokgate.launch.secret_store import SecretStore

_NEEDED = "SELECT DISTINCT pepper_id FROM keys WHERE revoked_at_ms IS NULL"


def check_peppers(ledger: Path, secrets: SecretStore) -> None:
    """Raise StartupError when keys of a ledger, whether it is in use or not, lack their pepper.

    A missing ledger, or a file that is none, has no keys.
    """
    kept = secrets.peppers().ids if secrets.has_peppers() else frozenset()
    if lost := sorted(_needed(ledger) - kept):
        raise StartupError(
            f"keys of {ledger} were issued under the pepper {', '.join(lost)}, which is not in "
            f"{secrets.peppers_folder}: they would all be refused. Take it from a backup that has "
            "it."
        )


def _needed(ledger: Path) -> frozenset[str]:
    """The ids of the peppers of the keys that nobody has revoked."""
    try:
        with closing(open_beside(ledger)) as reader:
            return frozenset(row[0] for row in reader.execute(_NEEDED))
    except sqlite3.Error:
        return frozenset()
