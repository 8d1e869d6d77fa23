"""Which ids an answer carries, and what the logs never say."""

import logging

import pytest

from tests.edge.conftest import HELLO, RunningEdge
from tests.edge.fakes import GOOD_KEY

SECRET_PROMPT = "the secret prompt"


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


CLIENT_IDS: list[tuple[dict[str, str], str | None]] = [
    ({"x-request-id": "a"}, "a"),
    ({"x-client-request-id": "b"}, "b"),
    ({"x-request-id": "a", "x-client-request-id": "b"}, "b"),
    ({"x-client-request-id": "x" * 129}, None),
    ({"x-client-request-id": "caf\u00e9"}, None),
    ({"x-client-request-id": ""}, None),
    ({}, None),
]


async def test_a_clients_request_id_is_echoed_when_it_is_clean(edge: RunningEdge) -> None:
    for sent, echoed in CLIENT_IDS:
        headers = {name.encode(): value.encode("latin-1") for name, value in sent.items()}
        answer = await edge.http.get("/healthz", headers=headers)
        assert answer.headers.get("x-client-request-id") == echoed, sent
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
    edge.text.answer.ClearField("status")
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
