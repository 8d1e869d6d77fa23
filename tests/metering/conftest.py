"""Billing at the other end of a line, and what talks to it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.metering.fake_billing import FakeBilling
from tests.metering.fake_ledger import FakeLedger
from tests.metering.lines import InProcessLine, Line, WireLine


@pytest.fixture
async def billing() -> FakeBilling:
    return FakeBilling()  # type: ignore[abstract]  # nobody asks for the unary RPCs


@pytest.fixture
async def ledger(billing: FakeBilling) -> FakeLedger:
    return billing.ledger


@pytest.fixture(params=[WireLine, InProcessLine], ids=["wire", "in_process"])
async def dead_line(
    request: pytest.FixtureRequest, billing: FakeBilling, tmp_path: Path
) -> AsyncIterator[Line]:
    """A line of either kind whose server has not started."""
    make: Callable[[FakeBilling, Path], Line] = request.param
    line = make(billing, tmp_path)
    yield line
    await line.channel.close()
    await line.stop()


@pytest.fixture
async def line(dead_line: Line) -> Line:
    """A line of either kind that works."""
    await dead_line.start()
    return dead_line


@pytest.fixture
async def dead_wire(billing: FakeBilling, tmp_path: Path) -> AsyncIterator[WireLine]:
    """A line that may be taken down and up again, whose server has not started."""
    line = WireLine(billing, tmp_path)
    yield line
    await line.channel.close()
    await line.stop()


@pytest.fixture
async def wire(dead_wire: WireLine) -> WireLine:
    """A working line that may be taken down and up again."""
    await dead_wire.start()
    return dead_wire
