"""Budgets of keys by the periods of UTC."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokgate.billing.budgets import period_start_ms
from grokgate.billing.commands import BudgetPeriod, KeyPolicy
from grokgate.chassis.errors import Reason
from tests.billing.ledger.desk import Desk
from tests.billing.ledger.making import EXPIRY_MS, place, release, settle

DAY_MS = 86_400_000
TIMES = st.integers(0, 4_102_444_800_000)


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("period", "now", "start"),
    [
        (BudgetPeriod.DAY, "2026-02-28T23:59:59.999", "2026-02-28"),
        (BudgetPeriod.DAY, "2026-03-01T00:00:00", "2026-03-01"),
        (BudgetPeriod.WEEK, "2027-01-03T23:59:59", "2026-12-28"),
        (BudgetPeriod.WEEK, "2027-01-04T00:00:00", "2027-01-04"),
        (BudgetPeriod.MONTH, "2028-02-29T12:00:00", "2028-02-01"),
        (BudgetPeriod.MONTH, "2026-12-31T23:59:59.999", "2026-12-01"),
        (BudgetPeriod.NEVER, "2026-12-31T23:59:59", "1970-01-01"),
    ],
)
def test_a_period_starts_in_utc(period: BudgetPeriod, now: str, start: str) -> None:
    assert period_start_ms(period, _ms(now)) == _ms(start)


@given(TIMES)
def test_periods_agree_with_the_calendar(now_ms: int) -> None:
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    week = datetime.fromtimestamp(period_start_ms(BudgetPeriod.WEEK, now_ms) / 1000, UTC)
    month = datetime.fromtimestamp(period_start_ms(BudgetPeriod.MONTH, now_ms) / 1000, UTC)
    assert week.isocalendar() == (*now.isocalendar()[:2], 1)
    assert (month.year, month.month, month.day) == (now.year, now.month, 1)
    assert week.hour == week.minute == month.hour == month.minute == 0


def test_spent_and_held_and_the_new_hold_must_fit() -> None:
    desk = Desk(KeyPolicy(budget_usd_ticks=300))
    desk.do(place("h1", 100))
    desk.do(settle("h1", 90))
    desk.do(place("h2", 100))
    refusal = desk.refused(place("h3", 111))
    assert refusal.reason is Reason.KEY_BUDGET_EXCEEDED
    assert refusal.details == {
        "required_usd_ticks": 111,
        "available_usd_ticks": 110,
        "budget_usd_ticks": 300,
    }
    assert desk.do(place("h3", 110)).held_usd_ticks == 110


def test_a_released_hold_frees_its_budget() -> None:
    desk = Desk(KeyPolicy(budget_usd_ticks=100))
    desk.do(place("h1", 100))
    desk.do(release("h1"))
    assert desk.do(place("h2", 100)).held_usd_ticks == 100


def test_overage_counts() -> None:
    desk = Desk(KeyPolicy(budget_usd_ticks=100))
    desk.do(place("h1", 10))
    desk.do(settle("h1", 150))
    assert desk.refused(place("h2", 0)).details["available_usd_ticks"] == 0


def test_a_new_period_starts_from_nothing() -> None:
    desk = Desk(KeyPolicy(budget_usd_ticks=100, budget_period=BudgetPeriod.DAY))
    desk.do(place("h1", 100))
    desk.do(settle("h1", 100))
    assert desk.reason(place("h2", 1)) is Reason.KEY_BUDGET_EXCEEDED
    desk.clock.advance(DAY_MS)
    assert desk.key().public(desk.clock.now_ms()).spent_usd_ticks == 0
    assert desk.do(place("h2", 100)).held_usd_ticks == 100


def test_a_charge_belongs_to_the_period_of_its_hold() -> None:
    desk = Desk(KeyPolicy(budget_usd_ticks=100, budget_period=BudgetPeriod.DAY))
    desk.do(place("yesterday", 80, expires_in_ms=2 * DAY_MS))
    desk.clock.advance(DAY_MS)
    desk.do(place("today", 100))
    desk.do(settle("yesterday", 80))
    key = desk.key()
    assert (key.spent_usd_ticks, key.held_usd_ticks) == (0, 100)
    desk.do(settle("today", 30))
    assert (key := desk.key()).spent_usd_ticks == 30
    assert (key.held_usd_ticks, key.open_holds) == (0, 0)


def test_a_clock_that_was_set_back_does_not_open_a_period_again() -> None:
    desk = Desk(KeyPolicy(budget_usd_ticks=100, budget_period=BudgetPeriod.DAY))
    desk.do(place("h1", 100))
    desk.clock.advance(-DAY_MS)
    assert desk.reason(place("h2", 1)) is Reason.KEY_BUDGET_EXCEEDED


def test_a_late_charge_counts_in_the_period_of_its_hold() -> None:
    desk = Desk(KeyPolicy(budget_usd_ticks=100, budget_period=BudgetPeriod.MONTH))
    desk.do(place("h1", 80))
    desk.clock.advance(EXPIRY_MS)
    desk.do(settle("h1", 80))
    assert desk.refused(place("h2", 21)).details["available_usd_ticks"] == 20
