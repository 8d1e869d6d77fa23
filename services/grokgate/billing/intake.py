"""From the requests of paid rooms to the ledger's commands: finds the key and the prices."""

import logging

from grokgate.api.billing.v1.billing_pb2 import (
    ExtendHoldRequest,
    PlaceHoldRequest,
    ReleaseHoldRequest,
    SettleHoldRequest,
)
from grokgate.billing import requests
from grokgate.billing.callers import Callers
from grokgate.billing.commands import Command, PlaceHold, SettleHold
from grokgate.billing.price_book import PriceBook
from grokgate.billing.pricing import oddity, settlement_cost
from grokgate.billing.refusals import invalid
from grokgate.chassis.calls import Call
from grokgate.chassis.errors import GrokgateError
from grokgate.chassis.secrets import Secret

_LOG = logging.getLogger(__name__)

Request = PlaceHoldRequest | SettleHoldRequest | ReleaseHoldRequest | ExtendHoldRequest


class Intake:
    """Checks and prices what is asked of the ledger."""

    def __init__(self, callers: Callers, price_book: PriceBook, default_expiry_ms: int) -> None:
        self._callers = callers
        self._price_book = price_book
        self._default_expiry_ms = default_expiry_ms

    async def command(self, owner: str, request: Request | None) -> Command:
        """The command of one request.

        Raises INVALID_VALUE, and for PlaceHold what is refused before the ledger is asked.
        """
        match request:
            case PlaceHoldRequest():
                return await self._place_hold(owner, request)
            case SettleHoldRequest():
                return await self._settle_hold(owner, request)
            case ReleaseHoldRequest():
                return requests.release_hold(request, owner=owner)
            case ExtendHoldRequest():
                return requests.extend_hold(request, owner=owner)
            case None:
                raise invalid("command", "must be given.")

    async def _place_hold(self, owner: str, request: PlaceHoldRequest) -> PlaceHold:
        """Priced at the worst case by the catalogue in force."""
        requests.check_place_hold(request)
        secret = Call(Secret(request.api_key), request.request_id).require_key()
        key_hash = await self._callers.stored_hash(secret)
        try:
            version, prices = await self._price_book.prices_of_model(request.model)
            return requests.place_hold(
                request,
                owner=owner,
                key_hash=key_hash,
                prices=prices,
                prices_version=version,
                default_expiry_ms=self._default_expiry_ms,
            )
        except GrokgateError:
            await self._callers.authenticate(secret)  # a bad key is refused before a bad model
            raise

    async def _settle_hold(self, owner: str, request: SettleHoldRequest) -> SettleHold:
        """Priced by what was in force when the hold was placed."""
        requests.check_settle_hold(request)
        prices = await self._price_book.prices_of_hold(request.hold_id, request.model)
        cost = settlement_cost(prices, request)
        if message := oddity(prices, request, cost):
            _LOG.error(
                message,
                extra={
                    "request_id": request.request_id,
                    "hold_id": request.hold_id,
                    "account_id": request.account_id,
                    "upstream_id": request.upstream_id,
                    "provider_usd_ticks": request.provider_usd_ticks,
                    "cost_usd_ticks": cost.usd_ticks,
                },
            )
        return requests.settle_hold(request, owner=owner, cost=cost)
