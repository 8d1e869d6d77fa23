"""The edge on a socket, inside a running event loop."""

import asyncio
import contextlib
import logging
import math
import socket
from collections.abc import Iterator
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from grokgate.chassis.errors import StartupError
from grokgate.chassis.ids import IdSource
from grokgate.edge.limits import EdgeLimits
from grokgate.edge.protocol import DeadlineProtocol
from grokgate.edge.stopping import STOPPING

# uvicorn's words for an answer that ends without its last chunk, so that the client sees the cut.
_CUT_OFF = "ASGI callable returned without completing response"


class EdgeServer:
    """Serves an application on a TCP port; does not touch signals or logging."""

    def __init__(
        self, app: ASGIApp, *, host: str, port: int, limits: EdgeLimits, ids: IdSource
    ) -> None:
        self._address = (host, port)
        protocol: Any = partial(DeadlineProtocol, limits=limits, ids=ids)
        self._server = _Server(
            uvicorn.Config(
                app,
                http=protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                # Named so that uvicorn does not look into the environment for them.
                workers=1,
                forwarded_allow_ips=[],
                timeout_keep_alive=limits.keep_alive_timeout_s,
            )
        )
        self._serving: asyncio.Task[None] | None = None
        logging.getLogger("uvicorn.error").addFilter(_is_news)

    async def start(self) -> str:
        """Bind and serve; the URL that was bound. Port 0 takes a free one."""
        listener = listen(*self._address)
        host, port = listener.getsockname()[:2]
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        await self._server.ready.wait()
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def stop(self, grace_s: float) -> None:
        """Take no more connections, let answers end for `grace_s` seconds, then cut them off."""
        if self._serving is None:
            return
        self._server.stopping.set()
        self._server.config.timeout_graceful_shutdown = math.ceil(grace_s)
        self._server.should_exit = True
        await self._serving
        self._serving = None


class _Server(uvicorn.Server):
    """A uvicorn that tells when it is ready and leaves signals to whoever started it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.stopping = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.lifespan.state[STOPPING] = self.stopping
        await super().startup(sockets)
        self.ready.set()


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a line of uvicorn's tells more than that an answer was cut off on purpose."""
    cancelled = record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not cancelled and not record.getMessage().startswith(_CUT_OFF)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on a TCP port; raises StartupError when it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as exc:
        raise StartupError(f"Cannot listen on {host}:{port} ({exc.strerror}).") from exc
