"""Clients that leave, services that break, and what a client may do then."""

import asyncio
import logging

import httpx
import pytest

from grokgate.api.text.v1.text_pb2 import GenerateRequest, GenerateResponse
from grokgate.chassis.errors import GrokgateError, Reason
from tests.edge.conftest import HELLO, RunEdge, RunningEdge
from tests.edge.fakes import GOOD_KEY

SECRET_PROMPT = "the secret prompt"


async def test_a_client_that_leaves_is_no_longer_waited_for(edge: RunningEdge) -> None:
    asked = asyncio.Event()

    async def never(_: GenerateRequest) -> GenerateResponse:
        asked.set()
        return await asyncio.get_running_loop().create_future()

    edge.text.behaviour = never
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

        async def never(_: GenerateRequest) -> GenerateResponse:
            return await asyncio.get_running_loop().create_future()

        edge.text.behaviour = never
        answer = await edge.respond(HELLO)
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "timeout")
    assert answer.headers["x-should-retry"] == "false"


async def test_a_text_service_that_is_down_may_be_asked_again(edge: RunningEdge) -> None:
    await edge.respond(HELLO)
    await edge.services.stop()
    answer = await edge.respond(HELLO)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "overloaded")
    assert answer.headers["retry-after"] == "1"
    assert "x-should-retry" not in answer.headers


async def test_a_text_service_lost_in_mid_call_is_not_asked_again(edge: RunningEdge) -> None:
    asked = asyncio.Event()

    async def never(_: GenerateRequest) -> GenerateResponse:
        asked.set()
        return await asyncio.get_running_loop().create_future()

    edge.text.behaviour = never
    request = asyncio.create_task(edge.respond(HELLO))
    await asked.wait()
    await edge.services.stop()
    answer = await request
    assert answer.status_code in {503, 504}
    assert answer.headers["x-should-retry"] == "false"


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
    edge.text.answer.status = 0
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
        (GrokgateError(Reason.SERVICE_CREDENTIAL_REQUIRED, "Who?"), 500, {}),
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


async def test_every_answer_carries_our_request_id(edge: RunningEdge) -> None:
    answers = [
        await edge.respond(HELLO),
        await edge.respond({}),
        await edge.get("/v1/nothing"),
        await edge.get("/healthz"),
        await edge.http.get("/v1/key"),
    ]
    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids) == len(answers)
    assert all(each.startswith("req_") for each in ids)
    assert {answer.headers["x-content-type-options"] for answer in answers} == {"nosniff"}
    assert answers[1].json()["error"]["request_id"] == answers[1].headers["x-request-id"]


@pytest.mark.parametrize(
    ("sent", "echoed"),
    [
        ({"x-request-id": "a"}, "a"),
        ({"x-client-request-id": "b"}, "b"),
        ({"x-request-id": "a", "x-client-request-id": "b"}, "b"),
        ({"x-client-request-id": "x" * 129}, None),
        ({"x-client-request-id": "caf\u00e9"}, None),
        ({"x-client-request-id": ""}, None),
        ({}, None),
    ],
)
async def test_a_clients_request_id_is_echoed_when_it_is_clean(
    edge: RunningEdge, sent: dict[str, str], echoed: str | None
) -> None:
    headers = {name: value.encode("latin-1") for name, value in sent.items()}
    answer = await edge.http.get("/healthz", headers=headers)
    assert answer.headers.get("x-client-request-id") == echoed
    assert answer.headers["x-request-id"] not in sent.values()


async def test_logs_name_neither_keys_nor_prompts_nor_queries(
    edge: RunningEdge, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    await edge.respond(HELLO | {"input": SECRET_PROMPT})
    await edge.respond(HELLO | {"input": SECRET_PROMPT, SECRET_PROMPT: 1})
    await edge.http.get(f"/v1/usage?after={SECRET_PROMPT}&key={GOOD_KEY}", headers=edge.headers)
    await edge.http.get(f"/v1/{GOOD_KEY}")
    edge.text.answer.status = 0
    await edge.respond(HELLO | {"input": SECRET_PROMPT})
    await edge.send(b"GET /" + GOOD_KEY.encode() + b" HTTP/1.1\r\nbroken\r\n\r\n")
    logged = [
        record for record in caplog.records if not record.name.startswith(("httpcore", "hpack"))
    ]
    text = "\n".join(logging.Formatter().format(record) for record in logged)
    assert "POST /v1/responses 200" in text
    assert "GET unmatched 404" in text
    assert SECRET_PROMPT not in text
    assert GOOD_KEY not in text


async def test_stopping_lets_answers_end(run: RunEdge) -> None:
    async with run() as edge:
        asked, told = asyncio.Event(), asyncio.Event()
        whole = edge.text.answer

        async def when_told(_: GenerateRequest) -> GenerateResponse:
            asked.set()
            await told.wait()
            return whole

        edge.text.behaviour = when_told
        request = asyncio.create_task(edge.respond(HELLO))
        await asked.wait()
        stopping = asyncio.create_task(edge.server.stop(grace_s=10))
        with pytest.raises(httpx.ConnectError):
            while True:
                async with httpx.AsyncClient(base_url=edge.url, trust_env=False) as other:
                    await other.get("/healthz")
        told.set()
        assert (await request).status_code == 200
        await stopping


async def test_a_forced_stop_answers_in_our_shape(run: RunEdge) -> None:
    async with run() as edge:
        asked = asyncio.Event()

        async def never(_: GenerateRequest) -> GenerateResponse:
            asked.set()
            return await asyncio.get_running_loop().create_future()

        edge.text.behaviour = never
        request = asyncio.create_task(edge.respond(HELLO))
        await asked.wait()
        await edge.server.stop(grace_s=0)
        answer = await request
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "overloaded")
    assert answer.headers["x-should-retry"] == "false"
