"""Images, videos, speech and transcriptions: held by quantities, charged by bill or price list."""

import logging
from typing import Any

import pytest

from grokgate.api.billing.v1.account_pb2 import ListUsageRequest
from grokgate.api.billing.v1.admin_pb2 import SummarizeUsageRequest, UsageGrouping, UsageSummary
from grokgate.api.types.v1.endpoint_pb2 import Endpoint
from grokgate.api.types.v1.money_pb2 import ChargeBasis
from grokgate.api.types.v1.usage_pb2 import Quantities
from grokgate.catalog.models import Channel, parse_catalog
from grokgate.chassis.errors import Reason
from tests.billing.servicers.running import (
    AS_ADMIN,
    AS_TEXT,
    MODELS_TOML,
    Billing,
    as_caller,
    refusal,
    settlement,
    tokens,
)

IMAGE = "xai/grok-imagine-image"
IMAGE_2 = "xai/grok-imagine-image-2.0"
COMPATIBLE = "grok-4-image"
VIDEO = "xai/grok-imagine-video"
SPEECH = "xai/grok-voice-tts"
TRANSCRIPTION = "xai/grok-voice-stt"


def images(images_in: int, images_out: int, resolution: str, quality: str = "") -> Quantities:
    quantities = Quantities()
    quantities.images.images_in = images_in
    quantities.images.images_out = images_out
    quantities.images.resolution = resolution
    quantities.images.quality = quality
    return quantities


def video(duration_us: int, resolution: str, images_in: int = 0) -> Quantities:
    quantities = Quantities()
    quantities.video.duration_us = duration_us
    quantities.video.resolution = resolution
    quantities.video.images_in = images_in
    return quantities


def speech(characters: int) -> Quantities:
    quantities = Quantities()
    quantities.speech.characters = characters
    return quantities


def transcription(duration_us: int) -> Quantities:
    quantities = Quantities()
    quantities.transcription.duration_us = duration_us
    return quantities


async def hold(billing: Billing, secret: str, model: str, worst_case: Quantities) -> Any:
    """The request of a hold, and what was held."""
    endpoint = Endpoint.ENDPOINT_IMAGES_GENERATIONS
    request = billing.hold_request(secret, model=model, worst_case=worst_case, endpoint=endpoint)
    placed = await billing.billing.PlaceHold(request, metadata=AS_TEXT)
    return request, placed.held_usd_ticks


CALLS = [
    (IMAGE, images(0, 4, "2k"), 800_000_000),
    (IMAGE, images(2, 1, "1k"), 600_000_000),  # an edit: each input at the full price
    (IMAGE_2, images(0, 1, "1k", "low"), 400_000_000),
    (IMAGE_2, images(1, 1, "2k", "medium"), 1_600_000_000),
    (COMPATIBLE, images(0, 1, "1k"), 440_000_000),
    (VIDEO, video(5_000_000, "480p"), 2_500_000_000),
    (VIDEO, video(8_000_000, "720p", 1), 5_620_000_000),
    (VIDEO, video(1_000_001, "480p"), 500_000_500),
    (SPEECH, speech(40), 6_000_000),
    (TRANSCRIPTION, transcription(12_340_000), 3_427_778),
]


@pytest.mark.parametrize(("model", "quantities", "usd_ticks"), CALLS)
async def test_a_call_is_held_and_charged_by_the_price_list(
    billing: Billing, model: str, quantities: Quantities, usd_ticks: int
) -> None:
    request, held = await hold(billing, await billing.customer(), model, quantities)
    settled = await billing.billing.SettleHold(
        settlement(request.hold_id, counted=quantities), metadata=AS_TEXT
    )
    assert held == usd_ticks
    assert settled.charge.usd_ticks == usd_ticks
    assert settled.charge.basis == ChargeBasis.CHARGE_BASIS_PRICE_LIST


async def test_the_providers_bill_comes_before_the_price_list(billing: Billing) -> None:
    request, _ = await hold(billing, await billing.customer(), IMAGE, images(2, 1, "1k"))
    bill = settlement(request.hold_id, counted=images(2, 1, "1k"), provider_usd_ticks=240_000_000)
    settled = await billing.billing.SettleHold(bill, metadata=AS_TEXT)
    assert settled.charge.usd_ticks == 240_000_000
    assert settled.charge.basis == ChargeBasis.CHARGE_BASIS_PROVIDER


@pytest.mark.parametrize("model", [IMAGE, VIDEO])
async def test_refused_content_costs_the_fee(billing: Billing, model: str) -> None:
    worst_case = video(1, "480p") if model == VIDEO else images(0, 1, "1k")
    request, _ = await hold(billing, await billing.customer(), model, worst_case)
    refused = settlement(request.hold_id, counted=None, content_violation=True, status="failed")
    settled = await billing.billing.SettleHold(refused, metadata=AS_TEXT)
    assert settled.charge.usd_ticks == 500_000_000


@pytest.mark.parametrize(
    ("model", "worst_case", "said"),
    [
        (IMAGE, images(0, 1, "4k"), "no price for resolution `4k`"),
        (IMAGE, images(0, 1, "1k", "low"), "no price for quality `low` at resolution `1k`"),
        (IMAGE_2, images(0, 1, "1k", "high"), "no price for quality `high` at resolution `1k`"),
        (VIDEO, video(1, "1080p"), "no price for resolution `1080p`"),
        (VIDEO, speech(1), "no price for this kind of call"),
        (SPEECH, tokens(1, 1), "no price for this kind of call"),
        ("xai/grok-4.3", transcription(1), "no price for this kind of call"),
        ("xai/grok-4.3", images(0, 1, "1k"), "no price for resolution `1k`"),
    ],
)
async def test_what_has_no_price_is_refused_before_money_is_held(
    billing: Billing, model: str, worst_case: Quantities, said: str
) -> None:
    error = await refusal(hold(billing, await billing.customer(), model, worst_case))
    assert (error.reason, error.param) == (Reason.MODEL_PRICE_ERROR, "model")
    assert f"{model} has {said}." in error.message
    assert billing.select("SELECT count(*) FROM holds") == [(0,)]


async def test_a_bill_for_what_has_no_price_is_charged_and_raises_an_alarm(
    billing: Billing, caplog: pytest.LogCaptureFixture
) -> None:
    request, _ = await hold(billing, await billing.customer(), IMAGE, images(0, 1, "1k"))
    bill = settlement(request.hold_id, counted=images(0, 1, "8k"), provider_usd_ticks=7)
    settled = await billing.billing.SettleHold(bill, metadata=AS_TEXT)
    assert settled.charge.usd_ticks == 7
    [alarm] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "no price" in alarm.getMessage()


@pytest.mark.parametrize(
    ("param", "worst_case"),
    [
        ("worst_case.images.images_in", images(-1, 1, "1k")),
        ("worst_case.images.images_out", images(0, 2**53, "1k")),
        ("worst_case.images.resolution", images(0, 1, "k" * 33)),
        ("worst_case.images.quality", images(0, 1, "1k", "a\0b")),
        ("worst_case.video.duration_us", video(-1, "480p")),
        ("worst_case.video.resolution", video(1, "p" * 33)),
        ("worst_case.speech.characters", speech(-1)),
        ("worst_case.transcription.duration_us", transcription(-1)),
        ("worst_case", speech(2**52)),
    ],
)
async def test_a_refusal_names_the_quantity_at_fault(
    billing: Billing, param: str, worst_case: Quantities
) -> None:
    model = SPEECH if worst_case.HasField("speech") else IMAGE
    error = await refusal(hold(billing, await billing.customer(), model, worst_case))
    assert (error.reason, error.param) == (Reason.INVALID_VALUE, param)


@pytest.mark.parametrize("quantities", [quantities for _, quantities, _ in CALLS])
async def test_usage_rows_tell_what_was_counted(billing: Billing, quantities: Quantities) -> None:
    model = next(model for model, known, _ in CALLS if known == quantities)
    secret = await billing.customer()
    request, _ = await hold(billing, secret, model, quantities)
    counted = settlement(request.hold_id, counted=quantities)
    await billing.billing.SettleHold(counted, metadata=AS_TEXT)
    page = await billing.account.ListUsage(ListUsageRequest(), metadata=as_caller(secret))
    assert [row.units for row in page.rows] == [quantities]


async def test_a_call_without_tokens_leaves_the_token_limit_alone(billing: Billing) -> None:
    secret = await billing.customer(tokens_per_minute=1)
    request, _ = await hold(billing, secret, SPEECH, speech(15_000))
    await billing.billing.SettleHold(
        settlement(request.hold_id, counted=speech(15_000)), metadata=AS_TEXT
    )
    _, held = await hold(billing, secret, SPEECH, speech(15_000))
    assert held == 15_000 * 150_000


async def test_sums_of_usage_count_every_unit_apart(billing: Billing) -> None:
    request, _ = await hold(billing, await billing.customer(), IMAGE, images(0, 1, "1k"))
    counted = settlement(request.hold_id, counted=images(0, 1, "1k"))
    await billing.billing.SettleHold(counted, metadata=AS_TEXT)
    by_model = SummarizeUsageRequest(group_by=UsageGrouping.USAGE_GROUPING_MODEL)
    sums = await billing.admin.SummarizeUsage(by_model, metadata=AS_ADMIN)
    assert list(sums.summaries) == [
        UsageSummary(group=IMAGE, calls=1, charge_usd_ticks=200_000_000, images_out=1)
    ]


async def test_a_model_whose_channel_is_missing_is_not_found(billing: Billing) -> None:
    billing.catalog.current = parse_catalog(MODELS_TOML).without_channel(Channel.COMPATIBLE)
    error = await refusal(hold(billing, await billing.customer(), COMPATIBLE, images(0, 1, "1k")))
    assert error.reason is Reason.MODEL_NOT_FOUND
