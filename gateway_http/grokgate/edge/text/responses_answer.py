"""From a GenerateResponse to the JSON of `POST /v1/responses`."""

from typing import Any

import msgspec
from starlette.responses import Response

from grokgate.api.text.v1 import text_pb2
from grokgate.api.text.v1.text_pb2 import (
    FunctionTool,
    GenerateRequest,
    GenerateResponse,
    GenerationStatus,
    OutputFormat,
    ToolChoice,
)
from grokgate.edge.answers import json_answer
from grokgate.edge.paid_endings import TextEnded, charged_usd_ticks, cost_headers, failure_answer
from grokgate.edge.rate_limits import rate_limit_headers
from grokgate.edge.text.responses_request import ResponsesRequest

STATUS_WORDS: dict[GenerationStatus.ValueType, str] = {
    text_pb2.GENERATION_STATUS_COMPLETED: "completed",
    text_pb2.GENERATION_STATUS_INCOMPLETE: "incomplete",
}


class InputTokensDetails(msgspec.Struct):
    """Where prompt tokens came from; the provider reports no cache writes."""

    cached_tokens: int
    cache_write_tokens: int = 0


class OutputTokensDetails(msgspec.Struct):
    """What output tokens were used for."""

    reasoning_tokens: int


class Usage(msgspec.Struct):
    """Tokens, and the charge in ticks.

    Tokens that the provider did not count are the gateway's estimate. The charge is absent while
    billing has not taken it; `/v1/usage` has it later.
    """

    input_tokens: int
    input_tokens_details: InputTokensDetails
    output_tokens: int
    output_tokens_details: OutputTokensDetails
    total_tokens: int
    cost_in_usd_ticks: int | None


class ResponseObject(msgspec.Struct, kw_only=True):
    """The Response of the OpenAI API (openai-python 3.54) with the fields that xAI serves."""

    id: str
    object: str = "response"
    created_at: int
    completed_at: int | None
    status: str
    background: bool = False
    error: None = None
    incomplete_details: dict[str, str] | None
    instructions: str | None
    max_output_tokens: int | None
    max_tool_calls: None = None
    metadata: dict[str, str]
    model: str
    output: list[msgspec.Raw]
    parallel_tool_calls: bool
    previous_response_id: None = None
    prompt_cache_key: str | None
    reasoning: dict[str, str | None]
    safety_identifier: None = None
    service_tier: str = "default"
    store: bool = False
    temperature: float | None
    text: dict[str, Any]
    tool_choice: str | dict[str, str]
    tools: list[dict[str, Any]]
    top_logprobs: int = 0
    top_p: float | None
    truncation: str = "disabled"
    usage: Usage | None
    user: str | None


def responses_answer(
    asked: ResponsesRequest, answer: GenerateResponse, request_id: str
) -> Response:
    """The HTTP answer: the response object, or an error when there is no answer."""
    headers = rate_limit_headers(answer.rate_limits)
    if answer.status == text_pb2.GENERATION_STATUS_FAILED:
        return failure_answer(answer, usage_of(answer), request_id, headers)
    return json_answer(response_object(asked, answer), headers=headers | cost_headers(answer))


def response_object(
    asked: ResponsesRequest, answer: GenerateResponse, *, has_ended: bool = True
) -> ResponseObject:
    """The response object, of a whole answer or of one that has only begun."""
    generate = asked.generate
    reason = answer.incomplete_reason
    return ResponseObject(
        id=answer.id,
        created_at=answer.created_at,
        completed_at=answer.completed_at if has_ended else None,
        status=STATUS_WORDS[answer.status] if has_ended else "in_progress",
        incomplete_details={"reason": reason} if reason else None,
        instructions=_optional(generate, "instructions"),
        max_output_tokens=_optional(generate, "max_output_tokens"),
        metadata=asked.metadata,
        model=answer.model,
        output=[msgspec.Raw(item) for item in answer.output_items_json],
        parallel_tool_calls=_optional(generate, "parallel_tool_calls") is not False,
        prompt_cache_key=_optional(generate, "prompt_cache_key"),
        reasoning={
            "effort": answer.reasoning_effort or None,
            "summary": _optional(generate, "reasoning_summary"),
        },
        temperature=_optional(generate, "temperature"),
        text={"format": _format(generate.output_format)},
        tool_choice=_tool_choice(generate.tool_choice),
        tools=[_tool(tool) for tool in generate.tools],
        top_p=_optional(generate, "top_p"),
        usage=usage_of(answer) if has_ended else None,
        user=_optional(generate, "user"),
    )


def usage_of(ended: TextEnded) -> Usage:
    """Tokens and charge as the Responses API tells them."""
    counted = ended.usage
    return Usage(
        input_tokens=counted.input_tokens,
        input_tokens_details=InputTokensDetails(counted.cached_input_tokens),
        output_tokens=counted.output_tokens,
        output_tokens_details=OutputTokensDetails(counted.reasoning_tokens),
        total_tokens=counted.input_tokens + counted.output_tokens,
        cost_in_usd_ticks=charged_usd_ticks(ended),
    )


def _optional(message: GenerateRequest | FunctionTool | OutputFormat, field: str) -> Any:
    return getattr(message, field) if message.HasField(field) else None  # type: ignore[arg-type]  # every caller names an optional field


def _format(output_format: OutputFormat) -> dict[str, Any]:
    if output_format.type != "json_schema":
        return {"type": output_format.type or "text"}
    return {
        "type": "json_schema",
        "name": output_format.name,
        "schema": msgspec.Raw(output_format.schema_json),
        "strict": _optional(output_format, "strict"),
        "description": output_format.description or None,
    }


def _tool_choice(choice: ToolChoice) -> str | dict[str, str]:
    if choice.function_name:
        return {"type": "function", "name": choice.function_name}
    return choice.mode or "auto"


def _tool(tool: FunctionTool) -> dict[str, Any]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description or None,
        "parameters": msgspec.Raw(tool.parameters_json) if tool.parameters_json else None,
        "strict": _optional(tool, "strict"),
    }
