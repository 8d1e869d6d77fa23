"""A hold ends once; a charge that comes later is posted once, as late."""

import pytest

from grokgate.billing.commands import (
    Basis,
    HoldEnded,
    HoldState,
    KeyPolicy,
    Limits,
    UpdateAccount,
)
from grokgate.billing.endings import SETTLED_UNPLACED
from grokgate.chassis.errors import Reason
from tests.billing.ledger.desk import Desk
from tests.billing.ledger.making import ACCOUNT, EXPIRY_MS, extend, place, release, settle


@pytest.fixture
def desk() -> Desk:
    """With one hold of 100 ticks, `h1`, on a balance of 1000."""
    desk = Desk()
    desk.do(place())
    return desk


def test_a_settlement_posts_the_charge_and_voids_the_rest(desk: Desk) -> None:
    assert desk.do(settle(usd_ticks=60)) == HoldEnded(HoldState.POSTED, 60, Basis.PROVIDER)
    assert desk.moved() == {"pending": 100, "posted": 60, "voided": 40}
    account, key = desk.account(), desk.key()
    assert (account.posted_usd_ticks, account.held_usd_ticks, account.open_holds) == (940, 0, 0)
    assert (key.spent_usd_ticks, key.held_usd_ticks, key.open_holds) == (60, 0, 0)


def test_a_charge_above_the_hold_is_taken_in_full_as_overage(desk: Desk) -> None:
    assert desk.do(settle(usd_ticks=1300)).charge_usd_ticks == 1300
    assert desk.moved() == {"pending": 100, "posted": 100, "overage": 1200}
    assert desk.account().posted_usd_ticks == -300


def test_a_charge_of_nothing_gives_the_whole_hold_back(desk: Desk) -> None:
    assert desk.do(settle(usd_ticks=0)) == HoldEnded(HoldState.POSTED, 0, Basis.PROVIDER)
    assert desk.moved() == {"pending": 100, "voided": 100}


def test_a_settlement_uses_the_multipliers_of_its_hold() -> None:
    desk = Desk()
    desk.do(UpdateAccount(ACCOUNT, "ops", multiplier_ppm=2_000_000))
    desk.do(place(model_multiplier_ppm=1_500_000))
    desk.do(UpdateAccount(ACCOUNT, "ops", multiplier_ppm=1))
    assert desk.do(settle(usd_ticks=33)).charge_usd_ticks == 99


def test_a_repeated_settlement_gets_the_same_answer(desk: Desk) -> None:
    first = desk.do(settle())
    assert desk.do(settle()) == first
    assert desk.account().posted_usd_ticks == 940


def test_another_settlement_of_the_same_hold_is_refused(desk: Desk) -> None:
    desk.do(settle(usd_ticks=60))
    assert desk.reason(settle(usd_ticks=61)) is Reason.ALREADY_EXISTS


def test_a_release_gives_the_hold_back(desk: Desk) -> None:
    assert desk.do(release()) == HoldEnded(HoldState.VOIDED)
    assert desk.moved() == {"pending": 100, "voided": 100}
    assert (desk.hold().void_reason, desk.hold().latency_ms) == ("cancelled", 5)


def test_a_release_needs_a_reason(desk: Desk) -> None:
    assert desk.refused(release(void_reason="")).param == "void_reason"
    assert desk.state() is HoldState.OPEN


def test_a_release_after_another_ending_answers_with_that_ending(desk: Desk) -> None:
    ended = desk.do(settle())
    assert desk.do(release()) == ended
    assert desk.moved() == {"pending": 100, "posted": 60, "voided": 40}


def test_a_hold_expires_when_its_time_has_come(desk: Desk) -> None:
    desk.clock.advance(EXPIRY_MS)
    assert desk.do(release()) == HoldEnded(HoldState.EXPIRED)
    assert desk.moved() == {"pending": 100, "expired": 100}
    assert desk.account().held_usd_ticks == 0


def test_money_of_due_holds_is_free_for_the_next_one() -> None:
    desk = Desk(usd_ticks=100)
    desk.do(place("h1", 100))
    desk.clock.advance(EXPIRY_MS)
    assert desk.do(place("h2", 100)).held_usd_ticks == 100
    assert desk.state("h1") is HoldState.EXPIRED


@pytest.mark.parametrize("ending", [HoldState.VOIDED, HoldState.EXPIRED])
def test_a_charge_after_another_ending_is_posted_once_as_late(
    desk: Desk, ending: HoldState
) -> None:
    if ending is HoldState.VOIDED:
        desk.do(release())
    else:
        desk.clock.advance(EXPIRY_MS)
    late = HoldEnded(ending, 60, Basis.PROVIDER, late=True)
    assert desk.do(settle(usd_ticks=60)) == late
    assert desk.do(settle(usd_ticks=60)) == late
    assert desk.do(release()) == late
    assert desk.reason(settle(usd_ticks=61)) is Reason.ALREADY_EXISTS
    assert desk.moved() == {"pending": 100, str(ending): 100, "late": 60}
    assert desk.account().posted_usd_ticks == 940
    assert desk.key().spent_usd_ticks == 60


def test_a_late_charge_of_nothing_is_answered_alike_and_moves_nothing(desk: Desk) -> None:
    desk.do(release())
    late = desk.do(settle(usd_ticks=0))
    assert late == HoldEnded(HoldState.VOIDED, 0, Basis.PROVIDER, late=True)
    assert desk.do(settle(usd_ticks=0)) == late
    assert desk.reason(settle(usd_ticks=1)) is Reason.ALREADY_EXISTS
    assert "late" not in desk.moved()


def test_the_release_of_an_unknown_id_makes_a_later_hold_fail() -> None:
    desk = Desk()
    assert desk.do(release()) == HoldEnded(HoldState.VOIDED)
    assert desk.do(release()) == HoldEnded(HoldState.VOIDED)
    assert desk.reason(place()) is Reason.ALREADY_EXISTS
    assert desk.account().held_usd_ticks == 0


def test_the_settlement_of_an_unknown_id_is_charged_as_late_to_the_named_account() -> None:
    desk = Desk()
    desk.do(UpdateAccount(ACCOUNT, "ops", multiplier_ppm=2_000_000))
    late = desk.do(settle(usd_ticks=60))
    assert late == HoldEnded(HoldState.VOIDED, 120, Basis.PROVIDER, late=True)
    assert desk.do(settle(usd_ticks=60)) == late
    assert desk.moved() == {"late": 120}
    assert desk.account().posted_usd_ticks == 880
    assert desk.hold().void_reason == SETTLED_UNPLACED
    assert desk.reason(place()) is Reason.ALREADY_EXISTS


def test_the_settlement_of_an_unknown_id_needs_an_account_that_exists() -> None:
    desk = Desk()
    refusal = desk.refused(settle(account_id="nobody"))
    assert (refusal.reason, refusal.param) == (Reason.NOT_FOUND, "account_id")
    assert desk.do(place()).held_usd_ticks == 100


def test_a_charge_after_the_release_of_an_unknown_id_goes_to_the_named_account() -> None:
    desk = Desk()
    desk.do(release())
    assert desk.reason(settle(account_id="nobody")) is Reason.NOT_FOUND
    assert desk.do(settle(usd_ticks=60)).late
    assert desk.hold().account_id == ACCOUNT
    assert desk.account().posted_usd_ticks == 940


@pytest.mark.parametrize("command", [settle, release, extend])
def test_only_the_owner_may_end_or_extend(desk: Desk, command: type) -> None:
    assert desk.reason(command(owner="media")) is Reason.NOT_HOLD_OWNER
    assert desk.state() is HoldState.OPEN


def test_the_owner_of_an_ending_without_a_hold_is_remembered() -> None:
    desk = Desk()
    desk.do(release("released"))
    desk.do(settle("settled"))
    assert desk.reason(release("settled", owner="media")) is Reason.NOT_HOLD_OWNER
    assert desk.reason(settle("released", owner="media")) is Reason.NOT_HOLD_OWNER


def test_a_cost_that_cannot_be_charged_is_refused(desk: Desk) -> None:
    assert desk.reason(settle(usd_ticks=-1)) is Reason.INVALID_VALUE
    assert desk.reason(settle(usd_ticks=1 << 61)) is Reason.INVALID_VALUE
    assert desk.reason(settle("unknown", usd_ticks=1 << 61)) is Reason.INVALID_VALUE
    assert desk.state() is HoldState.OPEN


def test_an_extension_moves_the_expiry_and_never_shortens_it(desk: Desk) -> None:
    start_ms = desk.clock.now_ms()
    desk.clock.advance(EXPIRY_MS - 1)
    assert desk.do(extend(expires_in_ms=50_000)).expires_at_ms == start_ms + EXPIRY_MS + 49_999
    assert desk.do(extend(expires_in_ms=1)).expires_at_ms == start_ms + EXPIRY_MS + 49_999
    desk.clock.advance(50_000 - 1)
    assert desk.do(settle()).state is HoldState.POSTED


def test_an_ended_or_unknown_hold_cannot_be_extended(desk: Desk) -> None:
    desk.clock.advance(EXPIRY_MS)
    assert desk.reason(extend()) is Reason.HOLD_ENDED
    assert desk.reason(extend("unknown")) is Reason.NOT_FOUND


def test_that_upstream_was_reached_is_remembered(desk: Desk) -> None:
    desk.do(extend(reached_upstream=True))
    desk.do(extend(reached_upstream=False))
    desk.clock.advance(EXPIRY_MS)
    desk.do(release())
    assert desk.hold().reached_upstream


def _desk_with_tokens_taken(estimate: int) -> Desk:
    desk = Desk(KeyPolicy(limits=Limits(tokens_per_minute=600)))
    desk.do(UpdateAccount(ACCOUNT, "ops", tokens_per_minute=600))
    desk.do(place(tokens_estimate=estimate))
    return desk


def _tokens_left(desk: Desk) -> int:
    return int(desk.do(place("probe", 1)).tokens.remaining)


@pytest.mark.parametrize(("used", "left"), [(100, 500), (400, 200), (500, 100), (900, 0)])
def test_a_settlement_corrects_the_estimate_of_tokens(used: int, left: int) -> None:
    desk = _desk_with_tokens_taken(400)
    desk.do(settle(tokens_used=used))
    if used <= 600:
        assert _tokens_left(desk) == left
    else:
        refusal = desk.refused(place("probe", 1))
        assert (refusal.reason, refusal.retry_after_ms) == (Reason.TOKENS_LIMITED, 30_000)


def test_an_unknown_use_of_tokens_leaves_the_estimate() -> None:
    desk = _desk_with_tokens_taken(400)
    desk.do(settle(tokens_used=None))
    assert _tokens_left(desk) == 200


@pytest.mark.parametrize(("reached_upstream", "left"), [(False, 600), (True, 200)])
def test_a_release_gives_tokens_back_that_upstream_never_saw(
    reached_upstream: bool,  # noqa: FBT001  # a parameter of the test
    left: int,
) -> None:
    desk = _desk_with_tokens_taken(400)
    desk.do(release(reached_upstream=reached_upstream))
    assert _tokens_left(desk) == left
