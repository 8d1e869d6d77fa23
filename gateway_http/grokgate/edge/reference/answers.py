"""The schemas of answers, made from the structures that are encoded."""

import msgspec

from grokgate.edge.account.objects import BalanceObject, KeyObject
from grokgate.edge.account.usage_objects import UsagePage
from grokgate.edge.errors import ErrorObject
from grokgate.edge.images.answer import ImagesObject
from grokgate.edge.models.objects import (
    ImageModel,
    LanguageModel,
    ListedImageModel,
    ListedModel,
    ListedTextModel,
    VideoModel,
)
from grokgate.edge.models.pricing import PriceList
from grokgate.edge.reference.schemas import TEXT, Schema, any_of, array, has, reference, words
from grokgate.edge.reference.streams import STREAM_SCHEMAS
from grokgate.edge.text.chat_answer import ChatCompletion
from grokgate.edge.text.chat_stream import ChatCompletionChunk
from grokgate.edge.text.responses_answer import ResponseObject
from grokgate.edge.video.objects import VideoObject, VideoPage
from grokgate.edge.voice.speech_audio import SpeechUsage
from grokgate.edge.voice.transcript_answer import TranscriptObject, VerboseTranscript
from grokgate.edge.voice.voices import VoiceList

_STRUCTURES = (
    BalanceObject,
    ChatCompletion,
    ChatCompletionChunk,
    ErrorObject,
    ImageModel,
    ImagesObject,
    KeyObject,
    LanguageModel,
    ListedImageModel,
    ListedModel,
    ListedTextModel,
    PriceList,
    ResponseObject,
    SpeechUsage,
    TranscriptObject,
    UsagePage,
    VerboseTranscript,
    VideoModel,
    VideoObject,
    VideoPage,
    VoiceList,
)

# What is left out when there is nothing to say.
_MAY_BE_ABSENT = {
    "ChatCompletionChunk": {"usage"},
    "CompletionMessage": {"reasoning_content", "tool_calls"},
    "ErrorObject": {"details"},
    "ImageObject": {"url", "b64_json", "revised_prompt"},
    "TranscriptObject": {"channels"},
    "TranscriptWord": {"confidence", "speaker"},
    "VerboseWord": {"confidence", "speaker"},
    "VideoObject": {"finished_at", "url", "error", "usage"},
}
_ANY_USAGE = any_of(
    *map(
        reference,
        ("Usage", "CompletionUsage", "ImagesUsage", "SpeechUsage", "TranscriptUsage"),
    )
)


def _object(description: str, **properties: Schema) -> Schema:
    return {"type": "object", "description": description, **has(**properties)}


_OTHERS: dict[str, Schema] = {
    "Error": {
        **_object("An error; `usage` only when it was charged.", error=reference("ErrorObject")),
        "properties": {"error": reference("ErrorObject"), "usage": _ANY_USAGE},
    },
    "ModelList": _object(
        "Models in the OpenAI API's shape.",
        object=words("list"),
        data=array(reference("AnyModel")),
    ),
    "AnyModel": any_of(
        reference("ListedTextModel"), reference("ListedImageModel"), reference("ListedModel")
    ),
    "LanguageModelList": _object(
        "Text models with full information.", models=array(reference("LanguageModel"))
    ),
    "MediaModel": any_of(reference("ImageModel"), reference("VideoModel")),
    "MediaModelList": _object(
        "Image or video models with full information.", models=array(reference("MediaModel"))
    ),
    "Health": _object("That the gateway lives, or is ready.", status=words("ok")),
    "NotReady": _object(
        "Which services do not answer.", status=words("not_ready"), not_ready=array(TEXT)
    ),
}


def answer_schemas() -> dict[str, Schema]:
    """Every answer's schema by name, and those of its parts."""
    _, schemas = msgspec.json.schema_components(
        _STRUCTURES, ref_template="#/components/schemas/{name}"
    )
    for name, schema in schemas.items():
        schema["description"] = " ".join(schema["description"].split())
        absent = _MAY_BE_ABSENT.get(name, ())
        schema["required"] = [each for each in schema["properties"] if each not in absent]
    return {**schemas, **_OTHERS, **STREAM_SCHEMAS}
