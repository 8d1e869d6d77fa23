"""Metrics of a process that has no other HTTP."""

import asyncio

import httpx
import pytest

from grokgate.chassis.errors import StartupError
from grokgate.chassis.metrics import Metrics
from grokgate.chassis.metrics_listener import MetricsListener


async def test_a_scraper_reads_the_metrics_until_the_listener_stops() -> None:
    metrics = Metrics()
    metrics.rpc_observer("a/B")("OK", 1)
    listener = MetricsListener(metrics, "127.0.0.1:0")
    url = listener.start()
    answer = await asyncio.to_thread(httpx.get, url, trust_env=False)
    assert 'grokgate_rpc_seconds_count{code="OK",rpc="a/B"} 1.0' in answer.text
    await listener.stop()
    with pytest.raises(httpx.ConnectError):
        await asyncio.to_thread(httpx.get, url, trust_env=False)


async def test_a_taken_address_is_one_clear_line() -> None:
    first = MetricsListener(Metrics(), "127.0.0.1:0")
    address = first.start().removeprefix("http://").removesuffix("/metrics")
    try:
        with pytest.raises(StartupError, match=f"Cannot serve metrics at {address}"):
            MetricsListener(Metrics(), address).start()
    finally:
        await first.stop()


async def test_a_listener_that_never_started_stops() -> None:
    listener = MetricsListener(Metrics(), "nonsense")
    with pytest.raises(StartupError, match="host:port"):
        listener.start()
    await listener.stop()
