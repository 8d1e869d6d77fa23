"""Where servers listen and channels connect: `host:port` or `unix:/path`."""

import ipaddress
import os
from pathlib import Path

from grokgate.chassis.errors import StartupError

_UNIX = "unix:"
# Linux's 108 bytes of sockaddr_un.sun_path, less the NUL at the end (unix(7)).
_MOST_PATH_BYTES = 107


def unix_path(address: str) -> Path | None:
    """The socket file of a `unix:` address, None for TCP; StartupError when it is too long."""
    if not address.startswith(_UNIX):
        return None
    path = address.removeprefix(_UNIX)
    if len(os.fsencode(path)) > _MOST_PATH_BYTES:
        raise StartupError(
            f"{path} is too long: a Unix socket's path has at most {_MOST_PATH_BYTES} bytes. "
            "Shorten it, or use host:port."
        )
    return Path(path)


def host_and_port(address: str) -> tuple[str, int]:
    """The parts of a TCP address, an IPv6 host without its brackets; or StartupError."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise StartupError(f"{address!r} is no address. Write host:port or unix:/path.")
    return host.strip("[]"), int(port)


def refuse_plaintext(address: str) -> None:
    """StartupError when a connection without TLS could be read by another machine."""
    if unix_path(address) is None and not _is_loopback(host_and_port(address)[0]):
        raise StartupError(
            f"{address} can be reached from other machines, and keys would cross in plain text. "
            "Give it TLS files, use a loopback address or unix:/path, or allow plaintext."
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
