"""What every service room offers to whoever runs it."""

from typing import Protocol

import grpc.aio


class Room(Protocol):
    """One service: the same on a wire server and on the in-process one.

    A runner registers it, starts it, serves it; and at the end tells its server and the room to
    stop at the same time, because a server waits for streams that only the room can end.
    """

    @property
    def name(self) -> str:
        """The room's word, such as `text`; also its service identity."""

    @property
    def service_names(self) -> tuple[str, ...]:
        """The full gRPC names of its services, for health and reflection."""

    def register(self, server: grpc.aio.Server) -> None:
        """Adds its servicers to a server that has not started."""

    async def start(self) -> None:
        """Opens what it needs; raises StartupError when it must not run."""

    async def stop(self, grace_s: float) -> None:
        """Ends its standing streams, finishes within `grace_s` what was begun, and closes."""
