"""A call that never left the edge may be made again; one that did may have been charged."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import grpc.aio
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from grokgate.api.media.v1.media_pb2 import GenerateImagesRequest
from grokgate.api.media.v1.media_pb2_grpc import MediaServiceStub
from grokgate.chassis.calls import Call
from grokgate.chassis.channels import open_channel
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.health import WHOLE_SERVER
from grokgate.chassis.inprocess_channel import InProcessChannel
from grokgate.chassis.inprocess_server import InProcessServer
from grokgate.chassis.secrets import Secret
from grokgate.edge.rpcs import ask

CAP_BYTES = 1024 * 1024


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@asynccontextmanager
async def nobody_listens(_: Path) -> AsyncIterator[grpc.aio.Channel]:
    yield open_channel(f"127.0.0.1:{free_port()}", message_cap_bytes=CAP_BYTES)


@asynccontextmanager
async def no_socket(folder: Path) -> AsyncIterator[grpc.aio.Channel]:
    yield open_channel(f"unix:{folder}/none.sock", message_cap_bytes=CAP_BYTES)


@asynccontextmanager
async def one_plain_address(_: Path) -> AsyncIterator[grpc.aio.Channel]:
    yield grpc.aio.insecure_channel(f"127.0.0.1:{free_port()}")


@asynccontextmanager
async def not_healthy(_: Path) -> AsyncIterator[grpc.aio.Channel]:
    server, says = grpc.aio.server(), health.aio.HealthServicer()
    await says.set(WHOLE_SERVER, health_pb2.HealthCheckResponse.NOT_SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(says, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield open_channel(f"127.0.0.1:{port}", message_cap_bytes=CAP_BYTES)
    await server.stop(None)


@asynccontextmanager
async def stopped_in_the_process(_: Path) -> AsyncIterator[grpc.aio.Channel]:
    server = InProcessServer([], max_message_bytes=CAP_BYTES, prove_messages_untouched=True)
    await server.start()
    await server.stop(None)
    yield InProcessChannel(server)


@pytest.mark.parametrize(
    "unreachable",
    [nobody_listens, no_socket, one_plain_address, not_healthy, stopped_in_the_process],
)
async def test_a_call_that_never_left_may_be_made_again(
    unreachable: Callable[[Path], AbstractAsyncContextManager[grpc.aio.Channel]], tmp_path: Path
) -> None:
    async with unreachable(tmp_path) as channel:
        asking = MediaServiceStub(channel).GenerateImages
        with pytest.raises(GrokgateError) as caught:
            await ask(asking, GenerateImagesRequest(), Call(Secret("k"), "req_1"), 20)
        await channel.close()
    assert caught.value.reason is Reason.OVERLOADED
    assert "Try again soon" in caught.value.message
    assert not caught.value.upstream_started
