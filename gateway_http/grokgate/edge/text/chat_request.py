"""From the JSON of `POST /v1/chat/completions` to a GenerateRequest."""

from dataclasses import dataclass
from typing import Any

from grokgate.api.text.v1.text_pb2 import FunctionTool, GenerateRequest, OutputFormat, ToolChoice
from grokgate.api.types.v1.endpoint_pb2 import ENDPOINT_CHAT_COMPLETIONS
from grokgate.edge.fields import Table, invalid, missing
from grokgate.edge.objects import NAME_MAX, USER_MAX, RequestObject
from grokgate.edge.text.asked import Asked, OwnWords
from grokgate.edge.text.chat_fields import (
    CHAT_FUNCTION,
    CHAT_REQUEST,
    CHAT_TOOL,
    CHAT_TOOL_CHOICE,
    CHOSEN_FUNCTION,
    STREAM_OPTIONS,
)
from grokgate.edge.text.chat_messages import read_messages
from grokgate.edge.text.output_format import read_output_format
from grokgate.edge.text.sampling import read_top_p
from grokgate.edge.text.tools import read_function, read_mode, require_function


@dataclass(frozen=True, slots=True)
class ChatRequest(Asked):
    """What a client asked for: the call, and in which form."""

    stream_usage: bool


def read_chat_request(value: dict[str, Any]) -> ChatRequest:
    """Translate a body; fails as `read_responses_request` does."""
    body = RequestObject(value, CHAT_REQUEST)
    messages = body.value("messages")
    if messages is None:
        raise missing("messages")
    model = body.required_text("model", NAME_MAX)
    placed = read_messages(messages, "messages")
    generate = GenerateRequest(
        model=model,
        input=[item for _, item in placed],
        reasoning_effort=body.text("reasoning_effort", NAME_MAX),
        max_output_tokens=_read_tokens_max(body),
        temperature=body.number("temperature", 0, 2),
        top_p=read_top_p(body),
        output_format=_read_format(body),
        tools=[_read_tool(tool, path) for path, tool in body.items("tools")],
        tool_choice=_read_tool_choice(body),
        parallel_tool_calls=body.flag("parallel_tool_calls"),
        user=body.text("user", USER_MAX),
        prompt_cache_key=body.text("prompt_cache_key", USER_MAX),
        endpoint=ENDPOINT_CHAT_COMPLETIONS,
    )
    options = body.nested("stream_options", STREAM_OPTIONS)
    return ChatRequest(
        generate,
        stream=body.flag("stream") or False,
        own_words=OwnWords(_own_fields(body), [path for path, _ in placed]),
        stream_usage=options.flag("include_usage") or False,
    )


def _own_fields(body: RequestObject) -> dict[str, str]:
    newer = body.value("max_completion_tokens") is not None
    return {
        "input": "messages",
        "reasoning.effort": "reasoning_effort",
        "max_output_tokens": "max_completion_tokens" if newer else "max_tokens",
    }


def _read_tokens_max(body: RequestObject) -> int | None:
    newer, older = body.integer("max_completion_tokens", 1), body.integer("max_tokens", 1)
    if newer is not None and older not in {None, newer}:
        raise invalid("max_tokens", "equal to `max_completion_tokens`, or absent")
    return older if newer is None else newer


def _read_format(body: RequestObject) -> OutputFormat | None:
    given = body.value("response_format")
    return None if given is None else read_output_format(given, "response_format")


def _read_tool(value: Any, path: str) -> FunctionTool:
    require_function(value, path)
    return read_function(_read_function(RequestObject(value, CHAT_TOOL, path), CHAT_FUNCTION))


def _read_tool_choice(body: RequestObject) -> ToolChoice | None:
    value, path = body.value("tool_choice"), "tool_choice"
    if value is None:
        return None
    if type(value) is str:
        return read_mode(value, path)
    require_function(value, path)
    chosen = _read_function(RequestObject(value, CHAT_TOOL_CHOICE, path), CHOSEN_FUNCTION)
    return ToolChoice(function_name=chosen.required_text("name", NAME_MAX))


def _read_function(holder: RequestObject, table: Table) -> RequestObject:
    if holder.value("function") is None:
        raise missing(holder.path("function"))
    return holder.nested("function", table)
