"""Channels over the wire: balancing, reconnection, and what they refuse."""

import asyncio
from contextlib import AsyncExitStack

import grpc
import grpc.aio
import pytest

from grokgate.chassis.channels import open_channel
from grokgate.chassis.errors import GrokgateError, Reason, StartupError
from grokgate.chassis.rpc_types import Context
from tests.chassis.echo_room import MESSAGE_CAP_BYTES, EchoRoom, ask, serving


class CountingRoom(EchoRoom):
    """Counts the calls that reach it."""

    def __init__(self) -> None:
        super().__init__(self._count)
        self.calls = 0
        self.called = asyncio.Event()

    async def _count(self, _context: Context) -> None:
        self.calls += 1
        self.called.set()


async def test_replicas_take_turns() -> None:
    first, second = CountingRoom(), CountingRoom()
    async with (
        serving(first) as (_, one),
        serving(second) as (_, two),
        open_channel(f"{one},{two}", message_cap_bytes=MESSAGE_CAP_BYTES) as channel,
    ):
        while not (first.calls and second.calls):  # until both are connected
            await ask(channel, "UnaryUnary")
        first.calls = second.calls = 0
        for _ in range(10):
            await ask(channel, "UnaryUnary")
    assert (first.calls, second.calls) == (5, 5)


async def test_a_replica_that_says_not_serving_is_left_out_until_it_serves() -> None:
    resting, working = CountingRoom(), CountingRoom()
    async with (
        serving(resting) as (server, one),
        serving(working) as (_, two),
        open_channel(f"{one},{two}", message_cap_bytes=MESSAGE_CAP_BYTES) as channel,
    ):
        await server.set_serving(serving=False)
        await asyncio.wait_for(_until_left_out(channel, resting), 30)
        before = resting.calls
        for _ in range(10):
            await ask(channel, "UnaryUnary")
        assert resting.calls == before
        await server.set_serving(serving=True)
        while resting.calls == before:
            await ask(channel, "UnaryUnary")


async def _until_left_out(channel: grpc.aio.Channel, resting: CountingRoom) -> None:
    while True:
        before = resting.calls
        for _ in range(4):
            await ask(channel, "UnaryUnary")
        if resting.calls == before:
            return


async def test_a_channel_may_be_opened_before_its_server() -> None:
    async with serving(EchoRoom()) as (_, address):
        pass
    async with open_channel(address, message_cap_bytes=MESSAGE_CAP_BYTES) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await ask(channel, "UnaryUnary")
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        async with serving(EchoRoom(), address):
            assert await ask(channel, "UnaryUnary", wait_for_ready=True) == ["hello"]


async def test_a_channel_finds_a_restarted_server_again() -> None:
    async with AsyncExitStack() as stack:
        async with serving(EchoRoom()) as (_, address):
            channel = open_channel(address, message_cap_bytes=MESSAGE_CAP_BYTES)
            await stack.enter_async_context(channel)
            assert await ask(channel, "UnaryUnary") == ["hello"]
        async with serving(EchoRoom(), address):
            assert await ask(channel, "UnaryUnary", wait_for_ready=True) == ["hello"]


async def test_a_call_that_reached_a_server_is_never_sent_again() -> None:
    room = CountingRoom()
    count = room.behave

    async def count_and_fail(context: Context) -> None:
        await count(context)
        raise GrokgateError(Reason.OVERLOADED, "Later.", retry_after_ms=1)

    room.behave = count_and_fail
    async with (
        serving(room) as (_, address),
        open_channel(address, message_cap_bytes=MESSAGE_CAP_BYTES) as channel,
    ):
        with pytest.raises(grpc.aio.AioRpcError):
            await ask(channel, "UnaryUnary")
    assert room.calls == 1


async def test_a_name_is_looked_up() -> None:
    async with serving(EchoRoom()) as (_, address):
        port = address.rpartition(":")[2]
        name = f"localhost:{port}"
        async with open_channel(name, message_cap_bytes=MESSAGE_CAP_BYTES) as channel:
            assert await ask(channel, "UnaryUnary") == ["hello"]


async def test_a_proxy_in_the_environment_is_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("http_proxy", "https_proxy", "grpc_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with (
        serving(EchoRoom()) as (_, address),
        open_channel(address, message_cap_bytes=MESSAGE_CAP_BYTES) as channel,
    ):
        assert await ask(channel, "UnaryUnary") == ["hello"]


@pytest.mark.parametrize("address", ["billing:50051", "127.0.0.1:1,10.0.0.7:1"])
async def test_plaintext_to_another_machine_is_refused_unless_allowed(address: str) -> None:
    with pytest.raises(StartupError, match="plain text"):
        open_channel(address, message_cap_bytes=1)
    channel = open_channel(address, message_cap_bytes=1, allow_plaintext=True)
    assert channel.get_state() is grpc.ChannelConnectivity.IDLE
    await channel.close()


@pytest.mark.parametrize("address", ["", "billing", "127.0.0.1:1,nonsense"])
def test_an_address_that_makes_no_sense_is_refused(address: str) -> None:
    with pytest.raises(StartupError, match="no address"):
        open_channel(address, message_cap_bytes=1, allow_plaintext=True)
