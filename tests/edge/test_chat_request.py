"""Which chat JSON becomes which GenerateRequest, and which is refused."""

from typing import Any

import pytest

from grokgate.api.text.v1.text_pb2 import (
    ContentPart,
    FunctionCall,
    FunctionCallOutput,
    FunctionTool,
    GenerateRequest,
    InputImage,
    InputItem,
    Message,
    OutputFormat,
    ToolChoice,
)
from grokgate.api.types.v1.endpoint_pb2 import ENDPOINT_CHAT_COMPLETIONS
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.text.chat_request import read_chat_request

MODEL = "xai/grok-4.3"
HI = {"role": "user", "content": "Hi."}
INVALID = Reason.INVALID_VALUE
MISSING = Reason.MISSING_PARAMETER
UNSUPPORTED = Reason.UNSUPPORTED_PARAMETER


def translate(**fields: Any) -> GenerateRequest:
    return read_chat_request({"model": MODEL, "messages": [HI]} | fields).generate


def said(role: str, *texts: str) -> InputItem:
    return InputItem(message=Message(role=role, content=[ContentPart(text=t) for t in texts]))


def test_every_plain_field_has_its_place() -> None:
    generate = translate(
        reasoning_effort="high",
        max_completion_tokens=7,
        temperature=2,
        top_p=0.5,
        parallel_tool_calls=False,
        user="u",
        prompt_cache_key="c",
    )
    assert generate == GenerateRequest(
        model=MODEL,
        input=[said("user", "Hi.")],
        reasoning_effort="high",
        max_output_tokens=7,
        temperature=2,
        top_p=0.5,
        parallel_tool_calls=False,
        user="u",
        prompt_cache_key="c",
        endpoint=ENDPOINT_CHAT_COMPLETIONS,
    )


def test_a_conversation_keeps_its_order_and_its_pictures() -> None:
    picture = {"url": "https://a.test/x.png", "detail": "low"}
    parts = [{"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": picture}]
    function = {"name": "f", "arguments": "{}"}
    call = {"id": "c1", "type": "function", "function": function}
    generate = translate(
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": parts},
            {"role": "assistant", "content": None, "tool_calls": [call], "refusal": None},
            {"role": "tool", "tool_call_id": "c1", "content": "42"},
        ]
    )
    image = ContentPart(image=InputImage(url="https://a.test/x.png", detail="low"))
    looked = Message(role="user", content=[ContentPart(text="Look:"), image])
    output = FunctionCallOutput(call_id="c1", output=[ContentPart(text="42")])
    assert list(generate.input) == [
        said("system", "Be brief."),
        InputItem(message=looked),
        InputItem(function_call=FunctionCall(call_id="c1", name="f", arguments_json="{}")),
        InputItem(function_call_output=output),
    ]


def test_a_refusal_may_come_back_as_it_was() -> None:
    refused: dict[str, Any] = {
        "role": "assistant",
        "content": None,
        "refusal": "No.",
        "annotations": [],
    }
    assert list(translate(messages=[HI, refused]).input) == [
        said("user", "Hi."),
        said("assistant", "No."),
    ]


def test_tools_are_nested() -> None:
    parameters = {"type": "object", "properties": {"b": {}, "a": {}}}
    function = {"name": "f", "description": "d", "parameters": parameters, "strict": True}
    [tool, plain] = translate(
        tools=[
            {"type": "function", "function": function},
            {"type": "function", "function": {"name": "g"}},
        ]
    ).tools
    text = '{"type":"object","properties":{"b":{},"a":{}}}'
    assert tool == FunctionTool(name="f", description="d", parameters_json=text, strict=True)
    assert plain == FunctionTool(name="g")


@pytest.mark.parametrize(
    ("choice", "translated"),
    [
        ("required", ToolChoice(mode="required")),
        ({"type": "function", "function": {"name": "f"}}, ToolChoice(function_name="f")),
    ],
)
def test_a_choice_of_tools_has_two_shapes(choice: Any, translated: ToolChoice) -> None:
    assert translate(tool_choice=choice).tool_choice == translated


def test_a_format_is_nested() -> None:
    schema = {"name": "n", "schema": {"type": "object"}, "strict": True}
    generate = translate(response_format={"type": "json_schema", "json_schema": schema})
    assert generate.output_format == OutputFormat(
        type="json_schema", schema_json='{"type":"object"}', name="n", strict=True
    )


@pytest.mark.parametrize("limits", [{"max_tokens": 5}, {"max_completion_tokens": 5}])
def test_either_name_of_the_limit_will_do(limits: dict[str, int]) -> None:
    assert translate(**limits).max_output_tokens == 5
    assert translate(max_tokens=5, max_completion_tokens=5).max_output_tokens == 5


def test_streams_and_their_usage_are_asked_for() -> None:
    hi = {"model": MODEL, "messages": [HI]}
    plain = read_chat_request(hi)
    assert (plain.stream, plain.stream_usage) == (False, False)
    options = {"include_usage": True, "include_obfuscation": False}
    streamed = read_chat_request(hi | {"stream": True, "stream_options": options})
    assert (streamed.stream, streamed.stream_usage) == (True, True)


@pytest.mark.parametrize(
    ("fields", "reason", "param"),
    [
        ({"messages": None}, MISSING, "messages"),
        ({"messages": []}, INVALID, "messages"),
        ({"messages": [{"role": "user"}]}, MISSING, "messages[0].content"),
        ({"n": 2}, UNSUPPORTED, "n"),
        ({"stop": "x"}, UNSUPPORTED, "stop"),
        ({"logit_bias": {"1": 1}}, UNSUPPORTED, "logit_bias"),
        ({"presence_penalty": 0.5}, UNSUPPORTED, "presence_penalty"),
        ({"frequency_penalty": 1}, UNSUPPORTED, "frequency_penalty"),
        ({"store": True}, UNSUPPORTED, "store"),
        ({"logprobs": True}, UNSUPPORTED, "logprobs"),
        ({"functions": []}, UNSUPPORTED, "functions"),
        ({"max_tokens": 1, "max_completion_tokens": 2}, INVALID, "max_tokens"),
        ({"max_tokens": 0}, INVALID, "max_tokens"),
        ({"top_p": 0}, INVALID, "top_p"),
        ({"messages": [HI] * 5_001}, INVALID, "messages"),
        ({"stream": "yes"}, INVALID, "stream"),
        ({"stream_options": {"usage": True}}, Reason.UNKNOWN_PARAMETER, "stream_options.usage"),
        ({"tools": [{"type": "web_search"}]}, UNSUPPORTED, "tools[0].type"),
        ({"tools": [{"type": "function"}]}, MISSING, "tools[0].function"),
        ({"tools": [{"type": "function", "function": {}}]}, MISSING, "tools[0].function.name"),
        (
            {"tools": [{"type": "function", "name": "f"}]},
            Reason.UNKNOWN_PARAMETER,
            "tools[0].name",
        ),
        ({"tool_choice": "never"}, INVALID, "tool_choice"),
        ({"tool_choice": {"type": "function"}}, MISSING, "tool_choice.function"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], reason: Reason, param: str) -> None:
    with pytest.raises(GrokgateError) as caught:
        translate(**fields)
    assert (caught.value.reason, caught.value.param) == (reason, param)
