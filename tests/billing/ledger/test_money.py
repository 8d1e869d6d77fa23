"""Charges are integers, rounded half up once, and their parts sum to the whole."""

from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from grokgate.billing.commands import UpdateAccount
from grokgate.catalog.prices import ONE_PPM, Ticks, TranscriptionPrices, VideoPrices, charge
from tests.billing.ledger.desk import Desk
from tests.billing.ledger.making import ACCOUNT, place, settle

MULTIPLIERS_PPM = st.integers(1, 100_000_000)
# Media are sold by the microsecond, so their exact cost need not be whole.
EXACT_TICKS = st.integers(0, 10**12) | st.fractions(0, 10**12, max_denominator=3_600_000_000)


def test_a_million_random_charges_are_rounded_half_up_once() -> None:
    random = Random(20261121)  # noqa: S311  # a repeatable draw, not a secret
    scale = 2 * ONE_PPM * ONE_PPM
    draw = random.getrandbits
    wrong = []
    for _ in range(1_000_000):
        ticks, model_ppm, account_ppm = draw(44), draw(24) + 1, draw(24) + 1
        charged = charge(ticks, model_ppm, account_ppm)
        # n is x rounded half up exactly when n - 1/2 <= x < n + 1/2.
        doubled = 2 * ticks * model_ppm * account_ppm
        if not scale * charged <= doubled + scale // 2 < scale * (charged + 1):
            wrong.append((ticks, model_ppm, account_ppm))
    assert wrong == []


def test_a_million_random_lengths_of_media_are_charged_rounded_half_up_once() -> None:
    random = Random(20261122)  # noqa: S311  # a repeatable draw, not a secret
    draw = random.getrandbits
    wrong = []
    for _ in range(500_000):
        duration_us, price, fee, ppm = draw(36), draw(32) + 1, draw(28), draw(24) + 1
        hour = TranscriptionPrices(hour=price).cost(duration_us)
        seconds = VideoPrices(second={"480p": price}, image_input=fee).cost(duration_us, "480p", 2)
        assert seconds is not None
        for cost, length_us, added in ((hour, 3_600_000_000, 0), (seconds, 1_000_000, 2 * fee)):
            charged = charge(cost, ppm, ONE_PPM)
            # n is x rounded half up exactly when n - 1/2 <= x < n + 1/2.
            scale = 2 * ONE_PPM * length_us
            doubled = 2 * (duration_us * price + added * length_us) * ppm
            if not scale * charged <= doubled + scale // 2 < scale * (charged + 1):
                wrong.append((duration_us, price, fee, ppm))
    assert wrong == []


@given(st.integers(0, 10**16), MULTIPLIERS_PPM, MULTIPLIERS_PPM)
def test_a_charge_is_an_integer_next_to_the_exact_product(
    ticks: int, model_ppm: int, account_ppm: int
) -> None:
    charged = charge(ticks, model_ppm, account_ppm)
    exact = Fraction(ticks * model_ppm * account_ppm, ONE_PPM * ONE_PPM)
    assert type(charged) is int
    assert Fraction(-1, 2) <= exact - charged < Fraction(1, 2) or charged - exact == Fraction(1, 2)


@given(EXACT_TICKS, EXACT_TICKS, MULTIPLIERS_PPM, MULTIPLIERS_PPM)
def test_the_parts_of_a_settlement_sum_to_the_whole(
    held: Ticks, cost: Ticks, model_ppm: int, account_ppm: int
) -> None:
    desk = Desk(usd_ticks=10**18)
    desk.do(UpdateAccount(ACCOUNT, "ops", multiplier_ppm=account_ppm))
    placed = desk.do(place(usd_ticks=held, model_multiplier_ppm=model_ppm))
    charged = desk.do(settle(usd_ticks=cost)).charge_usd_ticks
    moved = desk.moved()
    assert charged == charge(cost, model_ppm, account_ppm)
    assert moved.get("posted", 0) + moved.get("overage", 0) == charged
    assert moved.get("posted", 0) + moved.get("voided", 0) == placed.held_usd_ticks
    assert all(type(ticks) is int for ticks in moved.values())
    assert desk.account().posted_usd_ticks == 10**18 - charged
