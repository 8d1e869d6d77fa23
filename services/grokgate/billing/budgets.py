"""Budgets of keys: what is spent and held in a period, by UTC, stays within them.

A hold belongs to the period in which it was placed, and so does its charge, whenever it comes.
"""

from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from grokgate.billing.commands import BudgetPeriod, KeyPolicy
from grokgate.chassis.errors import GrokgateError, Reason

_DAY_MS = 86_400_000
_WEEK_MS = 7 * _DAY_MS
_FIRST_MONDAY_MS = 4 * _DAY_MS  # 1970-01-05


class Counts(NamedTuple):
    """What a key has spent and holds in the period that began at `period_start_ms`."""

    period_start_ms: int
    spent_usd_ticks: int
    held_usd_ticks: int


class Spender(Protocol):
    """What a budget needs to know of a key."""

    policy: KeyPolicy
    period_start_ms: int
    spent_usd_ticks: int
    held_usd_ticks: int


def period_start_ms(period: BudgetPeriod, now_ms: int) -> int:
    """Unix milliseconds at which the period around `now_ms` began; 0 for one that never ends."""
    if period is BudgetPeriod.DAY:
        return now_ms - now_ms % _DAY_MS
    if period is BudgetPeriod.WEEK:
        return now_ms - (now_ms - _FIRST_MONDAY_MS) % _WEEK_MS
    if period is BudgetPeriod.MONTH:
        today = datetime.fromtimestamp(now_ms // 1000, UTC)
        return int(datetime(today.year, today.month, 1, tzinfo=UTC).timestamp()) * 1000
    return 0


def counts(key: Spender, now_ms: int) -> Counts:
    """The counts in force at `now_ms`: those of the key, or none if a new period has begun."""
    start_ms = period_start_ms(key.policy.budget_period, now_ms)
    if start_ms > key.period_start_ms:
        return Counts(start_ms, 0, 0)
    return Counts(key.period_start_ms, key.spent_usd_ticks, key.held_usd_ticks)


def check(budget_usd_ticks: int | None, now: Counts, usd_ticks: int) -> None:
    """KEY_BUDGET_EXCEEDED if a hold of `usd_ticks` does not fit."""
    if budget_usd_ticks is None:
        return
    left_usd_ticks = budget_usd_ticks - now.spent_usd_ticks - now.held_usd_ticks
    if usd_ticks > left_usd_ticks:
        raise GrokgateError(
            Reason.KEY_BUDGET_EXCEEDED,
            "The API key's budget does not cover this call. Raise the key's budget, wait for its "
            "next period, or ask for less.",
            details={
                "required_usd_ticks": usd_ticks,
                "available_usd_ticks": max(left_usd_ticks, 0),
                "budget_usd_ticks": budget_usd_ticks,
            },
        )
