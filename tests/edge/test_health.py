"""Liveness, readiness, metrics and the socket itself."""

import asyncio
import socket

import pytest
from grpc_health.v1 import health_pb2
from starlette.types import Receive, Scope, Send

from grokgate.chassis.errors import StartupError
from grokgate.chassis.ids import IdSource
from grokgate.edge.limits import EdgeLimits
from grokgate.edge.server import EdgeServer
from tests.edge.conftest import HELLO, RunningEdge

TEXT = "grokgate.api.text.v1.TextService"


async def test_a_living_edge_says_ok_whatever_its_services_do(edge: RunningEdge) -> None:
    await edge.services.stop()
    answer = await edge.http.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_readiness_names_the_service_that_does_not_serve(edge: RunningEdge) -> None:
    ready = await edge.http.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ok"})
    await edge.services.health.set(TEXT, health_pb2.HealthCheckResponse.NOT_SERVING)
    answer = await edge.http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not_ready", "not_ready": ["text"]}


async def test_readiness_names_services_that_are_gone(edge: RunningEdge) -> None:
    await edge.services.stop()
    answer = await edge.http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["not_ready"] == ["text", "media", "voice", "billing"]


async def test_metrics_count_routes_not_paths(edge: RunningEdge) -> None:
    await edge.respond(HELLO)
    await edge.get("/v1/nothing/secret")
    text = (await edge.http.get("/metrics")).text
    counted = 'grokgate_edge_requests_total{method="POST",route="/v1/responses",status="200"} 1.0'
    assert counted in text
    assert 'route="unmatched",status="404"' in text
    assert "secret" not in text


async def test_a_taken_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = EdgeServer(
            _no_app, host="127.0.0.1", port=port, limits=EdgeLimits(), ids=IdSource()
        )
        with pytest.raises(StartupError, match=f"Cannot listen on 127.0.0.1:{port}"):
            await server.start()


async def test_the_bound_url_names_an_ipv6_host_in_brackets() -> None:
    server = EdgeServer(_no_app, host="::1", port=0, limits=EdgeLimits(), ids=IdSource())
    url = await server.start()
    host, port = url.removeprefix("http://").rsplit(":", 1)
    assert host == "[::1]"
    _, writer = await asyncio.open_connection("::1", int(port))
    writer.close()
    await server.stop(grace_s=1)


async def _no_app(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("no request was made")
