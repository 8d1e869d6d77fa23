"""Whether the gateway lives, whether it is ready, and what it counted."""

import asyncio
from collections.abc import Mapping
from typing import Any

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from grokgate.chassis.metrics import Metrics
from grokgate.edge.answers import json_answer
from grokgate.edge.limits import EdgeLimits

Services = Mapping[str, tuple[grpc.aio.Channel, str]]


def health_routes(services: Services, metrics: Metrics, limits: EdgeLimits) -> list[Route]:
    """The routes for orchestrators and monitors."""
    health = Health(services, metrics, limits.readiness_timeout_s)
    return [
        Route("/healthz", health.alive),
        Route("/readyz", health.ready),
        Route("/metrics", health.metrics),
    ]


class Health:
    """Answers orchestrators and monitors, without a key.

    `services` are words for people, each with the channel and full name of a gRPC service.
    """

    def __init__(self, services: Services, metrics: Metrics, timeout_s: float) -> None:
        # The stubs' types do not know the stub's one method.
        self._services: dict[str, tuple[Any, health_pb2.HealthCheckRequest]] = {
            name: (
                health_pb2_grpc.HealthStub(channel),
                health_pb2.HealthCheckRequest(service=service),
            )
            for name, (channel, service) in services.items()
        }
        self._metrics = metrics
        self._timeout_s = timeout_s

    async def alive(self, _: Request) -> Response:
        """`/healthz`: this process answers."""
        return json_answer({"status": "ok"})

    async def ready(self, _: Request) -> Response:
        """`/readyz`: every service says that it serves; 503 names those that do not."""
        serving = await asyncio.gather(*(self._serves(name) for name in self._services))
        silent = [name for name, serves in zip(self._services, serving, strict=True) if not serves]
        if silent:
            return json_answer({"status": "not_ready", "not_ready": silent}, status=503)
        return json_answer({"status": "ok"})

    async def metrics(self, _: Request) -> Response:
        """`/metrics`: counters in Prometheus' text format."""
        text, content_type = self._metrics.render()
        return Response(text, media_type=content_type)

    async def _serves(self, name: str) -> bool:
        stub, request = self._services[name]
        try:
            answer = await stub.Check(request, timeout=self._timeout_s)
        except grpc.aio.AioRpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
