"""Internal callers over gRPC meet the same checks as the edge's clients."""

import asyncio
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from grokgate.api.billing.v1.admin_pb2 import ListAccountsRequest
from grokgate.api.billing.v1.billing_pb2 import (
    ExecuteCommandsRequest,
    PlaceHoldRequest,
    ReleaseHoldRequest,
    SettleHoldRequest,
)
from grokgate.api.billing.v1.billing_pb2_grpc import BillingServiceStub
from grokgate.api.text.v1.text_pb2 import ContentPart, GenerateRequest, InputItem, Message
from grokgate.api.text.v1.text_pb2_grpc import TextServiceStub
from grokgate.chassis.errors import Reason
from grokgate.chassis.statuses import from_rpc_error
from tests.support.gateway import Gateway, SplitGateway


def prompt(text: str = "Hello", **fields: Any) -> GenerateRequest:
    message = Message(role="user", content=[ContentPart(text=text)])
    model = fields.pop("model", "grok-4.3")
    return GenerateRequest(model=model, input=[InputItem(message=message)], **fields)


def bearer(key: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {key}"),)


async def reason_of(call: Any) -> Reason:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return from_rpc_error(caught.value).reason


async def test_a_direct_call_is_held_answered_and_settled(gateway: Gateway) -> None:
    key = await gateway.new_key()
    text = TextServiceStub(gateway.channel("text"))
    answer = await text.Generate(prompt(), metadata=bearer(key))
    assert answer.model == "xai/grok-4.3"
    assert answer.charge.usd_ticks == gateway.sandbox.requests[-1].cost_usd_ticks


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"model": "grok-99"}, Reason.MODEL_NOT_FOUND),
        ({"temperature": 9.0}, Reason.INVALID_VALUE),
        ({"max_output_tokens": -1}, Reason.INVALID_VALUE),
        ({"reasoning_effort": "loud"}, Reason.INVALID_VALUE),
    ],
)
async def test_a_direct_call_is_checked_like_an_edges(
    gateway: Gateway, fields: dict[str, Any], reason: Reason
) -> None:
    key = await gateway.new_key()
    text = TextServiceStub(gateway.channel("text"))
    before = len(gateway.sandbox.requests)
    assert await reason_of(text.Generate(prompt(**fields), metadata=bearer(key))) is reason
    assert len(gateway.sandbox.requests) == before


async def test_a_direct_call_without_a_key_is_refused(gateway: Gateway) -> None:
    text = TextServiceStub(gateway.channel("text"))
    assert await reason_of(text.Generate(prompt())) is Reason.MISSING_API_KEY
    wrong = text.Generate(prompt(), metadata=bearer("llmtr-wrong"))
    assert await reason_of(wrong) is Reason.INVALID_API_KEY


async def test_a_callers_deadline_ends_its_answer_and_not_the_paid_call(gateway: Gateway) -> None:
    key = await gateway.new_key()
    text = TextServiceStub(gateway.channel("text"))
    before = len(gateway.sandbox.requests)
    call = text.Generate(prompt("[sandbox:slow=1]"), metadata=bearer(key), timeout=0.5)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await gateway.settled()
    [received] = gateway.sandbox.requests[before:]
    [row] = (await gateway.get(key, "/v1/usage"))["data"]
    assert row["charge_usd_ticks"] == received.cost_usd_ticks


async def test_a_caller_cannot_settle_itself(gateway: Gateway) -> None:
    key = await gateway.new_key()
    billing = BillingServiceStub(gateway.channel("billing"))
    calls: list[Any] = [
        billing.PlaceHold(PlaceHoldRequest(api_key=key), metadata=bearer(key)),
        billing.SettleHold(SettleHoldRequest(), metadata=bearer(key)),
        billing.ReleaseHold(ReleaseHoldRequest(), metadata=bearer(key)),
    ]
    for call in calls:
        assert await reason_of(call) is Reason.SERVICE_CREDENTIAL_REQUIRED
    stream = billing.ExecuteCommands(iter([ExecuteCommandsRequest()]), metadata=bearer(key))
    assert await reason_of(stream.read()) is Reason.SERVICE_CREDENTIAL_REQUIRED


async def test_nobody_administers_without_the_admin_token(gateway: Gateway) -> None:
    key = await gateway.new_key()
    for metadata in ((), bearer(key), (("x-grokgate-admin-token", "guess"),)):
        call = gateway.admin.ListAccounts(ListAccountsRequest(), metadata=metadata)
        assert await reason_of(call) is Reason.ADMIN_TOKEN_REQUIRED


async def test_a_message_above_the_cap_is_refused(gateway: Gateway) -> None:
    key = await gateway.new_key()
    text = TextServiceStub(gateway.channel("text"))
    # In one process the socket is that of the services with images and audio, too.
    mib = 5 if isinstance(gateway, SplitGateway) else 49
    call = text.Generate(prompt("x" * (mib * 1024 * 1024)), metadata=bearer(key))
    assert await reason_of(call) is Reason.BODY_TOO_LARGE


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("text", "grokgate.api.text.v1.TextService"),
        ("billing", "grokgate.api.billing.v1.BillingService"),
        ("billing", "grokgate.api.billing.v1.AdminService"),
        ("billing", ""),
    ],
)
async def test_health_says_serving(gateway: Gateway, service: str, name: str) -> None:
    stub: Any = health_pb2_grpc.HealthStub(gateway.channel(service))
    answer = await stub.Check(health_pb2.HealthCheckRequest(service=name))
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_reflection_lists_the_services(gateway: Gateway) -> None:
    channel: Any = gateway.channel("text")  # the stub's types know only blocking channels
    stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
    stream = stub.ServerReflectionInfo(
        iter([reflection_pb2.ServerReflectionRequest(list_services="")])
    )
    async with asyncio.timeout(10):
        answer = await stream.read()
    names = {service.name for service in answer.list_services_response.service}
    assert "grokgate.api.text.v1.TextService" in names
