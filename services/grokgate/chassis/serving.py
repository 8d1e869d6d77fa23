"""A gRPC server on a TCP port or a Unix socket."""

import os
import socket
from collections.abc import Sequence
from pathlib import Path

import grpc.aio
from grpc_health.v1 import health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from grokgate.chassis import health
from grokgate.chassis.addresses import host_and_port, refuse_plaintext, unix_path
from grokgate.chassis.errors import StartupError
from grokgate.chassis.rooms import Room
from grokgate.chassis.tls import ServerTls
from grokgate.chassis.wire_limits import wire_limits

_OPTIONS = [
    # Two servers on one port would each get half of the connections, silently.
    ("grpc.so_reuseport", 0),
    # Channels ping every 30 s, also when idle (see `channels`); the default allows 5 minutes.
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
]


class WireServer:
    """Serves rooms over the network, with health and reflection beside them.

    `address` is `host:port` (port 0 takes a free one) or `unix:/path`. Messages above
    `message_cap_bytes` are refused with RESOURCE_EXHAUSTED. Without `tls`, an address that other
    machines can reach is refused with StartupError unless `allow_plaintext`.
    """

    def __init__(
        self,
        address: str,
        rooms: Sequence[Room],
        *,
        interceptors: Sequence[grpc.aio.ServerInterceptor],
        message_cap_bytes: int,
        tls: ServerTls | None = None,
        allow_plaintext: bool = False,
    ) -> None:
        if tls is None and not allow_plaintext:
            refuse_plaintext(address)
        self._address = address
        self._rooms = rooms
        self._interceptors = interceptors
        self._options = [*_OPTIONS, *wire_limits(message_cap_bytes)]
        self._tls = tls
        names = tuple(name for room in rooms for name in room.service_names)
        self._health = health.Health(names)
        self._names = (*names, health.SERVICE_NAME, reflection.SERVICE_NAME)
        self._server: grpc.aio.Server | None = None

    async def start(self) -> str:
        """Listens, and returns the bound address; health says NOT_SERVING until `set_serving`.

        StartupError when the address is taken or the TLS files cannot be used.
        """
        server = grpc.aio.server(interceptors=self._interceptors, options=self._options)
        for room in self._rooms:
            room.register(server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        reflection.enable_server_reflection(self._names, server)
        await self._health.set_serving(False)
        bound = _bind(server, self._address, self._tls)
        await server.start()
        self._server = server
        return bound

    async def set_serving(self, serving: bool) -> None:  # noqa: FBT001  # the word is in the name
        """What health answers from now on."""
        await self._health.set_serving(serving)

    async def stop(self, grace_s: float) -> None:
        """Says NOT_SERVING, takes no new calls, waits for those under way, cancels the rest."""
        await self._health.stop()
        if self._server is not None:
            await self._server.stop(grace_s)


def _bind(server: grpc.aio.Server, address: str, tls: ServerTls | None) -> str:
    path = unix_path(address)
    if path is not None:
        _bind_unix(server, address, path, tls)
        return address
    host, _ = host_and_port(address)
    port = _add_port(server, address, tls)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _bind_unix(server: grpc.aio.Server, address: str, path: Path, tls: ServerTls | None) -> None:
    # gRPC unlinks whatever socket is there and would take it from a living server.
    if _answers(path):
        raise StartupError(f"Another server listens on {path}. Stop it, or choose another path.")
    before = os.umask(0o177)
    try:
        _add_port(server, address, tls)
    finally:
        os.umask(before)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


def _add_port(server: grpc.aio.Server, address: str, tls: ServerTls | None) -> int:
    try:
        if tls is None:
            return server.add_insecure_port(address)
        return server.add_secure_port(address, tls.credentials())
    except RuntimeError as exc:
        raise StartupError(
            f"Cannot listen on {address}: it is taken, not of this machine, or its TLS files are "
            "no valid PEM."
        ) from exc
