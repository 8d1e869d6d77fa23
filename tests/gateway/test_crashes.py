"""kill -9 in the middle of a call: after the restart the money adds up and nothing stays held."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from grokgate.sandbox.service import Sandbox
from tests.support.gateway import USD, until
from tests.support.processes import kill_service


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path, since Unix sockets live in it."""
    with tempfile.TemporaryDirectory(prefix="gg-") as name:
        yield Path(name)


@pytest_asyncio.fixture
async def upstream() -> AsyncIterator[str]:
    sandbox = Sandbox()
    yield await sandbox.start()
    await sandbox.stop()


class Client:
    """The demo key's view of a gateway."""

    def __init__(self, folder: Path, http: httpx.AsyncClient) -> None:
        lines = (folder / "var" / "demo.env").read_text().splitlines()
        self._url, key = (line.partition("=")[2] for line in lines)
        self._http = http
        self._headers = {"authorization": f"Bearer {key}"}

    async def ask(self, text: str) -> httpx.Response:
        body = {"model": "grok-4.3", "input": text}
        return await self._http.post(f"{self._url}/v1/responses", json=body, headers=self._headers)

    async def get(self, path: str) -> Any:
        return (await self._http.get(f"{self._url}{path}", headers=self._headers)).json()

    async def held(self) -> bool:
        return bool((await self.get("/v1/balance"))["held_usd_ticks"])

    async def nothing_held(self) -> bool:
        return not await self.held()


@asynccontextmanager
async def running(
    folder: Path, what: str, upstream: str, port: int
) -> AsyncIterator[tuple[asyncio.subprocess.Process, Client]]:
    settings = {
        "GROKGATE_PORT": str(port),
        "GROKGATE_HOLD_EXPIRY_S": "3",
        "GROKGATE_SHUTDOWN_GRACE_S": "1",
        "GROKGATE_XAI_BASE_URL": f"{upstream}/v1",
        "XAI_API_KEY": "xai-test",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "grokgate.launch", "serve", what, "--demo"),
        cwd=folder,
        env=os.environ | settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        await process.stdout.readuntil(b"Ctrl-C.")
    async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
        yield process, Client(folder, http)
    if process.returncode is None:
        process.terminate()
    await process.communicate()


async def answered(call: asyncio.Task[httpx.Response]) -> bool:
    try:
        return (await call).is_success
    except httpx.TransportError:
        return False


async def verified(folder: Path, *options: str) -> bool:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "grokgate.launch", "ledger", "verify", *options),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    return b"The ledger is sound." in output


async def nobody_runs_in(folder: Path) -> bool:
    """Whether no process has the folder as its own, orphans included."""
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and (entry / "cwd").readlink() == folder:
                return False
        except OSError:
            continue
    return True


@pytest.mark.parametrize("victim", ["all", "split", "edge", "text", "billing"])
async def test_a_killed_process_leaves_a_sound_ledger_and_no_hold(
    folder: Path, upstream: str, victim: str, unused_tcp_port: int
) -> None:
    what = "all" if victim == "all" else "split"
    async with running(folder, what, upstream, unused_tcp_port) as (process, client):
        assert (await client.ask("Hello")).status_code == 200
        call = asyncio.create_task(client.ask("[sandbox:slow=30]"))
        await until(client.held)
        if victim == what:
            process.kill()
        else:
            kill_service(process.pid, victim)
        assert not await answered(call)
        await process.wait()
        await until(partial(nobody_runs_in, folder))
    async with running(folder, what, upstream, unused_tcp_port) as (_, client):
        await until(client.nothing_held)
        assert await verified(folder)
        rows = (await client.get("/v1/usage"))["data"]
        charged = sum(row["charge_usd_ticks"] for row in rows)
        assert (await client.get("/v1/balance"))["posted_usd_ticks"] == 10 * USD - charged
        assert min(row["status"] for row in rows) == "completed"
        assert len(rows) == 2
