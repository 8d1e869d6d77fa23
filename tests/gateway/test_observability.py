"""What operators see of a gateway from outside: metrics and traces."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from prometheus_client.parser import text_string_to_metric_families

from grokgate.launch.secret_store import PAID_SERVICES
from tests.support.gateway import GATEWAYS, Gateway, free_port

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACE = f"00-{TRACE_ID}-00f067aa0ba902b7-01"


async def scraped(gateway: Gateway, url: str) -> tuple[set[str], dict[str, float]]:
    """The names of our families, and the sum of each sample over its labels.

    The library adds the time at which each series began, as `…_created`.
    """
    families = list(text_string_to_metric_families((await gateway.http.get(url)).text))
    sums: dict[str, float] = {}
    for family in families:
        for sample in family.samples:
            sums[sample.name] = sums.get(sample.name, 0) + sample.value
    names = {family.name for family in families if not family.name.endswith("_created")}
    return {name for name in names if name.startswith("grokgate_")}, sums


def documented(repository: Path) -> set[str]:
    manual = (repository / "docs" / "operations.md").read_text()
    cells = re.findall(r"^\| (`grokgate_[^|]+)", manual, re.MULTILINE)
    names = [name for cell in cells for name in re.findall(r"`(grokgate_\w+)`", cell)]
    assert len(names) == len(set(names))
    return {name.removesuffix("_total") for name in names}


async def test_every_metric_is_in_the_manual_and_counts(repository: Path) -> None:
    async with GATEWAYS["together"]() as gateway:
        await gateway.ask(await gateway.new_key())
        names, sums = await scraped(gateway, f"{gateway.url}/metrics")
    assert names == documented(repository)
    for counted in (
        "grokgate_edge_first_byte_seconds_count",
        "grokgate_upstream_seconds_count",
        "grokgate_overhead_seconds_count",
        "grokgate_billing_settlements_total",
    ):
        assert sums[counted] == 1, counted
    assert sums["grokgate_edge_first_byte_seconds_sum"] <= sums["grokgate_edge_request_seconds_sum"]


async def test_each_process_shows_its_own_metrics(repository: Path) -> None:
    addresses = {service: f"127.0.0.1:{free_port()}" for service in ("billing", *PAID_SERVICES)}
    settings = {f"{service}_metrics_address": one for service, one in addresses.items()}
    async with GATEWAYS["split"](**settings) as gateway:
        await gateway.ask(await gateway.new_key())
        of_edge, _ = await scraped(gateway, f"{gateway.url}/metrics")
        scrapes = {
            service: await scraped(gateway, f"http://{address}/metrics")
            for service, address in addresses.items()
        }
    assert scrapes["text"][1]["grokgate_upstream_seconds_count"] == 1
    assert scrapes["billing"][1]["grokgate_billing_settlements_total"] == 1
    names = (of_edge, *(names for names, _ in scrapes.values()))
    assert set().union(*names) == documented(repository)
    assert scrapes["text"][0] & scrapes["billing"][0] == {"grokgate_rpc_seconds"}


@pytest.mark.parametrize(("sent", "passed_on"), [(TRACE, TRACE), (TRACE + "-x", None), ("", None)])
async def test_a_clients_trace_reaches_upstream(
    gateway: Gateway, sent: str, passed_on: str | None
) -> None:
    key = await gateway.new_key()
    await gateway.http.post(
        f"{gateway.url}/v1/responses",
        json={"model": "xai/grok-4.3", "input": "Hello"},
        headers={"authorization": f"Bearer {key}", "traceparent": sent},
    )
    assert gateway.sandbox.requests[-1].headers.get("traceparent") == passed_on


@contextmanager
def collector() -> Iterator[tuple[str, list[Span]]]:
    """Takes spans by OTLP over HTTP; its URL, and the spans."""
    spans: list[Span] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            request = ExportTraceServiceRequest.FromString(body)
            for resource in request.resource_spans:
                for scope in resource.scope_spans:
                    spans.extend(scope.spans)
            self.send_response(httpx.codes.OK)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", spans
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("kind", sorted(GATEWAYS))
async def test_a_traced_request_is_two_spans_of_one_trace(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collector() as (url, spans):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        async with asyncio.timeout(60), GATEWAYS[kind](otel_enabled=True) as gateway:
            await gateway.ask(await gateway.new_key())
            received = gateway.sandbox.requests[-1]
    [asked] = [span for span in spans if span.name == "POST /v1/responses"]
    [upstream] = [span for span in spans if span.name == "chat grok-4.3"]
    assert upstream.trace_id == asked.trace_id
    assert upstream.parent_span_id == asked.span_id
    trace = f"00-{upstream.trace_id.hex()}-{upstream.span_id.hex()}-"
    assert received.headers["traceparent"].startswith(trace)
    assert asked.parent_span_id == b""
