"""A sandbox on a real port, and a client of it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from grokgate.sandbox.service import Sandbox
from tests.support.clock import FakeClock


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    running = Sandbox(FakeClock())
    yield running
    await running.stop()


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    url = await sandbox.start()
    headers = {"authorization": "Bearer xai-test-key"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=10) as opened:
        yield opened
