"""What billing tells of the models that are sold."""

import grpc.aio

from grokgate.api.billing.v1.catalog_pb2 import ListModelsRequest, ListModelsResponse
from grokgate.api.billing.v1.catalog_pb2_grpc import CatalogServiceStub
from grokgate.chassis.calls import Call
from grokgate.edge.rpcs import ask_billing


class Catalog:
    """Asks anew for each call, so that a change of prices is seen at once."""

    def __init__(self, billing: grpc.aio.Channel, timeout_s: float) -> None:
        self._stub = CatalogServiceStub(billing)
        self._timeout_s = timeout_s

    async def models(self, call: Call) -> ListModelsResponse:
        """The models that a call's key may use, at its price; without a key all, at list price.

        Fails with INVALID_API_KEY, REVOKED_API_KEY, EXPIRED_API_KEY, BILLING_UNAVAILABLE.
        """
        return await ask_billing(self._stub.ListModels, ListModelsRequest(), call, self._timeout_s)
