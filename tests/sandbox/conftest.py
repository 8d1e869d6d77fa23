"""A sandbox on a real port, and a client of it."""

import ssl
from collections.abc import AsyncIterator

import httpx
import pytest

from grokgate.sandbox.service import Sandbox
from tests.support.clock import FakeClock

# Nothing here speaks TLS, and a client that loads its own certificates takes as long as a test.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def sandbox(clock: FakeClock) -> AsyncIterator[Sandbox]:
    running = Sandbox(clock)
    yield running
    await running.stop()


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    url = await sandbox.start()
    headers = {"authorization": "Bearer xai-test-key"}
    async with httpx.AsyncClient(
        base_url=url, headers=headers, timeout=10, verify=NO_TLS
    ) as opened:
        yield opened
