"""Reads what operators changed."""

from dataclasses import dataclass

import aiosqlite

from grokgate.billing.store_failures import ours


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which audit rows; an empty subject is every one, and 0 is behind the newest row."""

    subject: str = ""
    limit: int = 100
    after: int = 0


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One change, as the contract explains it."""

    sequence: int
    at_ms: int
    operator: str
    action: str
    subject: str
    reason: str
    before_json: str
    after_json: str


_ROWS = """
SELECT sequence, at_ms, operator, action, subject, reason, before_json, after_json FROM audit
WHERE (:subject = '' OR subject = :subject) AND (:after = 0 OR sequence < :after)
ORDER BY sequence DESC LIMIT :limit + 1
"""


async def list_audit(
    reader: aiosqlite.Connection, wanted: AuditFilter
) -> tuple[list[AuditRow], bool]:
    """A page of rows, newest first, and whether older ones follow."""
    values = {"subject": wanted.subject, "after": wanted.after, "limit": wanted.limit}
    with ours():
        found = [AuditRow(*row) for row in await reader.execute_fetchall(_ROWS, values)]
    return found[: wanted.limit], len(found) > wanted.limit
