"""Pictures: what they look like, where they are and what they cost."""

import base64
from typing import Any

import httpx
import pytest

from grokgate.sandbox.service import Sandbox
from tests.sandbox.pictures import BLUE, RED, data_uri, is_near, opened, picture

CENT = 10**8
FOX = {"model": "grok-imagine-image", "prompt": "A fox"}


async def generate(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/v1/images/generations", json=FOX | fields)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def edit(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/v1/images/edits", json=FOX | fields)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def first_picture(client: httpx.AsyncClient, answer: dict[str, Any]) -> bytes:
    return (await client.get(answer["data"][0]["url"])).content


async def test_a_picture_is_a_jpeg_behind_a_url_that_needs_no_key(
    client: httpx.AsyncClient,
) -> None:
    answer = await generate(client)
    [entry] = answer["data"]
    assert (entry["mime_type"], entry["revised_prompt"]) == ("image/jpeg", "A fox")
    assert answer["model"] == "grok-imagine-image"
    fetched = await client.get(entry["url"], headers={"authorization": ""})
    assert fetched.headers["content-type"] == "image/jpeg"
    assert opened(fetched.content).format == "JPEG"


async def test_base64_is_the_same_picture_without_a_prefix(client: httpx.AsyncClient) -> None:
    [entry] = (await generate(client, response_format="b64_json"))["data"]
    assert "url" not in entry
    assert opened(base64.b64decode(entry["b64_json"], validate=True)).format == "JPEG"


async def test_the_same_request_gets_the_same_pictures_and_another_gets_others(
    client: httpx.AsyncClient,
) -> None:
    first = await generate(client, n=2, response_format="b64_json")
    again = await generate(client, n=2, response_format="b64_json")
    other = await generate(client, n=2, response_format="b64_json", prompt="A bear")
    assert first == again
    assert len({entry["b64_json"] for entry in first["data"] + other["data"]}) == 4


@pytest.mark.parametrize(
    ("ratio", "resolution", "size"),
    [
        (None, None, (1024, 1024)),
        ("auto", "2k", (2048, 2048)),
        ("16:9", "1k", (1360, 768)),
        ("9:16", "1k", (768, 1360)),
        ("9:19.5", "1k", (688, 1504)),
        ("2:1", "2k", (2896, 1456)),
    ],
)
async def test_a_picture_has_the_shape_and_the_area_that_were_asked_for(
    client: httpx.AsyncClient, ratio: str | None, resolution: str | None, size: tuple[int, int]
) -> None:
    answer = await generate(client, aspect_ratio=ratio, resolution=resolution)
    assert opened(await first_picture(client, answer)).size == size


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
async def test_an_edit_is_drawn_upon_its_input_and_keeps_its_shape(
    client: httpx.AsyncClient, form: str
) -> None:
    sent = picture(RED, (400, 200), form)
    answer = await edit(client, image={"url": data_uri(sent, f"image/{form}")})
    image = opened(await first_picture(client, answer))
    assert image.size == (1456, 720)
    assert is_near(image, (700, 100), RED)


async def test_an_edit_of_several_shows_them_all(client: httpx.AsyncClient) -> None:
    images = [{"url": data_uri(picture(RED))}, {"image_url": data_uri(picture(BLUE))}]
    answer = await edit(client, images=images, aspect_ratio="4:3")
    image = opened(await first_picture(client, answer))
    assert image.size == (1184, 880)
    assert is_near(image, (20, 20), BLUE)
    assert is_near(image, (1000, 100), RED)


async def test_an_address_is_not_fetched_but_a_picture_stands_in(
    client: httpx.AsyncClient, sandbox: Sandbox
) -> None:
    trap = str(client.base_url).replace("http://", "https://") + "/v1/models"
    one = await edit(client, image={"url": trap})
    other = await edit(client, image={"url": "https://pictures.invalid/a.png"})
    assert await first_picture(client, one) != await first_picture(client, other)
    assert {received.path for received in sandbox.requests} == {"/v1/images/edits"}


async def test_an_image_sent_to_generations_is_ignored(client: httpx.AsyncClient) -> None:
    image = {"url": data_uri(picture(RED))}
    answer = await generate(client, image=image)
    assert answer["usage"]["cost_in_usd_ticks"] == 2 * CENT
    edited = await edit(client, image=image)
    assert await first_picture(client, edited) != await first_picture(client, answer)


@pytest.mark.parametrize(
    ("fields", "cents"),
    [
        ({}, 2),
        ({"n": 10, "resolution": "2k"}, 20),
        ({"model": "grok-imagine-image-2.0"}, 4),
        ({"model": "grok-imagine-image-2.0", "quality": "auto", "resolution": "1.5k"}, 5),
        ({"model": "grok-imagine-image-2.0", "quality": "medium", "resolution": "2k"}, 8),
        ({"model": "grok-imagine-image-quality", "resolution": "2k", "n": 2}, 12),
    ],
)
async def test_each_picture_is_billed_by_quality_and_resolution(
    client: httpx.AsyncClient, sandbox: Sandbox, fields: dict[str, Any], cents: int
) -> None:
    answer = await generate(client, **fields)
    assert answer["usage"] == {"cost_in_usd_ticks": cents * CENT}
    assert sandbox.requests[-1].cost_usd_ticks == cents * CENT


@pytest.mark.parametrize(
    ("fields", "ticks"),
    [
        ({}, 2 * CENT + 2 * CENT // 5),
        ({"n": 3}, 6 * CENT + 2 * CENT // 5),
        ({"model": "grok-imagine-image-2.0"}, 6 * CENT + 2 * CENT),
        ({"model": "grok-imagine-image-2.0", "quality": "low"}, 4 * CENT + 2 * CENT),
        ({"model": "grok-imagine-image-quality"}, 4 * CENT + 2 * CENT),
    ],
)
async def test_an_edit_pays_for_its_two_inputs_once(
    client: httpx.AsyncClient, fields: dict[str, Any], ticks: int
) -> None:
    images = [{"url": "https://a.invalid/1"}, {"url": "https://a.invalid/2"}]
    answer = await edit(client, images=images, **fields)
    assert answer["usage"]["cost_in_usd_ticks"] == ticks


@pytest.mark.parametrize(
    ("directive", "reported", "cost"),
    [
        ("moderated", {"cost_in_usd_ticks": 6 * CENT}, 6 * CENT),
        ("moderated-free", "absent", 0),
        ("moderated-cost=9", {"cost_in_usd_ticks": 9}, 9),
        ("moderated] [sandbox:no-usage", None, 6 * CENT),
    ],
)
async def test_moderation_is_a_400_that_may_cost(
    client: httpx.AsyncClient, sandbox: Sandbox, directive: str, reported: Any, cost: int
) -> None:
    body = FOX | {"n": 3, "prompt": f"A fox [sandbox:{directive}]"}
    answer = await client.post("/v1/images/generations", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "imagine:content-moderated")
    assert answer.json().get("usage", "absent") == reported
    assert sandbox.requests[-1].cost_usd_ticks == cost


async def test_the_same_prompt_may_pass_on_retry(client: httpx.AsyncClient) -> None:
    body = FOX | {"prompt": "A fox [sandbox:moderated times=1]"}
    answers = [await client.post("/v1/images/generations", json=body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [400, 200]


@pytest.mark.parametrize("count", [0, 1])
async def test_fewer_pictures_than_asked_for_are_billed_as_returned(
    client: httpx.AsyncClient, count: int
) -> None:
    answer = await generate(client, n=3, prompt=f"A fox [sandbox:images={count}]")
    assert len(answer["data"]) == count
    assert answer["usage"]["cost_in_usd_ticks"] == count * 2 * CENT


async def test_a_picture_may_be_withheld_and_billed(client: httpx.AsyncClient) -> None:
    answer = await generate(client, prompt="[sandbox:withheld]")
    assert answer["data"] == [{"respect_moderation": False}]
    assert answer["usage"]["cost_in_usd_ticks"] == 2 * CENT


async def test_a_url_may_be_dead(client: httpx.AsyncClient) -> None:
    answer = await generate(client, prompt="[sandbox:dead-url]")
    assert (await client.get(answer["data"][0]["url"])).status_code == 404


@pytest.mark.parametrize(
    ("directive", "usage"),
    [("ticks=5", {"cost_in_usd_ticks": 5}), ("no-ticks", {}), ("no-usage", None)],
)
async def test_the_bill_can_be_forged_while_the_log_keeps_the_true_one(
    client: httpx.AsyncClient, sandbox: Sandbox, directive: str, usage: Any
) -> None:
    assert (await generate(client, prompt=f"[sandbox:{directive}]"))["usage"] == usage
    assert sandbox.requests[-1].cost_usd_ticks == 2 * CENT


@pytest.mark.parametrize(
    ("directive", "status"), [("429", 429), ("503", 503), ("html", 502), ("safety", 403)]
)
async def test_the_faults_of_text_work_for_pictures(
    client: httpx.AsyncClient, directive: str, status: int
) -> None:
    body = FOX | {"prompt": f"[sandbox:{directive}]"}
    assert (await client.post("/v1/images/generations", json=body)).status_code == status


async def test_a_lost_answer_is_still_billed(client: httpx.AsyncClient, sandbox: Sandbox) -> None:
    with pytest.raises(httpx.ReadError):
        await generate(client, prompt="[sandbox:reset-mid-body]")
    assert sandbox.requests[-1].cost_usd_ticks == 2 * CENT
