"""Ids by RFC 9562, and their order."""

import uuid
from itertools import pairwise

import pytest

from grokgate.chassis.ids import IdSource
from tests.support.clock import FakeClock


def test_an_id_is_a_uuid_of_version_7_and_the_rfc_9562_variant() -> None:
    made = uuid.UUID(IdSource().uuid())
    assert made.version == 7
    assert made.variant == uuid.RFC_4122


@pytest.mark.parametrize("random_bits", [0, (1 << 62) - 1])
def test_version_and_variant_stand_whatever_the_random_bits(random_bits: int) -> None:
    made = uuid.UUID(IdSource(FakeClock(), lambda _count: random_bits).uuid())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int & ((1 << 62) - 1) == random_bits


def test_an_id_begins_with_the_time_in_milliseconds() -> None:
    clock = FakeClock(now_ms=1_780_000_000_123)
    assert uuid.UUID(IdSource(clock).uuid()).int >> 80 == 1_780_000_000_123


def test_the_example_of_rfc_9562_is_made_from_its_time() -> None:
    made = IdSource(FakeClock(now_ms=0x017F22E279B0), lambda _count: 0x18C4DC0C0C07398F).uuid()
    assert made == "017f22e2-79b0-7000-98c4-dc0c0c07398f"


def test_ids_of_one_millisecond_keep_their_order_beyond_the_counter() -> None:
    ids = IdSource(FakeClock())
    made = [ids.uuid() for _ in range(5_000)]
    assert all(earlier < later for earlier, later in pairwise(made))


def test_ids_keep_their_order_when_the_clock_goes_back() -> None:
    clock = FakeClock()
    ids = IdSource(clock)
    before = ids.uuid()
    clock.advance(-60_000)
    assert ids.uuid() > before


def test_two_sources_at_the_same_instant_differ() -> None:
    clock = FakeClock()
    assert IdSource(clock).uuid() != IdSource(clock).uuid()


def test_a_prefixed_id_is_the_prefix_and_a_uuid_without_dashes() -> None:
    prefix, _, text = IdSource(FakeClock()).prefixed("req").partition("_")
    assert prefix == "req"
    assert uuid.UUID(text).version == 7
