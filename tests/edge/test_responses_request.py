"""What JSON becomes which GenerateRequest, and which JSON is refused where."""

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
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.bodies import parse_object
from grokgate.edge.responses_request import read_responses_request

MODEL = "xai/grok-4.3"
HTTPS_IMAGE = "https://example.com/cat.jpg"
DATA_IMAGE = "data:image/png;base64,iVBORw0KGgo="


def translate(**fields: Any) -> GenerateRequest:
    return read_responses_request({"model": MODEL, "input": "Hi."} | fields).generate


def items(*given: Any) -> list[InputItem]:
    return list(translate(input=list(given)).input)


def refusal(**fields: Any) -> GrokgateError:
    with pytest.raises(GrokgateError) as caught:
        translate(**fields)
    return caught.value


def said(role: str, *texts: str) -> InputItem:
    return InputItem(message=Message(role=role, content=[ContentPart(text=t) for t in texts]))


@pytest.mark.parametrize(
    ("body", "model", "text"),
    [
        (
            b'{\n"model": "xai/grok-4.3",\n"input": "Simplify a TypeScript service function."\n}',
            "xai/grok-4.3",
            "Simplify a TypeScript service function.",
        ),
        (
            b'{"model": "xai/grok-4.20-multi-agent:high", "input": "Evaluate this architecture '
            b'decision across cost, risk, and maintenance."}',
            "xai/grok-4.20-multi-agent:high",
            "Evaluate this architecture decision across cost, risk, and maintenance.",
        ),
        (
            '{"model": "xai/grok-4.3", "input": "Bir TypeScript servis fonksiyonunu '
            'sadeleştir."}'.encode(),
            "xai/grok-4.3",
            "Bir TypeScript servis fonksiyonunu sadeleştir.",
        ),
        (
            '{"model": "xai/grok-4.20-multi-agent:high", "input": "Bu mimari kararı maliyet, risk '
            've bakım açısından değerlendir."}'.encode(),
            "xai/grok-4.20-multi-agent:high",
            "Bu mimari kararı maliyet, risk ve bakım açısından değerlendir.",
        ),
    ],
)
def test_the_documented_calls_translate(body: bytes, model: str, text: str) -> None:
    generate = read_responses_request(parse_object(body, 128)).generate
    assert generate == GenerateRequest(
        model=model, input=[said("user", text)], endpoint=ENDPOINT_RESPONSES
    )


def test_every_plain_field_has_its_place() -> None:
    generate = translate(
        instructions="Be brief.",
        reasoning={"effort": "high", "summary": "concise"},
        max_output_tokens=1,
        temperature=2,
        top_p=0,
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
        top_p=0,
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
    error = refusal(input=["ignored", {"role": "user", "content": ["x", part]}][1:])
    assert error.param == "input[0].content[0]"
    error = refusal(input=[{"role": "user", "content": [{"type": "text", "text": "x"}, part]}])
    assert (error.reason, error.param) == (Reason.INVALID_VALUE, "input[0].content[1].image_url")
    nested = {"type": "image_url", "image_url": {"url": url}}
    error = refusal(input=[{"role": "user", "content": [nested]}])
    assert error.param == "input[0].content[0].image_url.url"


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


@pytest.mark.parametrize(
    "item",
    [
        '{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"gAAA","new":{"z":1}}',
        '{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":'
        '[{"type":"output_text","text":"Hi","logprobs":[],"annotations":[{"n":12345678901234567890'
        '12}]},{"type":"refusal","refusal":"No."}]}',
        '{"type":"function_call","call_id":"c1","name":"f","arguments":"{}","status":"completed"}',
        '{"type":"reasoning","summary":[]}',
    ],
)
def test_items_of_an_earlier_answer_go_back_verbatim(item: str) -> None:
    given = parse_object(f'{{"input":[{item}]}}'.encode(), 128)["input"][0]
    assert items(given) == [InputItem(earlier_item_json=item)]


def test_nulls_that_libraries_add_to_earlier_items_are_left_out() -> None:
    given = {"id": "rs_1", "type": "reasoning", "summary": [], "status": None, "content": None}
    assert items(given) == [
        InputItem(earlier_item_json='{"id":"rs_1","type":"reasoning","summary":[]}')
    ]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "input_image", "image_url": "http://169.254.169.254/"},
        {"type": "input_file", "file_id": "file_1"},
        {"text": "untyped"},
    ],
)
def test_an_earlier_message_cannot_smuggle_addresses_or_files(part: dict[str, str]) -> None:
    message = {"type": "message", "id": "msg_1", "role": "user", "content": [part]}
    error = refusal(input=[message])
    assert (error.reason, error.param) == (Reason.INVALID_VALUE, "input[0].content[0].type")


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


MISSING = Reason.MISSING_PARAMETER
INVALID = Reason.INVALID_VALUE
UNSUPPORTED = Reason.UNSUPPORTED_PARAMETER
UNKNOWN = Reason.UNKNOWN_PARAMETER
CALL: dict[str, Any] = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}


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
        ({"input": [{"type": "message", "id": "m", "content": "x"}]}, INVALID, "input[0].role"),
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
