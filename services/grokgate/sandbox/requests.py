"""The body of POST /v1/responses: what is read, and what is a wrong type."""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from grokgate.sandbox.bodies import read_typed
from grokgate.sandbox.errors import unreadable


class TextPart(msgspec.Struct, tag_field="type", tag="input_text"):
    """Words of a caller."""

    text: str


class AnswerPart(msgspec.Struct, tag_field="type", tag="output_text"):
    """Words of the model."""

    text: str


class RefusalPart(msgspec.Struct, tag_field="type", tag="refusal"):
    """The model's earlier refusal."""

    refusal: str


class ImagePart(msgspec.Struct, tag_field="type", tag="input_image"):
    """A picture; its address is never fetched."""

    image_url: str | None = None
    file_id: str | None = None
    detail: Literal["auto", "low", "high"] | None = None


class FilePart(msgspec.Struct, tag_field="type", tag="input_file"):
    """A document, which the sandbox refuses."""


Part = TextPart | AnswerPart | RefusalPart | ImagePart | FilePart


class Message(msgspec.Struct, tag_field="type", tag="message"):
    """A turn of the conversation."""

    role: Literal["user", "assistant", "system", "developer"]
    content: str | list[Part]


class FunctionCall(msgspec.Struct, tag_field="type", tag="function_call"):
    """A call that the model made earlier."""

    call_id: str
    name: str
    arguments: str


class FunctionOutput(msgspec.Struct, tag_field="type", tag="function_call_output"):
    """What a called function returned."""

    call_id: str
    output: str | list[Part]


class SummaryPart(msgspec.Struct):
    """A paragraph of a reasoning summary."""

    text: str


class EarlierReasoning(msgspec.Struct, tag_field="type", tag="reasoning"):
    """What the model thought earlier."""

    summary: list[SummaryPart] = []
    encrypted_content: str | None = None


Item = Message | FunctionCall | FunctionOutput | EarlierReasoning
Effort = Literal["none", "low", "medium", "high", "xhigh"]


class Reasoning(msgspec.Struct):
    """How the model shall think."""

    effort: Effort | None = None
    summary: str | None = None
    generate_summary: str | None = None


class Format(msgspec.Struct):
    """The form of the answer."""

    type: Literal["text", "json_object", "json_schema"] = "text"
    schema: dict[str, Any] | None = None


class TextOptions(msgspec.Struct):
    """Wraps the form of the answer."""

    format: Format | None = None


class Tool(msgspec.Struct):
    """A tool of any type; only functions have a name."""

    type: str
    name: str = ""
    parameters: dict[str, Any] | None = None


class ForcedTool(msgspec.Struct):
    """The one tool that must be called."""

    type: str
    name: str = ""


class ResponsesRequest(msgspec.Struct, kw_only=True):
    """A request; fields that it does not name are ignored, as xAI does.

    The fields typed `Any` are known and refused.
    """

    model: str
    input: str | list[Item]
    instructions: str | None = None
    include: list[str] | None = None
    max_output_tokens: int | None = None
    metadata: dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    previous_response_id: str | None = None
    prompt_cache_key: str | None = None
    reasoning: Reasoning | None = None
    reasoning_effort: Effort | None = None
    safety_identifier: str | None = None
    service_tier: Literal["auto", "default", "priority", "fast"] | None = None
    store: bool | None = None
    stream: bool | None = None
    temperature: float | None = None
    text: TextOptions | None = None
    tool_choice: Literal["none", "auto", "required"] | ForcedTool | None = None
    tools: list[Tool] | None = None
    top_p: float | None = None
    user: str | None = None
    frequency_penalty: Any = None
    logit_bias: Any = None
    presence_penalty: Any = None
    response_format: Any = None
    search_parameters: Any = None
    stop: Any = None

    @property
    def items(self) -> list[Item]:
        """The input as items; a bare string is a user's message."""
        return [Message("user", self.input)] if isinstance(self.input, str) else self.input

    @property
    def effort(self) -> str:
        """The effort asked for, or an empty string."""
        asked = self.reasoning.effort if self.reasoning else self.reasoning_effort
        return asked or ""

    @property
    def format(self) -> Format:
        """The form asked for, or free text."""
        return (self.text and self.text.format) or Format()


def read_request(value: dict[str, Any]) -> ResponsesRequest:
    """A typed request. Fails with 422 where a type is wrong or a field is missing."""
    return read_typed({**value, "input": _typed_items(value)}, ResponsesRequest)


def parts_of(item: Item) -> Iterator[Part]:
    """What an item says, piece by piece."""
    match item:
        case Message(content=content) | FunctionOutput(output=content):
            if isinstance(content, str):
                yield TextPart(content)
            else:
                yield from content
        case FunctionCall():
            yield AnswerPart(f"{item.name}{item.arguments}")
        case EarlierReasoning():
            for part in item.summary:
                yield AnswerPart(part.text)


def _typed_items(value: dict[str, Any]) -> Any:
    """The input, with the type that a message may leave out."""
    if "input" not in value:
        raise unreadable("missing field `input`")
    items = value["input"]
    if not isinstance(items, list):
        return items
    return [
        {"type": "message", **item} if isinstance(item, dict) and "type" not in item else item
        for item in items
    ]
