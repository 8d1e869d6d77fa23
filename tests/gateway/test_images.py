"""Images through the whole gateway: what was delivered is what is charged."""

import asyncio
import base64
import io
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI
from PIL import Image

from tests.support.gateway import USD, Gateway

CENT = USD // 100
OFFICIAL, COMPATIBLE = "xai/grok-imagine-image", "grok-4-image"


def picture(colour: str = "red") -> bytes:
    """A small JPEG."""
    file = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "JPEG")
    return file.getvalue()


def data_uri() -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(picture()).decode()}"


async def post(gateway: Gateway, key: str, path: str, body: dict[str, Any]) -> httpx.Response:
    headers = {"authorization": f"Bearer {key}"}
    return await gateway.http.post(f"{gateway.url}/v1/images/{path}", json=body, headers=headers)


async def draw(gateway: Gateway, key: str, prompt: str, **fields: Any) -> httpx.Response:
    return await post(gateway, key, "generations", {"model": OFFICIAL, "prompt": prompt, **fields})


async def test_the_library_gets_an_image_of_the_ratio_and_resolution_it_asked_for(
    gateway: Gateway,
) -> None:
    key = await gateway.new_key()
    async with AsyncOpenAI(api_key=key, base_url=f"{gateway.url}/v1") as client:
        answer = await client.images.generate(
            model=OFFICIAL,
            prompt="A tiny yellow cube",
            n=2,
            response_format="b64_json",
            extra_body={"aspect_ratio": "16:9", "resolution": "2k"},
        )
    assert answer.data is not None
    for made in answer.data:
        assert made.b64_json is not None
        image = Image.open(io.BytesIO(base64.b64decode(made.b64_json)))
        assert image.format == "JPEG"
        assert image.width / image.height == pytest.approx(16 / 9, rel=0.02)
        assert image.width > 1500
    assert (await gateway.row(key))["charge_usd_ticks"] == 4 * CENT


@pytest.mark.parametrize("inputs", [1, 3])
async def test_the_library_edits_one_picture_or_several(gateway: Gateway, inputs: int) -> None:
    key = await gateway.new_key()
    pictures = [picture(colour) for colour in ("red", "green", "blue")[:inputs]]
    async with AsyncOpenAI(api_key=key, base_url=f"{gateway.url}/v1") as client:
        answer = await client.images.edit(
            model=OFFICIAL,
            image=pictures[0] if inputs == 1 else pictures,
            prompt="As a pencil sketch [sandbox:no-ticks]",
            n=2,
        )
    assert answer.data is not None
    assert len(answer.data) == 2
    # Without the provider's word, each image costs the same, sent or returned.
    assert (await gateway.row(key))["charge_usd_ticks"] == (inputs + 2) * 2 * CENT


@pytest.mark.parametrize(
    ("model", "prompt", "n", "charge"),
    [
        (OFFICIAL, "cube", 1, (2 * CENT, "provider")),
        ("xai/grok-imagine-image-quality", "cube", 1, (4 * CENT, "provider")),
        (COMPATIBLE, "cube", 1, (44 * CENT // 10, "price_list")),
        (OFFICIAL, "cube [sandbox:no-ticks]", 1, (2 * CENT, "price_list")),
        ("xai/grok-imagine-image-quality", "cube [sandbox:no-ticks]", 1, (4 * CENT, "price_list")),
        (OFFICIAL, "cubes [sandbox:images=1] [sandbox:no-ticks]", 2, (2 * CENT, "price_list")),
        (OFFICIAL, "cubes [sandbox:images=1]", 2, (2 * CENT, "provider")),
        (OFFICIAL, "cube [sandbox:ticks=123456789]", 1, (123_456_789, "provider")),
        (OFFICIAL, "cube [sandbox:ticks=0]", 1, (0, "provider")),
        (OFFICIAL, "cube [sandbox:ticks=-1]", 1, (2 * CENT, "price_list")),
        (OFFICIAL, "cube [sandbox:ticks-text]", 1, (2 * CENT, "price_list")),
    ],
)
async def test_what_was_returned_is_charged_to_the_tick(
    gateway: Gateway, model: str, prompt: str, n: int, charge: tuple[int, str]
) -> None:
    key = await gateway.new_key()
    response = await draw(gateway, key, prompt, model=model, n=n)
    assert response.status_code == 200, response.text
    usd_ticks, basis = charge
    assert response.json()["usage"]["cost_in_usd_ticks"] == usd_ticks
    assert response.headers["x-cost-usd-ticks"] == str(usd_ticks)
    assert response.headers["x-cost-basis"] == basis
    row = await gateway.row(key)
    assert (row["charge_usd_ticks"], row["basis"]) == (usd_ticks, basis)


async def test_a_moderated_image_is_paid_for_and_said_to_be(gateway: Gateway) -> None:
    key = await gateway.new_key()
    response = await draw(gateway, key, "A cube [sandbox:moderated]")
    error = response.json()
    assert (response.status_code, error["error"]["code"]) == (400, "content_moderated")
    assert error["usage"]["cost_in_usd_ticks"] == 2 * CENT
    assert response.headers["x-cost-usd-ticks"] == str(2 * CENT)
    assert (await gateway.row(key))["charge_usd_ticks"] == 2 * CENT


@pytest.mark.parametrize(
    ("path", "fields", "param"),
    [
        ("generations", {"n": 11}, "n"),
        ("generations", {"aspect_ratio": "17:3"}, "aspect_ratio"),
        ("generations", {"resolution": "8k"}, "resolution"),
        ("generations", {"quality": "high"}, "quality"),
        ("generations", {"size": "1024x1024"}, "size"),
        ("generations", {"style": "vivid"}, "style"),
        ("generations", {"model": COMPATIBLE, "n": 2}, "n"),
        ("generations", {"prompt": ""}, "prompt"),
        ("edits", {"image": {"url": "ftp://example.com/a.jpg"}}, "image.url"),
        ("edits", {"image": {"url": "data:text/plain;base64,aGVsbG8="}}, "image.url"),
        ("edits", {"image": {"url": "data:image/png;base64,aGVsbG8="}}, "image.url"),
        ("edits", {"image": "https://example.com/a.jpg"}, "image"),
        ("edits", {"images": [{"url": "https://example.com/a.jpg"}] * 6}, "images"),
        ("edits", {"image": {"url": data_uri()}, "mask": {"url": data_uri()}}, "mask"),
        ("edits", {}, "image"),
        ("edits", {"model": COMPATIBLE, "image": {"url": data_uri()}}, "model"),
    ],
)
async def test_bad_input_is_refused_before_any_hold_naming_the_field(
    gateway: Gateway, path: str, fields: dict[str, Any], param: str
) -> None:
    key = await gateway.new_key()
    asked = len(gateway.sandbox.requests)
    response = await post(gateway, key, path, {"model": OFFICIAL, "prompt": "A cube", **fields})
    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (400, param), error
    assert (await gateway.get(key, "/v1/usage"))["data"] == []
    assert len(gateway.sandbox.requests) == asked


@pytest.mark.parametrize("field", ["size", "quality", "style"])
async def test_a_refusal_comes_in_the_words_of_the_document(gateway: Gateway, field: str) -> None:
    response = await draw(gateway, await gateway.new_key(), "A cube", **{field: "1024x1024"})
    assert response.json()["error"]["message"] == f"Argument not supported: {field}"


async def test_a_balance_for_one_image_buys_one_however_many_ask(gateway: Gateway) -> None:
    key = await gateway.new_key(usd_ticks=3 * CENT)
    asked = (draw(gateway, key, "A cube [sandbox:slow=0.5]") for _ in range(6))
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*asked))
    assert statuses[0] == 200
    assert set(statuses[1:]) <= {402, 429}
    assert (await gateway.row(key))["charge_usd_ticks"] == 2 * CENT
