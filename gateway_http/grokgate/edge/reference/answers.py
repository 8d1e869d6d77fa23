"""The schemas of answers, made from the structures that are encoded."""

import msgspec

from grokgate.edge.account.objects import BalanceObject, KeyObject
from grokgate.edge.account.usage_objects import UsagePage
from grokgate.edge.errors import ErrorObject
from grokgate.edge.models.objects import LanguageModel, ListedModel, ListedTextModel, MediaModel
from grokgate.edge.models.pricing import PriceList
from grokgate.edge.reference.schemas import TEXT, Schema, any_of, array, has, reference, words
from grokgate.edge.text.chat_answer import ChatCompletion
from grokgate.edge.text.responses_answer import ResponseObject

_STRUCTURES = (
    BalanceObject,
    ChatCompletion,
    ErrorObject,
    KeyObject,
    LanguageModel,
    ListedModel,
    ListedTextModel,
    MediaModel,
    PriceList,
    ResponseObject,
    UsagePage,
)

# What is left out when there is nothing to say.
_MAY_BE_ABSENT = {
    "CompletionMessage": {"reasoning_content", "tool_calls"},
    "ErrorObject": {"details"},
}
_ANY_USAGE = any_of(reference("Usage"), reference("CompletionUsage"))


def _object(description: str, **properties: Schema) -> Schema:
    return {"type": "object", "description": description, **has(**properties)}


_OTHERS: dict[str, Schema] = {
    "Error": {
        **_object("An error; `usage` only when it was charged.", error=reference("ErrorObject")),
        "properties": {"error": reference("ErrorObject"), "usage": _ANY_USAGE},
    },
    "StreamEvent": _object(
        "A server-sent event; its data is JSON, or `[DONE]` at the end.", event=TEXT, data=TEXT
    ),
    "ModelList": _object(
        "Models in the OpenAI API's shape.",
        object=words("list"),
        data=array(reference("AnyModel")),
    ),
    "AnyModel": any_of(reference("ListedTextModel"), reference("ListedModel")),
    "LanguageModelList": _object(
        "Text models with full information.", models=array(reference("LanguageModel"))
    ),
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
    return {**schemas, **_OTHERS}
