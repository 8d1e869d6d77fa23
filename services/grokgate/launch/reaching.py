"""Finding the running gateway from the command line."""

from collections.abc import AsyncIterator
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

_ANSWER_TIMEOUT_S = 5


class Door(StrEnum):
    """Where billing may be found: in one process with everything, or as its own service."""

    GRPC = "grpc"
    BILLING = "billing"


class NoBillingError(StartupError):
    """No billing answers where it was looked for."""


@asynccontextmanager
async def billing_channel(settings: Settings, door: Door | None) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to billing behind a door, or behind the first that it answers at.

    Raises NoBillingError when it answers at none.
    """
    doors = [door] if door else list(Door)
    wires = Wires(settings)
    for one in doors:
        async with wires.channel(one) as channel:
            if await serves(channel, ADMIN_SERVICE):
                yield channel
                return
    addresses = " nor ".join(settings.address(one) for one in doors)
    raise NoBillingError(
        f"no billing answers at {addresses}. Start the gateway, or set GROKGATE_GRPC_ADDRESS or "
        "GROKGATE_BILLING_ADDRESS to where it listens."
    )


async def serves(channel: grpc.aio.Channel, service: str) -> bool:
    """Whether a service says that it is serving."""
    health: Any = HealthStub(channel)  # its types know only blocking channels
    try:
        answer = await health.Check(HealthCheckRequest(service=service), timeout=_ANSWER_TIMEOUT_S)
    except grpc.aio.AioRpcError:
        return False
    return bool(answer.status == HealthCheckResponse.SERVING)
