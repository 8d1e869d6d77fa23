"""Commands for tests: each function fills in what a test does not care about."""

import hashlib
from typing import Any

from grokgate.billing.commands import (
    AddCredit,
    Basis,
    ExtendHold,
    IssueKey,
    KeyPolicy,
    OpenAccount,
    PlaceHold,
    ReleaseHold,
    SettleHold,
)
from grokgate.catalog.prices import Ticks

ACCOUNT = "acme"
KEY = "key_1"
EXPIRY_MS = 120_000
USD = 10**10


def key_hash(key_id: str = KEY) -> bytes:
    return hashlib.sha256(key_id.encode()).digest()


def open_account(account_id: str = ACCOUNT) -> OpenAccount:
    return OpenAccount(account_id=account_id, name="Acme", operator="ops")


def add_credit(usd_ticks: int, credit_id: str = "credit-1", account_id: str = ACCOUNT) -> AddCredit:
    return AddCredit(credit_id, account_id, usd_ticks, operator="ops")


def issue_key(
    policy: KeyPolicy | None = None, key_id: str = KEY, account_id: str = ACCOUNT
) -> IssueKey:
    return IssueKey(
        key_id=key_id,
        account_id=account_id,
        name="test",
        display="llmtr-abcdef",
        key_hash=key_hash(key_id),
        pepper_id="p1",
        policy=policy or KeyPolicy(),
        operator="ops",
    )


def place(hold_id: str = "h1", usd_ticks: Ticks = 100, **changes: Any) -> PlaceHold:
    fields: dict[str, Any] = {
        "hold_id": hold_id,
        "owner": "text",
        "key_hash": key_hash(),
        "endpoint": "responses",
        "model": "xai/grok-4.3",
        "prices_version": "v1",
        "price_usd_ticks": usd_ticks,
        "model_multiplier_ppm": 1_000_000,
        "tokens_estimate": 0,
        "expires_in_ms": EXPIRY_MS,
        "request_id": f"req_{hold_id}",
        **changes,
    }
    return PlaceHold(**{"body_digest": _digest(fields), **fields})


def settle(hold_id: str = "h1", usd_ticks: Ticks = 60, **changes: Any) -> SettleHold:
    fields: dict[str, Any] = {
        "hold_id": hold_id,
        "owner": "text",
        "account_id": ACCOUNT,
        "cost_usd_ticks": usd_ticks,
        "basis": Basis.PROVIDER,
        "provider_usd_ticks": usd_ticks,
        "units_json": '{"text":{"input_tokens":3}}',
        "tokens_used": None,
        "status": "completed",
        "upstream_id": "resp_1",
        "latency_ms": 12,
        **changes,
    }
    return SettleHold(**{"body_digest": _digest(fields), **fields})


def release(hold_id: str = "h1", **changes: Any) -> ReleaseHold:
    fields: dict[str, Any] = {
        "hold_id": hold_id,
        "owner": "text",
        "void_reason": "cancelled",
        "reached_upstream": False,
        "latency_ms": 5,
        **changes,
    }
    return ReleaseHold(**fields)


def extend(hold_id: str = "h1", **changes: Any) -> ExtendHold:
    fields: dict[str, Any] = {
        "hold_id": hold_id,
        "owner": "text",
        "expires_in_ms": EXPIRY_MS,
        "reached_upstream": False,
        **changes,
    }
    return ExtendHold(**fields)


def _digest(fields: dict[str, Any]) -> bytes:
    return hashlib.sha256(repr(sorted(fields.items())).encode()).digest()
