"""What is sold, at the price of whoever asks."""
# ruff: noqa: ARG002, N802  # the contract names the RPCs and what they are given

import hashlib
from collections.abc import Callable

import msgspec

from grokgate.api.billing.v1 import catalog_pb2
from grokgate.api.billing.v1.catalog_pb2_grpc import CatalogServiceServicer
from grokgate.billing.callers import Callers
from grokgate.billing.commands import KeyPolicy
from grokgate.catalog.models import CANONICAL_PREFIX, Catalog, LiveCatalog, Model
from grokgate.catalog.prices import ONE_PPM, TextPrices, charge
from grokgate.chassis.endpoints import NUMBERS
from grokgate.chassis.rpc_types import Context


class CatalogServicer(CatalogServiceServicer):
    """Implements CatalogService; see the contract for each RPC's errors."""

    def __init__(self, callers: Callers, catalog: LiveCatalog) -> None:
        self._callers = callers
        self._catalog = catalog

    async def ListModels(
        self, request: catalog_pb2.ListModelsRequest, context: Context
    ) -> catalog_pb2.ListModelsResponse:
        """List the models that the calling key may use; without a key, every one."""
        key = await self._callers.calling_key_if_any(context)
        policy, multiplier_ppm = KeyPolicy(), ONE_PPM
        if key is not None:
            policy = key.policy
            multiplier_ppm = (await self._callers.account_of(key)).multiplier_ppm
        catalog = self._catalog.current
        return catalog_pb2.ListModelsResponse(
            models=[
                _entry(model, multiplier_ppm)
                for model in catalog.models.values()
                if not model.retired and _usable(model, policy)
            ],
            catalog_version=_version(catalog),
        )


def _usable(model: Model, policy: KeyPolicy) -> bool:
    """Whether a key may use a model, by at least one operation."""
    if policy.allowed_models and model.id not in policy.allowed_models:
        return False
    return not policy.allowed_endpoints or not set(policy.allowed_endpoints).isdisjoint(
        model.endpoints
    )


def _version(catalog: Catalog) -> str:
    return hashlib.sha256(msgspec.json.encode(catalog.models)).hexdigest()[:16]


def _entry(model: Model, account_multiplier_ppm: int) -> catalog_pb2.Model:
    def sold(usd_ticks: int) -> int:
        """What the caller pays: both multipliers, rounded half up."""
        if model.free:
            return 0
        return charge(usd_ticks, model.multiplier_ppm, account_multiplier_ppm)

    return catalog_pb2.Model(
        id=model.id,
        aliases=_aliases(model),
        created=model.created,
        owned_by=model.owned_by,
        fingerprint=model.fingerprint,
        version=model.version,
        input_modalities=model.input_modalities,
        output_modalities=model.output_modalities,
        endpoints=[NUMBERS[word] for word in model.endpoints],
        context_tokens=model.context_tokens,
        reasoning_efforts=model.reasoning_efforts,
        default_reasoning_effort=model.default_reasoning_effort or "",
        text_prices=_text_prices(model.text_prices, sold) if model.text_prices else None,
        violation_fee_usd_ticks=sold(model.violation_fee_usd_ticks),
    )


def _aliases(model: Model) -> list[str]:
    return [
        name for name in model.names() if name != model.id and not name.startswith(CANONICAL_PREFIX)
    ]


def _text_prices(prices: TextPrices, sold: Callable[[int], int]) -> catalog_pb2.TextPrices:
    return catalog_pb2.TextPrices(
        input=sold(prices.input),
        cached_input=sold(prices.cached_input),
        output=sold(prices.output),
        long_context_threshold=prices.long_context_threshold,
        long_input=sold(prices.long_input),
        long_cached_input=sold(prices.long_cached_input),
        long_output=sold(prices.long_output),
        image_input=sold(prices.image_input),
        search=sold(prices.search),
    )
