"""A split gateway stops within one grace that its services share."""

import asyncio
import json
from typing import Any

import httpx

from tests.support.gateway import SplitGateway


def logged(gateway: SplitGateway) -> list[str]:
    """The messages of every process's log."""
    lines = (gateway.state_dir / "log").read_text().splitlines()
    records: list[Any] = [json.loads(line) for line in lines if line.startswith("{")]
    return [record["message"] for record in records]


async def left_alone(gateway: SplitGateway, key: str) -> None:
    """A stream without an end, which the stop must cut."""
    try:
        async with gateway.stream(key, "[sandbox:silent]") as response:
            await response.aread()
    except httpx.HTTPError:
        pass


async def test_a_service_gets_what_those_before_it_left_of_the_grace() -> None:
    async with SplitGateway(shutdown_grace_s=1, log_level="INFO") as gateway:
        key = await gateway.new_key()
        stream = asyncio.create_task(left_alone(gateway, key))
        await gateway.held(key)
        gateway.process.terminate()
        assert await gateway.process.wait() == 0
        await stream
        stops = [message for message in logged(gateway) if " stops; " in message]
    assert stops[0] == "edge stops; calls under way have 1.0 s"
    assert sorted(stops[1:-1]) == [
        f"{service} stops; calls under way have 0.0 s" for service in ("media", "text", "voice")
    ]
    assert stops[-1] == "billing stops; calls under way have 0.0 s"


async def test_a_service_that_cannot_deliver_to_a_dead_billing_is_not_waited_for() -> None:
    async with SplitGateway(shutdown_grace_s=1) as gateway:
        key = await gateway.new_key()
        stream = asyncio.create_task(left_alone(gateway, key))
        await gateway.held(key)
        await gateway.kill("billing")
        assert gateway.process.returncode == 1
        await stream
        messages = logged(gateway)
        assert "text did not stop in time and is killed" in messages
        assert "media did not stop in time and is killed" not in messages
