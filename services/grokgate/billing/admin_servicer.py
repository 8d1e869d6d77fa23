"""What operators do. Each change leaves an audit row in the ledger."""
# ruff: noqa: ARG002, N802  # the contract names the RPCs and what they are given

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from grokgate.api.billing.v1 import admin_pb2 as pb
from grokgate.api.billing.v1.admin_pb2_grpc import AdminServiceServicer
from grokgate.billing import admin_requests, commands, listings, responses
from grokgate.billing.backup_stream import pieces
from grokgate.billing.books import Ledger
from grokgate.billing.fields import check_text
from grokgate.billing.keys import make_key
from grokgate.billing.peppers import Peppers
from grokgate.catalog.models import LiveCatalog
from grokgate.chassis.clock import Clock
from grokgate.chassis.credentials import require_admin
from grokgate.chassis.ids import IdSource
from grokgate.chassis.rpc_types import Context
from grokgate.chassis.secrets import Secret


class AdminServicer(AdminServiceServicer):
    """Implements AdminService; see the contract for each RPC's errors."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        token: Secret,
        catalog: LiveCatalog,
        peppers: Peppers,
        clock: Clock,
        ids: IdSource,
        key_prefix: str,
    ) -> None:
        self._ledger = ledger
        self._token = token
        self._catalog = catalog
        self._peppers = peppers
        self._clock = clock
        self._ids = ids
        self._key_prefix = key_prefix

    async def OpenAccount(
        self, request: pb.OpenAccountRequest, context: Context
    ) -> pb.OpenAccountResponse:
        """Open an account with no money in it."""
        operator = require_admin(context, self._token)
        account = await self._execute(admin_requests.open_account(request, operator))
        return pb.OpenAccountResponse(account=responses.account(account))

    async def ListAccounts(
        self, request: pb.ListAccountsRequest, context: Context
    ) -> pb.ListAccountsResponse:
        """List accounts by id."""
        require_admin(context, self._token)
        limit = listings.page_rows(request.limit)
        accounts, has_more = await self._ledger.list_accounts(limit, request.after)
        return pb.ListAccountsResponse(
            accounts=[responses.account(account) for account in accounts], has_more=has_more
        )

    async def UpdateAccount(
        self, request: pb.UpdateAccountRequest, context: Context
    ) -> pb.UpdateAccountResponse:
        """Suspend or resume an account, or set its multiplier and limits."""
        operator = require_admin(context, self._token)
        account = await self._execute(admin_requests.update_account(request, operator))
        return pb.UpdateAccountResponse(account=responses.account(account))

    async def AddCredit(
        self, request: pb.AddCreditRequest, context: Context
    ) -> pb.AddCreditResponse:
        """Add paid-in money."""
        operator = require_admin(context, self._token)
        account = await self._execute(admin_requests.add_credit(request, operator))
        return pb.AddCreditResponse(account=responses.account(account))

    async def AdjustBalance(
        self, request: pb.AdjustBalanceRequest, context: Context
    ) -> pb.AdjustBalanceResponse:
        """Correct a balance up or down."""
        operator = require_admin(context, self._token)
        account = await self._execute(admin_requests.adjust_balance(request, operator))
        return pb.AdjustBalanceResponse(account=responses.account(account))

    async def IssueKey(self, request: pb.IssueKeyRequest, context: Context) -> pb.IssueKeyResponse:
        """Make a key; its secret is in this answer and nowhere else."""
        operator = require_admin(context, self._token)
        new = make_key(self._key_prefix)
        command = commands.IssueKey(
            key_id=self._ids.prefixed("key"),
            account_id=request.account_id,
            name=check_text(request.name, "name"),
            display=new.display,
            key_hash=self._peppers.hash(new.secret),
            pepper_id=self._peppers.current_id,
            policy=admin_requests.key_policy(
                request.policy, self._catalog.current, self._clock.now_ms()
            ),
            operator=operator,
        )
        key = await self._execute(command)
        return pb.IssueKeyResponse(key=responses.key(key), secret=new.secret.reveal())

    async def ListKeys(self, request: pb.ListKeysRequest, context: Context) -> pb.ListKeysResponse:
        """List the keys of an account, or of all."""
        require_admin(context, self._token)
        limit = listings.page_rows(request.limit)
        keys, has_more = await self._ledger.list_keys(request.account_id, limit, request.after)
        return pb.ListKeysResponse(keys=[responses.key(key) for key in keys], has_more=has_more)

    async def RevokeKey(
        self, request: pb.RevokeKeyRequest, context: Context
    ) -> pb.RevokeKeyResponse:
        """Refuse a key from now on, or from a later time."""
        operator = require_admin(context, self._token)
        key = await self._execute(admin_requests.revoke_key(request, operator))
        return pb.RevokeKeyResponse(key=responses.key(key))

    async def RotateKey(
        self, request: pb.RotateKeyRequest, context: Context
    ) -> pb.RotateKeyResponse:
        """Make a key with the policy of another; its secret is in this answer and nowhere else."""
        operator = require_admin(context, self._token)
        new = make_key(self._key_prefix)
        command = commands.RotateKey(
            key_id=request.id,
            new_key_id=self._ids.prefixed("key"),
            display=new.display,
            key_hash=self._peppers.hash(new.secret),
            pepper_id=self._peppers.current_id,
            overlap_ms=request.overlap_ms,
            operator=operator,
        )
        rotated = await self._execute(command)
        return pb.RotateKeyResponse(
            key=responses.key(rotated.key),
            secret=new.secret.reveal(),
            old_key=responses.key(rotated.old_key),
        )

    async def ListHolds(
        self, request: pb.ListHoldsRequest, context: Context
    ) -> pb.ListHoldsResponse:
        """List open holds, or expired ones that had reached upstream."""
        require_admin(context, self._token)
        rows, _ = await self._ledger.list_usage(listings.holds(request))
        return pb.ListHoldsResponse(holds=[responses.usage_row(row) for row in rows])

    async def VoidHold(self, request: pb.VoidHoldRequest, context: Context) -> pb.VoidHoldResponse:
        """Release an open hold, whoever placed it."""
        operator = require_admin(context, self._token)
        hold = await self._execute(admin_requests.void_hold(request, operator))
        return pb.VoidHoldResponse(hold=responses.usage_row(hold))

    async def SummarizeUsage(
        self, request: pb.SummarizeUsageRequest, context: Context
    ) -> pb.SummarizeUsageResponse:
        """Add up what was called and charged."""
        require_admin(context, self._token)
        sums = await self._ledger.summarize_usage(listings.summary(request))
        return pb.SummarizeUsageResponse(summaries=[responses.usage_summary(one) for one in sums])

    async def ListAuditRows(
        self, request: pb.ListAuditRowsRequest, context: Context
    ) -> pb.ListAuditRowsResponse:
        """List what operators changed, newest first."""
        require_admin(context, self._token)
        rows, has_more = await self._ledger.list_audit(listings.audit(request))
        return pb.ListAuditRowsResponse(
            rows=[responses.audit_row(row) for row in rows], has_more=has_more
        )

    async def VerifyLedger(
        self, request: pb.VerifyLedgerRequest, context: Context
    ) -> pb.VerifyLedgerResponse:
        """Replay every transfer and check the ledger's invariants."""
        require_admin(context, self._token)
        return responses.verification(await self._ledger.verify())

    async def BackupLedger(
        self, request: pb.BackupLedgerRequest, context: Context
    ) -> AsyncIterator[pb.BackupLedgerResponse]:
        """Stream a consistent copy of the ledger's database."""
        require_admin(context, self._token)
        async with self._ledger.copied() as copy, aclosing(pieces(copy)) as stream:
            async for piece in stream:
                yield piece

    async def _execute(self, command: commands.Command) -> Any:
        """What the command is answered with."""
        return await self._ledger.execute(command)
