"""The one span that all steps of a stop share."""

from grokgate.launch.grace import Grace
from tests.support.clock import FakeClock


def test_every_step_of_a_stop_shares_one_grace() -> None:
    clock = FakeClock()
    grace = Grace(5, clock)
    clock.advance(60_000)
    assert grace.left_s() == 5
    clock.advance(3_000)
    assert grace.left_s() == 2
    clock.advance(3_000)
    assert grace.left_s() == 0


def test_a_grace_can_be_shortened_but_not_prolonged() -> None:
    clock = FakeClock()
    grace = Grace(5, clock)
    grace.shorten(2)
    grace.shorten(3)
    assert grace.left_s() == 2
