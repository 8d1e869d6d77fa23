"""The whole gateway in both ways to run; every test of this folder meets both."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.support.gateway import GATEWAYS, Gateway


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One event loop for the folder, since its gateways outlive a test."""
    for item in items:
        if "tests/gateway" in str(item.path) and "gateway" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(params=sorted(GATEWAYS), scope="session", loop_scope="session")
async def running(request: pytest.FixtureRequest) -> AsyncIterator[Gateway]:
    async with GATEWAYS[request.param]() as gateway:
        yield gateway


@pytest_asyncio.fixture(loop_scope="session")
async def gateway(running: Gateway) -> AsyncIterator[Gateway]:
    """A running gateway whose ledger is verified after the test."""
    yield running
    await running.verify()
