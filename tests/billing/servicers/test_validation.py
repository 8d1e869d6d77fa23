"""Every field of billing's requests is checked, and a refusal names the field."""

from typing import Any

import pytest

from grokgate.api.billing.v1.billing_pb2 import (
    Command,
    ExtendHoldRequest,
    PlaceHoldRequest,
    ReleaseHoldRequest,
    SettleHoldRequest,
)
from grokgate.api.types.v1.usage_pb2 import Quantities
from grokgate.chassis.errors import Reason
from tests.billing.servicers.running import AS_TEXT, Billing, refusal, settlement, tokens

UUID = "01977420-8a00-7000-8000-000000000001"
LONG = "x" * 257
NOT_UUIDS = ["", "1", UUID.upper().replace("1", "A"), UUID.replace("-", ""), f"{UUID} "]


@pytest.mark.parametrize(
    ("param", "changes"),
    [
        *(("hold_id", {"hold_id": text}) for text in NOT_UUIDS),
        ("endpoint", {"endpoint": 0}),
        ("endpoint", {"endpoint": 99}),
        ("model", {"model": ""}),
        ("model", {"model": LONG}),
        ("api_key", {"api_key": LONG}),
        ("request_id", {"request_id": ""}),
        ("request_id", {"request_id": LONG}),
        ("client_request_id", {"client_request_id": LONG}),
        ("client_request_id", {"client_request_id": "a\0b"}),
        ("user", {"user": 2 * LONG}),
        ("worst_case", {"worst_case": None}),
        ("worst_case", {"worst_case": Quantities()}),
        ("worst_case.text.input_tokens", {"worst_case": tokens(-1, 5)}),
        ("worst_case.text.output_tokens", {"worst_case": tokens(5, -1)}),
        ("worst_case.text.output_tokens", {"worst_case": tokens(5, 2**53)}),
        ("worst_case.text.cached_input_tokens", {"worst_case": tokens(5, 5, 5)}),
        (
            "worst_case.text.tokens_estimate",
            {"worst_case": {"text": {"input_tokens": 1, "tokens_estimate": -1}}},
        ),
        ("expires_in_ms", {"expires_in_ms": 0}),
        ("expires_in_ms", {"expires_in_ms": 999}),
        ("expires_in_ms", {"expires_in_ms": 24 * 3600 * 1000 + 1}),
        ("max_hold_usd_ticks", {"max_hold_usd_ticks": -1}),
    ],
)
async def test_place_hold_names_the_field_at_fault(
    billing: Billing, param: str, changes: dict[str, Any]
) -> None:
    request = billing.hold_request("llmtr-key", **changes)
    await expect_invalid(billing.billing.PlaceHold(request, metadata=AS_TEXT), param)


@pytest.mark.parametrize(
    ("param", "changes"),
    [
        *(("hold_id", {"hold_id": text}) for text in NOT_UUIDS),
        ("account_id", {"account_id": ""}),
        ("account_id", {"account_id": LONG}),
        ("status", {"status": ""}),
        ("status", {"status": "released"}),
        ("upstream_id", {"upstream_id": LONG}),
        ("latency_ms", {"latency_ms": -1}),
        ("counted", {"counted": None}),
        ("counted", {"counted": Quantities(), "provider_usd_ticks": 1}),
        ("counted.text.input_tokens", {"counted": tokens(-1, 0)}),
        ("counted.text.output_tokens", {"counted": tokens(1, 2**53)}),
        ("counted.text.cached_input_tokens", {"counted": tokens(1, 1, 2)}),
    ],
)
async def test_settle_hold_names_the_field_at_fault(
    billing: Billing, param: str, changes: dict[str, Any]
) -> None:
    request = settlement(changes.pop("hold_id", UUID), **changes)
    await expect_invalid(billing.billing.SettleHold(request, metadata=AS_TEXT), param)


async def test_a_settlement_beyond_what_one_call_can_use_is_refused(billing: Billing) -> None:
    hold_id = await billing.place(await billing.customer())
    request = settlement(hold_id, counted=tokens(1, 2**52))
    await expect_invalid(billing.billing.SettleHold(request, metadata=AS_TEXT), "counted")


@pytest.mark.parametrize(
    ("param", "changes"),
    [
        *(("hold_id", {"hold_id": text}) for text in NOT_UUIDS),
        ("void_reason", {"void_reason": ""}),
        ("void_reason", {"void_reason": LONG}),
        ("latency_ms", {"latency_ms": -1}),
    ],
)
async def test_release_hold_names_the_field_at_fault(
    billing: Billing, param: str, changes: dict[str, Any]
) -> None:
    fields: dict[str, Any] = {"hold_id": UUID, "void_reason": "cancelled"}
    request = ReleaseHoldRequest(**(fields | changes))
    await expect_invalid(billing.billing.ReleaseHold(request, metadata=AS_TEXT), param)


@pytest.mark.parametrize(
    ("param", "changes"),
    [
        *(("hold_id", {"hold_id": text}) for text in NOT_UUIDS),
        ("expires_in_ms", {"expires_in_ms": 0}),
        ("expires_in_ms", {"expires_in_ms": 24 * 3600 * 1000 + 1}),
    ],
)
async def test_extend_hold_names_the_field_at_fault(
    billing: Billing, param: str, changes: dict[str, Any]
) -> None:
    fields: dict[str, Any] = {"hold_id": UUID, "expires_in_ms": 60_000}
    request = ExtendHoldRequest(**(fields | changes))
    await expect_invalid(billing.billing.ExtendHold(request, metadata=AS_TEXT), param)


async def test_the_stream_checks_as_the_rpcs_do(billing: Billing) -> None:
    errors = await billing.execute(
        Command(sequence=1),
        Command(sequence=2, place_hold=PlaceHoldRequest()),
        Command(sequence=3, settle_hold=SettleHoldRequest()),
        Command(sequence=4, release_hold=ReleaseHoldRequest()),
        Command(sequence=5, extend_hold=ExtendHoldRequest()),
    )
    assert [error.reason for error in errors] == [Reason.INVALID_VALUE] * 5
    assert [error.param for error in errors] == ["command", *["hold_id"] * 4]


async def expect_invalid(call: Any, param: str) -> None:
    error = await refusal(call)
    assert (error.reason, error.param) == (Reason.INVALID_VALUE, param)
    assert param in error.message
    assert LONG not in error.message
