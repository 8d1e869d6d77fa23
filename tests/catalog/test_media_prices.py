"""The price list of images, videos, speech and transcription, and its exact arithmetic."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokgate.catalog.prices import (
    ONE_PPM,
    ImagePrice,
    Prices,
    SpeechPrices,
    Ticks,
    TranscriptionPrices,
    VideoPrices,
    charge,
    decode_prices,
)
from grokgate.launch.catalog_files import load_catalog

CATALOG = load_catalog(None)
SECOND = 1_000_000


def prices(model: str) -> Prices:
    return CATALOG.models[model].prices()


def charged(cost: Ticks | None, multiplier_ppm: int = ONE_PPM) -> int | None:
    return None if cost is None else charge(cost, multiplier_ppm, ONE_PPM)


@pytest.mark.parametrize(
    ("model", "quality", "by_resolution"),
    [
        ("xai/grok-imagine-image", "", (200_000_000, None, 200_000_000)),
        ("xai/grok-imagine-image-quality", "", (400_000_000, 500_000_000, 600_000_000)),
        ("xai/grok-imagine-image-2.0", "low", (400_000_000, 500_000_000, 600_000_000)),
        ("xai/grok-imagine-image-2.0", "medium", (600_000_000, 700_000_000, 800_000_000)),
        ("xai/grok-imagine-image-2.0", "high", (None, None, None)),
        ("xai/grok-imagine-image-2.0", "", (None, None, None)),
        ("grok-4-image", "", (440_000_000, None, 440_000_000)),
    ],
)
def test_the_price_of_an_image(
    model: str, quality: str, by_resolution: tuple[int | None, ...]
) -> None:
    sold = prices(model)
    assert by_resolution == tuple(
        charged(sold.image_cost(1, quality, resolution), sold.multiplier_ppm)
        for resolution in ("1k", "1.5k", "2k")
    )


@pytest.mark.parametrize(
    ("model", "by_resolution", "image_input"),
    [
        ("xai/grok-imagine-video", (500_000_000, 700_000_000, None), 20_000_000),
        (
            "xai/grok-imagine-video-1.5",
            (800_000_000, 1_400_000_000, 2_500_000_000),
            100_000_000,
        ),
        (
            "xai/grok-imagine-video-1.5-lite",
            (200_000_000, 300_000_000, 1_400_000_000),
            100_000_000,
        ),
    ],
)
def test_the_price_of_a_second_of_video_and_of_its_first_image(
    model: str, by_resolution: tuple[int | None, ...], image_input: int
) -> None:
    video = prices(model).video
    assert video is not None
    assert by_resolution == tuple(
        charged(video.cost(SECOND, resolution, 0)) for resolution in ("480p", "720p", "1080p")
    )
    assert charged(video.cost(0, "480p", 1)) == image_input


def test_bills_of_videos_are_reproduced() -> None:
    video = prices("xai/grok-imagine-video").video
    assert video is not None
    assert charged(video.cost(5 * SECOND, "480p", 0)) == 2_500_000_000
    assert charged(video.cost(8 * SECOND, "480p", 0)) == 4_000_000_000
    assert charged(video.cost(SECOND, "480p", 1)) == 520_000_000


def test_speech_is_sold_by_the_character() -> None:
    speech = prices("xai/grok-voice-tts").speech
    assert speech is not None
    assert speech.cost(1_000_000) == 15 * 10**10
    assert speech.cost(7) == 7 * 150_000


@pytest.mark.parametrize(
    ("duration_us", "usd_ticks"),
    [
        (3600 * SECOND, 1_000_000_000),
        (12_340_000, 3_427_778),  # 3 427 777.78
        (1_800_000, 500_000),
        (1, 0),  # 0.28
        (2, 1),  # 0.56
        (0, 0),
    ],
)
def test_transcription_is_sold_by_the_hour_and_rounded_once(
    duration_us: int, usd_ticks: int
) -> None:
    transcription = prices("xai/grok-voice-stt").transcription
    assert transcription is not None
    assert charged(transcription.cost(duration_us)) == usd_ticks


def test_a_multiplier_meets_the_exact_cost_and_not_a_rounded_one() -> None:
    # 1 µs costs 0.2777… ticks: rounded first it would be free at any multiplier.
    assert charged(TranscriptionPrices(hour=1_000_000_000).cost(1), 9 * ONE_PPM) == 3


def test_every_model_that_is_sold_prices_its_first_option() -> None:
    unsold = [
        model.id
        for model in CATALOG.models.values()
        if model.image
        and any(
            model.prices().image_cost(
                1, model.image.quality_in_force("", endpoint), model.image.resolutions[0]
            )
            is None
            for endpoint in model.endpoints
        )
    ]
    assert unsold == []


AMOUNTS = st.integers(1, 10**12)
COUNTS = st.integers(0, 10**9)
MULTIPLIERS_PPM = st.integers(1, 10 * ONE_PPM)


@st.composite
def costs(draw: st.DrawFn) -> tuple[Ticks, Fraction]:
    """A cost of any kind as the catalogue has it, and as the unit's price says."""
    price, count, images = draw(AMOUNTS), draw(COUNTS), draw(st.integers(0, 16))
    kind = draw(st.sampled_from(("images", "video", "speech", "transcription")))
    if kind == "images":
        sold = Prices(model="m", images=(ImagePrice(resolution="1k", usd_ticks=price),))
        image_cost = sold.image_cost(images, "", "1k")
        assert image_cost is not None
        return image_cost, Fraction(images * price)
    if kind == "video":
        fee = draw(AMOUNTS)
        video_cost = VideoPrices(second={"480p": price}, image_input=fee).cost(
            count, "480p", images
        )
        assert video_cost is not None
        return video_cost, Fraction(count, SECOND) * price + images * fee
    if kind == "speech":
        return SpeechPrices(character=price).cost(count), Fraction(count * price)
    return TranscriptionPrices(hour=price).cost(count), Fraction(count, 3600 * SECOND) * price


@given(costs(), MULTIPLIERS_PPM, MULTIPLIERS_PPM)
def test_a_charge_of_any_kind_is_the_exact_price_rounded_half_up_once(
    cost: tuple[Ticks, Fraction], model_ppm: int, account_ppm: int
) -> None:
    ticks, exact = cost
    assert ticks == exact
    result = charge(ticks, model_ppm, account_ppm)
    assert type(result) is int
    whole = exact * Fraction(model_ppm, ONE_PPM) * Fraction(account_ppm, ONE_PPM)
    assert Fraction(-1, 2) < result - whole <= Fraction(1, 2)


@given(AMOUNTS, st.lists(COUNTS, max_size=8))
def test_the_cost_of_parts_is_the_cost_of_the_whole(hour: int, parts_us: list[int]) -> None:
    transcription = TranscriptionPrices(hour=hour)
    parts = sum(transcription.cost(part) for part in parts_us)
    assert parts == transcription.cost(sum(parts_us))


def test_prices_of_every_kind_survive_being_kept() -> None:
    for model in CATALOG.models.values():
        kept = model.prices()
        assert decode_prices(kept.encode()) == kept


def test_prices_that_were_kept_before_there_were_media_still_settle() -> None:
    document = (
        b'{"model":"xai/grok-4.3","violation_fee_usd_ticks":500000000,'
        b'"text":{"input":12500,"cached_input":2000,"output":25000,"image_input":12500,"search":0,'
        b'"long_context_threshold":200000,"long_input":25000,"long_cached_input":4000,'
        b'"long_output":50000}}'
    )
    kept = decode_prices(document)
    assert kept == prices("xai/grok-4.3")
    assert kept.encode() == document
