"""One service a process: `grokgate serve edge|text|media|voice|billing`."""

import asyncio
import logging
from contextlib import AsyncExitStack

import grpc

from grokgate.chassis.errors import StartupError
from grokgate.chassis.rooms import Room
from grokgate.launch.building import LAST_WORDS_S, Building
from grokgate.launch.grace import Grace
from grokgate.launch.paid_rooms import PaidRooms
from grokgate.launch.upstreams import configured_upstreams

_LOG = logging.getLogger(__name__)


class Separate:
    """One room, or the edge, with channels to the others.

    `start` may be called once; after a failed start nothing is left running.
    """

    def __init__(self, building: Building, service: str, grace: Grace) -> None:
        self._building = building
        self._service = service
        self._grace = grace
        self._stops = AsyncExitStack()
        self.url = ""

    async def start(self) -> None:
        """Serve; raises StartupError."""
        starts = {"edge": self._start_edge, "billing": self._start_billing}
        try:
            self._stops.push_async_callback(asyncio.to_thread, self._building.tracing.stop)
            await starts.get(self._service, self._start_paid)()
        except BaseException:
            await self._stops.aclose()
            raise

    async def stop(self) -> None:
        """Say NOT_SERVING, let calls end within the grace, and close."""
        _LOG.info("%s stops; calls under way have %.1f s", self._service, self._grace.left_s())
        await self._stops.aclose()

    async def _start_billing(self) -> None:
        self._building.create_state()
        await self._serve(self._building.billing())

    async def _start_paid(self) -> None:
        upstreams = configured_upstreams(self._building.settings)
        if upstreams is None:
            raise StartupError(
                "XAI_API_KEY is not set, and only `serve all` and `serve split` start a sandbox. "
                "Set the key."
            )
        billing = self._channel("billing")
        await self._serve(PaidRooms(self._building, upstreams, billing).room(self._service))

    async def _start_edge(self) -> None:
        edge = self._building.edge(
            text=self._channel("text"),
            media=self._channel("media"),
            voice=self._channel("voice"),
            billing=self._channel("billing"),
        )

        async def stop() -> None:
            await edge.stop(self._grace.left_s())

        self._stops.push_async_callback(stop)
        self.url = await edge.start()

    def _channel(self, service: str) -> grpc.aio.Channel:
        channel = self._building.channel(service)
        self._stops.push_async_callback(channel.close)
        return channel

    async def _serve(self, room: Room) -> None:
        listener = self._building.metrics_listener(room.name)
        if listener is not None:
            listener.start()
            self._stops.push_async_callback(listener.stop)
        server = self._building.server(room.name, room)
        await room.start()

        async def stop() -> None:
            grace_s = self._grace.left_s()
            await asyncio.gather(server.stop(grace_s + LAST_WORDS_S), room.stop(grace_s))

        self._stops.push_async_callback(stop)
        self.url = await server.start()
        await server.set_serving(serving=True)
