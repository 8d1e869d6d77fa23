"""Money that operators move, and the word that a repeat moved none."""

from grokgate.api.billing.v1.admin_pb2 import (
    Account,
    AddCreditRequest,
    AdjustBalanceRequest,
    ListAuditRowsRequest,
)
from grokgate.launch.desk import Desk
from grokgate.launch.printing import print_note


def pay(desk: Desk, request: AddCreditRequest | AdjustBalanceRequest) -> Account:
    """The account afterwards.

    The ledger knows a payment by its id, account and amount. It answers a repeat as it answered
    the first, whatever reason is given now; that it changed nothing shows in the audit rows.
    """
    before = _last_change(desk)
    if isinstance(request, AddCreditRequest):
        account = desk.ask(lambda admin: admin.AddCredit, request).account
    else:
        account = desk.ask(lambda admin: admin.AdjustBalance, request).account
    if _last_change(desk, account.id) <= before:
        print_note(
            "Nothing was changed: this id was used before for the same account and amount, and "
            "what the audit row says of it stands."
        )
    return account


def _last_change(desk: Desk, account: str = "") -> int:
    """The number of the newest audit row, of an account or of all; 0 when there is none."""
    request = ListAuditRowsRequest(subject=account, limit=1)
    found = desk.ask(lambda admin: admin.ListAuditRows, request).rows
    return found[0].sequence if found else 0
