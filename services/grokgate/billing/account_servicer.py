"""What a caller may see of itself. A suspended account's keys may still look."""
# ruff: noqa: ARG002, N802  # the contract names the RPCs and what they are given

from grokgate.api.billing.v1.account_pb2 import (
    GetBalanceRequest,
    GetBalanceResponse,
    GetKeyRequest,
    GetKeyResponse,
    ListUsageRequest,
    ListUsageResponse,
)
from grokgate.api.billing.v1.account_pb2_grpc import AccountServiceServicer
from grokgate.billing import listings, responses
from grokgate.billing.books import Ledger
from grokgate.billing.callers import Callers
from grokgate.chassis.rpc_types import Context


class AccountServicer(AccountServiceServicer):
    """Implements AccountService; see the contract for each RPC's errors."""

    def __init__(self, callers: Callers, ledger: Ledger) -> None:
        self._callers = callers
        self._ledger = ledger

    async def GetKey(self, request: GetKeyRequest, context: Context) -> GetKeyResponse:
        """Describe the calling key."""
        key = await self._callers.calling_key(context)
        account = await self._callers.account_of(key)
        return GetKeyResponse(key=responses.key(key), account_suspended=account.suspended)

    async def GetBalance(self, request: GetBalanceRequest, context: Context) -> GetBalanceResponse:
        """Tell what the calling key's account has and holds."""
        key = await self._callers.calling_key(context)
        return responses.balance(await self._callers.account_of(key))

    async def ListUsage(self, request: ListUsageRequest, context: Context) -> ListUsageResponse:
        """List the holds of the calling key's account."""
        key = await self._callers.calling_key(context)
        wanted = listings.usage_of_account(key.account_id, request)
        rows, has_more = await self._ledger.list_usage(wanted)
        return ListUsageResponse(
            rows=[responses.usage_row(row) for row in rows],
            has_more=has_more,
            last_id=rows[-1].hold_id if rows else "",
        )
