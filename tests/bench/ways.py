"""The ways to the answer that are compared: directly, and through a gateway as operators run it."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import grpc
import httpx

from grokgate.launch.secret_store import SecretStore
from tests.bench.books import Books
from tests.bench.processes import start, stop

_READY_TIMEOUT_S = 60
_READY_POLL_S = 0.05
# Where billing is asked, in the state folder.
_SOCKETS = {"all": "grokgate.sock", "split": "billing.sock"}


@dataclass(frozen=True, slots=True)
class Way:
    """Where to ask on 127.0.0.1. `pid` is the process whose CPU, with its descendants', is told.

    `books` is None where nothing is charged.
    """

    name: str
    port: int
    api_key: str
    pid: int
    books: Books | None = None


@asynccontextmanager
async def direct() -> AsyncIterator[Way]:
    """The cheap upstream itself."""
    process = await start("tests.bench.upstream")
    try:
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        yield Way("direct", port, "xai-bench", process.pid)
    finally:
        await stop(process)


@asynccontextmanager
async def gateway(
    name: str,
    what: str,
    upstream: Way,
    state_dir: Path,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> AsyncIterator[Way]:
    """`grokgate serve all` or `serve split`, with the defaults of its settings but for some."""
    port = _free_port()
    environment = {
        "GROKGATE_STATE_DIR": str(state_dir),
        "GROKGATE_PORT": str(port),
        "GROKGATE_XAI_BASE_URL": f"http://127.0.0.1:{upstream.port}/v1",
        "XAI_API_KEY": upstream.api_key,
    }
    state_dir.mkdir(mode=0o700)
    with (state_dir / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "grokgate.launch", "serve", what),
            env=_without_settings(os.environ) | environment | dict(settings),
            cwd=state_dir,
            stdout=log,
            stderr=log,
        )
    try:
        await _ready(port, process, state_dir / "log")
        async with grpc.aio.insecure_channel(f"unix:{state_dir / _SOCKETS[what]}") as billing:
            books = Books(billing, SecretStore(state_dir / "secrets").token("admin"))
            yield Way(name, port, await books.open(), process.pid, books)
    finally:
        await stop(process)


async def _ready(port: int, process: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(_READY_TIMEOUT_S), httpx.AsyncClient(trust_env=False) as client:
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"The gateway did not start:\n{log.read_text()}")
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(_READY_POLL_S)


def _without_settings(environment: os._Environ[str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith("GROKGATE_")}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
