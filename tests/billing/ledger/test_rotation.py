"""Replacing a key by a new one of the same policy."""

import json
from typing import Any

import pytest

from grokgate.billing.commands import KeyPolicy, Limits, RevokeKey, RotateKey
from grokgate.chassis.errors import Reason
from tests.billing.ledger.desk import Desk
from tests.billing.ledger.making import KEY, key_hash, place

POLICY = KeyPolicy(("xai/grok-4.3",), ("responses",), Limits(concurrency=3), 500)
HOUR_MS = 3_600_000


def rotate(**changes: Any) -> RotateKey:
    fields: dict[str, Any] = {
        "key_id": KEY,
        "new_key_id": "key_2",
        "display": "llmtr-zyxwvu",
        "key_hash": key_hash("key_2"),
        "pepper_id": "p1",
        "overlap_ms": HOUR_MS,
        "operator": "ops",
        **changes,
    }
    return RotateKey(**fields)


def test_both_keys_work_during_the_overlap_and_then_the_new_one_alone() -> None:
    desk = Desk(POLICY)
    rotated = desk.do(rotate())
    assert (rotated.key.name, rotated.key.policy) == ("test", POLICY)
    assert rotated.old_key.revoked_at_ms == desk.clock.now_ms() + HOUR_MS
    desk.do(place("h1"))
    desk.do(place("h2", key_hash=key_hash("key_2")))
    desk.clock.advance(HOUR_MS)
    assert desk.reason(place("h3")) is Reason.REVOKED_API_KEY
    desk.do(place("h4", key_hash=key_hash("key_2")))


def test_without_an_overlap_the_old_key_ends_at_once() -> None:
    desk = Desk()
    desk.do(rotate(overlap_ms=0))
    assert desk.reason(place()) is Reason.REVOKED_API_KEY


def test_an_earlier_end_of_the_old_key_stands() -> None:
    desk = Desk()
    soon_ms = desk.clock.now_ms() + 5
    desk.do(RevokeKey(KEY, soon_ms, "ops"))
    assert desk.do(rotate()).old_key.revoked_at_ms == soon_ms


def test_both_changes_are_audited() -> None:
    desk = Desk()
    desk.do(rotate(operator="eve"))
    new, old = desk.audit[-2:]
    assert [(row.operator, row.action, row.subject) for row in (new, old)] == [
        ("eve", "RotateKey", "key_2"),
        ("eve", "RotateKey", KEY),
    ]
    assert new.before_json == ""
    assert json.loads(old.before_json)["revoked_at_ms"] is None
    assert json.loads(old.after_json)["revoked_at_ms"] == desk.clock.now_ms() + HOUR_MS


@pytest.mark.parametrize(
    ("change", "reason", "param"),
    [
        ({"key_id": "key_9"}, Reason.NOT_FOUND, "id"),
        ({"overlap_ms": -1}, Reason.INVALID_VALUE, "overlap_ms"),
        ({"overlap_ms": 367 * 24 * HOUR_MS}, Reason.INVALID_VALUE, "overlap_ms"),
        ({"key_hash": key_hash()}, Reason.ALREADY_EXISTS, "key_id"),
    ],
)
def test_a_rotation_that_makes_no_sense_is_refused(
    change: dict[str, Any], reason: Reason, param: str
) -> None:
    refusal = Desk().refused(rotate(**change))
    assert (refusal.reason, refusal.param) == (reason, param)


def test_a_key_that_no_longer_works_is_not_rotated() -> None:
    desk = Desk(KeyPolicy(expires_at_ms=1_780_000_000_010))
    desk.clock.advance(10)
    assert desk.refused(rotate()).param == "id"
    revoked = Desk()
    revoked.do(RevokeKey(KEY, None, "ops"))
    assert revoked.refused(rotate()).param == "id"
