"""From a request for rows to what the ledger lists or adds up."""

from grokgate.api.billing.v1.account_pb2 import ListUsageRequest
from grokgate.api.billing.v1.admin_pb2 import (
    ListAuditRowsRequest,
    ListHoldsRequest,
    SummarizeUsageRequest,
    UsageGrouping,
)
from grokgate.billing.audit_trail import AuditFilter
from grokgate.billing.commands import HoldState, UsageFilter
from grokgate.billing.fields import check_count, check_text, check_uuid
from grokgate.billing.refusals import invalid
from grokgate.billing.requests import CALL_STATUSES
from grokgate.billing.summaries import Grouping, SummaryFilter

DEFAULT_PAGE_ROWS = 100
MOST_PAGE_ROWS = 1000

USAGE_STATUSES = (*CALL_STATUSES, "released", "expired", "open")

GROUPINGS = {
    UsageGrouping.USAGE_GROUPING_MODEL: Grouping.MODEL,
    UsageGrouping.USAGE_GROUPING_KEY: Grouping.KEY,
    UsageGrouping.USAGE_GROUPING_USER: Grouping.USER,
    UsageGrouping.USAGE_GROUPING_DAY: Grouping.DAY,
}


def page_rows(limit: int) -> int:
    """How many rows to list; 0 asks for the usual number."""
    return check_count(limit or DEFAULT_PAGE_ROWS, "limit", least=1, most=MOST_PAGE_ROWS)


def usage_of_account(account_id: str, request: ListUsageRequest) -> UsageFilter:
    """The rows of one account that a caller asks for."""
    if request.status and request.status not in USAGE_STATUSES:
        raise invalid("status", f"must be one of {', '.join(USAGE_STATUSES)}.")
    return UsageFilter(
        account_id=account_id,
        from_ms=request.from_ms if request.HasField("from_ms") else None,
        to_ms=request.to_ms if request.HasField("to_ms") else None,
        model=check_text(request.model, "model"),
        status=request.status,
        limit=page_rows(request.limit),
        after=check_uuid(request.after, "after") if request.after else "",
    )


def holds(request: ListHoldsRequest) -> UsageFilter:
    """The open holds, or those to reconcile, that an operator asks for."""
    return UsageFilter(
        account_id=check_text(request.account_id, "account_id"),
        status="" if request.to_reconcile else HoldState.OPEN,
        to_reconcile=request.to_reconcile,
        limit=page_rows(request.limit),
    )


def summary(request: SummarizeUsageRequest) -> SummaryFilter:
    """The sums that an operator asks for."""
    if request.group_by not in GROUPINGS:
        raise invalid("group_by", "must be model, key, user or day.")
    return SummaryFilter(
        grouping=GROUPINGS[request.group_by],
        account_id=check_text(request.account_id, "account_id"),
        from_ms=request.from_ms if request.HasField("from_ms") else None,
        to_ms=request.to_ms if request.HasField("to_ms") else None,
    )


def audit(request: ListAuditRowsRequest) -> AuditFilter:
    """The audit rows that an operator asks for."""
    return AuditFilter(
        subject=check_text(request.subject, "subject"),
        limit=page_rows(request.limit),
        after=check_count(request.after, "after"),
    )
