"""The sandbox as a running server."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from starlette.types import ASGIApp
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from grokgate.chassis.clock import Clock, SystemClock
from grokgate.sandbox.app import COMPATIBLE_PATH, build_app
from grokgate.sandbox.delivery import TRANSPORT
from grokgate.sandbox.faults import Faults
from grokgate.sandbox.request_log import Received, RequestLog
from grokgate.sandbox.videos.jobs import Job, Jobs

_KEEP_ALIVE_S = 75
_RENDERING_S = 2.0


class _Protocol(HttpToolsProtocol):
    """uvicorn's protocol; its applications can reach their connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: self.transport}  # type: ignore[dict-item]  # our own


class Sandbox:
    """A stand-in xAI: starts on any free port, breaks on demand, remembers what it was asked.

    `faults` is a schedule: see `grokgate.sandbox.faults.Faults`. A video is made in `rendering_s`.
    """

    compatible_path: ClassVar = COMPATIBLE_PATH
    """Where the compatible channel begins, below the sandbox's own URL."""

    def __init__(
        self,
        clock: Clock | None = None,
        faults: Sequence[str] = (),
        *,
        repeat_faults: bool = False,
        rendering_s: float = _RENDERING_S,
    ) -> None:
        self._log = RequestLog()
        self._jobs = Jobs()
        self.app: ASGIApp = build_app(
            clock or SystemClock(),
            Faults(faults, repeat=repeat_faults),
            self._log,
            self._jobs,
            rendering_s=rendering_s,
        )
        self._state = ServerState()
        self._server: asyncio.Server | None = None

    @property
    def requests(self) -> list[Received]:
        """The latest thousand calls, oldest first."""
        return self._log.entries()

    @property
    def videos(self) -> list[Job]:
        """The latest ten thousand videos that were ordered, oldest first."""
        return self._jobs.entries()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen; port 0 takes a free one. Returns the base URL, such as http://127.0.0.1:8100."""
        config = Config(
            self.app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
        )
        # Without uvicorn's own Server, which takes a tenth of a second to stop.
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Protocol(config=config, server_state=self._state, app_state={}), host, port
        )
        bound_port = self._server.sockets[0].getsockname()[1]
        return f"http://[{host}]:{bound_port}" if ":" in host else f"http://{host}:{bound_port}"

    async def stop(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._state.connections):
            connection.transport.abort()
        await asyncio.gather(*self._state.tasks)
        await self._server.wait_closed()
        self._server = None
