"""Finding the running gateway from the command line."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from grokgate.chassis.errors import StartupError
from grokgate.launch.settings import Settings
from grokgate.launch.wires import Wires

ADMIN_SERVICE = "grokgate.api.billing.v1.AdminService"
VIDEO_ADMIN_SERVICE = "grokgate.api.media.v1.VideoAdminService"

_ANSWER_TIMEOUT_S = 5


class Door(StrEnum):
    """Where billing may be found: in one process with everything, or as its own service."""

    GRPC = "grpc"
    BILLING = "billing"


class MediaDoor(StrEnum):
    """Where media may be found, likewise."""

    GRPC = "grpc"
    MEDIA = "media"


class NobodyAnswersError(StartupError):
    """What is looked for answers nowhere."""


@asynccontextmanager
async def channel_to(
    service: str, doors: Sequence[Door] | Sequence[MediaDoor], settings: Settings
) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to a gRPC service behind the first of some doors that it answers at.

    The last is that of a process of its own. Raises NobodyAnswersError.
    """
    wires = Wires(settings)
    for door in doors:
        async with wires.channel(door) as channel:
            if await serves(channel, service):
                yield channel
                return
    addresses = " nor ".join(settings.address(door) for door in doors)
    variables = " or ".join(f"GROKGATE_{door.upper()}_ADDRESS" for door in doors)
    raise NobodyAnswersError(
        f"no {doors[-1]} answers at {addresses}. Start the gateway, or set {variables} to where it "
        "listens."
    )


async def media_answers(settings: Settings) -> bool:
    """Whether a media process of its own runs."""
    async with Wires(settings).channel(MediaDoor.MEDIA) as channel:
        return await serves(channel, VIDEO_ADMIN_SERVICE)


async def serves(channel: grpc.aio.Channel, service: str) -> bool:
    """Whether a service says that it is serving."""
    health: Any = HealthStub(channel)  # its types know only blocking channels
    try:
        answer = await health.Check(HealthCheckRequest(service=service), timeout=_ANSWER_TIMEOUT_S)
    except grpc.aio.AioRpcError:
        return False
    return bool(answer.status == HealthCheckResponse.SERVING)
