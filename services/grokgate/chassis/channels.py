"""Channels to services on other processes or machines."""

import json

import grpc.aio

from grokgate.chassis.addresses import host_and_port, refuse_plaintext, unix_path
from grokgate.chassis.health import WHOLE_SERVER
from grokgate.chassis.tls import ClientTls
from grokgate.chassis.wire_limits import wire_limits

# Replicas take turns, and one whose health says NOT_SERVING is left out. There is no retry
# policy: a call that may have reached a server is never sent again.
_SERVICE_CONFIG = json.dumps(
    {
        "loadBalancingConfig": [{"round_robin": {}}],
        "healthCheckConfig": {"serviceName": WHOLE_SERVER},
    }
)

_OPTIONS = [
    ("grpc.service_config", _SERVICE_CONFIG),
    ("grpc.service_config_disable_resolution", 1),
    # Internal traffic never goes through a proxy that the environment names.
    ("grpc.enable_http_proxy", 0),
    # Its own connections, not ones that an older channel to the address has given up on.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    # In spite of its name, the time that one connection attempt may take.
    ("grpc.min_reconnect_backoff_ms", 5_000),
    ("grpc.dns_min_time_between_resolutions_ms", 1_000),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
]


def open_channel(
    address: str,
    *,
    message_cap_bytes: int,
    tls: ClientTls | None = None,
    allow_plaintext: bool = False,
) -> grpc.aio.Channel:
    """A channel to the replicas behind `address`; it connects, and reconnects, by itself.

    `address` is `host:port` (every address of the host is a replica), a comma-separated list of
    `IPv4:port`, or `unix:/path`. StartupError when it makes no sense, or when it would carry keys
    in plain text to another machine without `allow_plaintext`.
    """
    target = _target(address)
    if tls is None and not allow_plaintext:
        for part in address.split(","):
            refuse_plaintext(part)
    options = [*_OPTIONS, *wire_limits(message_cap_bytes)]
    if tls is None:
        return grpc.aio.insecure_channel(target, options=options)
    return grpc.aio.secure_channel(target, tls.credentials(), options=options)


def _target(address: str) -> str:
    """The address as gRPC's resolvers write it."""
    if unix_path(address) is not None:
        return address
    replicas = address.split(",")
    for replica in replicas:
        host_and_port(replica)
    return f"dns:///{address}" if len(replicas) == 1 else f"ipv4:{address}"
