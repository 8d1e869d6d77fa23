"""A whole gateway for a test: in this process, or as one process a service, with its own upstream.

Both are the code that operators run, over real sockets, with a real ledger in a file.
"""

import asyncio
import os
import shutil
import socket
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import grpc
import httpx

from grokgate.api.billing.v1.account_pb2 import KeyPolicy
from grokgate.api.billing.v1.admin_pb2 import (
    AddCreditRequest,
    IssueKeyRequest,
    ListHoldsRequest,
    OpenAccountRequest,
    VerifyLedgerRequest,
)
from grokgate.api.billing.v1.admin_pb2_grpc import AdminServiceStub
from grokgate.chassis.credentials import admin_metadata
from grokgate.launch.building import Building
from grokgate.launch.secret_store import SecretStore
from grokgate.launch.settings import Settings
from grokgate.launch.together import Together
from grokgate.sandbox.service import Sandbox
from tests.support.processes import kill_service

if TYPE_CHECKING:
    from grokgate.api.billing.v1.admin_pb2_grpc import AdminServiceAsyncStub

USD = 10**10
_PATIENCE_S = 60


class Gateway(ABC):
    """A running gateway; `settings` are those of `grokgate.launch.settings`, by name."""

    def __init__(self, **settings: Any) -> None:
        # A short path: Unix sockets live in it.
        self.state_dir = Path(tempfile.mkdtemp(prefix="gg-"))
        self.sandbox = Sandbox()
        self.options = settings
        self.url = ""
        self.http = httpx.AsyncClient(timeout=60, trust_env=False)
        self._accounts = 0
        self._stops = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._stops.callback(shutil.rmtree, self.state_dir)
        self._stops.push_async_callback(self.http.aclose)
        upstream = await self.sandbox.start()
        self._stops.push_async_callback(self.sandbox.stop)
        defaults = {
            "state_dir": self.state_dir,
            "xai_api_key": "xai-test",
            "xai_base_url": f"{upstream}/v1",
            "compatible_base_url": f"{upstream}{Sandbox.compatible_path}",
            "compatible_api_key": "sk-test",
        }
        await self._start(defaults | self.options)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stops.aclose()

    @abstractmethod
    async def _start(self, settings: dict[str, Any]) -> None:
        """Serve, and set `url`."""

    @abstractmethod
    def channel(self, service: str) -> grpc.aio.Channel:
        """A channel over the wire to the billing or text service."""

    @property
    def admin_metadata(self) -> Any:
        return admin_metadata(SecretStore(self.state_dir / "secrets").token("admin"), "a test")

    @property
    def admin(self) -> "AdminServiceAsyncStub":
        return AdminServiceStub(self.channel("billing"))

    async def open_account(self, usd_ticks: int = 10 * USD) -> str:
        """A new account with credit."""
        self._accounts += 1
        account = f"account-{self._accounts}"
        metadata = self.admin_metadata
        await self.admin.OpenAccount(OpenAccountRequest(id=account, name="A"), metadata=metadata)
        if usd_ticks:
            credit = AddCreditRequest(id=f"{account}-1", account_id=account, usd_ticks=usd_ticks)
            await self.admin.AddCredit(credit, metadata=metadata)
        return account

    async def issue_key(self, account: str, **policy: Any) -> str:
        """A new key of an account."""
        request = IssueKeyRequest(account_id=account, name="K", policy=KeyPolicy(**policy))
        return (await self.admin.IssueKey(request, metadata=self.admin_metadata)).secret

    async def new_key(self, usd_ticks: int = 10 * USD, **policy: Any) -> str:
        """A key of a new account with credit."""
        return await self.issue_key(await self.open_account(usd_ticks), **policy)

    async def ask(self, key: str, text: str = "Hello", **fields: Any) -> httpx.Response:
        """POST /v1/responses."""
        body: dict[str, Any] = {"model": "xai/grok-4.3", "input": text, **fields}
        return await self.http.post(
            f"{self.url}/v1/responses", json=body, headers={"authorization": f"Bearer {key}"}
        )

    def stream(self, key: str, text: str) -> AbstractAsyncContextManager[httpx.Response]:
        """POST /v1/responses, streamed; to leave the block is to leave the stream."""
        body = {"model": "xai/grok-4.3", "input": text, "stream": True}
        headers = {"authorization": f"Bearer {key}"}
        return self.http.stream("POST", f"{self.url}/v1/responses", json=body, headers=headers)

    async def get(self, key: str, path: str) -> Any:
        response = await self.http.get(
            f"{self.url}{path}", headers={"authorization": f"Bearer {key}"}
        )
        assert response.status_code == httpx.codes.OK, response.text
        return response.json()

    @property
    def billed_usd_ticks(self) -> int:
        """What the upstream really bills for all that it was asked."""
        return sum(received.cost_usd_ticks for received in self.sandbox.requests)

    async def held(self, key: str) -> None:
        """Return once the key's account has a hold."""

        async def holds() -> bool:
            return bool((await self.get(key, "/v1/balance"))["held_usd_ticks"])

        await until(holds)

    async def settled(self) -> None:
        """Return once no hold is open."""

        async def none_is_open() -> bool:
            request = ListHoldsRequest()
            return not (await self.admin.ListHolds(request, metadata=self.admin_metadata)).holds

        await until(none_is_open)

    async def row(self, key: str) -> dict[str, Any]:
        """The key's one row of usage, once no hold is open."""
        await self.settled()
        [row] = (await self.get(key, "/v1/usage"))["data"]
        assert isinstance(row, dict)
        return row

    async def verify(self) -> None:
        """No hold is open and every invariant of the ledger stands."""
        await self.settled()
        result = await self.admin.VerifyLedger(VerifyLedgerRequest(), metadata=self.admin_metadata)
        assert list(result.problems) == []


class TogetherGateway(Gateway):
    """Every room in this process, with the in-process channel proving its promises."""

    async def _start(self, settings: dict[str, Any]) -> None:
        building = Building(
            Settings(_env_file=None, port=0, **settings),  # type: ignore[call-arg]  # pydantic-settings' own
            prove_messages_untouched=True,
        )
        whole = Together(building)
        await whole.start()
        self._stops.push_async_callback(whole.stop)
        self._channel = building.channel("grpc")
        self._stops.push_async_callback(self._channel.close)
        self.url = whole.url

    def channel(self, service: str) -> grpc.aio.Channel:  # noqa: ARG002  # one socket for all
        return self._channel


class LaunchedGateway(Gateway):
    """`grokgate serve`, as operators run it; it may end, and be started again."""

    what: ClassVar[str]
    process: asyncio.subprocess.Process

    async def _start(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        port = free_port()
        names = {"xai_api_key": "XAI_API_KEY"}
        environment = {
            names.get(name, f"GROKGATE_{name.upper()}"): str(value)
            for name, value in (settings | {"port": port}).items()
        }
        with (self.state_dir / "log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-W", "error", "-m", "grokgate.launch", "serve", self.what),
                env=os.environ | environment,
                cwd=self.state_dir,
                stdout=log,
                stderr=log,
            )
        self._stops.push_async_callback(_terminate, self.process)
        self.url = f"http://127.0.0.1:{port}"
        self._building = Building(Settings(_env_file=None, **settings))  # type: ignore[call-arg]  # pydantic-settings' own
        self._channels: dict[str, grpc.aio.Channel] = {}
        await self._ready()

    async def restart(self) -> None:
        """Serve again over the same state, after the process has ended."""
        await self._start(self._settings)

    def channel(self, service: str) -> grpc.aio.Channel:
        if service not in self._channels:
            channel = self._channels[service] = self._building.channel(self._socket(service))
            self._stops.push_async_callback(channel.close)
        return self._channels[service]

    @abstractmethod
    async def kill(self, service: str) -> None:
        """kill -9 of the process that runs a service; returns when the whole gateway has ended."""

    @abstractmethod
    def _socket(self, service: str) -> str:
        """Whose socket serves a service."""

    async def _ready(self) -> None:
        async def answers() -> bool:
            assert self.process.returncode is None, (self.state_dir / "log").read_text()
            try:
                return (await self.http.get(f"{self.url}/readyz")).is_success
            except httpx.TransportError:
                return False

        await until(answers)


class AllGateway(LaunchedGateway):
    """Every room in one process, which is not this one."""

    what = "all"

    async def kill(self, service: str) -> None:  # noqa: ARG002  # one process for all
        self.process.kill()
        await self.process.wait()

    def _socket(self, service: str) -> str:  # noqa: ARG002  # one socket for all
        return "grpc"


class SplitGateway(LaunchedGateway):
    """One process a service, over Unix sockets."""

    what = "split"

    async def kill(self, service: str) -> None:
        kill_service(self.process.pid, service)
        await self.process.wait()

    def _socket(self, service: str) -> str:
        return service


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Return once another process's state is as wished; it cannot be awaited, only asked for."""
    async with asyncio.timeout(_PATIENCE_S):
        while not await condition():  # noqa: ASYNC110  # there is no event to wait for
            await asyncio.sleep(0.02)


async def _terminate(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    await process.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


GATEWAYS: dict[str, type[Gateway]] = {"together": TogetherGateway, "split": SplitGateway}
LAUNCHED: dict[str, type[LaunchedGateway]] = {"all": AllGateway, "split": SplitGateway}
