"""What operators change, and the audit record that each change leaves."""

import json

import pytest

from grokgate.billing.commands import (
    AdjustBalance,
    Command,
    KeyPolicy,
    Limits,
    OpenAccount,
    RevokeKey,
    UpdateAccount,
)
from grokgate.chassis.errors import Reason
from tests.billing.ledger.desk import Desk
from tests.billing.ledger.making import ACCOUNT, KEY, add_credit, issue_key, open_account


def _adjust(usd_ticks: int, adjustment_id: str = "adjust-1", reason: str = "refund") -> Command:
    return AdjustBalance(adjustment_id, ACCOUNT, usd_ticks, reason, operator="ops")


def test_an_account_is_opened_once_and_empty() -> None:
    desk = Desk(usd_ticks=0)
    assert desk.account().posted_usd_ticks == 0
    assert desk.reason(open_account()) is Reason.ALREADY_EXISTS


@pytest.mark.parametrize("account_id", ["funding", "revenue", "", "a/held", "a b", "é", "a" * 65])
def test_ids_of_system_accounts_and_odd_ids_are_refused(account_id: str) -> None:
    refusal = Desk().refused(open_account(account_id))
    assert (refusal.reason, refusal.param) == (Reason.INVALID_VALUE, "id")


def test_an_update_changes_what_it_names_and_leaves_the_rest() -> None:
    desk = Desk()
    desk.do(UpdateAccount(ACCOUNT, "ops", requests_per_minute=5, tokens_per_minute=7))
    account = desk.do(UpdateAccount(ACCOUNT, "ops", tokens_per_minute=0, multiplier_ppm=2))
    assert account.limits == Limits(requests_per_minute=5)
    assert (account.multiplier_ppm, account.suspended) == (2, False)


@pytest.mark.parametrize(
    ("update", "param"),
    [
        (UpdateAccount(ACCOUNT, "ops", multiplier_ppm=0), "multiplier_ppm"),
        (UpdateAccount(ACCOUNT, "ops", multiplier_ppm=100_000_001), "multiplier_ppm"),
        (UpdateAccount(ACCOUNT, "ops", requests_per_minute=-1), "requests_per_minute"),
        (UpdateAccount(ACCOUNT, "ops", tokens_per_minute=10**9 + 1), "tokens_per_minute"),
        (UpdateAccount(ACCOUNT, "ops", concurrency=-1), "concurrency"),
    ],
)
def test_an_update_out_of_range_is_refused(update: UpdateAccount, param: str) -> None:
    refusal = Desk().refused(update)
    assert (refusal.reason, refusal.param) == (Reason.INVALID_VALUE, param)


@pytest.mark.parametrize(
    "command",
    [
        UpdateAccount("nobody", "ops", suspended=True),
        add_credit(1, account_id="nobody"),
        AdjustBalance("a", "nobody", 1, "why", "ops"),
        issue_key(account_id="nobody", key_id="key_2"),
        RevokeKey("key_2", None, "ops"),
    ],
)
def test_what_does_not_exist_is_not_found(command: Command) -> None:
    assert Desk().reason(command) is Reason.NOT_FOUND


def test_a_credit_is_added_once_by_its_id() -> None:
    desk = Desk(usd_ticks=0)
    assert desk.do(add_credit(500)).posted_usd_ticks == 500
    assert desk.do(add_credit(500)).posted_usd_ticks == 500
    assert desk.reason(add_credit(501)) is Reason.ALREADY_EXISTS
    desk.do(open_account("other"))
    assert desk.reason(add_credit(500, account_id="other")) is Reason.ALREADY_EXISTS
    assert desk.moved("credit-1") == {"credit": 500}


@pytest.mark.parametrize("usd_ticks", [0, -1, (1 << 60) + 1])
def test_a_credit_must_be_an_amount(usd_ticks: int) -> None:
    assert Desk(usd_ticks=0).refused(add_credit(usd_ticks)).param == "usd_ticks"


def test_an_adjustment_goes_up_or_down_once_by_its_id() -> None:
    desk = Desk(usd_ticks=100)
    assert desk.do(_adjust(-130)).posted_usd_ticks == -30
    assert desk.do(_adjust(-130)).posted_usd_ticks == -30
    assert desk.reason(_adjust(130)) is Reason.ALREADY_EXISTS
    assert desk.do(_adjust(40, "adjust-2")).posted_usd_ticks == 10
    down, up = desk.transfers[-2:]
    assert (down.debit_account, down.credit_account, down.usd_ticks) == (ACCOUNT, "funding", 130)
    assert (up.debit_account, up.credit_account, up.usd_ticks) == ("funding", ACCOUNT, 40)


def test_an_adjustment_needs_an_amount_and_a_reason() -> None:
    assert Desk().refused(_adjust(0)).param == "usd_ticks"
    assert Desk().refused(_adjust(1, reason="")).param == "reason"


def test_a_key_is_issued_once() -> None:
    desk = Desk()
    assert desk.reason(issue_key()) is Reason.ALREADY_EXISTS
    assert desk.do(issue_key(key_id="key_2")).key_id == "key_2"


@pytest.mark.parametrize(
    ("policy", "param"),
    [
        (KeyPolicy(limits=Limits(requests_per_minute=0)), "requests_per_minute"),
        (KeyPolicy(limits=Limits(tokens_per_minute=-5)), "tokens_per_minute"),
        (KeyPolicy(limits=Limits(concurrency=0)), "concurrency"),
        (KeyPolicy(budget_usd_ticks=-1), "budget_usd_ticks"),
    ],
)
def test_a_policy_out_of_range_is_refused(policy: KeyPolicy, param: str) -> None:
    assert Desk().refused(issue_key(policy, "key_2")).param == param


def test_a_revocation_to_come_may_be_moved_and_a_past_one_stands() -> None:
    desk = Desk()
    now_ms = desk.clock.now_ms()
    assert desk.do(RevokeKey(KEY, now_ms + 10, "ops")).revoked_at_ms == now_ms + 10
    assert desk.do(RevokeKey(KEY, now_ms + 20, "ops")).revoked_at_ms == now_ms + 20
    assert desk.do(RevokeKey(KEY, None, "ops")).revoked_at_ms == now_ms
    records = len(desk.audit)
    assert desk.do(RevokeKey(KEY, now_ms + 20, "ops")).revoked_at_ms == now_ms
    assert len(desk.audit) == records


def test_each_change_leaves_one_audit_record() -> None:
    desk = Desk(usd_ticks=0)
    desk.do(UpdateAccount(ACCOUNT, "eve", suspended=True))
    desk.do(add_credit(5))
    desk.do(_adjust(-2, reason="double payment"))
    desk.do(RevokeKey(KEY, None, "ops"))
    desk.refused(open_account())
    desk.do(add_credit(5))
    told = [(one.operator, one.action, one.subject, one.reason) for one in desk.audit]
    assert told == [
        ("ops", "OpenAccount", ACCOUNT, ""),
        ("ops", "IssueKey", KEY, ""),
        ("eve", "UpdateAccount", ACCOUNT, ""),
        ("ops", "AddCredit", ACCOUNT, ""),
        ("ops", "AdjustBalance", ACCOUNT, "double payment"),
        ("ops", "RevokeKey", KEY, ""),
    ]
    update = desk.audit[2]
    assert update.at_ms == desk.clock.now_ms()
    assert json.loads(update.before_json)["suspended"] is False
    assert json.loads(update.after_json)["suspended"] is True


def test_an_audit_record_does_not_tell_a_keys_hash() -> None:
    record = Desk().audit[-1]
    assert record.action == "IssueKey"
    assert "hash" not in record.after_json


def test_the_account_says_its_name_and_age() -> None:
    desk = Desk()
    account = desk.do(OpenAccount("other", "Other Ltd", "ops"))
    assert (account.name, account.created_at_ms) == ("Other Ltd", desk.clock.now_ms())
