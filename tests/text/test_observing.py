"""What is measured and traced of text calls."""

import asyncio
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from grokgate.chassis.metrics import Metrics
from grokgate.chassis.open_telemetry import OpenTelemetryTracing
from tests.text.running import House, events, running_house

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Measured:
    """A metrics registry, and what it says."""

    def __init__(self) -> None:
        self.metrics = Metrics()

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)

    def upstream_calls(self, outcome: str) -> float | None:
        name = "grokgate_upstream_seconds_count"
        return self.value(name, path="/responses", outcome=outcome)


async def generate(house: House, text: str = "Hello", *more: tuple[str, str]) -> Any:
    return await house.text.Generate(house.generation(text), metadata=(*house.key, *more))


async def test_upstream_outcomes_and_overhead_are_counted(tmp_path: Path) -> None:
    measured = Measured()
    async with running_house(tmp_path, metrics=measured.metrics) as house:
        await generate(house)
        await events(house.ask())
        for asked in (generate(house, "[sandbox:400]"), _read(house, "[sandbox:400]")):
            with pytest.raises(grpc.aio.AioRpcError):
                await asked
        refused = house.generation("Hello", model="grok-99")
        with pytest.raises(grpc.aio.AioRpcError):
            await house.text.Generate(refused, metadata=house.key)
    assert measured.upstream_calls("answered") == 2
    assert measured.upstream_calls("provider_rejected") == 2
    assert measured.value("grokgate_overhead_seconds_count", service="text") == 4
    overhead_s = measured.value("grokgate_overhead_seconds_sum", service="text")
    assert overhead_s is not None
    assert overhead_s >= 0


async def _read(house: House, text: str) -> None:
    await events(house.ask(text))


async def test_a_call_without_a_caller_is_a_drain_and_still_counted(tmp_path: Path) -> None:
    measured = Measured()
    async with running_house(tmp_path, metrics=measured.metrics) as house:
        call = house.text.Generate(house.generation("[sandbox:slow=0.3]"), metadata=house.key)
        await house.reached_upstream()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        async with asyncio.timeout(5):
            while measured.value("grokgate_text_drains") != 1:  # noqa: ASYNC110  # can only be asked
                await asyncio.sleep(0)
        await house.usage()
    assert measured.value("grokgate_text_drains") == 0
    assert measured.upstream_calls("answered") == 1


@pytest.mark.parametrize(("sent", "passed_on"), [(TRACE, TRACE), ("nonsense", None), ("", None)])
async def test_a_callers_trace_reaches_upstream(
    tmp_path: Path, sent: str, passed_on: str | None
) -> None:
    async with running_house(tmp_path) as house:
        await generate(house, "Hello", ("traceparent", sent))
        assert house.received.headers.get("traceparent") == passed_on


async def test_an_upstream_call_is_a_span_in_genai_words(tmp_path: Path) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    async with running_house(tmp_path, tracing=OpenTelemetryTracing(provider)) as house:
        answer = await generate(house, "Hello", ("traceparent", TRACE))
        told = house.received.headers["traceparent"]
        await events(house.ask())
        with pytest.raises(grpc.aio.AioRpcError):
            await generate(house, "[sandbox:400]")
    whole, streamed, failed = exporter.get_finished_spans()
    assert {span.name for span in (whole, streamed, failed)} == {"chat grok-4.3"}
    assert told == f"00-4bf92f3577b34da6a3ce929d0e0e4736-{whole.context.span_id:016x}-01"
    assert _attributes(whole) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "x_ai",
        "gen_ai.request.model": "grok-4.3",
        "gen_ai.response.id": _attributes(whole)["gen_ai.response.id"],
        "gen_ai.usage.input_tokens": answer.usage.input_tokens,
        "gen_ai.usage.output_tokens": answer.usage.output_tokens,
    }
    assert _attributes(streamed).keys() == _attributes(whole).keys()
    assert _attributes(failed)["error.type"] == "provider_rejected"


def _attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})
