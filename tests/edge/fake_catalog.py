"""A catalogue that says what a test told it to."""

from typing import Any

from grokgate.api.billing.v1 import catalog_pb2_grpc
from grokgate.api.billing.v1.catalog_pb2 import (
    ImagePrice,
    ListModelsRequest,
    ListModelsResponse,
    Model,
    TextPrices,
    VideoPrice,
)
from grokgate.api.types.v1 import endpoint_pb2
from grokgate.chassis.calls import Call, read_call
from grokgate.chassis.ids import IdSource


def text_model(**fields: Any) -> Model:
    """grok-4.3 as billing tells of it."""
    known: dict[str, Any] = {
        "id": "xai/grok-4.3",
        "aliases": ["grok-4.3", "grok-4"],
        "created": 1_776_988_800,
        "owned_by": "xai",
        "fingerprint": "fp_1",
        "version": "1.0",
        "input_modalities": ["text", "image"],
        "output_modalities": ["text"],
        "endpoints": [
            endpoint_pb2.ENDPOINT_RESPONSES,
            endpoint_pb2.ENDPOINT_CHAT_COMPLETIONS,
        ],
        "context_tokens": 1_000_000,
        "reasoning_efforts": ["low", "high"],
        "default_reasoning_effort": "low",
        "text_prices": TextPrices(
            input=12_500,
            cached_input=2_000,
            output=25_000,
            image_input=12_501,
            long_context_threshold=200_000,
            long_input=25_001,
            long_cached_input=4_000,
            long_output=50_000,
            search=50_000_000,
        ),
        "violation_fee_usd_ticks": 500_000_000,
    }
    return Model(**known | fields)


MEDIA: dict[str, dict[str, Any]] = {
    "image": {
        "endpoints": [
            endpoint_pb2.ENDPOINT_IMAGES_GENERATIONS,
            endpoint_pb2.ENDPOINT_IMAGES_EDITS,
        ],
        "max_prompt_length": 8_000,
        "image_prices": [
            ImagePrice(quality="low", resolution="1k", usd_ticks=400_000_001),
            ImagePrice(quality="medium", resolution="2k", usd_ticks=800_000_000),
        ],
    },
    "video": {
        "endpoints": [endpoint_pb2.ENDPOINT_VIDEO_GENERATIONS],
        "video_prices": [
            VideoPrice(resolution="480p", usd_ticks_per_second=500_000_000),
            VideoPrice(resolution="720p", usd_ticks_per_second=700_000_000),
        ],
        "video_image_input": 20_000_000,
    },
    "speech": {
        "output_modalities": ["audio"],
        "endpoints": [endpoint_pb2.ENDPOINT_AUDIO_SPEECH],
        "max_prompt_length": 15_000,
        "speech_character": 150_000,
    },
    "transcription": {
        "input_modalities": ["audio"],
        "output_modalities": ["text"],
        "endpoints": [endpoint_pb2.ENDPOINT_AUDIO_TRANSCRIPTIONS],
        "transcription_hour": 1_000_000_000,
    },
}


def media_model(makes: str, **fields: Any) -> Model:
    """A model that makes images, videos, speech or transcriptions."""
    known: dict[str, Any] = {
        "id": f"xai/grok-imagine-{makes}",
        "aliases": [f"grok-imagine-{makes}"],
        "created": 1_770_000_000,
        "owned_by": "xai",
        "fingerprint": "fp_2",
        "version": "1.0",
        "input_modalities": ["text", "image"],
        "output_modalities": [makes],
        **MEDIA[makes],
    }
    return Model(**known | fields)


class FakeCatalogService(catalog_pb2_grpc.CatalogServiceServicer):
    """Lists `models`, and remembers who asked."""

    def __init__(self) -> None:
        self.models = [text_model()]
        self.calls: list[Call] = []

    async def ListModels(self, _: ListModelsRequest, context: Any) -> ListModelsResponse:  # noqa: N802  # gRPC's name
        self.calls.append(read_call(context.invocation_metadata(), IdSource()))
        return ListModelsResponse(models=self.models, catalog_version="v1")
