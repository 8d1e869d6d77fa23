"""The listings of models and the price list."""

from typing import Any

import pytest

from grokgate.api.billing.v1.catalog_pb2 import ImagePrice
from tests.edge.conftest import RunningEdge
from tests.edge.fake_catalog import MEDIA, media_model, text_model
from tests.edge.fakes import GOOD_KEY

# Each required field of xAI's documentation ("Models", docs.x.ai) and its type.
LISTED = {"id": str, "created": int, "object": str, "owned_by": str}
FULL = LISTED | {
    "aliases": list,
    "fingerprint": str,
    "input_modalities": list,
    "output_modalities": list,
    "version": str,
}
LANGUAGE = FULL | {
    "cached_prompt_text_token_price": int,
    "completion_text_token_price": int,
    "prompt_image_token_price": int,
    "prompt_text_token_price": int,
    "search_price": int,
}
IMAGE = FULL | {"image_price": int, "max_prompt_length": int, "pricing": list}
LISTINGS = [
    ("/v1/models", "data", "xai/grok-4.3", LISTED),
    ("/v1/language-models", "models", "xai/grok-4.3", LANGUAGE),
    ("/v1/video-generation-models", "models", "xai/grok-imagine-video", FULL),
    ("/v1/image-generation-models", "models", "xai/grok-imagine-image", IMAGE),
]


@pytest.mark.parametrize(("path", "wrapper", "model", "required"), LISTINGS)
async def test_every_required_field_is_there(
    edge: RunningEdge, path: str, wrapper: str, model: str, required: dict[str, type]
) -> None:
    edge.catalog.models = [text_model(), media_model("image"), media_model("video")]
    listing = (await edge.get(path)).json()
    [listed] = [entry for entry in listing[wrapper] if entry["id"] == model]
    assert (await edge.get(f"{path}/{model}")).json() == listed
    assert {name: type(listed[name]) for name in required} == required
    assert listed["object"] == "model"


async def test_models_in_openais_shape_with_what_xai_adds(edge: RunningEdge) -> None:
    assert (await edge.get("/v1/models")).json() == {
        "object": "list",
        "data": [
            {
                "id": "xai/grok-4.3",
                "object": "model",
                "created": 1_776_988_800,
                "owned_by": "xai",
                "aliases": ["grok-4.3", "grok-4"],
                "context_length": 1_000_000,
                "prompt_text_token_price": 12_500,
                "cached_prompt_text_token_price": 2_000,
                "prompt_image_token_price": 12_501,
                "completion_text_token_price": 25_000,
                "long_context_threshold": 200_000,
                "prompt_text_token_price_long_context": 25_001,
                "cached_prompt_text_token_price_long_context": 4_000,
                "completion_text_token_price_long_context": 50_000,
                "capabilities": {
                    "reasoning_effort": ["low", "high"],
                    "default_reasoning_effort": "low",
                },
            }
        ],
    }


async def test_a_text_model_with_full_information(edge: RunningEdge) -> None:
    [listed] = (await edge.get("/v1/models")).json()["data"]
    full = {
        "fingerprint": "fp_1",
        "version": "1.0",
        "input_modalities": ["text", "image"],
        "output_modalities": ["text"],
        "search_price": 50_000_000,
    }
    assert (await edge.get("/v1/language-models")).json() == {"models": [listed | full]}


async def test_a_listing_has_the_models_that_make_what_it_is_about(edge: RunningEdge) -> None:
    edge.catalog.models = [text_model(), media_model("video")]
    listed = [model["id"] for model in (await edge.get("/v1/models")).json()["data"]]
    assert listed == ["xai/grok-4.3", "xai/grok-imagine-video"]
    assert (await edge.get("/v1/image-generation-models")).json() == {"models": []}
    videos = (await edge.get("/v1/video-generation-models")).json()["models"]
    assert [video["id"] for video in videos] == ["xai/grok-imagine-video"]
    missing = await edge.get("/v1/language-models/grok-imagine-video")
    assert missing.status_code == 404


async def test_an_image_model_with_full_information(edge: RunningEdge) -> None:
    edge.catalog.models = [media_model("image")]
    [listed] = (await edge.get("/v1/models")).json()["data"]
    assert listed["image_price"] == 5  # 4.00000001 cents, rounded up
    assert listed["pricing"] == [
        {"quality": "low", "resolution": "1k", "price_per_image": 400_000_001},
        {"quality": "medium", "resolution": "2k", "price_per_image": 800_000_000},
    ]
    full = {
        "fingerprint": "fp_2",
        "version": "1.0",
        "input_modalities": ["text", "image"],
        "output_modalities": ["image"],
        "max_prompt_length": 8_000,
    }
    listing = await edge.get("/v1/image-generation-models")
    assert listing.json() == {"models": [listed | full]}


async def test_an_image_model_without_qualities_or_prices(edge: RunningEdge) -> None:
    plain = ImagePrice(resolution="1k", usd_ticks=200_000_000)
    edge.catalog.models = [
        media_model("image", image_prices=[plain]),
        media_model("image", id="free", image_prices=[]),
    ]
    sold, free = (await edge.get("/v1/image-generation-models")).json()["models"]
    assert sold["image_price"] == 2
    assert sold["pricing"][0]["quality"] is None
    assert (free["image_price"], free["pricing"]) == (0, [])


async def test_a_video_model_tells_no_price(edge: RunningEdge) -> None:
    edge.catalog.models = [media_model("video")]
    [video] = (await edge.get("/v1/video-generation-models")).json()["models"]
    assert set(video) == set(FULL)


async def test_what_transcribes_is_no_language_model(edge: RunningEdge) -> None:
    edge.catalog.models = [media_model("transcription"), media_model("speech")]
    listed = (await edge.get("/v1/models")).json()["data"]
    assert [set(model) for model in listed] == [set(LISTED) | {"aliases"}] * 2
    assert (await edge.get("/v1/language-models")).json() == {"models": []}


async def test_a_model_without_efforts_or_prices(edge: RunningEdge) -> None:
    edge.catalog.models = [
        text_model(reasoning_efforts=[], default_reasoning_effort="", text_prices=None)
    ]
    model = (await edge.get("/v1/models/grok-4.3")).json()
    assert model["capabilities"] == {"reasoning_effort": [], "default_reasoning_effort": None}
    assert model["completion_text_token_price"] == 0


async def test_every_name_of_a_model_finds_it(edge: RunningEdge) -> None:
    edge.catalog.models = [media_model("image"), text_model()]
    for name in (
        "xai/grok-4.3",
        "xai%2Fgrok-4.3",
        "xai%2fgrok-4.3",
        "grok-4.3",
        "grok-4",
        "xai/grok-4",
    ):
        found = await edge.get(f"/v1/models/{name}")
        assert (found.status_code, found.json()["id"]) == (200, "xai/grok-4.3"), name


async def test_an_id_without_a_prefix_takes_none(edge: RunningEdge) -> None:
    edge.catalog.models = [media_model("image", id="grok-4-image", aliases=["image"])]
    for name in ("grok-4-image", "image"):
        assert (await edge.get(f"/v1/models/{name}")).status_code == 200
    for name in ("xai/grok-4-image", "xai/image"):
        assert (await edge.get(f"/v1/models/{name}")).status_code == 404


async def test_an_unknown_model_is_not_found(edge: RunningEdge) -> None:
    for name in ("grok-99", "grok-4.3:high", "xai/", "", "a/b/c", "x" * 2000, "%00", "xai/xai/x"):
        answer = await edge.get(f"/v1/models/{name}")
        error = answer.json()["error"]
        assert answer.status_code == 404, name
        assert (error["code"], error["param"]) == ("model_not_found", "model")
        assert len(error["message"]) < 200


async def test_the_key_decides_what_is_listed(edge: RunningEdge) -> None:
    await edge.get("/v1/models")
    [call] = edge.catalog.calls
    assert call.api_key.reveal() == GOOD_KEY
    for path, *_ in LISTINGS:
        assert (await edge.http.get(path)).status_code == 401
        assert (await edge.http.get(f"{path}/grok-4.3")).status_code == 401
    assert len(edge.catalog.calls) == 1


async def test_the_price_list(edge: RunningEdge) -> None:
    assert (await edge.http.get("/v1/pricing")).json() == {
        "object": "price_list",
        "catalog_version": "v1",
        "data": [
            {
                "model": "xai/grok-4.3",
                "endpoints": ["/v1/responses", "/v1/chat/completions"],
                "text": {
                    "input": price(12_500, "1.25"),
                    "cached_input": price(2_000, "0.20"),
                    "output": price(25_000, "2.50"),
                },
                "long_context": {
                    "threshold_tokens": 200_000,
                    "input": price(25_001, "2.5001"),
                    "cached_input": price(4_000, "0.40"),
                    "output": price(50_000, "5.00"),
                },
                "images": None,
                "video": None,
                "speech": None,
                "transcription": None,
                "violation_fee": {"usd_ticks": 500_000_000, "usd": "0.05"},
            }
        ],
    }


async def test_the_prices_of_media_in_ticks_and_exact_dollars(edge: RunningEdge) -> None:
    edge.catalog.models = [media_model(kind) for kind in MEDIA]
    image, video, speech, transcription = (await edge.http.get("/v1/pricing")).json()["data"]
    assert image["endpoints"] == ["/v1/images/generations", "/v1/images/edits"]
    assert image["images"] == [
        {"quality": "low", "resolution": "1k", "usd_ticks": 400_000_001, "usd": "0.0400000001"},
        {"quality": "medium", "resolution": "2k", "usd_ticks": 800_000_000, "usd": "0.08"},
    ]
    assert video["video"] == {
        "seconds": [
            {
                "resolution": "480p",
                "usd_ticks_per_second": 500_000_000,
                "usd_per_second": "0.05",
            },
            {
                "resolution": "720p",
                "usd_ticks_per_second": 700_000_000,
                "usd_per_second": "0.07",
            },
        ],
        "image_input": {"usd_ticks": 20_000_000, "usd": "0.002"},
    }
    assert speech["speech"] == {
        "usd_ticks_per_character": 150_000,
        "usd_per_million_characters": "15.00",
    }
    assert transcription["transcription"] == {
        "usd_ticks_per_hour": 1_000_000_000,
        "usd_per_hour": "0.10",
    }


@pytest.mark.parametrize("kind", MEDIA)
async def test_a_model_has_prices_of_its_own_kind_only(edge: RunningEdge, kind: str) -> None:
    edge.catalog.models = [media_model(kind)]
    [row] = (await edge.http.get("/v1/pricing")).json()["data"]
    kinds = ("text", "long_context", "images", "video", "speech", "transcription")
    assert [name for name in kinds if row[name] is not None] == [
        "images" if kind == "image" else kind
    ]


def price(usd_ticks: int, usd: str) -> dict[str, Any]:
    return {"usd_ticks_per_token": usd_ticks, "usd_per_million_tokens": usd}


async def test_what_has_no_token_prices_shows_none(edge: RunningEdge) -> None:
    edge.catalog.models = [text_model(text_prices=None), media_model("video")]
    text, video = (await edge.http.get("/v1/pricing")).json()["data"]
    assert text["text"]["output"] == price(0, "0.00")
    assert (text["long_context"], video["text"], video["long_context"]) == (None, None, None)


async def test_the_price_list_does_not_look_at_keys(edge: RunningEdge) -> None:
    await edge.get("/v1/pricing")
    [call] = edge.catalog.calls
    assert not call.api_key
    assert call.request_id.startswith("req_")
    assert edge.accounts.questions == 0
