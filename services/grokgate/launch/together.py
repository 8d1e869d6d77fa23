"""Every room in one process: `grokgate serve all`."""

import asyncio
from contextlib import AsyncExitStack

import grpc
from grpc_health.v1 import health_pb2_grpc

from grokgate.catalog.models import Channel
from grokgate.chassis.health import Health
from grokgate.chassis.inprocess_channel import InProcessChannel
from grokgate.launch.building import LAST_WORDS_S, Building
from grokgate.launch.grace import Grace
from grokgate.launch.paid_rooms import PaidRooms
from grokgate.launch.sandboxes import SandboxUpstream
from grokgate.launch.secret_store import PAID_SERVICES
from grokgate.launch.upstreams import configured_upstreams


class Together:
    """The whole gateway. Its rooms talk in the process; other callers over a gRPC socket.

    `start` may be called once; after a failed start nothing is left running.
    """

    def __init__(self, building: Building) -> None:
        self._building = building
        self._stops = AsyncExitStack()
        self.url = ""
        self.upstream = ""
        self.sandboxed = False
        self.billing: grpc.aio.Channel | None = None

    async def start(self) -> None:
        """Open the ledger, start every room, and serve; raises StartupError."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Say NOT_SERVING, let calls end within the grace, and close billing last."""
        await self._stops.aclose()

    async def _start(self) -> None:
        building, stops = self._building, self._stops
        grace = Grace(building.settings.shutdown_grace_s, building.clock)
        stops.push_async_callback(asyncio.to_thread, building.tracing.stop)
        building.create_state()
        upstreams = configured_upstreams(building.settings)
        if upstreams is None:
            self.sandboxed = True
            sandbox = SandboxUpstream(building.settings)
            upstreams = await sandbox.start()
            stops.push_async_callback(sandbox.stop)
        self.upstream = upstreams[Channel.XAI].base_url
        building.sell(upstreams)

        inside = building.inside()
        channel = self.billing = InProcessChannel(inside)
        billing = building.billing()
        paid_rooms = PaidRooms(building, upstreams, channel)
        paid = [paid_rooms.room(service) for service in PAID_SERVICES]
        rooms = (billing, *paid)
        health = Health(name for room in rooms for name in room.service_names)
        for room in rooms:
            room.register(inside)
        health_pb2_grpc.add_HealthServicer_to_server(health, inside)

        outside = building.server("grpc", *rooms)
        edge = building.edge(text=channel, media=channel, voice=channel, billing=channel)

        async def stop_calls() -> None:
            grace_s = grace.left_s()
            stops = (room.stop(grace_s) for room in paid)
            await asyncio.gather(outside.stop(grace_s + LAST_WORDS_S), *stops)

        async def stop_edge() -> None:
            await edge.stop(grace.left_s())

        await billing.start()
        stops.push_async_callback(billing.stop, LAST_WORDS_S)
        await inside.start()
        stops.push_async_callback(inside.stop, None)
        stops.push_async_callback(stop_calls)
        for room in paid:
            await room.start()
        await outside.start()
        stops.push_async_callback(stop_edge)
        self.url = await edge.start()
        servings = (health.set_serving, outside.set_serving)
        for set_serving in servings:
            stops.push_async_callback(set_serving, serving=False)
            await set_serving(serving=True)
