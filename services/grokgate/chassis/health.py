"""The standard health service (grpc.health.v1) of one server."""

import asyncio
from collections.abc import Iterable
from typing import Any

import grpc
from grpc_health.v1 import health
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthServicer

SERVICE_NAME: str = health.SERVICE_NAME
# The name under which the server as a whole is asked for.
WHOLE_SERVER = ""


class Health(HealthServicer):
    """Answers NOT_SERVING until told otherwise, the same for every service of its server.

    Not the library's own servicer: that one cannot end the streams that watch it, for which a
    stopping server waits.
    """

    def __init__(self, service_names: Iterable[str]) -> None:
        self._names = {WHOLE_SERVER, SERVICE_NAME, *service_names}
        self._serving = False
        self._stopping = False
        self._changed = asyncio.Event()

    async def Check(self, request: HealthCheckRequest, context: Any) -> HealthCheckResponse:  # noqa: N802  # gRPC's name
        """Answers a service's status; NOT_FOUND when it is not here."""
        if request.service not in self._names:
            await context.abort(grpc.StatusCode.NOT_FOUND)
        return self._answer(request.service)

    async def Watch(self, request: HealthCheckRequest, context: Any) -> None:  # noqa: N802  # gRPC's name
        """Streams a service's status until the watcher leaves, or the server has said its last."""
        told = None
        while True:
            changed, stopping = self._changed, self._stopping
            answer = self._answer(request.service)
            if answer != told:
                told = answer
                await context.write(answer)
            if stopping:
                return
            await changed.wait()

    async def set_serving(self, serving: bool) -> None:  # noqa: FBT001  # the word is in the name
        """Answers SERVING or NOT_SERVING from now on."""
        self._serving = serving
        self._changed.set()
        self._changed = asyncio.Event()

    async def stop(self) -> None:
        """Says NOT_SERVING and ends all watches."""
        self._stopping = True
        await self.set_serving(serving=False)

    def _answer(self, service: str) -> HealthCheckResponse:
        if service not in self._names:
            return HealthCheckResponse(status=HealthCheckResponse.SERVICE_UNKNOWN)
        if self._serving:
            return HealthCheckResponse(status=HealthCheckResponse.SERVING)
        return HealthCheckResponse(status=HealthCheckResponse.NOT_SERVING)
