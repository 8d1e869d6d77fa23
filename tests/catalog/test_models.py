"""The catalogue: names, the operator's overlay, and what is refused at start-up."""

import pytest

from grokgate.catalog.models import parse_catalog
from grokgate.chassis.errors import StartupError
from grokgate.launch.catalog_files import load_catalog

CATALOG = load_catalog(None)
ENTRY = """
[models."xai/small"]
upstream_model = "small"
owned_by = "xai"
created = 1
version = "1"
fingerprint = "fp"
input_modalities = ["text"]
output_modalities = ["text"]
endpoints = ["responses"]
hold_output_tokens = 1
"""
PRICED = ENTRY + "text_prices = { input = 1, cached_input = 1, output = 1 }\n"


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("xai/grok-4.3", "xai/grok-4.3"),
        ("grok-4.3", "xai/grok-4.3"),
        ("grok-4.3-latest", "xai/grok-4.3"),
        ("xai/grok-4.3-latest", "xai/grok-4.3"),
        ("grok-4.20-multi-agent-0309", "xai/grok-4.20-multi-agent"),
        ("grok-4.20", "xai/grok-4.20-0309-reasoning"),
        ("grok-4-0709", "xai/grok-4.3"),
    ],
)
def test_a_model_answers_to_all_its_names(name: str, model: str) -> None:
    found = CATALOG.find(name)
    assert found is not None
    assert found.id == model


def test_every_required_model_is_there_and_can_be_called() -> None:
    required = (
        "xai/grok-4.3",
        "xai/grok-4.20-multi-agent",
        "xai/grok-4.20-0309-reasoning",
        "xai/grok-4.20-0309-non-reasoning",
        "xai/grok-imagine-image",
        "xai/grok-imagine-image-quality",
        "grok-4-image",
        "xai/grok-imagine-video",
        "xai/grok-voice-tts",
        "xai/grok-voice-stt",
    )
    assert [name for name in required if CATALOG.models[name].retired] == []


def test_an_overlay_changes_what_it_names_and_leaves_the_rest() -> None:
    overlay = '[models."xai/grok-4.3"]\nmultiplier_ppm = 1_200_000\n'
    base = PRICED.replace("xai/small", "xai/grok-4.3")
    model = parse_catalog(base, overlay).models["xai/grok-4.3"]
    assert model.multiplier_ppm == 1_200_000
    assert model.text_prices is not None


def test_an_overlay_may_add_a_model() -> None:
    assert "xai/small" in parse_catalog("", PRICED).models


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (ENTRY, "has no price"),
        (PRICED.replace("input = 1,", "input = -1,"), "text_prices.input"),
        (PRICED + "violation_fee_usd_ticks = -1", "violation_fee_usd_ticks"),
        (PRICED.replace('["responses"]', '["respones"]'), "unknown endpoint `respones`"),
        (PRICED.replace('["responses"]', '["audio_speech"]'), "has no price; set speech_prices"),
        (PRICED.replace("hold_output_tokens = 1", ""), "hold_output_tokens"),
        (PRICED.replace('endpoints = ["responses"]', "endpoints = []"), "no endpoint"),
        (PRICED.replace('version = "1"', ""), "version"),
        (PRICED + "colour = 1", "colour"),
        (PRICED.replace("created = 1", "created = 1.5"), "created"),
        (PRICED + 'reasoning_efforts = ["low"]', "default_reasoning_effort"),
        (PRICED + 'reasoning_efforts = ["loud"]', "reasoning_efforts"),
        (
            PRICED + 'reasoning_efforts = ["low"]\ndefault_reasoning_effort = "low"',
            "hold_reasoning_tokens",
        ),
        (PRICED + "multiplier_ppm = 0", "multiplier_ppm"),
        ("[models", "not TOML"),
        ("[prices]", "prices"),
        (PRICED + PRICED.replace("xai/small", "xai/other"), "names both"),
    ],
)
def test_an_entry_that_could_be_sold_wrongly_stops_the_start(text: str, complaint: str) -> None:
    with pytest.raises(StartupError, match=complaint):
        parse_catalog(text)


def test_a_model_without_a_price_is_sold_only_when_marked_free() -> None:
    model = parse_catalog(ENTRY + "free = true").models["xai/small"]
    assert model.prices().free
