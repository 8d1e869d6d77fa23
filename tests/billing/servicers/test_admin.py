"""What operators do, who did it, and what they are refused."""

import json
from typing import Any

import pytest

from grokgate.api.billing.v1 import admin_pb2 as pb
from grokgate.api.billing.v1.account_pb2 import KeyPolicy
from grokgate.api.billing.v1.billing_pb2 import ExtendHoldRequest, SettleHoldRequest
from grokgate.api.types.v1.endpoint_pb2 import Endpoint
from grokgate.chassis.calls import Metadata
from grokgate.chassis.credentials import admin_metadata
from grokgate.chassis.errors import Reason
from tests.billing.servicers.running import (
    ADMIN_TOKEN,
    AS_ADMIN,
    AS_TEXT,
    MODEL,
    USD,
    Billing,
    refusal,
    tokens,
)


async def admin(billing: Billing, rpc: str, metadata: Metadata = AS_ADMIN, **fields: Any) -> Any:
    request = getattr(pb, f"{rpc}Request")(**fields)
    return await getattr(billing.admin, rpc)(request, metadata=metadata)


async def test_an_account_is_opened_empty_credited_and_corrected(billing: Billing) -> None:
    opened = await admin(billing, "OpenAccount", id="acme", name="Acme Inc.")
    assert (opened.account.name, opened.account.posted_usd_ticks) == ("Acme Inc.", 0)
    assert opened.account.multiplier_ppm == 1_000_000
    payment: dict[str, Any] = {"id": "invoice-7", "account_id": "acme", "usd_ticks": 5 * USD}
    for _ in range(2):
        credited = await admin(billing, "AddCredit", **payment)
        assert credited.account.posted_usd_ticks == 5 * USD
    adjusted = await admin(
        billing, "AdjustBalance", id="fix-1", account_id="acme", usd_ticks=-USD, reason="refund"
    )
    assert adjusted.account.posted_usd_ticks == 4 * USD


async def test_an_update_changes_what_it_names_and_leaves_the_rest(billing: Billing) -> None:
    await billing.open_account()
    await admin(billing, "UpdateAccount", id="acme", requests_per_minute=60, concurrency=3)
    response = await admin(billing, "UpdateAccount", id="acme", concurrency=0, suspended=True)
    assert response.account.requests_per_minute == 60
    assert not response.account.HasField("concurrency")
    assert response.account.suspended


async def test_every_change_leaves_an_audit_row_that_names_the_operator(billing: Billing) -> None:
    await admin(billing, "OpenAccount", id="acme", name="Acme")
    await admin(billing, "UpdateAccount", id="acme", multiplier_ppm=2_000_000)
    await admin(billing, "AddCredit", id="c1", account_id="acme", usd_ticks=USD)
    await admin(
        billing, "AdjustBalance", id="a1", account_id="acme", usd_ticks=1, reason="goodwill"
    )
    issued = await admin(billing, "IssueKey", account_id="acme", name="k")
    as_otto = admin_metadata(ADMIN_TOKEN, "otto")
    await admin(billing, "RevokeKey", as_otto, id=issued.key.id)
    rows = billing.select("SELECT operator, subject, reason, before_json, after_json FROM audit")
    assert [row[:3] for row in rows] == [
        ("olivia", "acme", ""),
        ("olivia", "acme", ""),
        ("olivia", "acme", ""),
        ("olivia", "acme", "goodwill"),
        ("olivia", issued.key.id, ""),
        ("otto", issued.key.id, ""),
    ]
    assert json.loads(rows[1][3])["multiplier_ppm"] == 1_000_000
    assert json.loads(rows[1][4])["multiplier_ppm"] == 2_000_000
    assert issued.secret not in str(rows)


async def test_a_refused_change_leaves_no_audit_row(billing: Billing) -> None:
    await billing.open_account()
    before = billing.select("SELECT count(*) FROM audit")
    error = await refusal(admin(billing, "OpenAccount", id="acme"))
    assert error.reason is Reason.ALREADY_EXISTS
    assert billing.select("SELECT count(*) FROM audit") == before


async def test_a_secret_is_shown_once_and_never_stored(billing: Billing) -> None:
    await billing.open_account()
    issued = await billing.issue_key(policy=KeyPolicy(concurrency=2))
    assert issued.secret.startswith("llmtr-")
    assert issued.key.display == issued.secret[:12]
    assert issued.key.policy.concurrency == 2
    listed = await admin(billing, "ListKeys", account_id="acme")
    assert [key.id for key in listed.keys] == [issued.key.id]
    assert issued.secret not in str(listed)
    hidden = issued.secret.removeprefix("llmtr-").encode()
    assert [hidden in file.read_bytes() for file in billing.database.parent.iterdir()].count(
        True
    ) == 0


async def test_two_keys_are_never_the_same(billing: Billing) -> None:
    await billing.open_account()
    one, other = await billing.issue_key(), await billing.issue_key()
    assert one.secret != other.secret
    assert one.key.id < other.key.id


async def test_a_key_may_be_revoked_from_a_later_time(billing: Billing) -> None:
    await billing.open_account()
    issued = await billing.issue_key()
    later_ms = billing.clock.now_ms() + 60_000
    revoked = await admin(billing, "RevokeKey", id=issued.key.id, revoked_at_ms=later_ms)
    assert revoked.key.revoked_at_ms == later_ms
    await billing.place(issued.secret)
    billing.clock.advance(60_000)
    request = billing.hold_request(issued.secret)
    error = await refusal(billing.billing.PlaceHold(request, metadata=AS_TEXT))
    assert error.reason is Reason.REVOKED_API_KEY


async def test_accounts_and_keys_are_listed_in_pages(billing: Billing) -> None:
    for account_id in ("a", "b", "c"):
        await billing.open_account(account_id, usd_ticks=0)
        await billing.issue_key(account_id)
    first = await admin(billing, "ListAccounts", limit=2)
    rest = await admin(billing, "ListAccounts", limit=2, after="b")
    assert [account.id for account in (*first.accounts, *rest.accounts)] == ["a", "b", "c"]
    assert (first.has_more, rest.has_more) == (True, False)
    keys = await admin(billing, "ListKeys", limit=2)
    last = await admin(billing, "ListKeys", limit=2, after=keys.keys[-1].id)
    assert [key.account_id for key in (*keys.keys, *last.keys)] == ["a", "b", "c"]
    assert (keys.has_more, last.has_more) == (True, False)


async def test_open_holds_and_those_to_reconcile_are_listed(billing: Billing) -> None:
    secret = await billing.customer()
    lost, forgotten = await billing.place(secret), await billing.place(secret)
    extension = ExtendHoldRequest(hold_id=lost, expires_in_ms=1_000, reached_upstream=True)
    await billing.billing.ExtendHold(extension, metadata=AS_TEXT)
    billing.clock.advance(120_001)
    still_open = await billing.place(secret)
    opened = await admin(billing, "ListHolds", account_id="acme")
    reconcile = await admin(billing, "ListHolds", to_reconcile=True)
    assert [hold.hold_id for hold in opened.holds] == [still_open]
    assert {hold.hold_id for hold in reconcile.holds} == {lost, forgotten}


async def test_a_charge_that_is_an_estimate_is_to_be_reconciled(billing: Billing) -> None:
    secret = await billing.customer()
    holds = {partial: await billing.place(secret) for partial in (True, False)}
    for partial, hold_id in holds.items():
        settlement = SettleHoldRequest(
            hold_id=hold_id,
            account_id="acme",
            model=MODEL,
            counted=tokens(10, 10),
            partial=partial,
            status="incomplete",
        )
        await billing.billing.SettleHold(settlement, metadata=AS_TEXT)
    reconcile = await admin(billing, "ListHolds", to_reconcile=True)
    assert [hold.hold_id for hold in reconcile.holds] == [holds[True]]


async def test_a_sound_ledger_has_no_problems(billing: Billing) -> None:
    await billing.place(await billing.customer())
    found = await admin(billing, "VerifyLedger")
    assert (found.transfers, found.holds, list(found.problems)) == (2, 1, [])


@pytest.mark.parametrize(
    ("rpc", "fields", "reason", "param"),
    [
        ("OpenAccount", {"id": "a b"}, Reason.INVALID_VALUE, "id"),
        ("OpenAccount", {"id": "funding"}, Reason.INVALID_VALUE, "id"),
        ("OpenAccount", {"id": "new", "name": "x" * 257}, Reason.INVALID_VALUE, "name"),
        ("ListAccounts", {"limit": 1_001}, Reason.INVALID_VALUE, "limit"),
        ("UpdateAccount", {"id": "acme", "multiplier_ppm": 0}, Reason.INVALID_VALUE, None),
        ("UpdateAccount", {"id": "acme", "concurrency": -1}, Reason.INVALID_VALUE, None),
        ("UpdateAccount", {"id": "nobody"}, Reason.NOT_FOUND, None),
        ("AddCredit", {"account_id": "acme", "usd_ticks": 1}, Reason.INVALID_VALUE, "id"),
        ("AddCredit", {"id": "1", "account_id": "acme"}, Reason.INVALID_VALUE, "usd_ticks"),
        (
            "AddCredit",
            {"id": "1", "account_id": "acme", "usd_ticks": 2**63 - 1},
            Reason.INVALID_VALUE,
            "usd_ticks",
        ),
        (
            "AddCredit",
            {"id": "1", "account_id": "nobody", "usd_ticks": 1},
            Reason.NOT_FOUND,
            "account_id",
        ),
        (
            "AddCredit",
            {"id": "credit-acme", "account_id": "acme", "usd_ticks": 1},
            Reason.ALREADY_EXISTS,
            "id",
        ),
        (
            "AdjustBalance",
            {"id": "1", "account_id": "acme", "usd_ticks": 1},
            Reason.INVALID_VALUE,
            "reason",
        ),
        ("IssueKey", {"account_id": "nobody"}, Reason.NOT_FOUND, "account_id"),
        ("IssueKey", {"account_id": "acme", "name": "x" * 257}, Reason.INVALID_VALUE, "name"),
        ("ListKeys", {"limit": -1}, Reason.INVALID_VALUE, "limit"),
        ("RevokeKey", {"id": "key_nothing"}, Reason.NOT_FOUND, "id"),
        ("ListHolds", {"limit": 1_001}, Reason.INVALID_VALUE, "limit"),
    ],
)
async def test_an_operator_is_told_what_is_wrong(
    billing: Billing, rpc: str, fields: dict[str, Any], reason: Reason, param: str | None
) -> None:
    await billing.open_account()
    error = await refusal(admin(billing, rpc, **fields))
    assert error.reason is reason
    assert param in (None, error.param)


@pytest.mark.parametrize(
    ("param", "policy"),
    [
        ("allowed_models", {"allowed_models": [MODEL, "xai/nothing"]}),
        ("allowed_models", {"allowed_models": ["grok-4.3"]}),
        ("allowed_endpoints", {"allowed_endpoints": [Endpoint.ENDPOINT_UNSPECIFIED]}),
        ("budget_period", {"budget_period": 9}),
        ("budget_usd_ticks", {"budget_usd_ticks": -1}),
        ("requests_per_minute", {"requests_per_minute": 0}),
        ("tokens_per_minute", {"tokens_per_minute": -1}),
        ("concurrency", {"concurrency": 0}),
        ("expires_at_ms", {"expires_at_ms": 1_780_000_000}),
    ],
)
async def test_a_policy_that_makes_no_sense_is_refused(
    billing: Billing, param: str, policy: dict[str, Any]
) -> None:
    await billing.open_account()
    error = await refusal(billing.issue_key(policy=KeyPolicy(**policy)))
    assert error.reason is Reason.INVALID_VALUE
    assert error.param.removeprefix("policy.") == param
