"""Usage as CSV (RFC 4180): a line a call, with the units as columns of their own."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from msgspec.structs import asdict

from grokgate.edge.account.usage_objects import UsageObject

CSV_TYPE = "text/csv"

COLUMNS = (
    "request_id",
    "client_request_id",
    "created_at",
    "model",
    "endpoint",
    "input_tokens",
    "cached_input_tokens",
    "output_tokens",
    "images_in",
    "images_out",
    "quality",
    "resolution",
    "seconds",
    "characters",
    "held_usd_ticks",
    "charge_usd_ticks",
    "charge_usd",
    "basis",
    "status",
    "void_reason",
    "late",
    "latency_ms",
    "user",
    "hold_id",
    "key_id",
)

# What makes a spreadsheet take a text for a formula (OWASP, "CSV Injection").
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def accepts_csv(accept: str) -> bool:
    """Whether an Accept header names CSV; the answer is JSON otherwise."""
    kinds = (kind.partition(";")[0].strip().lower() for kind in accept.split(","))
    return CSV_TYPE in kinds


def csv_header() -> str:
    """The line of column names."""
    return _lines([COLUMNS])


def csv_lines(rows: Iterable[UsageObject]) -> str:
    """The lines of some rows. A text that a spreadsheet would compute gets an apostrophe."""
    return _lines(_cells(row) for row in rows)


def _cells(row: UsageObject) -> list[Any]:
    values = asdict(row)
    if row.units is not None:
        values |= asdict(row.units)
    return [_cell(values.get(column)) for column in COLUMNS]


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


def _lines(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
