"""What a caller sees of itself, and that it sees nothing of others."""

from typing import Any

import pytest

from grokgate.api.billing.v1 import account_pb2, billing_pb2
from grokgate.api.billing.v1.account_pb2 import (
    GetBalanceRequest,
    GetKeyRequest,
    ListUsageRequest,
    ListUsageResponse,
)
from grokgate.api.billing.v1.admin_pb2 import RevokeKeyRequest, UpdateAccountRequest
from grokgate.api.billing.v1.billing_pb2 import ReleaseHoldRequest
from grokgate.api.types.v1.endpoint_pb2 import Endpoint
from grokgate.api.types.v1.money_pb2 import ChargeBasis
from grokgate.chassis.calls import Metadata
from grokgate.chassis.errors import Reason
from tests.billing.servicers.running import (
    AS_ADMIN,
    AS_TEXT,
    MODEL,
    USD,
    Billing,
    as_caller,
    refusal,
    settlement,
    tokens,
)

RPCS: dict[str, Any] = {
    "GetKey": GetKeyRequest(),
    "GetBalance": GetBalanceRequest(),
    "ListUsage": ListUsageRequest(),
}


async def usage(billing: Billing, secret: str, **wanted: Any) -> ListUsageResponse:
    request = ListUsageRequest(**wanted)
    found: ListUsageResponse = await billing.account.ListUsage(request, metadata=as_caller(secret))
    return found


@pytest.mark.parametrize("rpc", RPCS)
@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ((), Reason.MISSING_API_KEY),
        ((("authorization", "Basic abc"),), Reason.MISSING_API_KEY),
        (as_caller("llmtr-unknown"), Reason.INVALID_API_KEY),
        (AS_ADMIN, Reason.MISSING_API_KEY),
        (AS_TEXT, Reason.MISSING_API_KEY),
    ],
)
async def test_a_call_without_a_good_key_is_refused(
    billing: Billing, rpc: str, metadata: Metadata, reason: Reason
) -> None:
    error = await refusal(getattr(billing.account, rpc)(RPCS[rpc], metadata=metadata))
    assert error.reason is reason


@pytest.mark.parametrize("rpc", RPCS)
async def test_a_revoked_key_is_refused(billing: Billing, rpc: str) -> None:
    await billing.open_account()
    issued = await billing.issue_key()
    await billing.admin.RevokeKey(RevokeKeyRequest(id=issued.key.id), metadata=AS_ADMIN)
    error = await refusal(
        getattr(billing.account, rpc)(RPCS[rpc], metadata=as_caller(issued.secret))
    )
    assert error.reason is Reason.REVOKED_API_KEY


@pytest.mark.parametrize("rpc", RPCS)
async def test_an_expired_key_is_refused(billing: Billing, rpc: str) -> None:
    secret = await billing.customer(expires_at_ms=billing.clock.now_ms() + 1)
    billing.clock.advance(1)
    error = await refusal(getattr(billing.account, rpc)(RPCS[rpc], metadata=as_caller(secret)))
    assert error.reason is Reason.EXPIRED_API_KEY


async def test_a_key_is_described_without_its_secret(billing: Billing) -> None:
    policy: dict[str, Any] = {
        "allowed_models": [MODEL],
        "allowed_endpoints": [Endpoint.ENDPOINT_RESPONSES],
        "requests_per_minute": 60,
        "tokens_per_minute": 100_000,
        "concurrency": 5,
        "budget_usd_ticks": USD,
        "budget_period": account_pb2.BUDGET_PERIOD_WEEK,
        "expires_at_ms": billing.clock.now_ms() + 1,
    }
    secret = await billing.customer(**policy)
    await billing.place(secret)
    found = await billing.account.GetKey(GetKeyRequest(), metadata=as_caller(secret))
    assert found.key.policy == account_pb2.KeyPolicy(**policy)
    assert (found.key.account_id, found.key.name) == ("acme", "a key")
    assert found.key.display == secret[: len("llmtr-") + 6]
    assert (found.key.held_usd_ticks, found.key.open_holds) == (25_000_000, 1)
    assert not found.account_suspended
    assert not found.key.HasField("revoked_at_ms")
    assert secret not in str(found)


async def test_a_key_of_a_suspended_account_may_look_but_not_spend(billing: Billing) -> None:
    secret = await billing.customer()
    suspension = UpdateAccountRequest(id="acme", suspended=True)
    await billing.admin.UpdateAccount(suspension, metadata=AS_ADMIN)
    found = await billing.account.GetKey(GetKeyRequest(), metadata=as_caller(secret))
    assert found.account_suspended
    assert not (await usage(billing, secret)).rows
    request = billing.hold_request(secret)
    error = await refusal(billing.billing.PlaceHold(request, metadata=AS_TEXT))
    assert error.reason is Reason.ACCOUNT_SUSPENDED


async def test_the_balance_is_what_is_posted_less_what_is_held(billing: Billing) -> None:
    secret = await billing.customer()
    await billing.place(secret)
    settled = await billing.place(secret)
    request = settlement(settled, provider_usd_ticks=30_000_000)
    await billing.billing.SettleHold(request, metadata=AS_TEXT)
    found = await billing.account.GetBalance(GetBalanceRequest(), metadata=as_caller(secret))
    assert found.account_id == "acme"
    assert found.posted_usd_ticks == 100 * USD - 30_000_000
    assert found.held_usd_ticks == 25_000_000
    assert found.available_usd_ticks == 100 * USD - 55_000_000


async def test_a_usage_row_tells_a_call_whole(billing: Billing) -> None:
    secret = await billing.customer()
    request = billing.hold_request(secret, client_request_id="theirs-1", user="bob")
    await billing.billing.PlaceHold(request, metadata=AS_TEXT)
    placed_at_ms = billing.clock.now_ms()
    end = settlement(request.hold_id, provider_usd_ticks=30_000_000, counted=tokens(900, 300, 100))
    await billing.billing.SettleHold(end, metadata=AS_TEXT)
    page = await usage(billing, secret)
    [row] = page.rows
    assert (row.hold_id, page.last_id, page.has_more) == (request.hold_id, request.hold_id, False)
    assert (row.request_id, row.client_request_id) == (request.request_id, "theirs-1")
    assert (row.created_at_ms, row.latency_ms) == (placed_at_ms, 1_234)
    assert (row.model, row.endpoint) == (MODEL, Endpoint.ENDPOINT_RESPONSES)
    assert row.units == tokens(900, 300, 100)
    assert row.held_usd_ticks == 25_000_000
    assert row.charge.usd_ticks == 30_000_000
    assert row.charge.basis == ChargeBasis.CHARGE_BASIS_PROVIDER
    assert (row.status, row.user, row.late) == ("completed", "bob", False)
    assert row.state == billing_pb2.HOLD_STATE_POSTED
    assert row.key_id.startswith("key_")


async def test_usage_is_filtered_and_paged_newest_first(billing: Billing) -> None:
    secret = await billing.customer()
    started_ms = billing.clock.now_ms()
    holds = []
    for model in (MODEL, "xai/grok-4.7", MODEL):
        billing.clock.advance(1_000)
        holds.append(await billing.place(secret, model=model))
    release = ReleaseHoldRequest(hold_id=holds[0], void_reason="cancelled")
    await billing.billing.ReleaseHold(release, metadata=AS_TEXT)
    await billing.billing.SettleHold(settlement(holds[2], status="failed"), metadata=AS_TEXT)

    async def ids(**wanted: Any) -> list[str]:
        return [row.hold_id for row in (await usage(billing, secret, **wanted)).rows]

    assert await ids() == holds[::-1]
    assert await ids(model=MODEL) == [holds[2], holds[0]]
    assert await ids(status="released") == [holds[0]]
    assert await ids(status="open") == [holds[1]]
    assert await ids(status="failed") == [holds[2]]
    assert await ids(from_ms=started_ms + 2_000, to_ms=started_ms + 3_000) == [holds[1]]
    first = await usage(billing, secret, limit=2)
    assert first.has_more
    rest = await usage(billing, secret, limit=2, after=first.last_id)
    assert [row.hold_id for row in rest.rows] == [holds[0]]
    assert not rest.has_more


async def test_another_owners_usage_is_never_shown(billing: Billing) -> None:
    acme, evil = await billing.customer("acme"), await billing.customer("evil")
    await billing.place(acme)
    foreign = await billing.place(acme)
    own = await billing.place(evil)
    assert [row.hold_id for row in (await usage(billing, evil)).rows] == [own]
    call = billing.account.ListUsage(ListUsageRequest(after=foreign), metadata=as_caller(evil))
    absent = ListUsageRequest(after=billing.ids.uuid())
    unknown = billing.account.ListUsage(absent, metadata=as_caller(evil))
    assert repr(await refusal(call)) == repr(await refusal(unknown))


@pytest.mark.parametrize(
    ("param", "wanted"),
    [
        ("limit", {"limit": -1}),
        ("limit", {"limit": 1_001}),
        ("status", {"status": "done"}),
        ("after", {"after": "1"}),
        ("model", {"model": "x" * 257}),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(
    billing: Billing, param: str, wanted: dict[str, Any]
) -> None:
    secret = await billing.customer()
    call = billing.account.ListUsage(ListUsageRequest(**wanted), metadata=as_caller(secret))
    error = await refusal(call)
    assert (error.reason, error.param) == (Reason.INVALID_VALUE, param)
