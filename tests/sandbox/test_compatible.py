"""The compatible channel: another seller's API beside xAI's."""

from typing import Any

import httpx
import pytest

from grokgate.sandbox.service import Sandbox
from tests.sandbox.pictures import opened


async def post(client: httpx.AsyncClient, key: str = "sk-1", **fields: Any) -> httpx.Response:
    return await client.post(
        f"{Sandbox.compatible_path}/images/generations",
        json={"model": "grok-4-image", "prompt": "A fox"} | fields,
        headers={"authorization": f"Bearer {key}"},
    )


async def test_one_picture_comes_as_a_url_whatever_was_asked_for(
    client: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    answer = await post(client, n=2, response_format="b64_json", aspect_ratio="16:9")
    assert answer.status_code == 200
    [entry] = answer.json()["data"]
    assert opened((await client.get(entry["url"])).content).size == (1360, 768)
    assert "b64_json" not in entry
    assert sandbox.requests[-1].cost_usd_ticks == 440_000_000


async def test_its_usage_counts_what_was_asked_for_and_tells_no_cost(
    client: httpx.AsyncClient,
) -> None:
    answer = (await post(client, n=2)).json()
    assert answer["usage"] == {
        "images": 2,
        "input_tokens": 0,
        "output_tokens": 8350,
        "total_tokens": 8350,
    }
    assert answer["created"] == 1_780_000_000


@pytest.mark.parametrize("name", ["size", "quality", "style"])
async def test_openai_s_own_words_are_refused(client: httpx.AsyncClient, name: str) -> None:
    answer = await post(client, **{name: "any"})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == f"Argument not supported: {name}"


@pytest.mark.parametrize(
    ("key", "fields", "status", "code"),
    [
        ("xai-test-key", {}, 401, "invalid_api_key"),
        ("nonsense", {}, 401, "invalid_api_key"),
        ("sk-1", {"model": "grok-imagine-image"}, 404, "model_not_found"),
        ("sk-1", {"prompt": ""}, 400, "invalid_value"),
    ],
)
async def test_a_refusal_has_openai_s_shape(
    client: httpx.AsyncClient, key: str, fields: dict[str, Any], status: int, code: str
) -> None:
    answer = await post(client, key, **fields)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_xai_does_not_sell_its_model_nor_take_its_key(client: httpx.AsyncClient) -> None:
    body = {"model": "grok-4-image", "prompt": "A fox"}
    assert (await client.post("/v1/images/generations", json=body)).status_code == 400
    headers = {"authorization": "Bearer sk-1"}
    assert (await client.get("/v1/models", headers=headers)).status_code == 400


@pytest.mark.parametrize(("directive", "status"), [("429", 429), ("html", 502), ("no-ticks", 200)])
async def test_it_misbehaves_on_demand(
    client: httpx.AsyncClient, directive: str, status: int
) -> None:
    assert (await post(client, prompt=f"[sandbox:{directive}]")).status_code == status
