"""Lines to billing, over a wire and in process, that tests take up and down."""

from pathlib import Path
from typing import Protocol

import grpc

from grokgate.chassis.channels import open_channel
from grokgate.chassis.inprocess_channel import InProcessChannel
from grokgate.chassis.inprocess_server import InProcessServer
from grokgate.chassis.serving import WireServer
from tests.metering.fake_billing import FakeBilling

_MESSAGE_CAP_BYTES = 1024 * 1024


class Line(Protocol):
    """A channel, and the server at its other end, which does not serve until it is started."""

    channel: grpc.aio.Channel

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """Cuts whatever is under way; does nothing to a server that is not started."""


class WireLine:
    """A real server on a Unix socket; it may be started again."""

    def __init__(self, billing: FakeBilling, folder: Path) -> None:
        self._billing = billing
        self._address = f"unix:{folder}/billing.sock"
        self._server: WireServer | None = None
        self.channel = open_channel(self._address, message_cap_bytes=_MESSAGE_CAP_BYTES)

    async def start(self) -> None:
        self._server = WireServer(
            self._address, [self._billing], interceptors=[], message_cap_bytes=_MESSAGE_CAP_BYTES
        )
        await self._server.start()
        await self._server.set_serving(serving=True)

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop(0)


class InProcessLine:
    """A server in this process, which checks that no message is changed; it starts once."""

    def __init__(self, billing: FakeBilling, folder: Path) -> None:
        del folder
        self._server = InProcessServer(
            max_message_bytes=_MESSAGE_CAP_BYTES, prove_messages_untouched=True
        )
        billing.register(self._server)
        self.channel: grpc.aio.Channel = InProcessChannel(self._server)

    async def start(self) -> None:
        await self._server.start()

    async def stop(self) -> None:
        await self._server.stop(0)
