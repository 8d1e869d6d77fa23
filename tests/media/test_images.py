"""Image calls over the sandbox: what comes back, and what it costs to the tick."""

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image as Picture

from grokgate.api.billing.v1.account_pb2 import UsageRow
from grokgate.api.billing.v1.billing_pb2 import HoldState
from grokgate.api.media.v1.media_pb2 import Delivery, Images
from grokgate.api.types.v1.money_pb2 import Charge, ChargeBasis
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.xai.timeouts import Timeouts
from tests.media.image_requests import by_content, by_url, picture
from tests.media.image_running import House, running_house
from tests.xai.fake_transport import FakeTransport

PROVIDER = ChargeBasis.CHARGE_BASIS_PROVIDER
PRICE_LIST = ChargeBasis.CHARGE_BASIS_PRICE_LIST
FREE = Charge(basis=ChargeBasis.CHARGE_BASIS_NONE)

QUALITY = "xai/grok-imagine-image-quality"
QUALITIES = "xai/grok-imagine-image-2.0"
COMPATIBLE = "grok-4-image"
CENT = 100_000_000


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with running_house(tmp_path) as running:
        yield running


async def refusal(house: House, prompt: str = "A lamp", **fields: Any) -> GrokgateError:
    with pytest.raises(GrokgateError) as caught:
        await house.generate(prompt, **fields)
    return caught.value


def answering(body: dict[str, Any]) -> FakeTransport:
    return FakeTransport(httpx.Response(200, json=body))


async def the_row(house: House) -> UsageRow:
    [row] = await house.usage()
    return row


def cost(images: Images) -> tuple[int, int]:
    return images.charge.usd_ticks, images.charge.basis


async def test_an_image_comes_as_an_address_for_two_cents(house: House) -> None:
    images = await house.generate("A copper lamp", user="u-1")
    assert images.model == "xai/grok-imagine-image"
    assert images.created_at > 0
    [image] = images.images
    assert image.url.startswith("http")
    assert (image.mime_type, image.revised_prompt) == ("image/jpeg", "A copper lamp")
    assert cost(images) == (2 * CENT, PROVIDER)
    row = await the_row(house)
    assert (row.held_usd_ticks, row.charge, row.status) == (2 * CENT, images.charge, "completed")
    assert (row.units.images.images_out, row.units.images.resolution) == (1, "1k")
    assert row.user == "u-1"


async def test_an_image_comes_as_its_content(house: House) -> None:
    images = await house.generate(
        delivery=Delivery.DELIVERY_CONTENT, count=2, aspect_ratio="16:9", resolution="2k"
    )
    assert len(images.images) == 2
    for image in images.images:
        picture = Picture.open(io.BytesIO(image.data))
        assert picture.format == "JPEG"
        assert picture.width > picture.height
    assert cost(images) == (4 * CENT, PROVIDER)


@pytest.mark.parametrize(
    ("fields", "usd_ticks"),
    [
        ({"model": QUALITY}, 4 * CENT),
        ({"model": QUALITY, "resolution": "2k", "count": 3}, 18 * CENT),
        ({"model": QUALITIES}, 4 * CENT),
        ({"model": QUALITIES, "quality": "medium", "resolution": "1.5k"}, 7 * CENT),
        ({"model": "grok-imagine-image", "count": 10}, 20 * CENT),
    ],
)
@pytest.mark.parametrize("ticks", ["", "[sandbox:no-ticks]"])
async def test_each_quality_and_resolution_has_its_price_whoever_names_it(
    house: House, fields: dict[str, Any], usd_ticks: int, ticks: str
) -> None:
    images = await house.generate(f"A lamp {ticks}", **fields)
    assert cost(images) == (usd_ticks, PRICE_LIST if ticks else PROVIDER)
    assert (await the_row(house)).held_usd_ticks == usd_ticks


async def test_the_compatible_channel_is_billed_by_the_price_list_alone(house: House) -> None:
    images = await house.generate(
        "[sandbox:ticks=5]",
        model=COMPATIBLE,
        delivery=Delivery.DELIVERY_CONTENT,
        aspect_ratio="1:1",
        user="u-1",
    )
    assert images.model == COMPATIBLE
    assert images.images[0].url.startswith("http")
    assert cost(images) == (440_000_000, PRICE_LIST)
    assert house.received.path == "/compatible/v1/images/generations"
    assert house.received.json() == {
        "model": "grok-4-image",
        "prompt": "[sandbox:ticks=5]",
        "n": 1,
        "resolution": "1k",
        "response_format": "b64_json",
        "aspect_ratio": "1:1",
    }


async def test_a_cost_that_the_compatible_channel_claims_for_nothing_is_not_paid(
    house: House,
) -> None:
    error = await refusal(house, "[sandbox:moderated-cost=9]", model=COMPATIBLE)
    assert error.reason is Reason.CONTENT_MODERATED
    assert (await the_row(house)).charge == FREE


async def test_an_edit_without_a_reported_cost_pays_for_images_in_and_out(house: House) -> None:
    images = await house.edit(
        by_content("image/png"),
        by_content("image/webp"),
        by_url(),
        prompt="[sandbox:no-ticks] As a sketch",
        count=2,
    )
    assert (images.images_in, len(images.images)) == (3, 2)
    assert cost(images) == (10 * CENT, PRICE_LIST)
    row = await the_row(house)
    assert (row.held_usd_ticks, row.charge.usd_ticks) == (10 * CENT, 10 * CENT)
    assert (row.units.images.images_in, row.units.images.images_out) == (3, 2)


async def test_an_edit_pays_what_the_provider_reports(house: House) -> None:
    images = await house.edit(by_content("image/jpeg"), aspect_ratio="1:1")
    assert cost(images) == (2 * CENT + CENT // 5, PROVIDER)
    assert house.received.path == "/v1/images/edits"
    assert house.received.json()["image"]["url"].startswith("data:image/jpeg;base64,")


async def test_an_edits_automatic_quality_is_held_for_as_it_is_served(house: House) -> None:
    images = await house.edit(by_url(), model=QUALITIES, prompt="[sandbox:no-ticks] A sketch")
    assert cost(images) == (12 * CENT, PRICE_LIST)
    assert house.received.json()["quality"] == "auto"
    assert (await the_row(house)).units.images.quality == "medium"


@pytest.mark.parametrize("ticks", ["", "[sandbox:no-ticks]"])
async def test_what_was_returned_is_charged_not_what_was_asked_for(
    house: House, ticks: str
) -> None:
    images = await house.generate(f"[sandbox:images=1] {ticks}", count=2)
    assert len(images.images) == 1
    assert images.charge.usd_ticks == 2 * CENT
    row = await the_row(house)
    assert (row.held_usd_ticks, row.units.images.images_out) == (4 * CENT, 1)


async def test_nobody_pays_for_images_that_nobody_asked_for(tmp_path: Path) -> None:
    transport = answering({"data": [{"url": "https://x.ai/1"}, {"url": "https://x.ai/2"}]})
    async with running_house(tmp_path, transport=transport) as house:
        images = await house.generate()
    assert [image.url for image in images.images] == ["https://x.ai/1"]
    assert cost(images) == (2 * CENT, PRICE_LIST)


async def test_megabytes_pass_both_ways_unchanged(tmp_path: Path) -> None:
    sent = picture() + bytes(3_000_000)
    returned = picture("image/jpeg") + bytes(3_000_000)
    transport = answering({"data": [{"b64_json": base64.b64encode(returned).decode()}]})
    async with running_house(tmp_path, transport=transport) as house:
        images = await house.edit(by_content(data=sent), delivery=Delivery.DELIVERY_CONTENT)
    assert images.images[0].data == returned
    [request] = transport.requests
    _, content = json.loads(request.content)["image"]["url"].split(",")
    assert base64.b64decode(content) == sent


async def test_a_refusal_is_told_in_the_providers_words(tmp_path: Path) -> None:
    words = {"code": "invalid-argument", "error": "Argument not supported: size"}
    transport = FakeTransport(httpx.Response(400, json=words))
    async with running_house(tmp_path, transport=transport) as house:
        error = await refusal(house)
        assert (await the_row(house)).charge == FREE
        assert await house.ledger.to_reconcile() == []
    assert error.reason is Reason.PROVIDER_REJECTED
    assert error.message == "Argument not supported: size"


@pytest.mark.parametrize(
    ("directive", "expected"),
    [
        ("no-ticks", (2 * CENT, PRICE_LIST)),
        ("no-usage", (2 * CENT, PRICE_LIST)),
        ("ticks=0", (0, PROVIDER)),
        (f"ticks={200 * CENT}", (200 * CENT, PROVIDER)),
        ("ticks=-5", (2 * CENT, PRICE_LIST)),
        ("ticks=99999999999999999999999", (2 * CENT, PRICE_LIST)),
        ("ticks-text", (2 * CENT, PRICE_LIST)),
    ],
)
async def test_a_reported_cost_is_charged_if_it_makes_sense(
    house: House, directive: str, expected: tuple[int, int]
) -> None:
    assert cost(await house.generate(f"[sandbox:{directive}]")) == expected
    assert (await the_row(house)).held_usd_ticks == 2 * CENT


@pytest.mark.parametrize("directive", ["ticks=-5", "ticks-text"])
async def test_a_cost_that_makes_no_sense_is_told_to_the_operator(
    house: House, directive: str, caplog: pytest.LogCaptureFixture
) -> None:
    await house.generate(f"[sandbox:{directive}]")
    assert "upstream reported a cost that makes no sense" in caplog.text


@pytest.mark.parametrize(
    ("directive", "reason", "expected"),
    [
        ("moderated", Reason.CONTENT_MODERATED, (4 * CENT, PROVIDER)),
        ("moderated-cost=9", Reason.CONTENT_MODERATED, (9, PROVIDER)),
        ("withheld", Reason.CONTENT_MODERATED, (4 * CENT, PROVIDER)),
        ("images=0", Reason.PROVIDER_ERROR, (0, PROVIDER)),
        ("safety", Reason.CONTENT_VIOLATION, (5 * CENT, PRICE_LIST)),
    ],
)
async def test_a_failure_that_is_billed_is_an_answer_with_its_charge(
    house: House, directive: str, reason: Reason, expected: tuple[int, int]
) -> None:
    images = await house.generate(f"[sandbox:{directive}]", count=2)
    assert list(images.images) == []
    assert images.failure.reason == reason
    assert cost(images) == expected
    row = await the_row(house)
    assert (row.state, row.status) == (HoldState.HOLD_STATE_POSTED, "failed")


@pytest.mark.parametrize(
    ("prompt", "reason"),
    [
        ("[sandbox:moderated-free]", Reason.CONTENT_MODERATED),
        ("[sandbox:withheld] [sandbox:no-ticks]", Reason.CONTENT_MODERATED),
        ("[sandbox:withheld] [sandbox:ticks=-1]", Reason.CONTENT_MODERATED),
        ("[sandbox:images=0] [sandbox:no-usage]", Reason.PROVIDER_ERROR),
        ("[sandbox:no-such-directive]", Reason.PROVIDER_REJECTED),
        ("[sandbox:bad-key]", Reason.PROVIDER_UNAVAILABLE),
        ("[sandbox:no-credit]", Reason.PROVIDER_UNAVAILABLE),
        ("[sandbox:529]", Reason.PROVIDER_UNAVAILABLE),
        ("[sandbox:500]", Reason.PROVIDER_ERROR),
        ("[sandbox:html]", Reason.PROVIDER_UNAVAILABLE),
        ("[sandbox:not-json]", Reason.PROVIDER_ERROR),
        ("[sandbox:error-in-200]", Reason.PROVIDER_ERROR),
        ("[sandbox:reset-before-answer]", Reason.PROVIDER_ERROR),
        ("[sandbox:truncated-body]", Reason.PROVIDER_ERROR),
    ],
)
async def test_a_failure_that_is_not_billed_is_a_refusal_and_free(
    house: House, prompt: str, reason: Reason
) -> None:
    assert (await refusal(house, prompt)).reason is reason
    row = await the_row(house)
    assert (row.state, row.charge) == (HoldState.HOLD_STATE_VOIDED, FREE)
    assert row.void_reason == reason.lower()
    assert len(house.sandbox.requests) == 1


@pytest.mark.parametrize(
    ("directive", "listed"),
    [("reset-before-answer", 1), ("reset-mid-body", 1), ("bad-key", 0)],
)
async def test_a_lost_answer_is_listed_for_reconciliation(
    house: House, directive: str, listed: int
) -> None:
    await refusal(house, f"[sandbox:{directive}]")
    await house.usage()
    assert len(await house.ledger.to_reconcile()) == listed


async def test_an_answer_that_does_not_come_is_given_up_and_listed(tmp_path: Path) -> None:
    async with running_house(tmp_path, timeouts=Timeouts(header_s=0.05)) as house:
        assert (await refusal(house, "[sandbox:silent]")).reason is Reason.TIMEOUT
        row = await the_row(house)
        assert (row.state, row.void_reason) == (HoldState.HOLD_STATE_VOIDED, "timeout")
        assert len(await house.ledger.to_reconcile()) == 1


@pytest.mark.parametrize(
    ("fields", "reason", "param"),
    [
        ({"model": ""}, Reason.MISSING_PARAMETER, "model"),
        ({"model": "grok-9-image"}, Reason.MODEL_NOT_FOUND, "model"),
        ({"model": "xai/grok-imagine-image:high"}, Reason.UNSUPPORTED_CAPABILITY, "model"),
        ({"model": "xai/grok-4.3"}, Reason.UNSUPPORTED_OPERATION, "model"),
        ({"prompt": ""}, Reason.MISSING_PARAMETER, "prompt"),
        ({"count": 11}, Reason.INVALID_VALUE, "n"),
        ({"quality": "low"}, Reason.UNSUPPORTED_PARAMETER, "quality"),
    ],
)
async def test_a_request_that_cannot_be_served_costs_nothing_and_reaches_nobody(
    house: House, fields: dict[str, Any], reason: Reason, param: str
) -> None:
    error = await refusal(house, **fields)
    assert (error.reason, error.param) == (reason, param)
    assert await house.usage() == []
    assert house.sandbox.requests == []


async def test_an_edit_that_cannot_be_served_costs_nothing(house: House) -> None:
    with pytest.raises(GrokgateError) as caught:
        await house.edit()
    assert caught.value.param == "image"
    with pytest.raises(GrokgateError) as caught:
        await house.edit(by_url(), model=COMPATIBLE)
    assert caught.value.reason is Reason.UNSUPPORTED_OPERATION
    assert caught.value.details["supported_endpoints"] == ["/v1/images/generations"]
    assert await house.usage() == []


async def test_a_caller_without_a_key_is_refused(house: House) -> None:
    house.key = ()
    assert (await refusal(house)).reason is Reason.MISSING_API_KEY


async def test_a_balance_admits_no_more_images_than_it_pays_for(house: House) -> None:
    await house.ledger.open_account(5 * CENT, "poor")
    house.key = house.ledger.key
    asked = [house.generate() for _ in range(4)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    made = [answer for answer in answers if isinstance(answer, Images)]
    refused = [answer for answer in answers if isinstance(answer, GrokgateError)]
    assert [cost(images) for images in made] == [(2 * CENT, PROVIDER)] * 2
    assert len(refused) == 2
    for error in refused:
        assert error.reason in {Reason.INSUFFICIENT_BALANCE, Reason.HOLDS_OUTSTANDING}
    assert len(house.sandbox.requests) == 2
    assert sum(row.charge.usd_ticks for row in await house.usage()) == 4 * CENT


@pytest.mark.parametrize("path", ["/images/generations", "/images/edits"])
async def test_upstream_outcomes_and_overhead_are_counted(house: House, path: str) -> None:
    sent = [by_url()] if path == "/images/edits" else []

    async def ask(prompt: str) -> Images:
        return await (house.edit(*sent, prompt=prompt) if sent else house.generate(prompt))

    await ask("A lamp")
    await ask("[sandbox:moderated]")

    def value(name: str, **labels: str) -> float | None:
        return house.metrics.registry.get_sample_value(name, labels)

    for outcome in ("answered", "content_moderated"):
        assert value("grokgate_upstream_seconds_count", path=path, outcome=outcome) == 1
    assert value("grokgate_overhead_seconds_count", service="media") == 2
