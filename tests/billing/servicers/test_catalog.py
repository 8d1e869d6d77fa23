"""The models that a key may use, at its price."""

from typing import Any

import pytest

from grokgate.api.billing.v1.admin_pb2 import RevokeKeyRequest, UpdateAccountRequest
from grokgate.api.billing.v1.catalog_pb2 import (
    ImagePrice,
    ListModelsRequest,
    Model,
    TextPrices,
    VideoPrice,
)
from grokgate.api.types.v1.endpoint_pb2 import Endpoint
from grokgate.catalog.models import parse_catalog
from grokgate.chassis.calls import Metadata
from grokgate.chassis.errors import Reason
from tests.billing.servicers.running import (
    AS_ADMIN,
    MODEL,
    MODELS_TOML,
    Billing,
    as_caller,
    refusal,
)

MULTI_AGENT = "xai/grok-4.20-multi-agent"


async def models(billing: Billing, metadata: Metadata = ()) -> dict[str, Model]:
    response = await billing.catalog_service.ListModels(ListModelsRequest(), metadata=metadata)
    return {model.id: model for model in response.models}


async def test_without_a_key_every_model_is_listed_at_the_price_list(billing: Billing) -> None:
    found = await models(billing)
    assert list(found) == list(billing.catalog.current.models)
    assert found[MODEL].text_prices == TextPrices(
        input=12_500,
        cached_input=2_000,
        output=25_000,
        long_context_threshold=200_000,
        long_input=25_000,
        long_cached_input=4_000,
        long_output=50_000,
        image_input=12_500,
    )
    assert found[MODEL].reasoning_efforts == ["none", "low", "medium", "high", "xhigh"]
    assert found[MODEL].default_reasoning_effort == "low"
    assert found[MODEL].endpoints == [
        Endpoint.ENDPOINT_RESPONSES,
        Endpoint.ENDPOINT_CHAT_COMPLETIONS,
    ]
    assert "grok-4" in found[MODEL].aliases
    assert not found["xai/grok-build-0.1"].default_reasoning_effort


async def test_media_are_listed_with_their_prices_the_dearest_last(billing: Billing) -> None:
    found = await models(billing)
    assert list(found["xai/grok-imagine-image-2.0"].image_prices) == [
        ImagePrice(quality=quality, resolution=resolution, usd_ticks=usd_ticks)
        for quality, resolution, usd_ticks in (
            ("low", "1k", 400_000_000),
            ("low", "1.5k", 500_000_000),
            ("low", "2k", 600_000_000),
            ("medium", "1k", 600_000_000),
            ("medium", "1.5k", 700_000_000),
            ("medium", "2k", 800_000_000),
        )
    ]
    video = found["xai/grok-imagine-video"]
    assert list(video.video_prices) == [
        VideoPrice(resolution="480p", usd_ticks_per_second=500_000_000),
        VideoPrice(resolution="720p", usd_ticks_per_second=700_000_000),
    ]
    assert video.video_image_input == 20_000_000
    speech, transcription = found["xai/grok-voice-tts"], found["xai/grok-voice-stt"]
    assert (speech.speech_character, speech.max_prompt_length) == (150_000, 15_000)
    assert transcription.transcription_hour == 1_000_000_000


async def test_a_model_has_no_prices_of_other_kinds(billing: Billing) -> None:
    fields = {"text_prices", "image_prices", "video_prices", "video_image_input"}
    fields |= {"speech_character", "transcription_hour"}
    found = await models(billing)
    for model, priced_by in (
        (MODEL, {"text_prices"}),
        ("grok-4-image", {"image_prices"}),
        ("xai/grok-imagine-video", {"video_prices", "video_image_input"}),
        ("xai/grok-voice-tts", {"speech_character"}),
        ("xai/grok-voice-stt", {"transcription_hour"}),
    ):
        assert fields & {field.name for field, _ in found[model].ListFields()} == priced_by


async def test_prices_of_media_carry_both_multipliers(billing: Billing) -> None:
    secret = await billing.customer()
    update = UpdateAccountRequest(id="acme", multiplier_ppm=500_000)
    await billing.admin.UpdateAccount(update, metadata=AS_ADMIN)
    own = await models(billing, as_caller(secret))
    assert own["grok-4-image"].image_prices[0].usd_ticks == 220_000_000
    assert own["xai/grok-imagine-video"].video_prices[0].usd_ticks_per_second == 250_000_000
    assert own["xai/grok-imagine-video"].video_image_input == 10_000_000
    assert own["xai/grok-voice-tts"].speech_character == 75_000
    assert own["xai/grok-voice-stt"].transcription_hour == 500_000_000


@pytest.mark.parametrize(
    ("policy", "listed"),
    [
        ({"allowed_models": [MODEL]}, {MODEL}),
        ({"allowed_models": [MODEL, "xai/grok-4.7"]}, {MODEL, "xai/grok-4.7"}),
        (
            {
                "allowed_models": [MODEL, MULTI_AGENT],
                "allowed_endpoints": [Endpoint.ENDPOINT_CHAT_COMPLETIONS],
            },
            {MODEL},
        ),
        ({"allowed_endpoints": [Endpoint.ENDPOINT_AUDIO_SPEECH]}, {"xai/grok-voice-tts"}),
        (
            {
                "allowed_models": [MODEL],
                "allowed_endpoints": [Endpoint.ENDPOINT_AUDIO_SPEECH],
            },
            set(),
        ),
    ],
)
async def test_a_key_sees_the_models_that_it_may_use(
    billing: Billing, policy: dict[str, Any], listed: set[str]
) -> None:
    secret = await billing.customer(**policy)
    assert set(await models(billing, as_caller(secret))) == listed


async def test_prices_carry_both_multipliers_rounded_half_up(billing: Billing) -> None:
    billing.catalog.current = parse_catalog(
        MODELS_TOML, f'[models."{MODEL}"]\nmultiplier_ppm = 550_000'
    )
    secret = await billing.customer()
    update = UpdateAccountRequest(id="acme", multiplier_ppm=1_000_100)
    await billing.admin.UpdateAccount(update, metadata=AS_ADMIN)
    listed = (await models(billing))[MODEL].text_prices
    own = (await models(billing, as_caller(secret)))[MODEL].text_prices
    assert (listed.input, listed.long_context_threshold) == (6_875, 200_000)
    assert (own.input, own.output, own.long_context_threshold) == (6_876, 13_751, 200_000)


async def test_every_name_that_works_is_listed_once(billing: Billing) -> None:
    found = await models(billing)
    assert found[MULTI_AGENT].aliases == [
        "grok-4.20-multi-agent",
        "grok-4.20-multi-agent-0309",
        "grok-4.20-multi-agent-latest",
    ]


async def test_a_fee_carries_both_multipliers(billing: Billing) -> None:
    billing.catalog.current = parse_catalog(
        MODELS_TOML, f'[models."{MODEL}"]\nmultiplier_ppm = 550_000'
    )
    assert (await models(billing))[MODEL].violation_fee_usd_ticks == 275_000_000


async def test_what_is_free_is_listed_as_free(billing: Billing) -> None:
    billing.catalog.current = parse_catalog(MODELS_TOML, f'[models."{MODEL}"]\nfree = true')
    free = (await models(billing))[MODEL]
    assert (free.text_prices.input, free.text_prices.long_output) == (0, 0)
    assert free.violation_fee_usd_ticks == 0


async def test_the_version_changes_with_the_catalogue_and_not_with_the_key(
    billing: Billing,
) -> None:
    async def version(metadata: Metadata = ()) -> str:
        response = await billing.catalog_service.ListModels(ListModelsRequest(), metadata=metadata)
        return response.catalog_version

    before = await version()
    assert await version(as_caller(await billing.customer(allowed_models=[MODEL]))) == before
    billing.catalog.current = parse_catalog(MODELS_TOML, f'[models."{MODEL}"]\ncreated = 1')
    assert await version() != before


async def test_a_retired_model_is_not_listed(billing: Billing) -> None:
    billing.catalog.current = parse_catalog(
        MODELS_TOML, f'[models."{MODEL}"]\nretirement_date = "2026-12-01"'
    )
    assert MODEL not in await models(billing)


async def test_a_bad_key_lists_nothing(billing: Billing) -> None:
    await billing.open_account()
    issued = await billing.issue_key()
    await billing.admin.RevokeKey(RevokeKeyRequest(id=issued.key.id), metadata=AS_ADMIN)
    unknown = await refusal(models(billing, as_caller("llmtr-unknown")))
    revoked = await refusal(models(billing, as_caller(issued.secret)))
    assert unknown.reason is Reason.INVALID_API_KEY
    assert revoked.reason is Reason.REVOKED_API_KEY
