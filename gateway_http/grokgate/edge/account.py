"""A caller's own key, balance and usage."""

from typing import Any

import grpc.aio
from starlette.requests import Request
from starlette.responses import Response

from grokgate.api.billing.v1 import account_pb2
from grokgate.api.billing.v1.account_pb2 import (
    BudgetPeriod,
    GetBalanceRequest,
    GetKeyRequest,
    Key,
    KeyPolicy,
    UsageRow,
)
from grokgate.api.billing.v1.account_pb2_grpc import AccountServiceStub
from grokgate.chassis.endpoints import WORDS
from grokgate.edge.answers import json_answer
from grokgate.edge.auth import KeyFilter
from grokgate.edge.middleware import call_of
from grokgate.edge.money import usd
from grokgate.edge.responses_answer import BASIS_WORDS
from grokgate.edge.rpcs import ask_billing
from grokgate.edge.usage_query import read_usage_query

PERIOD_WORDS: dict[BudgetPeriod.ValueType, str | None] = {
    account_pb2.BUDGET_PERIOD_UNSPECIFIED: None,
    account_pb2.BUDGET_PERIOD_DAY: "day",
    account_pb2.BUDGET_PERIOD_WEEK: "week",
    account_pb2.BUDGET_PERIOD_MONTH: "month",
}


class Account:
    """Serves what billing tells a caller about itself; each answer is fresh and costs nothing."""

    def __init__(self, keys: KeyFilter, billing: grpc.aio.Channel, timeout_s: float) -> None:
        self._keys = keys
        self._accounts = AccountServiceStub(billing)
        self._timeout_s = timeout_s

    async def key(self, request: Request) -> Response:
        """`GET /v1/key`."""
        call = call_of(request)
        await self._keys.admit(call)
        answer = await ask_billing(self._accounts.GetKey, GetKeyRequest(), call, self._timeout_s)
        return json_answer(_key(answer.key))

    async def balance(self, request: Request) -> Response:
        """`GET /v1/balance`."""
        call = call_of(request)
        await self._keys.admit(call)
        balance = await ask_billing(
            self._accounts.GetBalance, GetBalanceRequest(), call, self._timeout_s
        )
        amounts = {
            "posted": balance.posted_usd_ticks,
            "held": balance.held_usd_ticks,
            "available": balance.available_usd_ticks,
        }
        ticks = {f"{name}_usd_ticks": amount for name, amount in amounts.items()}
        dollars = {f"{name}_usd": usd(amount) for name, amount in amounts.items()}
        return json_answer({"object": "balance"} | ticks | dollars)

    async def usage(self, request: Request) -> Response:
        """`GET /v1/usage`."""
        call = call_of(request)
        await self._keys.admit(call)
        query = read_usage_query(request.query_params)
        page = await ask_billing(self._accounts.ListUsage, query, call, self._timeout_s)
        rows = [_usage_row(row) for row in page.rows]
        return json_answer(
            {
                "object": "list",
                "data": rows,
                "has_more": page.has_more,
                "last_id": page.last_id or None,
            }
        )


def _key(key: Key) -> dict[str, Any]:
    """A key as clients see it; `null` in place of a list or limit means that there is none."""
    policy = key.policy
    words = [WORDS[endpoint] for endpoint in policy.allowed_endpoints]
    return {
        "object": "key",
        "id": key.id,
        "name": key.name,
        "display": key.display,
        "allowed_models": list(policy.allowed_models) or None,
        "allowed_endpoints": words or None,
        "limits": {
            name: getattr(policy, name) if policy.HasField(name) else None
            for name in ("requests_per_minute", "tokens_per_minute", "concurrency")
        },
        "budget": _budget(key) if policy.HasField("budget_usd_ticks") else None,
        "expires_at": _expires_at(policy),
        "created_at": key.created_at_ms // 1000,
    }


def _budget(key: Key) -> dict[str, Any]:
    limit = key.policy.budget_usd_ticks
    return {
        "limit_usd_ticks": limit,
        "limit_usd": usd(limit),
        "period": PERIOD_WORDS[key.policy.budget_period],
        "spent_usd_ticks": key.spent_usd_ticks,
        "held_usd_ticks": key.held_usd_ticks,
    }


def _expires_at(policy: KeyPolicy) -> int | None:
    return policy.expires_at_ms // 1000 if policy.HasField("expires_at_ms") else None


def _usage_row(row: UsageRow) -> dict[str, Any]:
    charged = row.HasField("charge")
    return {
        "object": "usage",
        "request_id": row.request_id,
        "client_request_id": row.client_request_id or None,
        "created_at": row.created_at_ms // 1000,
        "model": row.model,
        "endpoint": WORDS[row.endpoint],
        "units": _units(row),
        "held_usd_ticks": row.held_usd_ticks,
        "charge_usd_ticks": row.charge.usd_ticks,
        "charge_usd": usd(row.charge.usd_ticks),
        "basis": BASIS_WORDS[row.charge.basis] if charged else "none",
        "status": row.status,
        "void_reason": row.void_reason or None,
        "late": row.late,
        "latency_ms": row.latency_ms,
        "user": row.user or None,
        "hold_id": row.hold_id,
        "key_id": row.key_id,
    }


def _units(row: UsageRow) -> dict[str, int] | None:
    if row.units.WhichOneof("units") != "text":
        return None
    text = row.units.text
    return {
        "input_tokens": text.input_tokens,
        "cached_input_tokens": text.cached_input_tokens,
        "output_tokens": text.output_tokens,
    }
