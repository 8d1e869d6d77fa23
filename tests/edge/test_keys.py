"""Who may call, and that it is decided before a body is read."""

import asyncio
import itertools
from typing import Any

import pytest

from grokgate.api.billing.v1.account_pb2 import GetKeyResponse, Key, KeyPolicy
from grokgate.api.types.v1 import endpoint_pb2
from grokgate.chassis.errors import GrokgateError, Reason
from tests.edge.conftest import HELLO, RunEdge, RunningEdge
from tests.edge.fakes import GOOD_KEY

HEAD = b"POST /v1/responses HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
AUTHORIZED = HEAD + f"authorization: Bearer {GOOD_KEY}\r\n".encode()


PATHS = ("/v1/responses", "/v1/files")


def code(answer: Any) -> str:
    word: str = answer.json()["error"]["code"]
    return word


CREDENTIALS = [
    (None, "missing_api_key"),
    ("", "missing_api_key"),
    ("Bearer", "missing_api_key"),
    (f"Basic {GOOD_KEY}", "missing_api_key"),
    (GOOD_KEY, "missing_api_key"),
    ("Bearer llmtr-other", "invalid_api_key"),
    ("Bearer \u00e9", "invalid_api_key"),
    (f"Bearer {GOOD_KEY} {GOOD_KEY}", "invalid_api_key"),
    ("Bearer " + "k" * 257, "invalid_api_key"),
]


async def test_only_a_known_bearer_key_gets_in(edge: RunningEdge) -> None:
    for (authorization, expected), path in itertools.product(CREDENTIALS, PATHS):
        headers = {}
        if authorization is not None:
            headers = {b"authorization": authorization.encode("latin-1")}
        answer = await edge.http.post(path, json=HELLO, headers=headers)
        assert (answer.status_code, code(answer)) == (401, expected), authorization
        assert answer.json()["error"]["type"] == "auth_error"
    assert edge.text.requests == []


@pytest.mark.parametrize(
    "reason", [Reason.REVOKED_API_KEY, Reason.EXPIRED_API_KEY, Reason.INVALID_API_KEY]
)
async def test_billing_says_what_is_wrong_with_a_key(edge: RunningEdge, reason: Reason) -> None:
    edge.accounts.keys[GOOD_KEY] = GrokgateError(reason, "Ask for a new key.")
    answer = await edge.respond(HELLO)
    assert (answer.status_code, code(answer)) == (401, reason.lower())
    assert answer.json()["error"]["message"] == "Ask for a new key."


async def test_a_suspended_account_may_look_and_not_buy(edge: RunningEdge) -> None:
    edge.accounts.keys[GOOD_KEY] = GetKeyResponse(key=Key(id="key_1"), account_suspended=True)
    answer = await edge.respond(HELLO)
    assert (answer.status_code, code(answer)) == (403, "account_suspended")
    assert (await edge.get("/v1/balance")).status_code == 200


async def test_a_key_for_other_endpoints_is_refused_by_name(edge: RunningEdge) -> None:
    policy = KeyPolicy(allowed_endpoints=[endpoint_pb2.ENDPOINT_AUDIO_SPEECH])
    edge.accounts.keys[GOOD_KEY] = GetKeyResponse(key=Key(policy=policy))
    answer = await edge.respond(HELLO)
    assert (answer.status_code, code(answer)) == (403, "endpoint_not_allowed")
    assert "audio_speech" in answer.json()["error"]["message"]


async def test_refusals_come_in_their_order(run: RunEdge) -> None:
    async with run(text_body_limit_bytes=64) as edge:
        everything_wrong: dict[str, Any] = {
            "content": b"{" * 65,
            "headers": {"content-type": "text/plain", "authorization": "Bearer llmtr-bad"},
        }
        keys = edge.accounts.keys
        assert code(await edge.http.post("/v1/responses", **everything_wrong)) == "invalid_api_key"
        policy = KeyPolicy(allowed_endpoints=[endpoint_pb2.ENDPOINT_AUDIO_SPEECH])
        keys["llmtr-narrow"] = GetKeyResponse(key=Key(policy=policy))
        everything_wrong["headers"]["authorization"] = "Bearer llmtr-narrow"
        answer = await edge.http.post("/v1/responses", **everything_wrong)
        assert code(answer) == "endpoint_not_allowed"
        everything_wrong["headers"]["authorization"] = f"Bearer {GOOD_KEY}"
        assert code(await edge.http.post("/v1/responses", **everything_wrong)) == "body_too_large"
        everything_wrong["content"] = b"{"
        answer = await edge.http.post("/v1/responses", **everything_wrong)
        assert code(answer) == "unsupported_media_type"
        everything_wrong["headers"]["content-type"] = "application/json"
        assert code(await edge.http.post("/v1/responses", **everything_wrong)) == "invalid_json"
        assert edge.text.requests == []
        edge.text.fails_with(GrokgateError(Reason.MODEL_NOT_FOUND, "No such model."))
        assert code(await edge.respond(HELLO)) == "model_not_found"


async def test_a_bad_key_is_answered_before_its_body_arrives(run: RunEdge) -> None:
    async with run(linger_timeout_s=0.05) as edge:
        answer = await edge.send(HEAD + b"content-length: 1000000000\r\n\r\n{")
        assert answer.startswith(b"HTTP/1.1 401 ")
        assert b"missing_api_key" in answer


async def test_a_body_that_was_answered_early_may_still_end(edge: RunningEdge) -> None:
    reader, writer = await edge.open()
    writer.write(HEAD + b"content-length: 6\r\n\r\n{")
    assert (await reader.readuntil(b"}}")).startswith(b"HTTP/1.1 401 ")
    writer.write(b"     GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
    assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200 ")
    writer.close()


async def test_a_verdict_is_kept_for_some_seconds_only(run: RunEdge) -> None:
    async with run(good_key_kept_ms=5000, bad_key_kept_ms=1000) as edge:
        for _ in range(3):
            await edge.respond(HELLO)
        assert edge.accounts.questions == 1
        edge.accounts.keys[GOOD_KEY] = GrokgateError(Reason.REVOKED_API_KEY, "Revoked.")
        edge.clock.advance(4999)
        assert (await edge.respond(HELLO)).status_code == 200
        edge.clock.advance(1)
        assert code(await edge.respond(HELLO)) == "revoked_api_key"
        edge.clock.advance(999)
        assert code(await edge.respond(HELLO)) == "revoked_api_key"
        assert edge.accounts.questions == 2
        edge.accounts.keys[GOOD_KEY] = GetKeyResponse()
        edge.clock.advance(1)
        assert (await edge.respond(HELLO)).status_code == 200


async def test_only_so_many_verdicts_are_kept(run: RunEdge) -> None:
    async with run(keys_kept_max=2) as edge:
        for key in ("a", "b", "c", "b", "c", "a"):
            await edge.http.post("/v1/responses", headers={"authorization": f"Bearer {key}"})
        assert edge.accounts.questions == 4


async def test_billing_down_is_not_a_bad_key(edge: RunningEdge) -> None:
    await edge.services.stop()
    for answer in (await edge.respond(HELLO), await edge.get("/v1/key")):
        assert (answer.status_code, code(answer)) == (503, "billing_unavailable")
        assert answer.headers["retry-after"] == "1"
        assert "x-should-retry" not in answer.headers


async def test_200_requests_at_once_share_a_verdict(edge: RunningEdge) -> None:
    await edge.respond(HELLO)
    answers = await asyncio.gather(*(edge.respond(HELLO) for _ in range(200)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["x-request-id"] for answer in answers}) == 200
    assert edge.accounts.questions == 1
