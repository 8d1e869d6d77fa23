"""An operator's desk: the operators' RPCs of the running gateway, one after the other."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import grpc
import uvloop

from grokgate.api.billing.v1.admin_pb2 import BackupLedgerRequest
from grokgate.api.billing.v1.admin_pb2_grpc import AdminServiceStub
from grokgate.api.billing.v1.catalog_pb2 import ListModelsRequest, ListModelsResponse
from grokgate.api.billing.v1.catalog_pb2_grpc import CatalogServiceStub
from grokgate.api.media.v1.admin_pb2_grpc import VideoAdminServiceStub
from grokgate.chassis.calls import Metadata
from grokgate.chassis.credentials import admin_metadata
from grokgate.chassis.errors import GrokgateError, StartupError
from grokgate.chassis.statuses import from_rpc_error
from grokgate.launch.reaching import (
    ADMIN_SERVICE,
    VIDEO_ADMIN_SERVICE,
    Door,
    MediaDoor,
    channel_to,
)
from grokgate.launch.secret_store import SecretStore
from grokgate.launch.settings import read_settings
from grokgate.launch.typed_names import in_typed_names

if TYPE_CHECKING:
    from grpc.aio import UnaryUnaryMultiCallable

    from grokgate.api.billing.v1.admin_pb2_grpc import AdminServiceAsyncStub  # noqa: F401  # below
    from grokgate.api.media.v1.admin_pb2_grpc import (
        VideoAdminServiceAsyncStub,  # noqa: F401  # likewise, in a string
    )

StubT = TypeVar("StubT")
RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")

_ANSWER_TIMEOUT_S = 60


class AnyDesk(Generic[StubT]):
    """Asks a service's RPCs for an operator, whose name signs the audit rows."""

    def __init__(self, runner: asyncio.Runner, stub: StubT, metadata: Metadata) -> None:
        self._runner = runner
        self._stub = stub
        self._metadata = metadata

    def ask(
        self,
        rpc: "Callable[[StubT], UnaryUnaryMultiCallable[RequestT, ResponseT]]",
        request: RequestT,
        timeout_s: float | None = _ANSWER_TIMEOUT_S,
    ) -> ResponseT:
        """The answer of an RPC; raises its error in the names that an operator types."""

        async def answer() -> ResponseT:
            with _ours():
                return await rpc(self._stub)(request, metadata=self._metadata, timeout=timeout_s)

        try:
            return self._runner.run(answer())
        except GrokgateError as error:
            raise in_typed_names(error, request) from error


class Desk(AnyDesk["AdminServiceAsyncStub"]):
    """The desk at billing."""

    def __init__(
        self, runner: asyncio.Runner, channel: grpc.aio.Channel, metadata: Metadata
    ) -> None:
        super().__init__(runner, AdminServiceStub(channel), metadata)
        self._catalog = CatalogServiceStub(channel)

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
                stream = self._stub.BackupLedger(BackupLedgerRequest(), metadata=self._metadata)
                async for message in stream:
                    written += file.write(message.piece)
                    total = message.total_bytes
                    progress(written, total)
            return written, total

        written, total = self._runner.run(write())
        if written != total:
            raise StartupError(f"the copy broke off after {written} of {total} bytes. Try again.")


class VideoDesk(AnyDesk["VideoAdminServiceAsyncStub"]):
    """The desk at media."""

    def __init__(
        self, runner: asyncio.Runner, channel: grpc.aio.Channel, metadata: Metadata
    ) -> None:
        super().__init__(runner, VideoAdminServiceStub(channel), metadata)


@contextmanager
def open_desk(door: Door | None, operator: str = "") -> Iterator[Desk]:
    """A desk at billing; an operator who changes something signs with a name.

    Raises NobodyAnswersError when no billing does, StartupError when there is no admin token.
    """
    doors = [door] if door else list(Door)
    with _reached(ADMIN_SERVICE, doors, operator) as reached:
        yield Desk(*reached)


@contextmanager
def open_video_desk(door: MediaDoor | None) -> Iterator[VideoDesk]:
    """A desk at media. Raises as `open_desk`."""
    doors = [door] if door else list(MediaDoor)
    with _reached(VIDEO_ADMIN_SERVICE, doors) as reached:
        yield VideoDesk(*reached)


@contextmanager
def _reached(
    service: str, doors: Sequence[Door] | Sequence[MediaDoor], operator: str = ""
) -> Iterator[tuple[asyncio.Runner, grpc.aio.Channel, Metadata]]:
    """What a desk works with."""
    settings = read_settings()
    token = SecretStore(settings.secrets_path).token("admin")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        resources = AsyncExitStack()
        try:
            channel = runner.run(
                resources.enter_async_context(channel_to(service, doors, settings))
            )
            yield runner, channel, admin_metadata(token, operator)
        finally:
            runner.run(resources.aclose())


@contextmanager
def _ours() -> Iterator[None]:
    try:
        yield
    except grpc.aio.AioRpcError as exc:
        raise from_rpc_error(exc) from exc
