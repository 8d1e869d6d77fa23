"""A server on real sockets: health, reflection, caps, stopping."""

import asyncio
import contextlib
import socket
import stat
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.wrappers_pb2 import StringValue
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub

from grokgate.api.text.v1 import text_pb2
from grokgate.chassis.errors import StartupError
from grokgate.chassis.rooms import Room
from grokgate.chassis.rpc_types import Context
from grokgate.chassis.serving import WireServer
from tests.chassis.echo_room import (
    MESSAGE_CAP_BYTES,
    METHODS,
    SERVICE,
    EchoRoom,
    ask,
    begin,
    channel_to,
    serving,
)

SERVING = HealthCheckResponse.SERVING
NOT_SERVING = HealthCheckResponse.NOT_SERVING
TEXT_SERVICE = "grokgate.api.text.v1.TextService"


class TextRoom(EchoRoom):
    """Claims a service of a real contract, for reflection to describe."""

    service_names = (text_pb2.DESCRIPTOR.services_by_name["TextService"].full_name,)


class Holding:
    """A behaviour that waits until it is let go."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.let_go = asyncio.Event()

    async def __call__(self, _context: Context) -> None:
        self.begun.set()
        await self.let_go.wait()


def wire_server(address: str, room: Room | None = None, **options: Any) -> WireServer:
    return WireServer(
        address,
        [room or EchoRoom()],
        interceptors=[],
        message_cap_bytes=MESSAGE_CAP_BYTES,
        **options,
    )


async def check(channel: grpc.aio.Channel, service: str = "") -> int:
    stub: Any = HealthStub(channel)
    status: int = (await stub.Check(HealthCheckRequest(service=service))).status
    return status


async def reflect(channel: Any, request: ServerReflectionRequest) -> Any:
    stub: Any = ServerReflectionStub(channel)
    return await stub.ServerReflectionInfo(iter([request])).read()


@pytest.fixture
def socket_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Short, since a socket's path has room for 107 bytes."""
    return tmp_path_factory.mktemp("s") / "echo.sock"


async def test_health_says_not_serving_until_told_otherwise() -> None:
    server = wire_server("127.0.0.1:0")
    address = await server.start()
    async with grpc.aio.insecure_channel(address) as channel:
        assert await check(channel) == NOT_SERVING
        await server.set_serving(serving=True)
        assert [await check(channel), await check(channel, SERVICE)] == [SERVING, SERVING]
        await server.set_serving(serving=False)
        assert [await check(channel), await check(channel, SERVICE)] == [NOT_SERVING, NOT_SERVING]
    await server.stop(0)


async def test_health_knows_no_service_that_is_not_here() -> None:
    async with channel_to(EchoRoom()) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await check(channel, "grokgate.tests.Other")
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_reflection_lists_the_services() -> None:
    async with channel_to(TextRoom()) as channel:
        answer = await reflect(channel, ServerReflectionRequest(list_services=""))
    names = {service.name for service in answer.list_services_response.service}
    assert names == {
        TEXT_SERVICE,
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    }


async def test_reflection_describes_a_service() -> None:
    async with channel_to(TextRoom()) as channel:
        answer = await reflect(
            channel, ServerReflectionRequest(file_containing_symbol=TEXT_SERVICE)
        )
    described = b"".join(answer.file_descriptor_response.file_descriptor_proto)
    assert b"GenerateRequest" in described


@pytest.mark.parametrize("method", METHODS)
async def test_a_unix_socket_serves_every_kind_of_method(socket_path: Path, method: str) -> None:
    async with channel_to(EchoRoom(), address=f"unix:{socket_path}") as channel:
        assert await ask(channel, method) == ["hello"]


async def test_a_unix_socket_is_for_its_owner_alone(socket_path: Path) -> None:
    async with serving(EchoRoom(), f"unix:{socket_path}") as (_, address):
        assert address == f"unix:{socket_path}"
        assert stat.S_IMODE(socket_path.stat().st_mode) == 0o600


async def test_the_socket_of_a_dead_server_is_replaced(socket_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(socket_path))
    async with channel_to(EchoRoom(), address=f"unix:{socket_path}") as channel:
        assert await ask(channel, "UnaryUnary") == ["hello"]


async def test_the_socket_of_a_living_server_is_not_taken(socket_path: Path) -> None:
    address = f"unix:{socket_path}"
    async with channel_to(EchoRoom(), address=address) as channel:
        with pytest.raises(StartupError, match="Another server listens"):
            await wire_server(address).start()
        assert await ask(channel, "UnaryUnary") == ["hello"]


async def test_a_port_that_is_taken_is_refused() -> None:
    async with serving(EchoRoom()) as (_, address):
        with pytest.raises(StartupError, match=f"Cannot listen on {address}"):
            await wire_server(address).start()


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", "192.0.2.1:50051"])
def test_plaintext_for_other_machines_is_refused(address: str) -> None:
    with pytest.raises(StartupError, match="plain text"):
        wire_server(address)


async def test_plaintext_for_other_machines_may_be_allowed() -> None:
    async with serving(EchoRoom(), "0.0.0.0:0", allow_plaintext=True) as (_, address):
        host, _, port = address.rpartition(":")
        assert host == "0.0.0.0"  # noqa: S104  # what was asked for
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            assert await ask(channel, "UnaryUnary") == ["hello"]


def text_of(message_bytes: int) -> str:
    """A text whose message has a size."""
    framing_bytes = StringValue(value="x" * message_bytes).ByteSize() - message_bytes
    return "x" * (message_bytes - framing_bytes)


async def test_a_message_above_the_cap_is_refused_by_the_server() -> None:
    no_caps = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
    async with (
        serving(EchoRoom()) as (_, address),
        grpc.aio.insecure_channel(address, options=no_caps) as channel,
    ):
        largest = text_of(MESSAGE_CAP_BYTES)
        assert await ask(channel, "UnaryUnary", largest) == [largest]
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await ask(channel, "UnaryUnary", largest + "x")
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_message_above_the_cap_is_not_sent_by_a_channel() -> None:
    async with channel_to(EchoRoom()) as channel:
        largest = text_of(MESSAGE_CAP_BYTES)
        assert await ask(channel, "UnaryUnary", largest) == [largest]
        with pytest.raises(grpc.aio.AioRpcError, match="CLIENT: Sent message larger") as caught:
            await ask(channel, "UnaryUnary", largest + "x")
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def connection_refused(address: str) -> None:
    """Returns once nobody accepts connections there; the last one may be reset."""
    host, _, port = address.rpartition(":")
    with contextlib.suppress(ConnectionRefusedError, ConnectionResetError):
        while True:
            _, writer = await asyncio.open_connection(host, int(port))
            writer.close()
            await writer.wait_closed()


async def test_a_call_under_way_is_finished_and_new_connections_are_refused() -> None:
    holding = Holding()
    async with (
        serving(EchoRoom(holding)) as (server, address),
        grpc.aio.insecure_channel(address) as channel,
    ):
        under_way = asyncio.create_task(ask(channel, "UnaryUnary"))
        await holding.begun.wait()
        stopping = asyncio.create_task(server.stop(grace_s=60))
        await connection_refused(address)
        holding.let_go.set()
        assert await under_way == ["hello"]
        await stopping


async def test_a_call_that_outlasts_the_grace_is_cancelled() -> None:
    holding = Holding()
    async with (
        serving(EchoRoom(holding)) as (server, address),
        grpc.aio.insecure_channel(address) as channel,
    ):
        call = begin(channel, "UnaryUnary")
        await holding.begun.wait()
        await server.stop(grace_s=0.05)
        assert await call.code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}


async def test_whoever_watches_health_learns_of_the_end_and_does_not_delay_it() -> None:
    server = wire_server("127.0.0.1:0")
    address = await server.start()
    async with grpc.aio.insecure_channel(address) as channel:
        stub: Any = HealthStub(channel)
        watch = stub.Watch(HealthCheckRequest())
        assert (await watch.read()).status == NOT_SERVING
        await server.set_serving(serving=True)
        assert (await watch.read()).status == SERVING
        async with asyncio.timeout(30):
            await server.stop(grace_s=3_600)
        assert (await watch.read()).status == NOT_SERVING
        assert await watch.code() is grpc.StatusCode.OK


async def test_a_server_that_never_started_may_be_stopped() -> None:
    server = wire_server("127.0.0.1:0")
    await server.stop(0)
    with pytest.raises(StartupError, match="no address"):
        await wire_server("nonsense", allow_plaintext=True).start()
