"""What a database's failure means to those who ask the ledger."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from grokgate.chassis.errors import GrokgateError, Reason

# What SQLite says of rows that break the schema. It is then a rule that is wrong, not the disk.
_BROKEN_ROWS = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError)


def unavailable() -> GrokgateError:
    """The store failed; whether it kept what it was given is not known."""
    return GrokgateError(
        Reason.BILLING_UNAVAILABLE,
        "Billing cannot be reached now. Try again.",
        retry_after_ms=1000,
    )


@contextmanager
def ours() -> Iterator[None]:
    """Turns SQLite's failures into BILLING_UNAVAILABLE, except those that rows are to blame for."""
    try:
        yield
    except _BROKEN_ROWS:
        raise
    except sqlite3.Error as exc:
        raise unavailable() from exc
