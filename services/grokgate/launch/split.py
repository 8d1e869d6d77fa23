"""The same gateway as one process a service: `grokgate serve split`."""

import asyncio
import logging
import os
import signal
import sys

import grpc
import httpx

from grokgate.catalog.models import Channel
from grokgate.chassis.errors import StartupError
from grokgate.edge.server import listen
from grokgate.launch.building import Building
from grokgate.launch.grace import Grace
from grokgate.launch.parents import stop_child
from grokgate.launch.sandboxes import SandboxUpstream
from grokgate.launch.secret_store import PAID_SERVICES
from grokgate.launch.upstreams import configured_upstreams

_LOG = logging.getLogger(__name__)

# In the order in which they start; the edge stops first, billing last.
SERVICES = ("billing", *PAID_SERVICES, "edge")
# -P: a file of the working folder must not stand in for a module of the same name.
_GROKGATE = (sys.executable, "-P", "-m", "grokgate.launch")
_VARIABLES = {
    Channel.XAI: ("GROKGATE_XAI_BASE_URL", "XAI_API_KEY"),
    Channel.COMPATIBLE: ("GROKGATE_COMPATIBLE_BASE_URL", "GROKGATE_COMPATIBLE_API_KEY"),
}
_READY_TIMEOUT_S = 60
_READY_POLL_S = 0.05
# After the grace, a service still delivers the endings of what it cut: to billing, if it lives.
_DELIVERY_S = 12
_NO_DELIVERY_S = 2


class Split:
    """Starts each service as a process of its own, and stops all when one dies."""

    def __init__(self, building: Building) -> None:
        self._building = building
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        self._sandbox: SandboxUpstream | None = None
        self.url = ""
        self.upstream = ""
        self.sandboxed = False
        self.billing: grpc.aio.Channel | None = None
        self._grace = Grace(building.settings.shutdown_grace_s, building.clock)

    async def start(self) -> None:
        """Start every process and wait until the edge says that it is ready."""
        settings = self._building.settings
        if settings.port == 0:
            raise StartupError("GROKGATE_PORT: `serve split` needs a port other than 0.")
        for service in ("billing", *PAID_SERVICES):
            settings.address(service)  # one line of ours, instead of one of each process
        # Another gateway on the port would answer for an edge that cannot start.
        listen(settings.host, settings.port).close()
        self._building.create_state()
        environment = await self._environment()
        self.url = f"http://{settings.host}:{settings.port}"
        try:
            for service in SERVICES:
                self._processes[service] = await asyncio.create_subprocess_exec(
                    *(*_GROKGATE, "serve", service, "--with-parent"),
                    env=environment,
                    stdin=asyncio.subprocess.PIPE,  # see `parents`
                    start_new_session=True,  # Ctrl-C reaches the supervisor alone
                )
            await self._wait_until_ready()
        except BaseException:
            await self.stop()
            raise
        self.billing = self._building.channel("billing")

    async def stop(self) -> None:
        """Stop the edge, then what it called, billing last, all within one grace.

        Those that go on far beyond it are killed.
        """
        if self.billing is not None:
            await self.billing.close()
        await self._stop("edge")
        await self._stop(*PAID_SERVICES)
        await self._stop("billing")
        if self._sandbox is not None:
            await self._sandbox.stop()

    async def _stop(self, *services: str) -> None:
        grace_s = self._grace.left_s()
        patience_s = grace_s + (_NO_DELIVERY_S if "billing" in self.dead() else _DELIVERY_S)
        names = [name for name in self._processes if name in services and name not in self.dead()]
        await asyncio.gather(*(self._stop_one(name, grace_s, patience_s) for name in names))

    async def _stop_one(self, service: str, grace_s: float, patience_s: float) -> None:
        process = self._processes[service]
        stop_child(process, grace_s)
        try:
            async with asyncio.timeout(patience_s):
                await process.wait()
        except TimeoutError:
            _LOG.warning("%s did not stop in time and is killed", service)
            process.kill()
            await process.wait()

    def reload_catalog(self) -> None:
        """Tell the processes to read the catalogue again."""
        for service in ("billing", *PAID_SERVICES):
            self._processes[service].send_signal(signal.SIGHUP)

    async def wait_for_a_death(self) -> None:
        """Return when a process has ended."""
        waits = [asyncio.create_task(process.wait()) for process in self._processes.values()]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def dead(self) -> list[str]:
        """The services that have ended."""
        return [name for name, process in self._processes.items() if process.returncode is not None]

    async def _environment(self) -> dict[str, str]:
        upstreams = configured_upstreams(self._building.settings)
        if upstreams is None:
            self.sandboxed = True
            self._sandbox = SandboxUpstream(self._building.settings)
            upstreams = await self._sandbox.start()
        self.upstream = upstreams[Channel.XAI].base_url
        environment = dict(os.environ)
        for channel, upstream in upstreams.items():
            base_url, api_keys = _VARIABLES[channel]
            environment[base_url] = upstream.base_url
            environment[api_keys] = ",".join(key.reveal() for key in upstream.api_keys)
        return environment

    async def _wait_until_ready(self) -> None:
        async with asyncio.timeout(_READY_TIMEOUT_S), httpx.AsyncClient(trust_env=False) as client:
            while True:
                if self.dead():
                    raise StartupError(
                        f"{', '.join(self.dead())} did not start; see its line above."
                    )
                try:
                    if (await client.get(f"{self.url}/readyz")).is_success:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(_READY_POLL_S)
