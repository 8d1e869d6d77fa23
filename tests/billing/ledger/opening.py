"""Ledgers that are closed whatever happens: an open one has threads that outlive a test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from grokgate.billing.books import Ledger
from grokgate.chassis.clock import Clock


@asynccontextmanager
async def opened(
    path: Path, clock: Clock, *, sweep_interval_s: float = 3600
) -> AsyncIterator[Ledger]:
    """An open ledger that does not sweep by itself, unless told to."""
    ledger = Ledger(path, clock, sweep_interval_s=sweep_interval_s)
    await ledger.open()
    try:
        yield ledger
    finally:
        await ledger.close()
