"""The query of `GET /v1/usage`."""

import re
from datetime import UTC, datetime, timedelta

from starlette.datastructures import QueryParams

from grokgate.api.billing.v1.account_pb2 import ListUsageRequest
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.fields import invalid

STATUSES = ("completed", "incomplete", "failed", "released", "expired", "open")
PARAMETERS = ("from", "to", "model", "status", "limit", "after")
LIMIT_MAX = 1_000
WORD_MAX = 256

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNIX_SECONDS = re.compile(r"[0-9]{1,11}")
_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def read_usage_query(query: QueryParams) -> ListUsageRequest:
    """Translate a query; fails with UNKNOWN_PARAMETER or INVALID_VALUE."""
    for name in query:
        if name not in PARAMETERS:
            raise GrokgateError(
                Reason.UNKNOWN_PARAMETER,
                f"Unknown parameter. Known are {', '.join(PARAMETERS)}.",
                param=name[:WORD_MAX],
            )
    return ListUsageRequest(
        from_ms=_time_ms(query, "from"),
        to_ms=_time_ms(query, "to"),
        model=_word(query, "model"),
        status=_status(query),
        limit=_limit(query),
        after=_word(query, "after"),
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


def _word(query: QueryParams, name: str) -> str:
    text = query.get(name, "")
    if len(text) > WORD_MAX or not text.isprintable():
        raise invalid(name, f"at most {WORD_MAX} printable characters")
    return text


def _status(query: QueryParams) -> str:
    status = query.get("status", "")
    if status and status not in STATUSES:
        raise invalid("status", f"one of {', '.join(STATUSES)}")
    return status


def _limit(query: QueryParams) -> int:
    text = query.get("limit")
    if text is None:
        return 0
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= LIMIT_MAX:
        raise invalid("limit", f"an integer from 1 to {LIMIT_MAX}")
    return int(text)
