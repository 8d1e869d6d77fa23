"""The gRPC connections between services, as the settings have them."""

from pathlib import Path

import grpc.aio

from grokgate.chassis.channels import open_channel
from grokgate.chassis.tls import ClientTls, ServerTls
from grokgate.launch.settings import Settings

# What framing adds to a body of the largest size.
_FRAMING_BYTES = 64 * 1024
_WITHOUT_MEDIA = {"text", "billing"}


class Wires:
    """What both ends of every connection agree on."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def message_cap_bytes(self, service: str) -> int:
        """The largest message to and from a service: the largest body that it may be sent."""
        settings = self._settings
        largest = settings.text_body_limit_bytes
        if service not in _WITHOUT_MEDIA:
            largest = max(largest, settings.media_body_limit_bytes)
        return largest + _FRAMING_BYTES

    def channel(self, service: str) -> grpc.aio.Channel:
        """A channel to a service's address; raises StartupError when it makes no sense."""
        files = self._tls_files()
        return open_channel(
            self._settings.address(service),
            message_cap_bytes=self.message_cap_bytes(service),
            tls=ClientTls(certificate=files[0], key=files[1], ca=files[2]) if files else None,
            allow_plaintext=self._settings.allow_plaintext,
        )

    def server_tls(self) -> ServerTls | None:
        """What a server shows and asks for; None when it speaks plain text."""
        files = self._tls_files()
        return ServerTls(*files) if files else None

    def _tls_files(self) -> tuple[Path, Path, Path] | None:
        settings = self._settings
        if settings.tls_certificate and settings.tls_key and settings.tls_authority:
            return settings.tls_certificate, settings.tls_key, settings.tls_authority
        return None
