"""Metrics over HTTP, for processes that have no other HTTP."""

import asyncio
from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import start_http_server

from grokgate.chassis.addresses import host_and_port
from grokgate.chassis.errors import StartupError
from grokgate.chassis.metrics import Metrics


class MetricsListener:
    """Answers scrapers at `host:port` from a thread of its own, to anybody and in plain text."""

    def __init__(self, metrics: Metrics, address: str) -> None:
        self._metrics = metrics
        self._address = address
        self._serving: tuple[WSGIServer, Thread] | None = None

    def start(self) -> str:
        """Listen; the URL of the metrics. Raises StartupError."""
        host, port = host_and_port(self._address)
        try:
            server, thread = start_http_server(port, host, self._metrics.registry)
        except OSError as exc:
            raise StartupError(
                f"Cannot serve metrics at {self._address}: {exc.strerror}. Choose another address."
            ) from exc
        self._serving = server, thread
        return f"http://{self._address.rpartition(':')[0]}:{server.server_port}/metrics"

    async def stop(self) -> None:
        """Listen no more."""
        if self._serving is not None:
            server, thread = self._serving
            await asyncio.to_thread(server.shutdown)
            server.server_close()
            await asyncio.to_thread(thread.join)
