"""The listings, the key's page and the tokenizer's."""

import httpx
import pytest

from grokgate.sandbox import tokens


async def test_the_models_are_those_of_november_2026(client: httpx.AsyncClient) -> None:
    listing = (await client.get("/v1/models")).json()
    assert listing["object"] == "list"
    assert [model["id"] for model in listing["data"]] == [
        "grok-4.20-0309-non-reasoning",
        "grok-4.20-0309-reasoning",
        "grok-4.20-multi-agent-0309",
        "grok-4.3",
        "grok-4.5",
        "grok-4.6",
        "grok-4.7",
        "grok-build-0.1",
        "grok-imagine-image",
        "grok-imagine-image-2.0",
        "grok-imagine-video",
        "grok-imagine-video-1.5",
        "grok-imagine-video-1.5-lite",
    ]


async def test_a_text_model_shows_its_prices_in_ticks_and_what_it_accepts(
    client: httpx.AsyncClient,
) -> None:
    model = (await client.get("/v1/models/grok-4.3-latest")).json()
    assert model["id"] == "grok-4.3"
    assert model["aliases"] == ["grok-4.3-latest"]
    assert model["prompt_text_token_price"] == 12_500
    assert model["cached_prompt_text_token_price"] == 2_000
    assert model["completion_text_token_price_long_context"] == 50_000
    assert model["long_context_threshold"] == 200_000
    assert model["capabilities"] == {
        "reasoning_effort": ["none", "low", "medium", "high", "xhigh"],
        "default_reasoning_effort": "low",
    }


@pytest.mark.parametrize(
    ("path", "count", "output"),
    [
        ("/v1/language-models", 8, "text"),
        ("/v1/image-generation-models", 2, "image"),
        ("/v1/video-generation-models", 3, "video"),
    ],
)
async def test_each_kind_of_model_has_a_full_listing_and_a_page_for_each(
    client: httpx.AsyncClient, path: str, count: int, output: str
) -> None:
    models = (await client.get(path)).json()["models"]
    assert len(models) == count
    for model in models:
        assert model["output_modalities"] == [output]
        assert {"fingerprint", "version", "input_modalities", "aliases"} <= model.keys()
        assert (await client.get(f"{path}/{model['id']}")).json() == model


async def test_picture_prices_are_by_quality_and_resolution(client: httpx.AsyncClient) -> None:
    model = (await client.get("/v1/image-generation-models/grok-imagine-image-quality")).json()
    assert model["id"] == "grok-imagine-image-2.0"
    assert model["pricing"][2] == {
        "quality": "low",
        "resolution": "2k",
        "price_per_image": 600_000_000,
    }


@pytest.mark.parametrize("path", ["/v1/models/grok-99", "/v1/language-models/grok-imagine-image"])
async def test_an_unknown_model_is_a_404(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["error"]) == (404, "Model not found")


async def test_listings_need_a_key(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/models", headers={"authorization": ""})
    assert answer.status_code == 401


@pytest.mark.parametrize(("key", "blocked"), [("xai-good", False), ("xai-blocked", True)])
async def test_the_key_page_says_whether_the_team_is_blocked(
    client: httpx.AsyncClient, key: str, *, blocked: bool
) -> None:
    page = (await client.get("/v1/api-key", headers={"authorization": f"Bearer {key}"})).json()
    assert page["team_blocked"] is blocked
    assert key not in page["redacted_api_key"]


async def test_tokenize_text_shows_the_tokens_that_are_counted(
    client: httpx.AsyncClient,
) -> None:
    text = "Merhaba dünya, 12345 kere! 東京"
    answer = await client.post("/v1/tokenize-text", json={"model": "grok-4.3", "text": text})
    pieces = answer.json()["token_ids"]
    assert "".join(piece["string_token"] for piece in pieces) == text
    assert b"".join(bytes(piece["token_bytes"]) for piece in pieces) == text.encode()
    assert len(pieces) == tokens.count(text) > 6


@pytest.mark.parametrize(
    ("body", "status"), [({"model": "grok-99", "text": ""}, 400), ({"model": "grok-4.3"}, 422)]
)
async def test_tokenize_text_refuses_what_it_cannot_read(
    client: httpx.AsyncClient, body: dict[str, str], status: int
) -> None:
    assert (await client.post("/v1/tokenize-text", json=body)).status_code == status


@pytest.mark.parametrize("text", ["", " ", "a_b", "\u00a0\n\n\t", "Ünïcödé 🎉🎉", "x" * 1000])
def test_tokens_joined_are_the_text_again(text: str) -> None:
    assert "".join(tokens.split(text)) == text
