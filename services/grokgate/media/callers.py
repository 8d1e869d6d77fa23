"""Whose key came with a call: billing is asked, and good answers are kept a few seconds."""

import grpc

from grokgate.api.billing.v1.account_pb2 import GetKeyRequest
from grokgate.api.billing.v1.account_pb2_grpc import AccountServiceStub
from grokgate.chassis.calls import Call
from grokgate.chassis.clock import Clock
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.chassis.statuses import from_rpc_error

_TIMEOUT_S = 5
_KEPT_MS = 5_000
_KEPT_CEILING = 10_000
# What a status means here that billing did not describe itself.
_SILENT = frozenset({Reason.OVERLOADED, Reason.TIMEOUT})


class Callers:
    """Finds the account of a call's key. A digest of the key is kept, never the key."""

    def __init__(self, billing: grpc.aio.Channel, clock: Clock) -> None:
        self._accounts = AccountServiceStub(billing)
        self._clock = clock
        self._kept: dict[str, tuple[str, int]] = {}

    async def account_id(self, call: Call) -> str:
        """The account that the calling key belongs to.

        Raises MISSING_API_KEY, INVALID_API_KEY, REVOKED_API_KEY, EXPIRED_API_KEY,
        BILLING_UNAVAILABLE.
        """
        digest = call.require_key().digest()
        account_id, until_ms = self._kept.get(digest, ("", 0))
        if until_ms <= self._clock.monotonic_ms():
            account_id = await self._ask(call)
            self._keep(digest, account_id)
        return account_id

    async def _ask(self, call: Call) -> str:
        try:
            response = await self._accounts.GetKey(
                GetKeyRequest(), metadata=call.metadata(), timeout=_TIMEOUT_S
            )
        except grpc.aio.AioRpcError as exc:
            error = from_rpc_error(exc)
            if error.reason in _SILENT:
                error = GrokgateError(
                    Reason.BILLING_UNAVAILABLE,
                    "Billing does not answer. Try again soon.",
                    retry_after_ms=1000,
                )
            raise error from exc
        account_id: str = response.key.account_id
        return account_id

    def _keep(self, digest: str, account_id: str) -> None:
        self._kept.pop(digest, None)
        if len(self._kept) >= _KEPT_CEILING:
            del self._kept[next(iter(self._kept))]
        self._kept[digest] = account_id, self._clock.monotonic_ms() + _KEPT_MS
