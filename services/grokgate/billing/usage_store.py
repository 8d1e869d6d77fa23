"""Reads usage rows: one for each hold, page by page, newest first."""

import aiosqlite

from grokgate.billing import refusals
from grokgate.billing.commands import UsageFilter, UsageRow
from grokgate.billing.rows import SELECT_HOLDS, hold_record
from grokgate.billing.store_failures import ours

# Literal, so that SQLite sees that the partial indexes serve them.
# The owner of an expired hold vanished, and cannot tell how far its call came. A partial estimate
# is our own word for what upstream may have billed otherwise.
_TO_RECONCILE = (
    "((state = 'expired' OR state = 'voided' AND reached_upstream) AND settle_digest = x''"
    " OR basis = 'partial_estimate')"
)
_STATUSES = {
    "open": "state = 'open'",
    "released": "state = 'voided' AND status = ''",
    "expired": "state = 'expired' AND status = ''",
}


class UsageStore:
    """Reads beside the writer, from a connection of its own."""

    def __init__(self, reader: aiosqlite.Connection) -> None:
        self._reader = reader

    async def list_usage(self, wanted: UsageFilter) -> tuple[list[UsageRow], bool]:
        """A page of rows, and whether older ones follow.

        Raises INVALID_VALUE when `after` is no hold of the account, BILLING_UNAVAILABLE.
        """
        conditions, values = _conditions(wanted)
        if wanted.after:
            conditions.append("(placed_at_ms, hold_id) < (?, ?)")
            values += [await self._placed_at_ms(wanted), wanted.after]
        query = (
            f"{SELECT_HOLDS} WHERE {' AND '.join(conditions) or 'TRUE'} "
            "ORDER BY placed_at_ms DESC, hold_id DESC LIMIT ?"
        )
        with ours():
            rows = list(await self._reader.execute_fetchall(query, [*values, wanted.limit + 1]))
        return [hold_record(row).usage() for row in rows[: wanted.limit]], len(rows) > wanted.limit

    async def _placed_at_ms(self, wanted: UsageFilter) -> int:
        query = f"{SELECT_HOLDS} WHERE hold_id = ?"
        with ours():
            rows = list(await self._reader.execute_fetchall(query, [wanted.after]))
        if rows:
            hold = hold_record(rows[0])
            if wanted.account_id in ("", hold.account_id):
                return hold.placed_at_ms
        raise refusals.invalid("after", "must be the `last_id` of the page before.")


def _conditions(wanted: UsageFilter) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    values: list[object] = []
    for condition, value in (
        ("account_id = ?", wanted.account_id or None),
        ("placed_at_ms >= ?", wanted.from_ms),
        ("placed_at_ms < ?", wanted.to_ms),
        ("model = ?", wanted.model or None),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    if wanted.status in _STATUSES:
        conditions.append(_STATUSES[wanted.status])
    elif wanted.status:
        conditions.append("status = ?")
        values.append(wanted.status)
    if wanted.to_reconcile:
        conditions.append(_TO_RECONCILE)
    return conditions, values
