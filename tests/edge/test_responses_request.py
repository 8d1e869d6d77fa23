"""Which JSON becomes which GenerateRequest."""

from typing import Any

import pytest

from grokgate.api.text.v1.text_pb2 import (
    ContentPart,
    FunctionCall,
    FunctionCallOutput,
    GenerateRequest,
    InputImage,
    InputItem,
    Message,
    OutputFormat,
    ToolChoice,
)
from grokgate.api.types.v1.endpoint_pb2 import ENDPOINT_RESPONSES
from grokgate.edge.bodies import parse_object
from grokgate.edge.text.responses_request import read_responses_request

MODEL = "xai/grok-4.3"
HTTPS_IMAGE = "https://example.com/cat.jpg"
DATA_IMAGE = "data:image/png;base64,iVBORw0KGgo="


def translate(**fields: Any) -> GenerateRequest:
    return read_responses_request({"model": MODEL, "input": "Hi."} | fields).generate


def items(*given: Any) -> list[InputItem]:
    return list(translate(input=list(given)).input)


def said(role: str, *texts: str) -> InputItem:
    return InputItem(message=Message(role=role, content=[ContentPart(text=t) for t in texts]))


@pytest.mark.parametrize(
    ("model", "prompt"),
    [
        ("xai/grok-4.3", "Simplify a TypeScript service function."),
        ("xai/grok-4.3", "Bir TypeScript servis fonksiyonunu sadeleştir."),
        (
            "xai/grok-4.20-multi-agent:high",
            "Evaluate this architecture decision across cost, risk, and maintenance.",
        ),
        (
            "xai/grok-4.20-multi-agent:high",
            "Bu mimari kararı maliyet, risk ve bakım açısından değerlendir.",  # noqa: RUF001  # Turkish
        ),
    ],
)
def test_the_documented_calls_translate(model: str, prompt: str) -> None:
    body = f'{{\n"model": "{model}",\n"input": "{prompt}"\n}}'.encode()
    generate = read_responses_request(parse_object(body, 128)).generate
    assert generate == GenerateRequest(
        model=model, input=[said("user", prompt)], endpoint=ENDPOINT_RESPONSES
    )


def test_every_plain_field_has_its_place() -> None:
    generate = translate(
        instructions="Be brief.",
        reasoning={"effort": "high", "summary": "concise"},
        max_output_tokens=1,
        temperature=2,
        top_p=0.5,
        parallel_tool_calls=False,
        include=["reasoning.encrypted_content"],
        user="u",
        prompt_cache_key="c",
    )
    assert generate == GenerateRequest(
        model=MODEL,
        input=[said("user", "Hi.")],
        instructions="Be brief.",
        reasoning_effort="high",
        reasoning_summary="concise",
        max_output_tokens=1,
        temperature=2,
        top_p=0.5,
        parallel_tool_calls=False,
        include_encrypted_reasoning=True,
        user="u",
        prompt_cache_key="c",
        endpoint=ENDPOINT_RESPONSES,
    )


def test_null_means_absent_at_every_level() -> None:
    plain = translate()
    names = ("instructions", "reasoning", "tools", "text", "store", "stream", "include", "nonsense")
    assert translate(**dict.fromkeys(names)) == plain
    assert translate(reasoning={"effort": None}, text={"format": None}) == plain
    assert items({"role": "user", "content": "Hi.", "id": None, "type": None}) == list(plain.input)


def test_the_older_name_of_the_summary_works() -> None:
    assert translate(reasoning={"generate_summary": "auto"}).reasoning_summary == "auto"


def test_messages_of_every_role_and_both_content_forms() -> None:
    assert items(
        {"role": "system", "content": "A"},
        {"type": "message", "role": "developer", "content": "B"},
        {"role": "user", "content": [{"type": "input_text", "text": "C"}]},
        {"role": "assistant", "content": [{"type": "output_text", "text": "D"}]},
        {"role": "user", "content": [{"type": "text", "text": "E"}, {"type": "text", "text": ""}]},
    ) == [
        said("system", "A"),
        said("developer", "B"),
        said("user", "C"),
        said("assistant", "D"),
        said("user", "E", ""),
    ]


@pytest.mark.parametrize("url", [HTTPS_IMAGE, DATA_IMAGE])
def test_images_by_https_and_data_uri_in_each_dialect(url: str) -> None:
    given = [
        {"type": "input_image", "image_url": url, "detail": "low"},
        {"type": "input_image", "image_url": {"url": url, "detail": "low"}},
        {"type": "image_url", "image_url": {"url": url, "detail": "low"}},
    ]
    expected = [ContentPart(image=InputImage(url=url, detail="low"))] * 3
    assert list(items({"role": "user", "content": given})[0].message.content) == expected


def test_functions_called_earlier_and_their_results() -> None:
    assert items(
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a":1}'},
        {"type": "function_call_output", "call_id": "c1", "output": "42", "id": "x"},
        {
            "type": "function_call_output",
            "call_id": "c1",
            "output": [{"type": "input_image", "image_url": HTTPS_IMAGE}],
        },
    ) == [
        InputItem(function_call=FunctionCall(call_id="c1", name="f", arguments_json='{"a":1}')),
        InputItem(
            function_call_output=FunctionCallOutput(call_id="c1", output=[ContentPart(text="42")])
        ),
        InputItem(
            function_call_output=FunctionCallOutput(
                call_id="c1", output=[ContentPart(image=InputImage(url=HTTPS_IMAGE))]
            )
        ),
    ]


EARLIER_MESSAGE = (
    '{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":'
    '[{"type":"output_text","text":"Hi","logprobs":[],"annotations":[{"n":123456789012345678901}]},'
    '{"type":"refusal","refusal":"No."}]}'
)


@pytest.mark.parametrize(
    "item",
    [
        EARLIER_MESSAGE,
        '{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"gAAA","new":{"z":1}}',
        '{"type":"function_call","call_id":"c1","name":"f","arguments":"{}","status":"completed"}',
        '{"type":"reasoning","summary":[]}',
    ],
)
def test_items_of_an_earlier_answer_go_back_verbatim(item: str) -> None:
    body = parse_object(f'{{"input":[{item}]}}'.encode(), 128)
    assert items(body["input"][0]) == [InputItem(earlier_item_json=item)]


def test_nulls_that_libraries_add_to_earlier_items_are_left_out() -> None:
    given: dict[str, Any] = {
        "id": "rs_1",
        "type": "reasoning",
        "summary": [],
        "status": None,
        "content": None,
    }
    assert items(given) == [
        InputItem(earlier_item_json='{"id":"rs_1","type":"reasoning","summary":[]}')
    ]


def test_an_id_of_a_clients_own_message_has_no_effect() -> None:
    content = [{"type": "input_text", "text": "A"}]
    assert items({"id": "m1", "status": "completed", "role": "user", "content": content}) == [
        said("user", "A")
    ]


def test_a_call_without_arguments_is_taken_as_it_is() -> None:
    call = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": ""}
    assert items(call) == [InputItem(function_call=FunctionCall(call_id="c1", name="f"))]


def test_chat_messages_with_tools_and_images() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    generate = read_responses_request(
        {
            "model": MODEL,
            "messages": [
                {"role": "system", "content": "A"},
                {
                    "role": "user",
                    "content": [{"type": "image_url", "image_url": {"url": DATA_IMAGE}}],
                },
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "assistant", "content": "B", "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "c1", "content": "42"},
            ],
        }
    ).generate
    called = InputItem(function_call=FunctionCall(call_id="c1", name="f", arguments_json="{}"))
    image = ContentPart(image=InputImage(url=DATA_IMAGE))
    assert list(generate.input) == [
        said("system", "A"),
        InputItem(message=Message(role="user", content=[image])),
        called,
        said("assistant", "B"),
        called,
        InputItem(
            function_call_output=FunctionCallOutput(call_id="c1", output=[ContentPart(text="42")])
        ),
    ]


SCHEMA = {"type": "object", "properties": {"zeta": {}, "alpha": {"maximum": 10**30}}}
SCHEMA_JSON = '{"type":"object","properties":{"zeta":{},"alpha":{"maximum":1' + "0" * 30 + "}}}"


@pytest.mark.parametrize(
    "fields",
    [
        {
            "text": {
                "format": {"type": "json_schema", "name": "n", "schema": SCHEMA, "strict": True}
            }
        },
        {"response_format": {"type": "json_schema", "name": "n", "schema": SCHEMA, "strict": True}},
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "n", "schema": SCHEMA, "strict": True},
            }
        },
    ],
)
def test_a_schema_in_any_place_keeps_key_order_and_big_integers(fields: dict[str, Any]) -> None:
    assert translate(**fields).output_format == OutputFormat(
        type="json_schema", schema_json=SCHEMA_JSON, name="n", strict=True
    )


@pytest.mark.parametrize("kind", ["text", "json_object"])
def test_forms_without_a_schema(kind: str) -> None:
    assert translate(text={"format": {"type": kind}}).output_format == OutputFormat(type=kind)


def test_tools_travel_as_json_text() -> None:
    tool = {"type": "function", "name": "f", "description": "d", "parameters": SCHEMA}
    translated = translate(tools=[tool, {"type": "function", "name": "g", "strict": False}]).tools
    assert translated[0].parameters_json == SCHEMA_JSON
    assert (translated[0].name, translated[0].description) == ("f", "d")
    assert not translated[0].HasField("strict")
    assert translated[1].HasField("strict")
    assert translated[1].parameters_json == ""


def test_tool_choices() -> None:
    assert translate(tool_choice="required").tool_choice == ToolChoice(mode="required")
    named = translate(tool_choice={"type": "function", "name": "f"}).tool_choice
    assert named == ToolChoice(function_name="f")


def test_metadata_is_kept_for_the_answer_only() -> None:
    asked = read_responses_request(
        {"model": MODEL, "input": "Hi.", "metadata": {"a": "1", "b": ""}}
    )
    assert asked.metadata == {"a": "1", "b": ""}
    assert asked.generate == translate()
