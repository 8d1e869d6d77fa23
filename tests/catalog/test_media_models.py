"""Models that make images, videos and speech, or transcribe: options, channels, and what stops."""

import re
from importlib.resources import files

import msgspec
import pytest

from grokgate.catalog.models import KINDS, Channel, Model, parse_catalog
from grokgate.catalog.options import (
    ImageOptions,
    SpeechOptions,
    TranscriptionOptions,
    VideoOptions,
)
from grokgate.catalog.prices import (
    ImagePrice,
    SpeechPrices,
    TextPrices,
    TranscriptionPrices,
    VideoPrices,
)
from grokgate.chassis.endpoints import NUMBERS
from grokgate.chassis.errors import StartupError
from grokgate.launch.catalog_files import load_catalog

CATALOG = load_catalog(None)
MODEL = """
[models."xai/m"]
upstream_model = "m"
owned_by = "xai"
created = 1
version = "1"
fingerprint = "fp"
input_modalities = ["text"]
output_modalities = ["image"]
"""
IMAGE = (
    MODEL
    + """
endpoints = ["images_generations", "images_edits"]
image_prices = [{ quality = "low", resolution = "1k", usd_ticks = 1 }]
[models."xai/m".image]
aspect_ratios = ["1:1"]
resolutions = ["1k", "2k"]
qualities = ["auto", "low"]
default_quality = "auto"
auto_quality = { images_generations = "low", images_edits = "low" }
max_images = 10
max_input_images = 5
"""
)
VIDEO = (
    MODEL
    + """
endpoints = ["video_generations"]
video_prices = { second = { 480p = 1 } }
[models."xai/m".video]
aspect_ratios = ["1:1"]
resolutions = ["480p", "720p"]
min_duration_seconds = 1
max_duration_seconds = 15
default_duration_seconds = 8
"""
)
SPEECH = (
    MODEL
    + """
endpoints = ["audio_speech"]
speech_prices = { character = 1 }
[models."xai/m".speech]
voices = ["eve", "ara"]
default_voice = "eve"
audio_formats = ["mp3"]
sample_rates = [24000]
default_sample_rate = 24000
bit_rates = [128000]
default_bit_rate = 128000
min_speed = 0.7
max_speed = 1.5
"""
)
TRANSCRIPTION = (
    MODEL
    + """
endpoints = ["audio_transcriptions"]
transcription_prices = { hour = 1 }
[models."xai/m".transcription]
audio_formats = ["mp3"]
hold_seconds = 3600
"""
)


def fields(structure: type[msgspec.Struct]) -> set[str]:
    return {field.name for field in msgspec.structs.fields(structure)}


def test_every_field_is_explained_at_the_head_of_the_file() -> None:
    text = (files("grokgate.catalog") / "models.toml").read_text()
    explained = set(re.findall(r"[a-z_]{2,}", text[: text.index("[models")]))
    known = fields(Model) | fields(ImagePrice) | fields(TextPrices) | fields(VideoPrices)
    known |= fields(ImageOptions) | fields(VideoOptions)
    known |= fields(SpeechOptions) | fields(SpeechPrices)
    known |= fields(TranscriptionOptions) | fields(TranscriptionPrices)
    assert known - explained == {"id"}


def test_every_public_operation_has_a_kind() -> None:
    assert KINDS.keys() == NUMBERS.keys()


def test_an_image_model_is_asked_as_it_can_be_answered() -> None:
    image = CATALOG.models["xai/grok-imagine-image"].image
    assert image is not None
    assert (image.resolutions, image.max_images, image.max_input_images) == (("1k", "2k"), 10, 5)
    assert len(image.aspect_ratios) == 16
    assert image.qualities == ()
    assert image.quality_in_force("", "images_edits") == ""


@pytest.mark.parametrize(
    ("asked", "endpoint", "in_force"),
    [
        ("", "images_generations", "low"),
        ("auto", "images_generations", "low"),
        ("", "images_edits", "medium"),
        ("auto", "images_edits", "medium"),
        ("low", "images_edits", "low"),
        ("medium", "images_generations", "medium"),
    ],
)
def test_auto_stands_for_a_quality_by_endpoint(asked: str, endpoint: str, in_force: str) -> None:
    image = CATALOG.models["xai/grok-imagine-image-2.0"].image
    assert image is not None
    assert image.quality_in_force(asked, endpoint) == in_force


def test_the_compatible_image_model_is_no_model_of_xai() -> None:
    model = CATALOG.models["grok-4-image"]
    assert model.image is not None
    assert list(model.names()) == ["grok-4-image"]
    assert CATALOG.find("xai/grok-4-image") is None
    assert (model.owned_by, model.channel) == ("compatible", Channel.COMPATIBLE)
    assert model.endpoints == ("images_generations",)
    assert (model.image.max_images, model.image.max_input_images) == (1, 0)


def test_models_of_a_channel_that_is_missing_do_not_exist() -> None:
    without = CATALOG.without_channel(Channel.COMPATIBLE)
    assert set(CATALOG.models) - set(without.models) == {"grok-4-image"}
    assert without.find("grok-4-image") is None
    assert without.find("grok-imagine-image") is not None


def test_a_video_may_be_as_long_as_the_provider_makes_it() -> None:
    video = CATALOG.models["xai/grok-imagine-video"].video
    assert video is not None
    assert (video.min_duration_seconds, video.max_duration_seconds) == (1, 15)
    assert video.default_duration_seconds == 8
    assert video.resolutions == ("480p", "720p")


def test_speech_has_the_providers_voices_and_formats() -> None:
    model = CATALOG.models["xai/grok-voice-tts"]
    assert model.speech is not None
    assert len(set(model.speech.voices)) == 28
    assert model.speech.default_voice == "eve"
    assert model.speech.audio_formats == ("mp3", "wav", "pcm", "mulaw", "alaw")
    assert (model.speech.min_speed, model.speech.max_speed) == (0.7, 1.5)
    assert model.max_prompt_length == 15_000


def test_a_transcription_is_pinned_to_a_version() -> None:
    model = CATALOG.models["xai/grok-voice-stt"]
    assert model.upstream_model == "grok-voice-transcribe-2.0"
    assert model.transcription is not None
    assert model.transcription.hold_seconds == 3600


@pytest.mark.parametrize("entry", [IMAGE, VIDEO, SPEECH, TRANSCRIPTION])
def test_a_whole_entry_is_taken_and_an_option_may_lack_a_price(entry: str) -> None:
    assert "xai/m" in parse_catalog(entry).models


@pytest.mark.parametrize("entry", [IMAGE, VIDEO, SPEECH, TRANSCRIPTION])
def test_an_entry_without_any_price_stops_the_start(entry: str) -> None:
    unpriced = "\n".join(line for line in entry.splitlines() if "_prices" not in line)
    with pytest.raises(StartupError, match=r"xai/m has no price; set [a-z]+_prices"):
        parse_catalog(unpriced)
    free = unpriced.replace("created = 1", "created = 1\nfree = true")
    assert parse_catalog(free).models["xai/m"].free


@pytest.mark.parametrize("entry", [IMAGE, VIDEO, SPEECH, TRANSCRIPTION])
def test_an_entry_without_options_stops_the_start(entry: str) -> None:
    with pytest.raises(StartupError, match=r"has no options; set the table `[a-z]+`"):
        parse_catalog(entry[: entry.index('[models."xai/m".')])


@pytest.mark.parametrize(
    ("entry", "correct", "wrong", "complaint"),
    [
        (IMAGE, "usd_ticks = 1 ", "usd_ticks = 0 ", "usd_ticks"),
        (IMAGE, '"1k", usd', '"4k", usd', "`4k`, which it lacks"),
        (IMAGE, 'quality = "low", ', 'quality = "hi", ', "quality `hi`"),
        (IMAGE, 'quality = "low", ', 'quality = "auto", ', "quality `auto`"),
        (IMAGE, 'quality = "low", ', "", "quality ``"),
        (
            IMAGE,
            "usd_ticks = 1 }]",
            'usd_ticks = 1 }, { quality = "low", resolution = "1k", usd_ticks = 2 }]',
            "two image_prices",
        ),
        (IMAGE, 'default_quality = "auto"', "", "image.default_quality"),
        (IMAGE, ', images_edits = "low" }', " }", "image.auto_quality"),
        (IMAGE, ', images_edits = "low" }', ', images_edits = "auto" }', "image.auto_quality"),
        (IMAGE, 'resolutions = ["1k", "2k"]', "resolutions = []", "image.resolutions"),
        (IMAGE, "max_images = 10", "max_images = 0", "image.max_images"),
        (IMAGE, "max_input_images = 5", "", "image.max_input_images"),
        (IMAGE, ', "images_edits"]', "]", "image.max_input_images"),
        (IMAGE, "created = 1", 'created = 1\nchannel = "other"', "channel"),
        (VIDEO, "480p = 1", "480p = -1", "video_prices"),
        (VIDEO, "480p = 1", "1080p = 1", "`1080p`, which it lacks"),
        (VIDEO, "default_duration_seconds = 8", "default_duration_seconds = 16", "default_dur"),
        (VIDEO, "min_duration_seconds = 1", "min_duration_seconds = 9", "default_duration"),
        (SPEECH, "character = 1", "character = 1.5", "character"),
        (SPEECH, 'default_voice = "eve"', 'default_voice = "leo"', "speech.default_voice"),
        (SPEECH, "default_sample_rate = 24000", "default_sample_rate = 1", "default_sample_rate"),
        (SPEECH, "default_bit_rate = 128000", "default_bit_rate = 1", "default_bit_rate"),
        (SPEECH, "min_speed = 0.7", "min_speed = 1.1", "speed of 1"),
        (TRANSCRIPTION, "hour = 1", "minute = 1", "minute"),
        (TRANSCRIPTION, "hold_seconds = 3600", "hold_seconds = 0", "hold_seconds"),
    ],
)
def test_options_that_could_be_sold_wrongly_stop_the_start(
    entry: str, correct: str, wrong: str, complaint: str
) -> None:
    assert correct in entry
    with pytest.raises(StartupError, match=complaint):
        parse_catalog(entry.replace(correct, wrong))
