"""Each room, and what they share, made from the settings."""

import logging
from functools import cached_property

import grpc
from starlette.applications import Starlette

from grokgate.billing.service import BillingRoom
from grokgate.catalog.models import Catalog, Channel, LiveCatalog
from grokgate.chassis.clock import Clock, SystemClock
from grokgate.chassis.errors import StartupError
from grokgate.chassis.ids import IdSource
from grokgate.chassis.inprocess_server import InProcessServer
from grokgate.chassis.interceptors import server_interceptors
from grokgate.chassis.metrics import Metrics
from grokgate.chassis.metrics_listener import MetricsListener
from grokgate.chassis.rooms import Room
from grokgate.chassis.serving import WireServer
from grokgate.chassis.tracing import UNTRACED, Tracing
from grokgate.edge.app import build_app
from grokgate.edge.limits import EdgeLimits
from grokgate.edge.server import EdgeServer
from grokgate.launch.catalog_files import load_catalog
from grokgate.launch.ledger_copies.kept_peppers import check_peppers
from grokgate.launch.secret_store import SecretStore
from grokgate.launch.settings import Settings
from grokgate.launch.upstreams import Upstreams
from grokgate.launch.wires import Wires

_LOG = logging.getLogger(__name__)


# How much longer than a room its server goes on, so that what the room says last still leaves.
LAST_WORDS_S = 1


class Building:
    """Makes rooms, servers and channels that agree with each other.

    `prove_messages_untouched` makes the in-process channel check what it promises, for tests.
    """

    def __init__(self, settings: Settings, *, prove_messages_untouched: bool = False) -> None:
        self.settings = settings
        self._prove_messages_untouched = prove_messages_untouched
        self.clock: Clock = SystemClock()
        self.ids = IdSource(self.clock)
        self.metrics = Metrics()
        self._sells_compatible = bool(settings.compatible_base_url)
        self.catalog = LiveCatalog(self._load_catalog())
        self.secrets = SecretStore(settings.secrets_path)
        self._wires = Wires(settings)

    def create_state(self) -> None:
        """Make the state folder and the secrets that are not there yet."""
        try:
            self.settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as exc:
            raise StartupError(f"Cannot create {self.settings.state_dir}: {exc.strerror}.") from exc
        # Before a new pepper could hide that those of the ledger's keys are lost.
        check_peppers(self.settings.ledger_path, self.secrets)
        self.secrets.create_missing()

    def sell(self, upstreams: Upstreams) -> None:
        """Sell the models of these upstreams' channels, and no others."""
        self._sells_compatible = Channel.COMPATIBLE in upstreams
        self.catalog.current = self._load_catalog()

    def reload_catalog(self) -> None:
        """Read the catalogue again; a broken one is logged and the one in force stays."""
        try:
            self.catalog.current = self._load_catalog()
        except StartupError as exc:
            _LOG.error("the catalogue was not reloaded: %s", exc)
        else:
            _LOG.info("the catalogue was reloaded")

    def billing(self) -> BillingRoom:
        """The billing room over the ledger's file."""
        return BillingRoom(
            database=self.settings.ledger_path,
            catalog=self.catalog,
            peppers=self.secrets.peppers(),
            service_tokens=self.secrets.service_tokens(),
            admin_token=self.secrets.token("admin"),
            clock=self.clock,
            ids=self.ids,
            metrics=self.metrics,
            key_prefix=self.settings.key_prefix,
            hold_expiry_ms=int(self.settings.hold_expiry_s * 1000),
        )

    def edge(
        self,
        *,
        text: grpc.aio.Channel,
        media: grpc.aio.Channel,
        voice: grpc.aio.Channel,
        billing: grpc.aio.Channel,
    ) -> EdgeServer:
        """The HTTP edge over channels to its services."""
        limits = EdgeLimits(
            header_timeout_s=self.settings.header_timeout_s,
            body_timeout_s=self.settings.body_timeout_s,
            text_body_limit_bytes=self.settings.text_body_limit_bytes,
            media_body_limit_bytes=self.settings.media_body_limit_bytes,
            answer_timeout_s=self.settings.answer_timeout_s,
            stall_timeout_s=self.settings.stall_timeout_s,
        )
        app: Starlette = build_app(
            text=text,
            media=media,
            voice=voice,
            billing=billing,
            limits=limits,
            clock=self.clock,
            ids=self.ids,
            metrics=self.metrics,
            tracing=self.tracing,
        )
        host, port = self.settings.host, self.settings.port
        return EdgeServer(app, host=host, port=port, limits=limits, ids=self.ids)

    def inside(self) -> InProcessServer:
        """A server for rooms of this process."""
        return InProcessServer(
            self._interceptors(),
            max_message_bytes=self._wires.message_cap_bytes("grpc"),
            prove_messages_untouched=self._prove_messages_untouched,
        )

    def server(self, service: str, *rooms: Room) -> WireServer:
        """A gRPC server at a service's address."""
        return WireServer(
            self.settings.address(service),
            rooms,
            interceptors=self._interceptors(),
            message_cap_bytes=self._wires.message_cap_bytes(service),
            tls=self._wires.server_tls(),
            allow_plaintext=self.settings.allow_plaintext,
        )

    def channel(self, service: str) -> grpc.aio.Channel:
        """A channel to a service's address."""
        return self._wires.channel(service)

    def metrics_listener(self, service: str) -> MetricsListener | None:
        """What shows the metrics of a service without HTTP; None when no address is set."""
        address = self.settings.metrics_address(service)
        return MetricsListener(self.metrics, address) if address else None

    @cached_property
    def tracing(self) -> Tracing:
        """What records spans, if anything does; raises StartupError without the `otel` extra."""
        if not self.settings.otel_enabled:
            return UNTRACED
        try:
            from grokgate.chassis.open_telemetry import (  # noqa: PLC0415  # an extra
                exporting_tracing,
            )
        except ImportError as exc:
            raise StartupError(
                "GROKGATE_OTEL_ENABLED: OpenTelemetry is missing. Install `grokgate[otel]`."
            ) from exc
        return exporting_tracing()

    def _load_catalog(self) -> Catalog:
        catalog = load_catalog(self.settings.catalog)
        return catalog if self._sells_compatible else catalog.without_channel(Channel.COMPATIBLE)

    def _interceptors(self) -> list[grpc.aio.ServerInterceptor]:
        """A server's own: each keeps the handlers that it has wrapped."""
        return server_interceptors(self.metrics, self.clock)
