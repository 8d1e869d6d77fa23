"""How clients see their key and balance; `null` in place of a list or limit means none."""

from typing import Annotated, Literal

import msgspec

from grokgate.api.billing.v1 import account_pb2
from grokgate.api.billing.v1.account_pb2 import (
    BudgetPeriod,
    GetBalanceResponse,
    Key,
    KeyPolicy,
)
from grokgate.chassis.endpoints import WORDS
from grokgate.edge.money import usd

PERIOD_WORDS: dict[BudgetPeriod.ValueType, str | None] = {
    account_pb2.BUDGET_PERIOD_UNSPECIFIED: None,
    account_pb2.BUDGET_PERIOD_DAY: "day",
    account_pb2.BUDGET_PERIOD_WEEK: "week",
    account_pb2.BUDGET_PERIOD_MONTH: "month",
}

Period = Annotated[str | None, msgspec.Meta(extra_json_schema={"enum": [*PERIOD_WORDS.values()]})]


class KeyLimits(msgspec.Struct):
    """What a key may do a minute, and at once."""

    requests_per_minute: int | None
    tokens_per_minute: int | None
    concurrency: int | None


class KeyBudget(msgspec.Struct):
    """What a key may spend, and has, in its period in UTC; without a period it never ends."""

    limit_usd_ticks: int
    limit_usd: str
    period: Period
    spent_usd_ticks: int
    held_usd_ticks: int


class KeyObject(msgspec.Struct, kw_only=True):
    """A key without its secret; times are Unix seconds."""

    object: Literal["key"] = "key"
    id: str
    name: str
    display: str
    allowed_models: list[str] | None
    allowed_endpoints: list[str] | None
    limits: KeyLimits
    budget: KeyBudget | None
    expires_at: int | None
    created_at: int


class BalanceObject(msgspec.Struct, kw_only=True):
    """What an account has, holds for open calls, and may spend."""

    object: Literal["balance"] = "balance"
    posted_usd_ticks: int
    held_usd_ticks: int
    available_usd_ticks: int
    posted_usd: str
    held_usd: str
    available_usd: str


def key_object(key: Key) -> KeyObject:
    """The answer of `GET /v1/key`."""
    policy = key.policy
    return KeyObject(
        id=key.id,
        name=key.name,
        display=key.display,
        allowed_models=list(policy.allowed_models) or None,
        allowed_endpoints=[WORDS[endpoint] for endpoint in policy.allowed_endpoints] or None,
        limits=_limits(policy),
        budget=_budget(key) if policy.HasField("budget_usd_ticks") else None,
        expires_at=policy.expires_at_ms // 1000 if policy.HasField("expires_at_ms") else None,
        created_at=key.created_at_ms // 1000,
    )


def balance_object(balance: GetBalanceResponse) -> BalanceObject:
    """The answer of `GET /v1/balance`."""
    posted, held = balance.posted_usd_ticks, balance.held_usd_ticks
    available = balance.available_usd_ticks
    return BalanceObject(
        posted_usd_ticks=posted,
        held_usd_ticks=held,
        available_usd_ticks=available,
        posted_usd=usd(posted),
        held_usd=usd(held),
        available_usd=usd(available),
    )


def _limits(policy: KeyPolicy) -> KeyLimits:
    return KeyLimits(
        policy.requests_per_minute if policy.HasField("requests_per_minute") else None,
        policy.tokens_per_minute if policy.HasField("tokens_per_minute") else None,
        policy.concurrency if policy.HasField("concurrency") else None,
    )


def _budget(key: Key) -> KeyBudget:
    limit = key.policy.budget_usd_ticks
    return KeyBudget(
        limit_usd_ticks=limit,
        limit_usd=usd(limit),
        period=PERIOD_WORDS[key.policy.budget_period],
        spent_usd_ticks=key.spent_usd_ticks,
        held_usd_ticks=key.held_usd_ticks,
    )
