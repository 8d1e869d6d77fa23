"""The sandbox as a running server."""

import asyncio
from collections.abc import Sequence

from starlette.types import ASGIApp
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from grokgate.chassis.clock import Clock, SystemClock
from grokgate.sandbox.app import build_app
from grokgate.sandbox.delivery import TRANSPORT
from grokgate.sandbox.faults import Faults
from grokgate.sandbox.request_log import Received, RequestLog

_KEEP_ALIVE_S = 75


class _Protocol(HttpToolsProtocol):
    """uvicorn's protocol; its applications can reach their connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: self.transport}  # type: ignore[dict-item]  # our own


class Sandbox:
    """A stand-in xAI: starts on any free port, breaks on demand, remembers what it was asked.

    `faults` is a schedule: see `grokgate.sandbox.faults.Faults`.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        faults: Sequence[str] = (),
        *,
        repeat_faults: bool = False,
    ) -> None:
        self._log = RequestLog()
        self._faults = Faults(faults, repeat=repeat_faults)
        self.app: ASGIApp = build_app(clock or SystemClock(), self._faults, self._log)
        self._state = ServerState()
        self._server: asyncio.Server | None = None

    @property
    def requests(self) -> list[Received]:
        """The latest thousand calls, oldest first."""
        return self._log.entries()

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
