"""The standard health service (grpc.health.v1) of one server."""

import asyncio
from collections.abc import Iterable
from typing import Any

from grpc_health.v1 import health
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

SERVICE_NAME: str = health.SERVICE_NAME
# The name under which the server as a whole is asked for.
WHOLE_SERVER = ""


class Health(health.aio.HealthServicer):
    """Answers NOT_SERVING until told otherwise, and can end the streams that watch it."""

    def __init__(self, service_names: Iterable[str]) -> None:
        super().__init__()
        self._names = (WHOLE_SERVER, SERVICE_NAME, *service_names)
        self._watches: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def set_serving(self, serving: bool) -> None:  # noqa: FBT001  # the word is in the name
        """Answers SERVING or NOT_SERVING for every service."""
        status = HealthCheckResponse.SERVING if serving else HealthCheckResponse.NOT_SERVING
        for name in self._names:
            await self.set(name, status)

    async def Watch(self, request: HealthCheckRequest, context: Any) -> None:  # noqa: N802  # gRPC's name
        """Streams a service's status until the watcher leaves or the server stops."""
        if self._stopping:
            return
        watch = asyncio.ensure_future(super().Watch(request, context))
        self._watches.add(watch)
        try:
            await watch
        except asyncio.CancelledError:
            if not self._stopping:
                raise
        finally:
            self._watches.discard(watch)

    async def stop(self) -> None:
        """Says NOT_SERVING for good and ends all watches: a server waits for open streams."""
        self._stopping = True
        await self.enter_graceful_shutdown()
        for watch in self._watches:
            watch.cancel()
