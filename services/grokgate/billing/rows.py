"""Between the ledger's records and the rows of its tables, and the statements for both ways."""

import sqlite3
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import msgspec
from msgspec.structs import astuple

from grokgate.billing.commands import KeyPolicy
from grokgate.billing.records import AccountRecord, AuditRecord, HoldRecord, KeyRecord
from grokgate.billing.transfers import Transfer

# The statements below are built of the records' field names alone; values are always bound.
# ruff: noqa: S608  # see above


def _insert(table: str, record: type[msgspec.Struct]) -> str:
    columns = record.__struct_fields__
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def _put(table: str, record: type[msgspec.Struct]) -> str:
    key, *others = record.__struct_fields__
    updates = ", ".join(f"{column} = excluded.{column}" for column in others)
    return f"{_insert(table, record)} ON CONFLICT ({key}) DO UPDATE SET {updates}"


def _select(table: str, record: type[msgspec.Struct]) -> str:
    return f"SELECT {', '.join(record.__struct_fields__)} FROM {table}"


PUT_ACCOUNTS = _put("accounts", AccountRecord)
PUT_KEYS = _put("keys", KeyRecord)
# What may change of a placed hold. Its other columns, and their indexes, are left alone.
_EDITED = (
    "expires_at_ms",
    "reached_upstream",
    "state",
    "ended_at_ms",
    "settle_digest",
    "charge_usd_ticks",
    "basis",
    "provider_usd_ticks",
    "units_json",
    "status",
    "upstream_id",
    "void_reason",
    "latency_ms",
)
EDIT_HOLDS = f"UPDATE holds SET {' = ?, '.join(_EDITED)} = ? WHERE hold_id = ?"
PUT_HOLDS = _put("holds", HoldRecord)
ADD_TRANSFERS = _insert("transfers", Transfer)
ADD_AUDIT = _insert("audit", AuditRecord)
ADD_PRICES = "INSERT INTO prices (version, document) VALUES (?, ?) ON CONFLICT DO NOTHING"

SELECT_HOLDS = _select("holds", HoldRecord)
ACCOUNTS = _select("accounts", AccountRecord)
KEYS = _select("keys", KeyRecord)
OPEN_HOLDS = f"{SELECT_HOLDS} WHERE state = 'open'"
# The parameter is a JSON array, so that one statement serves any number of ids.
NAMED_HOLDS = f"{SELECT_HOLDS} WHERE hold_id IN (SELECT value FROM json_each(?))"
NAMED_PAYMENTS = (
    f"{_select('transfers', Transfer)} WHERE kind IN ('credit', 'adjustment') "
    "AND transfer_id IN (SELECT value FROM json_each(?))"
)
PRICES = "SELECT document FROM prices WHERE version = ?"

_POLICY = KeyRecord.__struct_fields__.index("policy")


def json_text(value: object) -> str:
    """A value as JSON."""
    return msgspec.json.encode(value).decode()


def account_record(row: sqlite3.Row) -> AccountRecord:
    """The account of a row of ACCOUNTS."""
    return msgspec.convert(row, AccountRecord, strict=False)


def key_record(row: sqlite3.Row) -> KeyRecord:
    """The key of a row of KEYS."""
    values: list[Any] = list(row)
    values[_POLICY] = msgspec.json.decode(values[_POLICY], type=KeyPolicy)
    return msgspec.convert(values, KeyRecord, strict=False)


def key_row(key: KeyRecord) -> list[object]:
    """The row of a key."""
    values = list(astuple(key))
    values[_POLICY] = json_text(key.policy)
    return values


def hold_record(row: sqlite3.Row) -> HoldRecord:
    """The hold of a row of SELECT_HOLDS."""
    return msgspec.convert(row, HoldRecord, strict=False)


edited_hold_row: Callable[[HoldRecord], tuple[object, ...]] = attrgetter(*_EDITED, "hold_id")


def payment(row: sqlite3.Row) -> Transfer:
    """The credit or adjustment of a row of NAMED_PAYMENTS."""
    return msgspec.convert(row, Transfer)
