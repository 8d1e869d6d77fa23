"""What is sold, at the price of whoever asks."""
# ruff: noqa: ARG002, N802  # the contract names the RPCs and what they are given

import hashlib

import msgspec

from grokgate.api.billing.v1 import catalog_pb2
from grokgate.api.billing.v1.catalog_pb2_grpc import CatalogServiceServicer
from grokgate.billing.callers import Callers
from grokgate.billing.commands import KeyPolicy
from grokgate.billing.sold_models import sold_model
from grokgate.catalog.models import Catalog, LiveCatalog, Model
from grokgate.catalog.prices import ONE_PPM
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
                sold_model(model, multiplier_ppm)
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
