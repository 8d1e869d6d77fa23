"""The query of `GET /v1/usage`."""

import re
from datetime import UTC, datetime, timedelta

from starlette.datastructures import QueryParams

from grokgate.api.billing.v1.account_pb2 import ListUsageRequest
from grokgate.chassis.errors import GrokgateError
from grokgate.edge.fields import invalid
from grokgate.edge.queries import check_parameters, query_limit, query_word

STATUSES = ("completed", "incomplete", "failed", "released", "expired", "open")
PARAMETERS = ("from", "to", "model", "status", "limit", "after")
LIMIT_MAX = 1_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNIX_SECONDS = re.compile(r"[0-9]{1,11}")
_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def read_usage_query(query: QueryParams) -> ListUsageRequest:
    """Translate a query; fails with UNKNOWN_PARAMETER or INVALID_VALUE."""
    check_parameters(query, PARAMETERS)
    return ListUsageRequest(
        from_ms=_time_ms(query, "from"),
        to_ms=_time_ms(query, "to"),
        model=query_word(query, "model"),
        status=_status(query),
        limit=query_limit(query, LIMIT_MAX),
        after=query_word(query, "after"),
    )


def _time_ms(query: QueryParams, name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if _UNIX_SECONDS.fullmatch(text):
        return int(text) * 1000
    if not _RFC_3339.fullmatch(text):
        raise _bad_time(name)
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError as exc:
        raise _bad_time(name) from exc
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _bad_time(name: str) -> GrokgateError:
    return invalid(name, "Unix seconds or RFC 3339, such as 2026-01-31T12:00:00Z (a + as %2B)")


def _status(query: QueryParams) -> str:
    status = query.get("status", "")
    if status and status not in STATUSES:
        raise invalid("status", f"one of {', '.join(STATUSES)}")
    return status
