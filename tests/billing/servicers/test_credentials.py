"""Who may do what (a service, an operator, a caller) on every RPC of billing."""

from typing import Any

import pytest

from grokgate.api.billing.v1 import admin_pb2, billing_pb2
from grokgate.api.billing.v1.billing_pb2 import (
    Command,
    ExecuteCommandsRequest,
    ExtendHoldRequest,
    ReleaseHoldRequest,
)
from grokgate.chassis.calls import Metadata
from grokgate.chassis.errors import Reason
from tests.billing.servicers.running import (
    AS_ADMIN,
    AS_TEXT,
    AS_VOICE,
    Billing,
    as_caller,
    refusal,
    settlement,
)

UNARY_BILLING_RPCS = ("PlaceHold", "SettleHold", "ReleaseHold", "ExtendHold")
ADMIN_RPCS = [
    method.name for method in admin_pb2.DESCRIPTOR.services_by_name["AdminService"].methods
]
NOT_A_SERVICE: list[Metadata] = [
    (),
    (("x-grokgate-service-token", "guessed"),),
    AS_ADMIN,
    as_caller("llmtr-anything"),
]
NOT_AN_OPERATOR: list[Metadata] = [
    (),
    (("x-grokgate-admin-token", "guessed"),),
    AS_TEXT,
    as_caller("llmtr-anything"),
]


@pytest.mark.parametrize("metadata", NOT_A_SERVICE)
@pytest.mark.parametrize("rpc", UNARY_BILLING_RPCS)
async def test_billing_refuses_whoever_is_no_service(
    billing: Billing, rpc: str, metadata: Metadata
) -> None:
    request = getattr(billing_pb2, f"{rpc}Request")()
    error = await refusal(getattr(billing.billing, rpc)(request, metadata=metadata))
    assert error.reason is Reason.SERVICE_CREDENTIAL_REQUIRED


@pytest.mark.parametrize("metadata", NOT_A_SERVICE)
async def test_the_command_stream_refuses_whoever_is_no_service(
    billing: Billing, metadata: Metadata
) -> None:
    stream = billing.billing.ExecuteCommands(metadata=metadata)
    error = await refusal(stream.read())
    assert error.reason is Reason.SERVICE_CREDENTIAL_REQUIRED


@pytest.mark.parametrize("metadata", NOT_AN_OPERATOR)
@pytest.mark.parametrize("rpc", ADMIN_RPCS)
async def test_admin_refuses_whoever_is_no_operator(
    billing: Billing, rpc: str, metadata: Metadata
) -> None:
    request = getattr(admin_pb2, f"{rpc}Request")()
    error = await refusal(getattr(billing.admin, rpc)(request, metadata=metadata))
    assert error.reason is Reason.ADMIN_TOKEN_REQUIRED


def endings(hold_id: str) -> list[tuple[str, Any]]:
    return [
        ("SettleHold", settlement(hold_id)),
        ("ReleaseHold", ReleaseHoldRequest(hold_id=hold_id, void_reason="cancelled")),
        ("ExtendHold", ExtendHoldRequest(hold_id=hold_id, expires_in_ms=60_000)),
    ]


async def test_another_service_cannot_end_or_extend_a_hold(billing: Billing) -> None:
    hold_id = await billing.place(await billing.customer())
    for rpc, request in endings(hold_id):
        error = await refusal(getattr(billing.billing, rpc)(request, metadata=AS_VOICE))
        assert error.reason is Reason.NOT_HOLD_OWNER
    settled = await billing.billing.SettleHold(settlement(hold_id), metadata=AS_TEXT)
    assert settled.state == billing_pb2.HOLD_STATE_POSTED


async def test_another_service_cannot_settle_over_the_stream(billing: Billing) -> None:
    hold_id = await billing.place(await billing.customer())
    command = Command(sequence=1, settle_hold=settlement(hold_id))
    [error] = await billing.execute(command, metadata=AS_VOICE)
    assert error.reason is Reason.NOT_HOLD_OWNER


async def test_a_service_is_not_a_caller(billing: Billing) -> None:
    request = billing.hold_request("")
    error = await refusal(billing.billing.PlaceHold(request, metadata=AS_TEXT))
    assert error.reason is Reason.MISSING_API_KEY


async def test_a_stream_without_commands_in_a_message_is_refused(billing: Billing) -> None:
    stream = billing.billing.ExecuteCommands(metadata=AS_TEXT)
    await stream.write(ExecuteCommandsRequest())
    error = await refusal(stream.read())
    assert (error.reason, error.param) == (Reason.INVALID_VALUE, "commands")
