"""What is asked before money is reserved."""

import pytest

from grokgate.billing.commands import (
    HoldPlaced,
    KeyPolicy,
    Limits,
    RateLimit,
    RevokeKey,
    UpdateAccount,
)
from grokgate.chassis.errors import Reason
from tests.billing.ledger.desk import Desk
from tests.billing.ledger.making import (
    ACCOUNT,
    EXPIRY_MS,
    KEY,
    place,
    release,
    settle,
)


def test_a_hold_reserves_its_amount() -> None:
    desk = Desk()
    placed = desk.do(place(usd_ticks=400))
    assert placed == HoldPlaced(ACCOUNT, 400, desk.clock.now_ms() + EXPIRY_MS)
    account, key = desk.account(), desk.key()
    assert (account.posted_usd_ticks, account.held_usd_ticks, account.open_holds) == (1000, 400, 1)
    assert (key.held_usd_ticks, key.open_holds) == (400, 1)
    assert desk.moved() == {"pending": 400}


def test_the_amount_is_rounded_half_up_once_over_both_multipliers() -> None:
    desk = Desk()
    desk.do(UpdateAccount(ACCOUNT, "ops", multiplier_ppm=1_500_000))
    assert desk.do(place(usd_ticks=1, model_multiplier_ppm=1_000_000)).held_usd_ticks == 2
    assert desk.do(place("h2", 1, model_multiplier_ppm=300_000)).held_usd_ticks == 0
    assert desk.do(place("h3", 10, model_multiplier_ppm=550_000)).held_usd_ticks == 8


def test_an_unknown_key_is_refused() -> None:
    assert Desk().reason(place(key_hash=b"another")) is Reason.INVALID_API_KEY


def test_a_revoked_key_is_refused_from_its_time_on() -> None:
    desk = Desk()
    desk.do(RevokeKey(KEY, desk.clock.now_ms() + 1000, "ops"))
    desk.do(place())
    desk.clock.advance(1000)
    assert desk.reason(place("h2")) is Reason.REVOKED_API_KEY


def test_an_expired_key_is_refused_from_its_time_on() -> None:
    desk = Desk(KeyPolicy(expires_at_ms=Desk().clock.now_ms() + 1000))
    desk.do(place())
    desk.clock.advance(1000)
    assert desk.reason(place("h2")) is Reason.EXPIRED_API_KEY


def test_a_revoked_key_is_called_revoked_also_when_it_has_expired() -> None:
    desk = Desk(KeyPolicy(expires_at_ms=1))
    desk.do(RevokeKey(KEY, None, "ops"))
    assert desk.reason(place()) is Reason.REVOKED_API_KEY


def test_a_suspended_account_is_refused_until_it_is_resumed() -> None:
    desk = Desk()
    desk.do(UpdateAccount(ACCOUNT, "ops", suspended=True))
    assert desk.reason(place()) is Reason.ACCOUNT_SUSPENDED
    desk.do(UpdateAccount(ACCOUNT, "ops", suspended=False))
    assert desk.do(place()).held_usd_ticks == 100


def test_endpoint_and_model_must_be_allowed_in_this_order() -> None:
    desk = Desk(KeyPolicy(allowed_models=("xai/a",), allowed_endpoints=("responses",)))
    assert desk.reason(place(endpoint="audio_speech")) is Reason.ENDPOINT_NOT_ALLOWED
    refusal = desk.refused(place(model="xai/b"))
    assert (refusal.reason, refusal.param) == (Reason.MODEL_NOT_ALLOWED, "model")
    assert refusal.details == {"allowed": ["xai/a"]}
    assert desk.do(place(model="xai/a")).held_usd_ticks == 100


def test_a_hold_above_the_callers_own_cap_is_refused() -> None:
    desk = Desk()
    refusal = desk.refused(place(usd_ticks=101, max_hold_usd_ticks=100))
    assert (refusal.reason, refusal.param) == (Reason.MAX_BUDGET_EXCEEDED, "max_budget_usd")
    assert refusal.details == {"required_usd_ticks": 101, "limit_usd_ticks": 100}
    assert desk.do(place(usd_ticks=100, max_hold_usd_ticks=100)).held_usd_ticks == 100


def test_a_balance_that_does_not_suffice_is_refused_for_good() -> None:
    desk = Desk(usd_ticks=1000)
    refusal = desk.refused(place(usd_ticks=1001))
    assert refusal.reason is Reason.INSUFFICIENT_BALANCE
    assert refusal.details == {"required_usd_ticks": 1001, "available_usd_ticks": 1000}
    assert refusal.retry_after_ms is None


def test_a_balance_tied_up_in_open_holds_is_refused_for_now() -> None:
    desk = Desk(usd_ticks=1000)
    desk.do(place(usd_ticks=600))
    refusal = desk.refused(place("h2", 401))
    assert refusal.reason is Reason.HOLDS_OUTSTANDING
    assert refusal.details == {
        "required_usd_ticks": 401,
        "available_usd_ticks": 400,
        "held_usd_ticks": 600,
    }
    assert refusal.retry_after_ms == 1000
    assert desk.do(place("h3", 400)).held_usd_ticks == 400


def test_no_hold_is_placed_while_the_available_balance_is_negative() -> None:
    desk = Desk(usd_ticks=100)
    desk.do(place("open", 50))
    desk.do(place("over", 50))
    desk.do(settle("over", 80))
    assert desk.account().posted_usd_ticks - desk.account().held_usd_ticks == -30
    assert desk.reason(place("h2", 1)) is Reason.INSUFFICIENT_BALANCE
    assert desk.reason(place("free", 0)) is Reason.INSUFFICIENT_BALANCE


def test_a_free_call_needs_no_balance() -> None:
    desk = Desk(usd_ticks=0)
    assert desk.do(place(usd_ticks=0)).held_usd_ticks == 0
    assert desk.moved() == {}


def test_messages_name_amounts_in_dollars() -> None:
    refusal = Desk(usd_ticks=5 * 10**9).refused(place(usd_ticks=25 * 10**9))
    assert "2.5 USD" in refusal.message
    assert "0.5 USD" in refusal.message


@pytest.mark.parametrize("whose", ["key", "account"])
def test_concurrency_is_the_number_of_open_holds(whose: str) -> None:
    desk = Desk(KeyPolicy(limits=Limits(concurrency=2 if whose == "key" else None)))
    if whose == "account":
        desk.do(UpdateAccount(ACCOUNT, "ops", concurrency=2))
    desk.do(place("h1", 1))
    desk.do(place("h2", 1))
    refusal = desk.refused(place("h3", 1))
    assert (refusal.reason, refusal.details) == (Reason.CONCURRENCY_LIMITED, {"limit": 2})
    assert refusal.retry_after_ms == 1000
    desk.do(release("h1"))
    assert desk.do(place("h3", 1)).held_usd_ticks == 1


@pytest.mark.parametrize("whose", ["key", "account"])
def test_requests_are_limited_by_the_minute(whose: str) -> None:
    desk = Desk(KeyPolicy(limits=Limits(requests_per_minute=2 if whose == "key" else None)))
    if whose == "account":
        desk.do(UpdateAccount(ACCOUNT, "ops", requests_per_minute=2))
    assert desk.do(place("h1", 1)).requests == RateLimit(limit=2, remaining=1, reset_ms=30_000)
    assert desk.do(place("h2", 1)).requests == RateLimit(limit=2, remaining=0, reset_ms=60_000)
    refusal = desk.refused(place("h3", 1))
    assert (refusal.reason, refusal.retry_after_ms) == (Reason.REQUESTS_LIMITED, 30_000)
    desk.clock.advance(30_000)
    assert desk.do(place("h3", 1)).requests == RateLimit(limit=2, remaining=0, reset_ms=60_000)


@pytest.mark.parametrize("whose", ["key", "account"])
def test_tokens_are_limited_by_estimate(whose: str) -> None:
    desk = Desk(KeyPolicy(limits=Limits(tokens_per_minute=600 if whose == "key" else None)))
    if whose == "account":
        desk.do(UpdateAccount(ACCOUNT, "ops", tokens_per_minute=600))
    placed = desk.do(place("h1", 1, tokens_estimate=400))
    assert placed.tokens == RateLimit(limit=600, remaining=200, reset_ms=40_000)
    refusal = desk.refused(place("h2", 1, tokens_estimate=300))
    assert (refusal.reason, refusal.retry_after_ms) == (Reason.TOKENS_LIMITED, 10_000)
    tokens_left = {"limit": 600, "remaining": 200, "reset_ms": 40_000}
    assert refusal.details == {
        "limit": 600,
        "required": 300,
        "remaining": 200,
        "rate_limits": {"tokens": tokens_left},
    }
    assert refusal.message.endswith("Try again in 10 s.")


def test_a_call_above_the_token_limit_itself_is_refused_without_a_time() -> None:
    desk = Desk(KeyPolicy(limits=Limits(tokens_per_minute=600)))
    refusal = desk.refused(place(tokens_estimate=601))
    assert (refusal.reason, refusal.retry_after_ms) == (Reason.TOKENS_LIMITED, None)


def test_the_tighter_of_key_and_account_limits_is_told() -> None:
    desk = Desk(KeyPolicy(limits=Limits(requests_per_minute=10)))
    desk.do(UpdateAccount(ACCOUNT, "ops", requests_per_minute=5))
    assert desk.do(place()).requests == RateLimit(limit=5, remaining=4, reset_ms=12_000)


def test_a_refused_hold_takes_nothing_from_any_limit() -> None:
    limits = Limits(requests_per_minute=1, tokens_per_minute=100, concurrency=1)
    desk = Desk(KeyPolicy(limits=limits, budget_usd_ticks=1000))
    desk.do(UpdateAccount(ACCOUNT, "ops", tokens_per_minute=50))
    before = (repr(desk.account()), repr(desk.key()))
    assert desk.reason(place(tokens_estimate=60)) is Reason.TOKENS_LIMITED
    assert (repr(desk.account()), repr(desk.key())) == before
    assert desk.do(place(tokens_estimate=50)).held_usd_ticks == 100


def test_a_refusal_is_not_remembered_by_id() -> None:
    desk = Desk()
    assert desk.reason(place(usd_ticks=2000)) is Reason.INSUFFICIENT_BALANCE
    assert desk.do(place(usd_ticks=500)).held_usd_ticks == 500


def test_a_repeat_gets_the_same_answer_and_holds_nothing_more() -> None:
    desk = Desk()
    first = desk.do(place())
    assert desk.do(place()) == first
    assert desk.account().held_usd_ticks == 100
    desk.do(settle())
    assert desk.do(place()) == first
    assert desk.account().held_usd_ticks == 0


def test_another_body_or_owner_under_the_same_id_is_refused() -> None:
    desk = Desk()
    desk.do(place())
    assert desk.reason(place(usd_ticks=101)) is Reason.ALREADY_EXISTS
    assert desk.reason(place(owner="media", body_digest=place().body_digest)) is (
        Reason.ALREADY_EXISTS
    )
