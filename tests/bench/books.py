"""The benchmark's account in a gateway's ledger: opened before, checked after."""

from typing import Any

import grpc

from grokgate.api.billing.v1.admin_pb2 import (
    AddCreditRequest,
    IssueKeyRequest,
    ListAccountsRequest,
    OpenAccountRequest,
    VerifyLedgerRequest,
)
from grokgate.api.billing.v1.admin_pb2_grpc import AdminServiceStub
from grokgate.chassis.credentials import admin_metadata
from grokgate.chassis.secrets import Secret

_ACCOUNT = "bench"
_CREDIT_USD_TICKS = 10**15


class BooksError(Exception):
    """Money was lost or made: whatever was measured is worth nothing."""


class Books:
    """One account, over a channel to billing."""

    def __init__(self, billing: grpc.aio.Channel, admin_token: Secret) -> None:
        self._admin = AdminServiceStub(billing)
        self._metadata: Any = admin_metadata(admin_token, "make bench")
        self._answers = 0
        self._due_usd_ticks = 0

    async def open(self) -> str:
        """Open the account with credit; a key of it."""
        admin, metadata = self._admin, self._metadata
        account = OpenAccountRequest(id=_ACCOUNT, name="Benchmark")
        await admin.OpenAccount(account, metadata=metadata)
        credit = AddCreditRequest(id="bench-1", account_id=_ACCOUNT, usd_ticks=_CREDIT_USD_TICKS)
        await admin.AddCredit(credit, metadata=metadata)
        key = IssueKeyRequest(account_id=_ACCOUNT, name="Benchmark")
        return (await admin.IssueKey(key, metadata=metadata)).secret

    def expect(self, answers: int, each_usd_ticks: int) -> None:
        """Note answers that are to be charged."""
        self._answers += answers
        self._due_usd_ticks += answers * each_usd_ticks

    async def check(self) -> None:
        """Each answer was charged once at its cost, no hold is open, and the ledger is sound.

        Raises BooksError.
        """
        admin, metadata = self._admin, self._metadata
        listed = await admin.ListAccounts(ListAccountsRequest(), metadata=metadata)
        (account,) = listed.accounts
        charged = _CREDIT_USD_TICKS - account.posted_usd_ticks
        if charged != self._due_usd_ticks or account.held_usd_ticks:
            raise BooksError(
                f"{self._answers} answers cost {self._due_usd_ticks} ticks; {charged} were charged "
                f"and {account.held_usd_ticks} are held."
            )
        ledger = await admin.VerifyLedger(VerifyLedgerRequest(), metadata=metadata)
        if ledger.problems or ledger.holds != self._answers:
            raise BooksError(f"{ledger.holds} holds for {self._answers} answers; {ledger.problems}")
