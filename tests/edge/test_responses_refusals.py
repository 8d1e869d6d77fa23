"""Which JSON is refused, and which field is named."""

from typing import Any

import pytest

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.text.responses_request import read_responses_request

MISSING = Reason.MISSING_PARAMETER
INVALID = Reason.INVALID_VALUE
UNSUPPORTED = Reason.UNSUPPORTED_PARAMETER
UNKNOWN = Reason.UNKNOWN_PARAMETER
CALL: dict[str, Any] = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}


def refusal(**fields: Any) -> GrokgateError:
    with pytest.raises(GrokgateError) as caught:
        read_responses_request({"model": "xai/grok-4.3", "input": "Hi."} | fields)
    return caught.value


@pytest.mark.parametrize(
    ("fields", "reason", "param"),
    [
        ({"model": None}, MISSING, "model"),
        ({"model": ""}, MISSING, "model"),
        ({"model": 7}, INVALID, "model"),
        ({"model": "m" * 257}, INVALID, "model"),
        ({"input": None}, MISSING, "input"),
        ({"input": []}, INVALID, "input"),
        ({"input": {}}, INVALID, "input"),
        ({"messages": [{"role": "user", "content": "x"}]}, INVALID, "messages"),
        ({"input": None, "messages": []}, INVALID, "messages"),
        ({"input": ["x"]}, INVALID, "input[0]"),
        ({"input": [{"content": "x"}]}, MISSING, "input[0].role"),
        ({"input": [{"role": "user"}]}, MISSING, "input[0].content"),
        ({"input": [{"role": "tool", "content": "x"}]}, INVALID, "input[0].role"),
        ({"input": [{"role": "user", "content": []}]}, INVALID, "input[0].content"),
        ({"input": [{"role": "user", "content": 7}]}, INVALID, "input[0].content"),
        ({"input": [{"role": "user", "content": "x", "foo": 1}]}, UNKNOWN, "input[0].foo"),
        ({"input": [{"role": "user", "content": "x", "name": "n"}]}, UNSUPPORTED, "input[0].name"),
        ({"input": [{"type": 7}]}, INVALID, "input[0].type"),
        ({"input": [{"type": "dream"}]}, INVALID, "input[0].type"),
        ({"input": [{"type": "item_reference", "id": "x"}]}, UNSUPPORTED, "input[0].type"),
        ({"input": [{"type": "web_search_call", "id": "x"}]}, UNSUPPORTED, "input[0].type"),
        ({"input": [CALL | {"call_id": None}]}, MISSING, "input[0].call_id"),
        ({"input": [CALL | {"name": ""}]}, MISSING, "input[0].name"),
        ({"input": [CALL | {"arguments": {}}]}, INVALID, "input[0].arguments"),
        ({"input": [{"type": "message", "id": "m", "content": "x"}]}, MISSING, "input[0].role"),
        (
            {"input": [{"id": "m", "role": "assistant", "content": 7}]},
            INVALID,
            "input[0].content",
        ),
        (
            {"input": [{"type": "function_call_output", "call_id": "c"}]},
            MISSING,
            "input[0].output",
        ),
        (
            {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}]},
            UNSUPPORTED,
            "input[0].content[0].type",
        ),
        (
            {"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}]},
            UNSUPPORTED,
            "input[0].content[0].file_id",
        ),
        (
            {"input": [{"role": "user", "content": [{"type": "input_image"}]}]},
            MISSING,
            "input[0].content[0].image_url",
        ),
        (
            {"input": [{"role": "user", "content": [{"type": "input_text"}]}]},
            MISSING,
            "input[0].content[0].text",
        ),
        (
            {"input": [{"role": "user", "content": [{"text": "x"}]}]},
            MISSING,
            "input[0].content[0].type",
        ),
        ({"instructions": ["x"]}, INVALID, "instructions"),
        ({"reasoning": "high"}, INVALID, "reasoning"),
        ({"reasoning": []}, INVALID, "reasoning"),
        ({"reasoning": {"effort": 3}}, INVALID, "reasoning.effort"),
        ({"reasoning": {"summary": "long"}}, INVALID, "reasoning.summary"),
        ({"reasoning": {"depth": 3}}, UNKNOWN, "reasoning.depth"),
        ({"max_output_tokens": 0}, INVALID, "max_output_tokens"),
        ({"max_output_tokens": 12.0}, INVALID, "max_output_tokens"),
        ({"max_output_tokens": True}, INVALID, "max_output_tokens"),
        ({"max_output_tokens": "12"}, INVALID, "max_output_tokens"),
        ({"max_output_tokens": 2**63}, INVALID, "max_output_tokens"),
        ({"temperature": 2.1}, INVALID, "temperature"),
        ({"temperature": -1}, INVALID, "temperature"),
        ({"temperature": True}, INVALID, "temperature"),
        ({"top_p": 1.5}, INVALID, "top_p"),
        ({"top_p": 0}, INVALID, "top_p"),
        ({"parallel_tool_calls": 1}, INVALID, "parallel_tool_calls"),
        ({"text": {"verbosity": "low"}}, UNSUPPORTED, "text.verbosity"),
        ({"text": {"format": {}}}, MISSING, "text.format.type"),
        ({"text": {"format": {"type": "xml"}}}, INVALID, "text.format.type"),
        ({"text": {"format": {"type": "json_schema"}}}, MISSING, "text.format.schema"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": "x"}}},
            INVALID,
            "response_format.json_schema.schema",
        ),
        (
            {"text": {"format": {"type": "text"}}, "response_format": {"type": "text"}},
            INVALID,
            "response_format",
        ),
        ({"tools": {}}, INVALID, "tools"),
        ({"tools": ["x"]}, INVALID, "tools[0]"),
        ({"tools": [{"name": "f"}]}, MISSING, "tools[0].type"),
        ({"tools": [{"type": "function"}]}, MISSING, "tools[0].name"),
        ({"tools": [{"type": "function", "function": {}}]}, UNKNOWN, "tools[0].function"),
        (
            {"tools": [{"type": "function", "name": "f", "parameters": "{}"}]},
            INVALID,
            "tools[0].parameters",
        ),
        ({"tool_choice": "maybe"}, INVALID, "tool_choice"),
        ({"tool_choice": {"type": "function"}}, MISSING, "tool_choice.name"),
        ({"tool_choice": {"type": "allowed_tools"}}, UNSUPPORTED, "tool_choice.type"),
        ({"include": ["message.output_text.logprobs"]}, UNSUPPORTED, "include[0]"),
        ({"include": "reasoning.encrypted_content"}, INVALID, "include"),
        ({"user": "a\0b"}, INVALID, "user"),
        ({"user": "u" * 513}, INVALID, "user"),
        ({"prompt_cache_key": "\0"}, INVALID, "prompt_cache_key"),
        ({"metadata": []}, INVALID, "metadata"),
        ({"metadata": {"a": 1}}, INVALID, "metadata.a"),
        ({"metadata": {str(n): "" for n in range(17)}}, INVALID, "metadata"),
        ({"metadata": {"k" * 65: ""}}, INVALID, "metadata"),
        ({"frobnicate": 1}, UNKNOWN, "frobnicate"),
    ],
)
def test_a_refusal_names_the_field(fields: dict[str, Any], reason: Reason, param: str) -> None:
    error = refusal(**fields)
    assert (error.reason, error.param) == (reason, param)
    assert param in error.message


SERVER_SIDE_TOOLS = (
    "web_search",
    "web_search_preview",
    "x_search",
    "code_interpreter",
    "code_execution",
    "file_search",
    "collections_search",
    "mcp",
    "image_generation",
    "shell",
    "tool_search",
)


@pytest.mark.parametrize("tool", SERVER_SIDE_TOOLS)
def test_server_side_tools_are_refused(tool: str) -> None:
    error = refusal(tools=[{"type": "function", "name": "f"}, {"type": tool}])
    assert (error.reason, error.param) == (UNSUPPORTED, "tools[1].type")


@pytest.mark.parametrize(
    ("message", "reason", "param"),
    [
        ({"content": "x"}, MISSING, "messages[0].role"),
        ({"role": "function", "content": "x"}, INVALID, "messages[0].role"),
        ({"role": "user"}, MISSING, "messages[0].content"),
        ({"role": "tool", "content": "x"}, MISSING, "messages[0].tool_call_id"),
        ({"role": "user", "content": "x", "tool_calls": [{}]}, MISSING, "messages[0].tool_calls"),
        (
            {"role": "assistant", "tool_calls": [{"id": "c"}]},
            MISSING,
            "messages[0].tool_calls[0].function.name",
        ),
        (
            {"role": "assistant", "tool_calls": [{"id": "c", "type": "custom"}]},
            UNSUPPORTED,
            "messages[0].tool_calls[0].type",
        ),
    ],
)
def test_a_refused_chat_message_names_the_field(
    message: dict[str, Any], reason: Reason, param: str
) -> None:
    error = refusal(input=None, messages=[message])
    assert error.reason is reason
    assert error.param.startswith(param)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/cat.jpg",
        "file:///etc/passwd",
        "ftp://example.com/a",
        "//example.com/a",
        "https://",
        "https:///path",
        "https://[::1/a",
        "https://example.com/a b",
        "https://example.com/a\nb",
        "data:image/svg+xml;base64,AAAA",
        "data:text/html;base64,AAAA",
        "data:image/png,AAAA",
        "data:image/png;base64,",
        "",
        7,
        ["https://example.com/a"],
    ],
)
def test_other_addresses_of_images_are_refused_where_they_stand(url: Any) -> None:
    part = {"type": "input_image", "image_url": url}
    error = refusal(input=[{"role": "user", "content": [{"type": "text", "text": "x"}, part]}])
    assert (error.reason, error.param) == (Reason.INVALID_VALUE, "input[0].content[1].image_url")
    nested = {"type": "image_url", "image_url": {"url": url}}
    error = refusal(input=[{"role": "user", "content": [nested]}])
    assert error.param == "input[0].content[0].image_url.url"


@pytest.mark.parametrize(
    "part",
    [
        {"type": "input_image", "image_url": "http://169.254.169.254/"},
        {"type": "input_file", "file_id": "file_1"},
        {"text": "untyped"},
    ],
)
def test_an_earlier_message_cannot_smuggle_addresses_or_files(part: dict[str, str]) -> None:
    message = {"type": "message", "id": "msg_1", "role": "assistant", "content": [part]}
    error = refusal(input=[message])
    assert (error.reason, error.param) == (Reason.INVALID_VALUE, "input[0].content[0].type")
