"""SIGTERM under load: nothing new is taken, calls under way end whole, billing stops last."""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from grokgate.api.text.v1.text_pb2 import (
    ContentPart,
    GenerateRequest,
    InputItem,
    Message,
    StreamGenerateRequest,
)
from grokgate.api.text.v1.text_pb2_grpc import TextServiceStub
from grokgate.launch.secret_store import PAID_SERVICES
from grokgate.launch.split import SERVICES
from tests.support.gateway import LAUNCHED, USD, LaunchedGateway, until
from tests.support.streams import read_events

CREDIT = 1_000 * USD
STREAMS, ANSWERS, DIRECT_STREAMS = 30, 8, 4
# The processes below the one that gets the signal, in the order in which they must end.
PROCESSES = {"all": [], "split": [{"edge"}, {*PAID_SERVICES}, {"billing"}]}


class Load:
    """Calls under way, and the story of a stop as it happens: who was refused, answered, ended."""

    def __init__(self, gateway: LaunchedGateway, key: str) -> None:
        self.story: list[str] = []
        self.costs: dict[str, int] = {}
        self._gateway = gateway
        self._text = TextServiceStub(gateway.channel("text"))
        self._key = key

    async def stream(self, number: int) -> None:
        """A stream that ends whole."""
        wish = f"[sandbox:words={40 + number % 7}][sandbox:delay=0.04]"
        async with self._gateway.stream(self._key, wish) as response:
            text = (await response.aread()).decode()
        assert text.endswith("data: [DONE]\n\n")
        last = read_events(text)[-1]
        assert last["type"] == "response.completed"
        self._note_answer(response, last["response"])

    async def answer(self, number: int) -> None:
        """An answer in one piece."""
        wish = f"[sandbox:words={40 + number}][sandbox:slow=3]"
        response = await self._gateway.ask(self._key, wish)
        assert response.status_code == httpx.codes.OK
        self._note_answer(response, response.json())

    async def stream_directly(self, number: int) -> None:
        """A stream of an internal caller, so long that it is under way when the edge has ended."""
        part = ContentPart(text=f"[sandbox:words={100 + number}][sandbox:delay=0.04]")
        prompt = InputItem(message=Message(role="user", content=[part]))
        call: Any = self._text.StreamGenerate(
            StreamGenerateRequest(generation=GenerateRequest(model="grok-4.3", input=[prompt])),
            metadata=(("authorization", f"Bearer {self._key}"),),
        )
        pages = [page async for page in call]
        assert pages[-1].events[-1].finished.charge.usd_ticks > 0
        self.story.append("answered directly")

    async def watch_health(self) -> None:
        """The text service's health: NOT_SERVING before calls are refused."""
        stub: Any = HealthStub(self._gateway.channel("text"))
        watch = stub.Watch(HealthCheckRequest())
        statuses = [(await watch.read()).status for _ in range(2)]
        assert statuses == [HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING]
        await until(self._text_refuses)
        self.story.append("refused directly")

    async def watch_readiness(self) -> None:
        """The edge's readiness: once gone it does not come back; then no connection is taken."""
        statuses: list[int] = []

        async def refuses() -> bool:
            try:
                answer = await self._gateway.http.get(f"{self._gateway.url}/readyz")
            except httpx.ConnectError:
                return True
            except httpx.RemoteProtocolError:  # on a connection that was being closed
                return False
            statuses.append(answer.status_code)
            return False

        await until(refuses)
        assert statuses == sorted(statuses)
        self.story.append("refused")

    async def _text_refuses(self) -> bool:
        try:
            await self._text.Generate(GenerateRequest())  # without a key, lest it be answered
        except grpc.aio.AioRpcError as error:
            return error.code() is grpc.StatusCode.UNAVAILABLE
        raise AssertionError("answered without a key")

    def _note_answer(self, response: httpx.Response, answer: dict[str, Any]) -> None:
        self.costs[response.headers["x-request-id"]] = answer["usage"]["cost_in_usd_ticks"]
        self.story.append("answered")

    @contextlib.contextmanager
    def watch_processes(self) -> Iterator[None]:
        """The ends of the processes below the gateway's first one."""
        loop = asyncio.get_running_loop()

        def note(name: str, descriptor: int) -> None:
            loop.remove_reader(descriptor)
            self.story.append(name)

        with contextlib.ExitStack() as stack:
            for name, pid in _children(self._gateway.process.pid).items():
                descriptor = os.pidfd_open(pid)
                stack.callback(os.close, descriptor)
                loop.add_reader(descriptor, note, name, descriptor)
            yield


def _children(pid: int) -> dict[str, int]:
    """The processes below one, by the service that each serves."""
    children = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        words = Path(f"/proc/{child}/cmdline").read_text().split("\0")
        children[words[words.index("serve") + 1]] = int(child)
    return children


async def all_asked(gateway: LaunchedGateway) -> bool:
    """Whether every call has reached upstream."""
    return len(gateway.sandbox.requests) == STREAMS + ANSWERS + DIRECT_STREAMS


@pytest.mark.parametrize("kind", sorted(LAUNCHED))
async def test_a_stop_under_load_tears_no_stream_and_loses_no_row(kind: str) -> None:
    async with LAUNCHED[kind]() as gateway:
        key = await gateway.new_key(CREDIT)
        load = Load(gateway, key)
        with load.watch_processes():
            async with asyncio.TaskGroup() as calls:
                calls.create_task(load.watch_health())
                for number in range(STREAMS):
                    calls.create_task(load.stream(number))
                for number in range(ANSWERS):
                    calls.create_task(load.answer(number))
                for number in range(DIRECT_STREAMS):
                    calls.create_task(load.stream_directly(number))
                await until(partial(all_asked, gateway))
                assert load.story == []
                gateway.process.terminate()
                calls.create_task(load.watch_readiness())
            assert await gateway.process.wait() == 0
        ends = iter(each for each in load.story if each in SERVICES)
        for together in PROCESSES[kind]:
            assert {next(ends) for _ in together} == together
        happened = load.story.index
        assert happened("refused") < happened("answered")
        assert happened("refused directly") < happened("answered directly")

        await gateway.restart()
        rows = (await gateway.get(key, "/v1/usage?limit=1000"))["data"]
        charges = {row["request_id"]: row["charge_usd_ticks"] for row in rows}
        assert load.costs.items() <= charges.items()
        billed = [call.cost_usd_ticks for call in gateway.sandbox.requests]
        assert sorted(charges.values()) == sorted(billed)
        assert {(row["basis"], row["status"]) for row in rows} == {("provider", "completed")}
        await gateway.verify()
