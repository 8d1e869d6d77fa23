"""TLS by files: PEM certificates and keys, for servers and for channels."""

from dataclasses import dataclass
from pathlib import Path

import grpc

from grokgate.chassis.errors import StartupError
from grokgate.chassis.secret_files import load_secret


@dataclass(frozen=True, slots=True)
class ServerTls:
    """What a server shows, and, with `client_ca`, whom it demands certificates from (mTLS)."""

    certificate: Path
    key: Path
    client_ca: Path | None = None

    def credentials(self) -> grpc.ServerCredentials:
        """Reads the files; StartupError names one that cannot be used."""
        return grpc.ssl_server_credentials(
            [(_read_key(self.key), _read(self.certificate))],
            root_certificates=_read(self.client_ca) if self.client_ca else None,
            require_client_auth=self.client_ca is not None,
        )


@dataclass(frozen=True, slots=True)
class ClientTls:
    """Whom a channel trusts (without `ca`, the public roots), and what it shows for mTLS."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def credentials(self) -> grpc.ChannelCredentials:
        """Reads the files; StartupError names one that cannot be used."""
        if (self.certificate is None) != (self.key is None):
            raise StartupError("A client certificate and its key are given together or not at all.")
        return grpc.ssl_channel_credentials(
            root_certificates=_read(self.ca) if self.ca else None,
            private_key=_read_key(self.key) if self.key else None,
            certificate_chain=_read(self.certificate) if self.certificate else None,
        )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise StartupError(f"Cannot read {path}: {exc.strerror}.") from exc


def _read_key(path: Path) -> bytes:
    return load_secret(path).reveal().encode()
