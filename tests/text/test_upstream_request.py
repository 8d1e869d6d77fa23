"""A request as upstream reads it."""

from typing import Any

import msgspec

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
from grokgate.launch.catalog_files import load_catalog
from grokgate.text.selection import select
from grokgate.text.upstream_request import upstream_body
from tests.text.requests import request, said

CATALOG = load_catalog(None)


def raw(subject: GenerateRequest) -> bytes:
    word = subject.reasoning_effort if subject.HasField("reasoning_effort") else None
    return upstream_body(subject, select(CATALOG, subject.model, word, "responses"))


def body(subject: GenerateRequest) -> Any:
    return msgspec.json.decode(raw(subject))


def test_the_least_request() -> None:
    assert body(request()) == {
        "model": "grok-4.3",
        "input": [{"role": "user", "content": "Hello"}],
        "store": False,
        "reasoning": {"effort": "low"},
    }


def test_an_alias_becomes_upstreams_name_and_a_suffix_the_effort() -> None:
    sent = body(request(model="xai/grok-4.20-multi-agent:high"))
    assert sent["model"] == "grok-4.20-multi-agent-0309"
    assert sent["reasoning"] == {"effort": "high"}


def test_a_model_without_efforts_is_sent_none() -> None:
    assert "reasoning" not in body(request(model="grok-4.20-0309-reasoning"))


def test_every_option_is_passed_on() -> None:
    sent = body(
        request(
            instructions="Be terse.",
            max_output_tokens=5,
            temperature=0.0,
            top_p=1.0,
            user="u",
            prompt_cache_key="c",
            parallel_tool_calls=False,
            include_encrypted_reasoning=True,
            reasoning_summary="detailed",
            reasoning_effort="medium",
        )
    )
    assert sent | {"model": 0, "input": 0} == {
        "model": 0,
        "input": 0,
        "store": False,
        "instructions": "Be terse.",
        "max_output_tokens": 5,
        "temperature": 0.0,
        "top_p": 1.0,
        "user": "u",
        "prompt_cache_key": "c",
        "parallel_tool_calls": False,
        "include": ["reasoning.encrypted_content"],
        "reasoning": {"effort": "medium", "summary": "detailed"},
    }


def test_json_texts_keep_their_key_order_and_big_integers() -> None:
    schema = '{"z":1,"a":{"maximum":123456789012345678901234567890}}'
    item = '{"type":"reasoning","b":1,"a":2,"encrypted_content":"x=="}'
    sent = raw(
        request(
            InputItem(earlier_item_json=item),
            tools=[FunctionTool(name="f", parameters_json=schema)],
            output_format=OutputFormat(type="json_schema", schema_json=schema, name="n"),
        )
    )
    assert sent.count(schema.encode()) == 2
    assert item.encode() in sent


def test_pictures_calls_and_outputs_have_upstreams_shapes() -> None:
    picture = ContentPart(image=InputImage(url="https://example.com/a.jpg", detail="high"))
    sent = body(
        request(
            InputItem(message=Message(role="user", content=[ContentPart(text="see"), picture])),
            InputItem(function_call=FunctionCall(call_id="c", name="f", arguments_json='{"a":1}')),
            InputItem(
                function_call_output=FunctionCallOutput(
                    call_id="c", output=[ContentPart(text="42")]
                )
            ),
            said("Done.", role="assistant"),
        )
    )
    assert sent["input"] == [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "see"},
                {
                    "type": "input_image",
                    "image_url": "https://example.com/a.jpg",
                    "detail": "high",
                },
            ],
        },
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"a":1}'},
        {"type": "function_call_output", "call_id": "c", "output": "42"},
        {"role": "assistant", "content": "Done."},
    ]


def test_tools_and_their_choice() -> None:
    tools = [FunctionTool(name="f", description="finds")]
    sent = body(request(tools=tools, tool_choice=ToolChoice(function_name="f")))
    assert sent["tools"] == [
        {"type": "function", "name": "f", "description": "finds", "parameters": {}}
    ]
    assert sent["tool_choice"] == {"type": "function", "name": "f"}
    assert body(request(tools=tools, tool_choice=ToolChoice(mode="auto")))["tool_choice"] == "auto"


def test_a_choice_without_tools_is_not_sent_since_upstream_refuses_it() -> None:
    assert "tool_choice" not in body(request(tool_choice=ToolChoice(mode="auto")))
