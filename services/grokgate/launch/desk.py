"""An operator's desk: the Admin RPCs of the running gateway, one after the other."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import grpc
import uvloop

from grokgate.api.billing.v1.admin_pb2 import BackupLedgerRequest
from grokgate.api.billing.v1.admin_pb2_grpc import AdminServiceStub
from grokgate.api.billing.v1.catalog_pb2 import ListModelsRequest, ListModelsResponse
from grokgate.api.billing.v1.catalog_pb2_grpc import CatalogServiceStub
from grokgate.chassis.credentials import admin_metadata
from grokgate.chassis.errors import StartupError
from grokgate.chassis.secrets import Secret
from grokgate.chassis.statuses import from_rpc_error
from grokgate.launch.reaching import Door, billing_channel
from grokgate.launch.secret_store import SecretStore
from grokgate.launch.settings import read_settings

if TYPE_CHECKING:
    from grpc.aio import UnaryUnaryMultiCallable

    from grokgate.api.billing.v1.admin_pb2_grpc import AdminServiceAsyncStub

RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")

_ANSWER_TIMEOUT_S = 60


class Desk:
    """Asks for an operator, whose name signs the audit rows."""

    def __init__(
        self, runner: asyncio.Runner, channel: grpc.aio.Channel, token: Secret, operator: str
    ) -> None:
        self._runner = runner
        self._admin = AdminServiceStub(channel)
        self._catalog = CatalogServiceStub(channel)
        self._metadata = admin_metadata(token, operator)

    def ask(
        self,
        rpc: "Callable[[AdminServiceAsyncStub], UnaryUnaryMultiCallable[RequestT, ResponseT]]",
        request: RequestT,
        timeout_s: float | None = _ANSWER_TIMEOUT_S,
    ) -> ResponseT:
        """The answer of an Admin RPC; raises the error that it answers with."""

        async def answer() -> ResponseT:
            with _ours():
                return await rpc(self._admin)(request, metadata=self._metadata, timeout=timeout_s)

        return self._runner.run(answer())

    def models(self) -> ListModelsResponse:
        """The catalogue in force; raises the error that billing answers with."""

        async def answer() -> ListModelsResponse:
            with _ours():
                return await self._catalog.ListModels(
                    ListModelsRequest(), timeout=_ANSWER_TIMEOUT_S
                )

        return self._runner.run(answer())

    def copy_ledger(self, path: Path, progress: Callable[[int, int], None]) -> None:
        """Write a copy of the ledger's database to a new file, for its owner alone.

        `progress` is told how many bytes are written, and of how many. Raises StartupError when
        the copy breaks off, or the error that billing answers with.
        """
        path.touch(mode=0o600, exist_ok=False)

        async def write() -> tuple[int, int]:
            written, total = 0, 0
            with _ours(), path.open("wb") as file:
                stream = self._admin.BackupLedger(BackupLedgerRequest(), metadata=self._metadata)
                async for message in stream:
                    written += file.write(message.piece)
                    total = message.total_bytes
                    progress(written, total)
            return written, total

        written, total = self._runner.run(write())
        if written != total:
            raise StartupError(f"the copy broke off after {written} of {total} bytes. Try again.")


@contextmanager
def open_desk(door: Door | None, operator: str = "") -> Iterator[Desk]:
    """A desk at the running gateway; an operator who changes something signs with a name.

    Raises NoBillingError when no gateway answers, StartupError when there is no admin token.
    """
    settings = read_settings()
    token = SecretStore(settings.secrets_path).token("admin")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        resources = AsyncExitStack()
        try:
            channel = runner.run(resources.enter_async_context(billing_channel(settings, door)))
            yield Desk(runner, channel, token, operator)
        finally:
            runner.run(resources.aclose())


@contextmanager
def _ours() -> Iterator[None]:
    try:
        yield
    except grpc.aio.AioRpcError as exc:
        raise from_rpc_error(exc) from exc
