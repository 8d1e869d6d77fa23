"""The billing room: the ledger and the services in front of it."""

from pathlib import Path

import grpc

from grokgate.api.billing.v1 import (
    account_pb2_grpc,
    admin_pb2_grpc,
    billing_pb2_grpc,
    catalog_pb2_grpc,
)
from grokgate.billing.account_servicer import AccountServicer
from grokgate.billing.admin_servicer import AdminServicer
from grokgate.billing.books import Ledger
from grokgate.billing.callers import Callers
from grokgate.billing.catalog_servicer import CatalogServicer
from grokgate.billing.command_streams import CommandStreams
from grokgate.billing.intake import Intake
from grokgate.billing.metrics import LedgerCollector
from grokgate.billing.peppers import Peppers
from grokgate.billing.price_book import PriceBook
from grokgate.billing.servicer import BillingServicer
from grokgate.billing.teller import Teller
from grokgate.catalog.models import LiveCatalog
from grokgate.chassis.clock import Clock
from grokgate.chassis.credentials import ServiceTokens
from grokgate.chassis.errors import StartupError
from grokgate.chassis.ids import IdSource
from grokgate.chassis.metrics import Metrics
from grokgate.chassis.secrets import Secret

KEY_PREFIX = "llmtr-"
HOLD_EXPIRY_MS = 120_000


class BillingRoom:
    """A Room. `service_tokens` names the services that may settle; `catalog` may be reloaded."""

    name = "billing"
    service_names = (
        "grokgate.api.billing.v1.BillingService",
        "grokgate.api.billing.v1.AccountService",
        "grokgate.api.billing.v1.AdminService",
        "grokgate.api.billing.v1.CatalogService",
    )

    def __init__(
        self,
        *,
        database: Path,
        catalog: LiveCatalog,
        peppers: Peppers,
        service_tokens: ServiceTokens,
        admin_token: Secret,
        clock: Clock,
        ids: IdSource,
        metrics: Metrics,
        key_prefix: str = KEY_PREFIX,
        hold_expiry_ms: int = HOLD_EXPIRY_MS,
    ) -> None:
        self._ledger = Ledger(database, clock=clock)
        self._peppers = peppers
        metrics.registry.register(LedgerCollector(self._ledger))
        callers = Callers(self._ledger, peppers, clock, ids)
        intake = Intake(callers, PriceBook(catalog, self._ledger), hold_expiry_ms)
        teller = Teller(intake, self._ledger)
        self._streams = CommandStreams(teller)
        self._billing = BillingServicer(service_tokens, teller, self._streams)
        self._account = AccountServicer(callers, self._ledger)
        self._admin = AdminServicer(
            ledger=self._ledger,
            token=admin_token,
            catalog=catalog,
            peppers=peppers,
            clock=clock,
            ids=ids,
            key_prefix=key_prefix,
        )
        self._catalog = CatalogServicer(callers, catalog)

    def register(self, server: grpc.aio.Server) -> None:
        """Adds the four services."""
        billing_pb2_grpc.add_BillingServiceServicer_to_server(self._billing, server)
        account_pb2_grpc.add_AccountServiceServicer_to_server(self._account, server)
        admin_pb2_grpc.add_AdminServiceServicer_to_server(self._admin, server)
        catalog_pb2_grpc.add_CatalogServiceServicer_to_server(self._catalog, server)

    async def start(self) -> None:
        """Opens the ledger; raises StartupError when it must not run."""
        await self._ledger.open()
        lost = await self._ledger.pepper_ids() - self._peppers.ids
        if lost:
            await self._ledger.close()
            raise StartupError(
                f"Keys were issued under the pepper {', '.join(sorted(lost))}, which is missing or "
                "was replaced: they would all be refused. Restore secrets/peppers from a backup."
            )

    async def stop(self, grace_s: float) -> None:
        """Ends the command streams, executes what they brought, and closes the ledger."""
        await self._streams.stop(grace_s)
        await self._ledger.close()
