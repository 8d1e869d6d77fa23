"""Replays the ledger and checks what must always hold, on one consistent snapshot.

Each check is a query for the ids of what is broken, and the sentence to say about them. It runs
on two tables made from the transfers alone: `replay`, the balance of each account, and `moved`,
what each hold's transfers moved by kind. transfers.py explains the accounts.
"""

import aiosqlite

from grokgate.billing.commands import Verification
from grokgate.billing.store_failures import ours

_MOST_NAMED = 5

_REPLAY = """
CREATE TEMP TABLE replay AS
SELECT account, sum(usd_ticks) AS usd_ticks FROM (
    SELECT debit_account AS account, -usd_ticks AS usd_ticks FROM transfers
    UNION ALL
    SELECT credit_account, usd_ticks FROM transfers
) GROUP BY account
"""

_MOVED = """
CREATE TEMP TABLE moved AS
SELECT
    transfer_id AS hold_id,
    min(payer) AS payer,
    max(payer) AS other_payer,
    sum(iif(kind = 'pending', usd_ticks, 0)) AS pending,
    sum(iif(kind = 'posted', usd_ticks, 0)) AS posted,
    sum(iif(kind = 'voided', usd_ticks, 0)) AS voided,
    sum(iif(kind = 'expired', usd_ticks, 0)) AS expired,
    sum(iif(kind = 'overage', usd_ticks, 0)) AS overage,
    sum(iif(kind = 'late', usd_ticks, 0)) AS late
FROM (
    SELECT transfer_id, kind, usd_ticks, iif(
        kind IN ('posted', 'voided', 'expired'),
        substr(debit_account, 1, length(debit_account) - length('/held')),
        debit_account
    ) AS payer
    FROM transfers WHERE kind NOT IN ('credit', 'adjustment')
) GROUP BY transfer_id
"""

_HOLDS = """
FROM holds LEFT JOIN (
    SELECT hold_id, pending, posted, voided, expired, overage, late AS late_ticks FROM moved
) USING (hold_id)
"""

_CHECKS = (
    (
        "All balances together are not zero",
        """
        SELECT 'off by ' || usd_ticks FROM (
            SELECT (SELECT coalesce(sum(posted_usd_ticks), 0) FROM accounts) + (
                SELECT coalesce(sum(usd_ticks), 0) FROM replay
                WHERE account IN ('funding', 'revenue')
            ) AS usd_ticks
        ) WHERE usd_ticks <> 0
        """,
    ),
    (
        "Transfers name accounts that do not exist",
        """
        SELECT account FROM replay WHERE account NOT IN (
            SELECT account_id FROM accounts
            UNION ALL SELECT account_id || '/held' FROM accounts
            UNION ALL VALUES ('funding'), ('revenue')
        )
        """,
    ),
    (
        "Holds took more than was available",
        """
        SELECT transfer_id FROM (
            SELECT transfer_id, kind, sum(amount) OVER (
                PARTITION BY account ORDER BY sequence
            ) AS available FROM (
                SELECT *, debit_account AS account, -usd_ticks AS amount FROM transfers
                UNION ALL
                SELECT *, credit_account, usd_ticks FROM transfers
            )
        ) WHERE kind = 'pending' AND available < 0
        """,
    ),
    (
        "Holds have other endings than their rows say",
        f"""
        SELECT hold_id {_HOLDS} WHERE CASE state
            WHEN 'open' THEN posted + voided + expired + overage + late_ticks
            WHEN 'posted' THEN expired + late_ticks
            WHEN 'voided' THEN posted + expired + overage
            WHEN 'expired' THEN posted + voided + overage
        END <> 0
        """,
    ),
    (
        "Holds were not given back or settled by as much as was held",
        f"""
        SELECT hold_id {_HOLDS} WHERE held_usd_ticks <> coalesce(pending, 0)
        OR (state <> 'open' AND pending <> posted + voided + expired)
        """,
    ),
    (
        "Transfers have no hold of that id and account",
        """
        SELECT hold_id FROM moved LEFT JOIN holds USING (hold_id)
        WHERE account_id IS NULL OR payer <> account_id OR other_payer <> account_id
        """,
    ),
    (
        "Holds were charged something else than their rows say",
        f"""
        SELECT hold_id {_HOLDS}
        WHERE charge_usd_ticks <> coalesce(posted + overage + late_ticks, 0)
        """,
    ),
    (
        "Holds lack a basis, a reason or their late mark",
        """
        SELECT hold_id FROM holds WHERE (state = 'posted' AND settle_digest = x'')
        OR (charge_usd_ticks > 0 AND basis = 'none')
        OR (state = 'voided' AND void_reason = '')
        OR late <> (settle_digest <> x'' AND state <> 'posted')
        """,
    ),
    (
        "Accounts hold something else than their open holds",
        """
        SELECT account_id FROM accounts LEFT JOIN (
            SELECT account_id, sum(held_usd_ticks) AS held, count(*) AS number
            FROM holds WHERE state = 'open' GROUP BY account_id
        ) USING (account_id)
        WHERE held_usd_ticks <> coalesce(held, 0) OR open_holds <> coalesce(number, 0)
        """,
    ),
    (
        "Accounts have another balance than their transfers",
        """
        SELECT account_id FROM accounts
        LEFT JOIN replay AS available ON available.account = account_id
        LEFT JOIN replay AS held ON held.account = account_id || '/held'
        WHERE held_usd_ticks <> coalesce(held.usd_ticks, 0)
        OR posted_usd_ticks <> coalesce(available.usd_ticks, 0) + coalesce(held.usd_ticks, 0)
        """,
    ),
    (
        "Keys count something else than their holds of the period",
        """
        SELECT key_id FROM keys LEFT JOIN (
            SELECT keys.key_id,
                sum(holds.charge_usd_ticks) AS spent,
                sum(iif(state = 'open', holds.held_usd_ticks, 0)) AS held
            FROM holds JOIN keys ON holds.key_id = keys.key_id
                AND holds.period_start_ms = keys.period_start_ms
            GROUP BY keys.key_id
        ) USING (key_id) LEFT JOIN (
            SELECT key_id, count(*) AS number FROM holds WHERE state = 'open' GROUP BY key_id
        ) USING (key_id)
        WHERE spent_usd_ticks <> coalesce(spent, 0) OR held_usd_ticks <> coalesce(held, 0)
        OR open_holds <> coalesce(number, 0)
        """,
    ),
)

_COUNTS = """
SELECT (SELECT count(*) FROM transfers), (SELECT count(*) FROM accounts),
    (SELECT count(*) FROM holds)
"""


async def verify(reader: aiosqlite.Connection) -> Verification:
    """Run every check on a connection of its own, closed afterwards by whoever opened it."""
    with ours():
        await reader.execute("BEGIN")
        await reader.execute(_REPLAY)
        await reader.execute(_MOVED)
        [counts] = await reader.execute_fetchall(_COUNTS)
        problems = [
            f"{sentence}: {_named([str(row[0]) for row in found])}."
            for sentence, query in _CHECKS
            if (found := list(await reader.execute_fetchall(query)))
        ]
        await reader.execute("ROLLBACK")
    return Verification(counts[0], counts[1], counts[2], tuple(problems))


def _named(ids: list[str]) -> str:
    more = len(ids) - _MOST_NAMED
    return ", ".join(ids[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
