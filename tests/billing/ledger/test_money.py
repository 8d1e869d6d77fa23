"""Charges are integers, rounded half up once, and their parts sum to the whole."""

from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from grokgate.billing.commands import UpdateAccount
from grokgate.catalog.prices import ONE_PPM, charge
from tests.billing.ledger.desk import Desk
from tests.billing.ledger.making import ACCOUNT, place, settle

MULTIPLIERS_PPM = st.integers(1, 100_000_000)


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


@given(st.integers(0, 10**16), MULTIPLIERS_PPM, MULTIPLIERS_PPM)
def test_a_charge_is_an_integer_next_to_the_exact_product(
    ticks: int, model_ppm: int, account_ppm: int
) -> None:
    charged = charge(ticks, model_ppm, account_ppm)
    exact = Fraction(ticks * model_ppm * account_ppm, ONE_PPM * ONE_PPM)
    assert type(charged) is int
    assert Fraction(-1, 2) <= exact - charged < Fraction(1, 2) or charged - exact == Fraction(1, 2)


@given(st.integers(0, 10**12), st.integers(0, 10**12), MULTIPLIERS_PPM, MULTIPLIERS_PPM)
def test_the_parts_of_a_settlement_sum_to_the_whole(
    held: int, cost: int, model_ppm: int, account_ppm: int
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
