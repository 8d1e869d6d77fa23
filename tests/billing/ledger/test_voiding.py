"""An operator releases a hold that its service does not end."""

import json

from grokgate.billing.commands import HoldState, VoidHold
from grokgate.chassis.errors import Reason
from tests.billing.ledger.desk import Desk
from tests.billing.ledger.making import extend, place, release, settle

VOID = VoidHold("h1", "the service is gone", operator="eve")


def test_the_money_comes_back_with_the_operators_reason() -> None:
    desk = Desk()
    desk.do(place("h1", 100))
    row = desk.do(VOID)
    assert (row.state, row.void_reason) == (HoldState.VOIDED, "the service is gone")
    assert (desk.account().held_usd_ticks, desk.account().open_holds) == (0, 0)
    assert desk.key().open_holds == 0
    assert desk.moved() == {"pending": 100, "voided": 100}


def test_it_is_audited_as_it_was_and_as_it_is() -> None:
    desk = Desk()
    desk.do(place("h1", 100))
    desk.do(VOID)
    record = desk.audit[-1]
    assert (record.operator, record.action, record.subject) == ("eve", "VoidHold", "h1")
    assert record.reason == "the service is gone"
    assert json.loads(record.before_json)["state"] == "open"
    assert json.loads(record.after_json)["state"] == "voided"


def test_a_charge_that_comes_later_is_posted_late() -> None:
    desk = Desk()
    desk.do(place("h1", 100))
    desk.do(VOID)
    assert desk.do(settle("h1", 60)).late
    assert desk.account().posted_usd_ticks == 940


def test_a_hold_that_reached_upstream_stays_to_be_reconciled() -> None:
    desk = Desk()
    desk.do(place("h1", 100))
    desk.do(extend("h1", reached_upstream=True))
    desk.do(VOID)
    assert desk.hold().reached_upstream


def test_what_is_not_open_is_refused() -> None:
    desk = Desk()
    assert desk.reason(VOID) is Reason.NOT_FOUND
    desk.do(place("h1", 100))
    desk.do(release("h1"))
    assert desk.reason(VOID) is Reason.HOLD_ENDED
