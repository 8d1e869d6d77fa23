"""A running billing room for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.billing.servicers.running import Billing, running_billing


@pytest.fixture
async def billing(tmp_path: Path) -> AsyncIterator[Billing]:
    async with running_billing(tmp_path / "ledger.db") as running:
        yield running
