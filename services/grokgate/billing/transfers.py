"""The double entry: what each kind of transfer takes from and gives to.

A transfer moves ticks from its debit account to its credit account, so all balances always sum to
zero. A payer's account has two sides: its available money under its own id, and the money that
open holds reserve under `<id>/held` (an account id has no slash). Two accounts are the system's:
`funding`, where paid-in money comes from, and `revenue`, where charges go; nobody caches their
balances.

| kind         | from           | to          | when                                            |
|--------------|----------------|-------------|-------------------------------------------------|
| `credit`     | `funding`      | `<id>`      | money is paid in                                |
| `adjustment` | `funding`      | `<id>`      | an operator corrects (downwards: other way round) |
| `pending`    | `<id>`         | `<id>/held` | a hold is placed                                |
| `posted`     | `<id>/held`    | `revenue`   | it is settled: the charge, up to what was held  |
| `voided`     | `<id>/held`    | `<id>`      | it is released, or settled for less: the rest   |
| `expired`    | `<id>/held`    | `<id>`      | it ran out                                      |
| `overage`    | `<id>`         | `revenue`   | it is settled for more: what the hold lacked    |
| `late`       | `<id>`         | `revenue`   | a charge came after another ending              |

A transfer is named by the id of its hold, credit or adjustment, and its kind; each such pair
exists once. Nothing of 0 ticks is recorded, and nothing recorded is ever changed.
"""

from enum import StrEnum

import msgspec

FUNDING = "funding"
REVENUE = "revenue"


class Kind(StrEnum):
    """Why money moved."""

    CREDIT = "credit"
    ADJUSTMENT = "adjustment"
    PENDING = "pending"
    POSTED = "posted"
    VOIDED = "voided"
    EXPIRED = "expired"
    OVERAGE = "overage"
    LATE = "late"


class Transfer(msgspec.Struct, frozen=True, array_like=True):
    """One row of the ledger; `usd_ticks` is above 0."""

    transfer_id: str
    kind: Kind
    debit_account: str
    credit_account: str
    usd_ticks: int
    created_at_ms: int


def transfer(
    kind: Kind, transfer_id: str, account_id: str, usd_ticks: int, now_ms: int
) -> Transfer:
    """The row of that kind for an account; only an adjustment may be negative."""
    debit, credit = _debit_and_credit(kind, account_id)
    if usd_ticks < 0:
        debit, credit = credit, debit
    return Transfer(transfer_id, kind, debit, credit, abs(usd_ticks), now_ms)


def _debit_and_credit(kind: Kind, account_id: str) -> tuple[str, str]:
    match kind:
        case Kind.PENDING:
            return account_id, f"{account_id}/held"
        case Kind.POSTED:
            return f"{account_id}/held", REVENUE
        case Kind.VOIDED | Kind.EXPIRED:
            return f"{account_id}/held", account_id
        case Kind.OVERAGE | Kind.LATE:
            return account_id, REVENUE
        case Kind.CREDIT | Kind.ADJUSTMENT:
            return FUNDING, account_id
