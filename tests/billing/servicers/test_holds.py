"""Holds and settlements over unary calls: what is held, what is charged, and by which prices."""

import logging
from typing import Any

import pytest

from grokgate.api.billing.v1 import billing_pb2
from grokgate.api.billing.v1.account_pb2 import GetBalanceRequest
from grokgate.api.billing.v1.admin_pb2 import UpdateAccountRequest
from grokgate.api.billing.v1.billing_pb2 import (
    ExtendHoldRequest,
    ReleaseHoldRequest,
    SettleHoldRequest,
)
from grokgate.api.types.v1.endpoint_pb2 import Endpoint
from grokgate.api.types.v1.money_pb2 import ChargeBasis
from grokgate.catalog.models import parse_catalog
from grokgate.chassis.errors import Reason
from tests.billing.servicers.running import (
    AS_ADMIN,
    AS_TEXT,
    MODEL,
    MODELS_TOML,
    USD,
    Billing,
    as_caller,
    refusal,
    settlement,
    tokens,
)

PROVIDER = ChargeBasis.CHARGE_BASIS_PROVIDER
PRICE_LIST = ChargeBasis.CHARGE_BASIS_PRICE_LIST
PARTIAL_ESTIMATE = ChargeBasis.CHARGE_BASIS_PARTIAL_ESTIMATE
NONE = ChargeBasis.CHARGE_BASIS_NONE

# $1.25 and $2.50 per million tokens; from 200 000 prompt tokens on, twice that.
COUNTED_TICKS = 800 * 12_500 + 200 * 25_000
VIOLATION_FEE_TICKS = 5 * USD // 100


async def settle(billing: Billing, request: SettleHoldRequest) -> tuple[int, int]:
    response = await billing.billing.SettleHold(request, metadata=AS_TEXT)
    return response.charge.usd_ticks, response.charge.basis


@pytest.mark.parametrize(
    ("model", "input_tokens", "output_tokens", "usd_ticks"),
    [
        (MODEL, 1_000, 500, 25_000_000),
        (MODEL, 199_999, 1, 2_500_012_500),
        (MODEL, 200_000, 1, 5_000_050_000),
        ("xai/grok-4.7", 1_000_000 // 8, 4_096, 2_745_760_000),
        ("xai/grok-build-0.1", 0, 0, 0),
    ],
)
async def test_the_hold_is_the_price_list_on_the_worst_case(
    billing: Billing, model: str, input_tokens: int, output_tokens: int, usd_ticks: int
) -> None:
    secret = await billing.customer()
    request = billing.hold_request(
        secret, model=model, worst_case=tokens(input_tokens, output_tokens)
    )
    placed = await billing.billing.PlaceHold(request, metadata=AS_TEXT)
    assert placed.held_usd_ticks == usd_ticks
    assert placed.account_id == "acme"
    assert placed.expires_at_ms == billing.clock.now_ms() + 120_000


async def test_a_hold_lives_as_long_as_it_asks(billing: Billing) -> None:
    request = billing.hold_request(await billing.customer(), expires_in_ms=5_000)
    placed = await billing.billing.PlaceHold(request, metadata=AS_TEXT)
    assert placed.expires_at_ms == billing.clock.now_ms() + 5_000
    extension = ExtendHoldRequest(hold_id=request.hold_id, expires_in_ms=90_000)
    extended = await billing.billing.ExtendHold(extension, metadata=AS_TEXT)
    assert extended.expires_at_ms == billing.clock.now_ms() + 90_000


async def test_the_admission_tells_the_keys_limits(billing: Billing) -> None:
    secret = await billing.customer(requests_per_minute=60)
    request = billing.hold_request(secret)
    placed = await billing.billing.PlaceHold(request, metadata=AS_TEXT)
    assert (placed.rate_limits.requests.limit, placed.rate_limits.requests.remaining) == (60, 59)
    assert not placed.rate_limits.HasField("tokens")


@pytest.mark.parametrize(
    ("changes", "charge"),
    [
        ({"provider_usd_ticks": 7_000_001}, (7_000_001, PROVIDER)),
        ({}, (COUNTED_TICKS, PRICE_LIST)),
        ({"provider_usd_ticks": 0}, (0, PROVIDER)),
        ({"provider_usd_ticks": 100 * 25_000_000}, (100 * 25_000_000, PROVIDER)),
        ({"provider_usd_ticks": -1}, (COUNTED_TICKS, PRICE_LIST)),
        ({"provider_usd_ticks": 2**63 - 1}, (COUNTED_TICKS, PRICE_LIST)),
        ({"provider_usd_ticks": -1, "counted": None}, (0, NONE)),
        ({"partial": True}, (COUNTED_TICKS, PARTIAL_ESTIMATE)),
        ({"partial": True, "provider_usd_ticks": 5}, (5, PROVIDER)),
        ({"content_violation": True, "counted": None}, (VIOLATION_FEE_TICKS, PRICE_LIST)),
        ({"content_violation": True, "provider_usd_ticks": 3}, (3, PROVIDER)),
        ({"counted": tokens(800, 200, 300)}, (500 * 12_500 + 300 * 2_000 + 5_000_000, PRICE_LIST)),
    ],
)
async def test_the_charge_is_the_providers_cost_if_sane_else_the_price_list(
    billing: Billing, changes: dict[str, Any], charge: tuple[int, int]
) -> None:
    hold_id = await billing.place(await billing.customer())
    assert await settle(billing, settlement(hold_id, **changes)) == charge


@pytest.mark.parametrize("usd_ticks", [-1, 2**53])
async def test_a_senseless_provider_cost_raises_an_alarm(
    billing: Billing, caplog: pytest.LogCaptureFixture, usd_ticks: int
) -> None:
    hold_id = await billing.place(await billing.customer())
    await settle(billing, settlement(hold_id, provider_usd_ticks=usd_ticks))
    [alarm] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert alarm.__dict__["hold_id"] == hold_id
    assert alarm.__dict__["provider_usd_ticks"] == usd_ticks


@pytest.mark.parametrize(
    ("usd_ticks", "alarms"),
    [(0, 0), (COUNTED_TICKS, 0), (10 * COUNTED_TICKS, 0), (10 * COUNTED_TICKS + 1, 1)],
)
async def test_a_cost_far_above_the_price_list_is_charged_and_raises_an_alarm(
    billing: Billing, caplog: pytest.LogCaptureFixture, usd_ticks: int, alarms: int
) -> None:
    hold_id = await billing.place(await billing.customer())
    charge = await settle(billing, settlement(hold_id, provider_usd_ticks=usd_ticks))
    assert charge == (usd_ticks, PROVIDER)
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == alarms


async def test_a_cost_above_the_hold_is_recorded_as_overage(billing: Billing) -> None:
    hold_id = await billing.place(await billing.customer())
    await settle(billing, settlement(hold_id, provider_usd_ticks=26_000_000))
    assert billing.select("SELECT usd_ticks FROM transfers WHERE kind = 'overage'") == [
        (1_000_000,)
    ]


async def test_both_multipliers_apply_to_hold_and_charge(billing: Billing) -> None:
    billing.catalog.current = parse_catalog(
        MODELS_TOML, f'[models."{MODEL}"]\nmultiplier_ppm = 550_000'
    )
    secret = await billing.customer()
    update = UpdateAccountRequest(id="acme", multiplier_ppm=1_500_000)
    await billing.admin.UpdateAccount(update, metadata=AS_ADMIN)
    request = billing.hold_request(secret)
    placed = await billing.billing.PlaceHold(request, metadata=AS_TEXT)
    assert placed.held_usd_ticks == 20_625_000
    charge = await settle(billing, settlement(request.hold_id, provider_usd_ticks=1_000_001))
    assert charge == (825_001, PROVIDER)


async def test_a_reload_of_the_catalogue_keeps_the_price_of_holds_already_placed(
    billing: Billing,
) -> None:
    secret = await billing.customer()
    before = await billing.place(secret)
    billing.catalog.current = parse_catalog(
        MODELS_TOML,
        f'[models."{MODEL}"]\nmultiplier_ppm = 2_000_000\nviolation_fee_usd_ticks = 7\n'
        f'[models."{MODEL}".text_prices]\ninput = 1\ncached_input = 1\noutput = 1',
    )
    after = await billing.place(secret)
    assert await settle(billing, settlement(before)) == (COUNTED_TICKS, PRICE_LIST)
    assert await settle(billing, settlement(after)) == (2 * 1_000, PRICE_LIST)


async def test_a_model_taken_from_the_catalogue_is_still_settled(billing: Billing) -> None:
    hold_id = await billing.place(await billing.customer())
    billing.catalog.current = parse_catalog("")
    assert await settle(billing, settlement(hold_id)) == (COUNTED_TICKS, PRICE_LIST)


async def test_a_free_model_is_never_charged(billing: Billing) -> None:
    billing.catalog.current = parse_catalog(MODELS_TOML, f'[models."{MODEL}"]\nfree = true')
    hold_id = await billing.place(await billing.customer(usd_ticks=0))
    assert await settle(billing, settlement(hold_id, provider_usd_ticks=9)) == (0, PRICE_LIST)


@pytest.mark.parametrize("model", ["xai/nothing", "grok-4.3", "xai/grok-4.3:high"])
async def test_only_canonical_ids_of_the_catalogue_are_held(billing: Billing, model: str) -> None:
    request = billing.hold_request(await billing.customer(), model=model)
    error = await refusal(billing.billing.PlaceHold(request, metadata=AS_TEXT))
    assert (error.reason, error.param) == (Reason.MODEL_NOT_FOUND, "model")


async def test_a_bad_key_is_refused_before_a_bad_model(billing: Billing) -> None:
    request = billing.hold_request("llmtr-unknown", model="xai/nothing")
    error = await refusal(billing.billing.PlaceHold(request, metadata=AS_TEXT))
    assert error.reason is Reason.INVALID_API_KEY


@pytest.mark.parametrize(
    ("policy", "changes", "reason"),
    [
        ({"allowed_models": ["xai/grok-4.7"]}, {}, Reason.MODEL_NOT_ALLOWED),
        (
            {"allowed_endpoints": [Endpoint.ENDPOINT_CHAT_COMPLETIONS]},
            {},
            Reason.ENDPOINT_NOT_ALLOWED,
        ),
        ({"budget_usd_ticks": 24_999_999}, {}, Reason.KEY_BUDGET_EXCEEDED),
        ({}, {"max_hold_usd_ticks": 24_999_999}, Reason.MAX_BUDGET_EXCEEDED),
        ({}, {"worst_case": tokens(0, 2**40)}, Reason.INVALID_VALUE),
        ({}, {"worst_case": tokens(0, 10**8)}, Reason.INSUFFICIENT_BALANCE),
    ],
)
async def test_what_a_key_may_not_do_is_refused(
    billing: Billing, policy: dict[str, Any], changes: dict[str, Any], reason: Reason
) -> None:
    secret = await billing.customer(**policy)
    request = billing.hold_request(secret, **changes)
    error = await refusal(billing.billing.PlaceHold(request, metadata=AS_TEXT))
    assert error.reason is reason


async def test_the_same_hold_again_gets_the_same_answer(billing: Billing) -> None:
    request = billing.hold_request(await billing.customer())
    first = await billing.billing.PlaceHold(request, metadata=AS_TEXT)
    billing.clock.advance(1_000)
    again = await billing.billing.PlaceHold(request, metadata=AS_TEXT)
    assert (again.held_usd_ticks, again.expires_at_ms) == (
        first.held_usd_ticks,
        first.expires_at_ms,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"worst_case": tokens(1_000, 501)},
        {"request_id": "req_another"},
        {"user": "somebody else"},
        {"max_hold_usd_ticks": 10**12},
    ],
)
async def test_another_body_under_the_same_id_is_refused(
    billing: Billing, changes: dict[str, Any]
) -> None:
    secret = await billing.customer()
    hold_id = await billing.place(secret)
    request = billing.hold_request(secret, hold_id=hold_id, **changes)
    error = await refusal(billing.billing.PlaceHold(request, metadata=AS_TEXT))
    assert error.reason is Reason.ALREADY_EXISTS


async def test_another_key_under_the_same_id_is_refused(billing: Billing) -> None:
    request = billing.hold_request(await billing.customer())
    await billing.billing.PlaceHold(request, metadata=AS_TEXT)
    request.api_key = (await billing.issue_key()).secret
    error = await refusal(billing.billing.PlaceHold(request, metadata=AS_TEXT))
    assert error.reason is Reason.ALREADY_EXISTS


async def test_a_settlement_is_repeated_but_not_replaced(billing: Billing) -> None:
    hold_id = await billing.place(await billing.customer())
    charge = await settle(billing, settlement(hold_id))
    assert await settle(billing, settlement(hold_id)) == charge
    other = settlement(hold_id, provider_usd_ticks=1)
    error = await refusal(billing.billing.SettleHold(other, metadata=AS_TEXT))
    assert error.reason is Reason.ALREADY_EXISTS


async def test_a_release_gives_everything_back(billing: Billing) -> None:
    secret = await billing.customer()
    hold_id = await billing.place(secret)
    release = ReleaseHoldRequest(hold_id=hold_id, void_reason="cancelled")
    released = await billing.billing.ReleaseHold(release, metadata=AS_TEXT)
    balance = await billing.account.GetBalance(GetBalanceRequest(), metadata=as_caller(secret))
    assert released.state == billing_pb2.HOLD_STATE_VOIDED
    assert balance.available_usd_ticks == 100 * USD


async def test_a_cost_after_the_expiry_is_posted_late_at_the_holds_price(
    billing: Billing,
) -> None:
    hold_id = await billing.place(await billing.customer())
    billing.clock.advance(120_001)
    response = await billing.billing.SettleHold(settlement(hold_id), metadata=AS_TEXT)
    assert response.late
    assert response.state == billing_pb2.HOLD_STATE_EXPIRED
    assert response.charge.usd_ticks == COUNTED_TICKS


async def test_a_settlement_of_an_unknown_hold_is_priced_by_the_model_that_it_names(
    billing: Billing,
) -> None:
    await billing.open_account()
    named = settlement(billing.ids.uuid(), model=MODEL)
    assert await settle(billing, named) == (COUNTED_TICKS, PRICE_LIST)


async def test_a_settlement_of_an_unknown_hold_charges_only_what_the_provider_reported(
    billing: Billing, caplog: pytest.LogCaptureFixture
) -> None:
    await billing.open_account()
    known_cost = settlement(billing.ids.uuid(), provider_usd_ticks=42)
    unknown_cost = settlement(billing.ids.uuid())
    assert await settle(billing, known_cost) == (42, PROVIDER)
    assert not [record for record in caplog.records if record.levelno == logging.ERROR]
    assert await settle(billing, unknown_cost) == (0, NONE)
    [alarm] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert alarm.__dict__["hold_id"] == unknown_cost.hold_id
