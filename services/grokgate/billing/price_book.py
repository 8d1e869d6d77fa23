"""The prices in force, and those of holds that were placed before they changed."""

from grokgate.billing.books import Ledger
from grokgate.catalog.models import LiveCatalog, Model
from grokgate.catalog.prices import Prices, decode_prices
from grokgate.chassis.errors import GrokgateError, Reason


class PriceBook:
    """Keeps in the ledger, by version, all prices that a hold was placed under."""

    def __init__(self, catalog: LiveCatalog, ledger: Ledger) -> None:
        self._catalog = catalog
        self._ledger = ledger
        self._remembered: dict[str, Prices] = {}
        self._in_force: dict[str, tuple[Model, str]] = {}

    async def prices_of_model(self, model: str) -> tuple[str, Prices]:
        """The prices in force of a canonical model id and their version, kept from now on.

        Raises MODEL_NOT_FOUND.
        """
        entry = self._catalog.current.models.get(model)
        if entry is None:
            raise GrokgateError(
                Reason.MODEL_NOT_FOUND,
                f"The model `{model}` does not exist. GET /v1/models lists those that do.",
                param="model",
            )
        known, version = self._in_force.get(model, (None, ""))
        if known is not entry:
            prices = entry.prices()
            version = prices.version()
            await self._ledger.remember_prices(version, prices.encode())
            self._remembered[version] = prices
            self._in_force[model] = entry, version
        return version, self._remembered[version]

    async def prices_of_hold(self, hold_id: str, model: str) -> Prices | None:
        """The prices that a hold was placed under; those in force if it never was placed.

        None if there is no such model either.
        """
        version = await self._ledger.hold_prices(hold_id)
        if version is None:
            entry = self._catalog.current.models.get(model)
            return None if entry is None else entry.prices()
        if version not in self._remembered:
            document = await self._ledger.prices(version)
            self._remembered[version] = decode_prices(document)
        return self._remembered[version]
