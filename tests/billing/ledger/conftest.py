"""An open ledger for each test, verified when the test is over."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from grokgate.billing.books import Ledger
from tests.billing.ledger.making import add_credit, issue_key, open_account
from tests.billing.ledger.opening import opened
from tests.support.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
async def ledger(path: Path, clock: FakeClock) -> AsyncIterator[Ledger]:
    """Without accounts."""
    async with opened(path, clock) as ledger:
        yield ledger
        assert (await ledger.verify()).problems == ()


@pytest.fixture
async def funded(ledger: Ledger) -> Ledger:
    """With one account that has 1000 ticks, and one key that may do all."""
    await ledger.execute_all([open_account(), add_credit(1000), issue_key()])
    return ledger
