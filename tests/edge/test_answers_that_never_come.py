"""Clients that leave, services that break, and what a client may do then."""

import asyncio

import pytest

from grokgate.api.text.v1.text_pb2 import GenerateRequest, GenerateResponse
from grokgate.chassis.errors import GrokgateError, Reason
from tests.edge.conftest import HELLO, RunEdge, RunningEdge

SECRET_PROMPT = "the secret prompt"


async def test_a_client_that_leaves_is_no_longer_waited_for(edge: RunningEdge) -> None:
    asked = edge.text.waits_for(asyncio.Event())
    request = asyncio.create_task(edge.respond(HELLO))
    await asked.wait()
    request.cancel()
    await edge.text.cancelled.wait()
    metrics = ""
    while 'status="499"' not in metrics:
        metrics = (await edge.get("/metrics")).text
    assert 'route="/v1/responses",status="499"' in metrics


async def test_an_answer_that_takes_too_long_is_a_timeout_that_is_not_repeated(
    run: RunEdge,
) -> None:
    async with run(answer_timeout_s=0.1) as edge:
        edge.text.waits_for(asyncio.Event())
        answer = await edge.respond(HELLO)
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "timeout")
    assert answer.headers["x-should-retry"] == "false"


async def test_a_text_service_that_is_down_may_be_asked_again(edge: RunningEdge) -> None:
    await edge.respond(HELLO)
    await edge.services.stop()
    answer = await edge.respond(HELLO)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "overloaded")
    assert "cannot answer this at the moment" in answer.json()["error"]["message"]
    assert answer.headers["retry-after"] == "1"
    assert "x-should-retry" not in answer.headers


async def test_a_text_service_lost_in_mid_call_is_not_asked_again(edge: RunningEdge) -> None:
    asked = edge.text.waits_for(asyncio.Event())
    request = asyncio.create_task(edge.respond(HELLO))
    await asked.wait()
    await edge.services.stop()
    answer = await request
    assert answer.status_code == 503
    assert answer.headers["x-should-retry"] == "false"
    assert "retry-after" not in answer.headers
    assert "may have been charged. Look at /v1/usage" in answer.json()["error"]["message"]


async def test_a_stray_exception_of_the_service_is_withheld(edge: RunningEdge) -> None:
    async def broken(_: GenerateRequest) -> GenerateResponse:
        raise RuntimeError(SECRET_PROMPT)

    edge.text.behaviour = broken
    answer = await edge.respond(HELLO)
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")
    assert SECRET_PROMPT not in answer.text
    assert answer.headers["x-should-retry"] == "false"


async def test_a_stray_exception_at_the_edge_is_withheld(
    edge: RunningEdge, caplog: pytest.LogCaptureFixture
) -> None:
    edge.text.answer.output_items_json.append("{")
    edge.text.answer.ClearField("status")
    answer = await edge.respond(HELLO)
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")
    assert answer.json()["error"]["request_id"] == answer.headers["x-request-id"]
    assert any("responses_answer.py" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(
    ("error", "status", "headers"),
    [
        (
            GrokgateError(Reason.REQUESTS_LIMITED, "Slow down.", retry_after_ms=2500),
            429,
            {"retry-after": "3"},
        ),
        (GrokgateError(Reason.INSUFFICIENT_BALANCE, "No money."), 402, {}),
        (
            GrokgateError(Reason.UPSTREAM_LIMITED, "Busy.", upstream_started=True),
            429,
            {"retry-after": "1", "x-should-retry": "false"},
        ),
        (GrokgateError(Reason.OVERLOADED, "Full."), 503, {"retry-after": "1"}),
        (
            GrokgateError(Reason.SERVICE_CREDENTIAL_REQUIRED, "Who?"),
            500,
            {"x-should-retry": "false"},
        ),
    ],
)
async def test_a_service_error_reaches_the_client(
    edge: RunningEdge, error: GrokgateError, status: int, headers: dict[str, str]
) -> None:
    edge.text.fails_with(error)
    answer = await edge.respond(HELLO)
    assert answer.status_code == status
    told = {k: v for k, v in answer.headers.items() if k in {"retry-after", "x-should-retry"}}
    assert told == headers


async def test_details_and_param_reach_the_client(edge: RunningEdge) -> None:
    details = {"estimated_tokens": 250_000, "limit": 200_000}
    edge.text.fails_with(
        GrokgateError(Reason.CONTEXT_TOO_LARGE, "Too long.", param="input", details=details)
    )
    error = (await edge.respond(HELLO)).json()["error"]
    assert (error["param"], error["details"]) == ("input", details)
