"""From a GenerateResponse to the JSON of `POST /v1/chat/completions`."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from grokgate.api.text.v1 import text_pb2
from grokgate.api.text.v1.text_pb2 import GenerateRequest, GenerateResponse
from grokgate.chassis.errors import GrokgateError
from grokgate.edge.answers import json_answer
from grokgate.edge.errors import error_response
from grokgate.edge.paid_endings import TextEnded, charged_usd_ticks, cost_headers, failure_answer
from grokgate.edge.rate_limits import rate_limit_headers
from grokgate.edge.text.chat_items import (
    PARAGRAPH,
    THOUGHTS,
    AnswerItem,
    chat_annotation,
    read_item,
)

_OUR_ID, _CHAT_ID = "resp_", "chatcmpl-"


class PromptTokensDetails(msgspec.Struct):
    """Where prompt tokens came from; text models hear nothing."""

    cached_tokens: int
    audio_tokens: int = 0


class CompletionTokensDetails(msgspec.Struct):
    """What completion tokens were used for."""

    reasoning_tokens: int
    audio_tokens: int = 0
    accepted_prediction_tokens: int = 0
    rejected_prediction_tokens: int = 0


class CompletionUsage(msgspec.Struct):
    """Tokens, reasoning included, and the charge in ticks; see the Responses API's usage."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptTokensDetails
    completion_tokens_details: CompletionTokensDetails
    cost_in_usd_ticks: int | None


class CompletionFunction(msgspec.Struct):
    """A function that the model called; `arguments` is JSON text of its own writing."""

    name: str
    arguments: str


class CompletionCall(msgspec.Struct, kw_only=True):
    """A call that the client has to make."""

    id: str
    type: str = "function"
    function: CompletionFunction


class CompletionMessage(msgspec.Struct, kw_only=True):
    """What the model said; `content` is null when it only called functions or refused."""

    role: str = "assistant"
    content: str | None
    refusal: str | None
    annotations: list[dict[str, Any]]
    reasoning_content: str | UnsetType = UNSET
    tool_calls: list[CompletionCall] | UnsetType = UNSET


class CompletionChoice(msgspec.Struct, kw_only=True):
    """The one answer."""

    index: int = 0
    message: CompletionMessage
    logprobs: None = None
    finish_reason: str


class ChatCompletion(msgspec.Struct, kw_only=True):
    """The ChatCompletion of the OpenAI API (openai-python 3.54) with xAI's `reasoning_content`."""

    id: str
    object: str = "chat.completion"
    created: int
    model: str
    choices: list[CompletionChoice]
    usage: CompletionUsage
    service_tier: str = "default"
    system_fingerprint: None = None


def chat_answer(asked: GenerateRequest, answer: GenerateResponse, request_id: str) -> Response:
    """The HTTP answer: the completion, or an error when there is no answer."""
    headers = rate_limit_headers(answer.rate_limits)
    usage = completion_usage(answer)
    if answer.status == text_pb2.GENERATION_STATUS_FAILED:
        return failure_answer(answer, usage, request_id, headers)
    headers |= cost_headers(answer)
    try:
        items = [read_item(item_json) for item_json in answer.output_items_json]
    except GrokgateError as error:
        return error_response(error, request_id, usage=usage, headers=headers)
    message = _message(items, is_json=asked.output_format.type.startswith("json"))
    reason = finish_reason(answer, calls=message.tool_calls is not UNSET)
    completion = ChatCompletion(
        id=chat_id(answer.id),
        created=answer.created_at,
        model=answer.model,
        choices=[CompletionChoice(message=message, finish_reason=reason)],
        usage=usage,
    )
    return json_answer(completion, headers=headers)


def chat_id(response_id: str) -> str:
    """Our id of an answer, as the chat dialect writes it."""
    return _CHAT_ID + response_id.removeprefix(_OUR_ID)


def finish_reason(ended: TextEnded, *, calls: bool) -> str:
    """Why the answer ended. Whatever limit cut it short, it is a matter of length."""
    if ended.status == text_pb2.GENERATION_STATUS_INCOMPLETE:
        return "content_filter" if ended.incomplete_reason == "content_filter" else "length"
    return "tool_calls" if calls else "stop"


def completion_usage(ended: TextEnded) -> CompletionUsage:
    """Tokens and charge as the chat dialect tells them; output tokens include reasoning."""
    counted = ended.usage
    return CompletionUsage(
        prompt_tokens=counted.input_tokens,
        completion_tokens=counted.output_tokens,
        total_tokens=counted.input_tokens + counted.output_tokens,
        prompt_tokens_details=PromptTokensDetails(counted.cached_input_tokens),
        completion_tokens_details=CompletionTokensDetails(counted.reasoning_tokens),
        cost_in_usd_ticks=charged_usd_ticks(ended),
    )


def _message(items: list[AnswerItem], *, is_json: bool) -> CompletionMessage:
    """One message for all of the model's.

    Several texts become paragraphs, but of several JSON values only the last one counts: a strict
    schema can make the model say its answer twice.
    """
    spoken = [parts for item in items if (parts := item.parts("output_text"))]
    texts = ["".join(part.text for part in parts) for parts in spoken]
    refusals = [part.refusal for item in items for part in item.parts("refusal")]
    thoughts = [part.text for item in items for part in item.parts(*THOUGHTS)]
    notes = [note for parts in spoken for part in parts for note in part.annotations or ()]
    calls = [_tool_call(item) for item in items if item.type == "function_call"]
    return CompletionMessage(
        content=PARAGRAPH.join(texts[-1:] if is_json else texts) if texts else None,
        refusal=PARAGRAPH.join(refusals) if refusals else None,
        annotations=[chat_annotation(note) for note in notes],
        reasoning_content=PARAGRAPH.join(thoughts) if thoughts else UNSET,
        tool_calls=calls or UNSET,
    )


def _tool_call(item: AnswerItem) -> CompletionCall:
    function = CompletionFunction(item.name or "", item.arguments or "")
    return CompletionCall(id=item.call_id or "", function=function)
