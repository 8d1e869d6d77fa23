"""The service checks for itself, whatever the edge did."""

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
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.launch.catalog_files import load_catalog
from grokgate.text.validation import check, check_image_url
from tests.text.requests import request, said

MODELS = load_catalog(None).models
TOOL = FunctionTool(name="look", parameters_json='{"type":"object"}')


def refusal(subject: GenerateRequest, model: str = "xai/grok-4.3") -> GrokgateError:
    with pytest.raises(GrokgateError) as caught:
        check(subject, MODELS[model])
    return caught.value


def image(url: str, detail: str = "") -> InputItem:
    part = ContentPart(image=InputImage(url=url, detail=detail))
    return InputItem(message=Message(role="user", content=[part]))


@pytest.mark.parametrize(
    ("subject", "param"),
    [
        (GenerateRequest(model="x"), "input"),
        (request(InputItem()), "input[0]"),
        (request(said("a"), said("b", role="robot")), "input[1].role"),
        (request(InputItem(message=Message(role="user"))), "input[0].content"),
        (
            request(InputItem(message=Message(role="user", content=[ContentPart()]))),
            "input[0].content[0]",
        ),
        (request(image("http://example.com/a.jpg")), "input[0].content[0].image_url"),
        (request(image("https://example.com/a.jpg", "huge")), "input[0].content[0].detail"),
        (request(InputItem(function_call=FunctionCall(name="x"))), "input[0].call_id"),
        (request(InputItem(function_call_output=FunctionCallOutput())), "input[0].call_id"),
        (request(InputItem(earlier_item_json="{")), "input[0]"),
        (request(InputItem(earlier_item_json='{"type":"web_search_call"}')), "input[0].type"),
        (request(max_output_tokens=0), "max_output_tokens"),
        (request(temperature=2.1), "temperature"),
        (request(temperature=float("nan")), "temperature"),
        (request(top_p=-0.1), "top_p"),
        (request(top_p=0.0), "top_p"),
        (request(max_output_tokens=1_000_001), "max_output_tokens"),
        (request(reasoning_summary="long"), "reasoning.summary"),
        (request(output_format=OutputFormat(type="xml")), "text.format.type"),
        (request(output_format=OutputFormat(type="json_schema")), "text.format.schema"),
        (
            request(output_format=OutputFormat(type="json_schema", schema_json="[]")),
            "text.format.schema",
        ),
        (request(tools=[FunctionTool()]), "tools[0].name"),
        (request(tools=[FunctionTool(name="a", parameters_json="{")]), "tools[0].parameters"),
        (request(tools=[TOOL] * 351), "tools"),
        (request(tool_choice=ToolChoice(mode="required")), "tool_choice"),
        (request(tools=[TOOL], tool_choice=ToolChoice(function_name="leap")), "tool_choice"),
        (request(tools=[TOOL], tool_choice=ToolChoice(mode="maybe")), "tool_choice"),
        (request(user="x" * 513), "user"),
        (request(user="a\0b"), "user"),
        (request(prompt_cache_key="x" * 513), "prompt_cache_key"),
    ],
)
def test_a_bad_field_is_named(subject: GenerateRequest, param: str) -> None:
    error = refusal(subject)
    assert error.param == param
    assert f"`{param}`" in error.message


def test_functions_are_refused_where_the_model_has_none() -> None:
    error = refusal(request(tools=[TOOL]), "xai/grok-4.20-multi-agent")
    assert (error.reason, error.param) == (Reason.UNSUPPORTED_CAPABILITY, "tools")


def test_pictures_are_refused_where_the_model_does_not_see() -> None:
    error = refusal(request(image("https://example.com/a.jpg")), "xai/grok-build-0.1")
    assert error.reason is Reason.UNSUPPORTED_CAPABILITY


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.jpg",
        "data:image/jpeg;base64,/9j/4AAQ",
        "data:image/png;base64,iVBORw0KGgo=",
        "data:image/webp;base64,UklGRg==",
    ],
)
def test_a_picture_by_https_or_data_uri_passes(url: str) -> None:
    check(request(image(url)), MODELS["xai/grok-4.3"])
    assert check_image_url(url, "x") is None  # type: ignore[func-returns-value]  # raises or not


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "http://example.com/a.jpg",
        "file:///etc/passwd",
        "gopher://x",
        "HTTPS://example.com/a b\n",
        "https://example.com/\r\nHost: x",
        "data:image/gif;base64,R0lGOD",
        "data:image/png,raw",
        "data:image/png;base64,",
        "data:image/png;base64,not base64!",
        "data:text/html;base64,aGk=",
    ],
)
def test_any_other_url_is_refused(url: str) -> None:
    with pytest.raises(GrokgateError) as caught:
        check_image_url(url, "input[0].content[0].image_url")
    assert caught.value.reason is Reason.INVALID_VALUE


def test_a_whole_request_passes() -> None:
    subject = request(
        said("You are terse.", role="system"),
        said("Hello"),
        InputItem(earlier_item_json='{"type":"reasoning","encrypted_content":"x"}'),
        InputItem(function_call=FunctionCall(call_id="c", name="look", arguments_json="{}")),
        InputItem(
            function_call_output=FunctionCallOutput(call_id="c", output=[ContentPart(text="42")])
        ),
        tools=[TOOL],
        tool_choice=ToolChoice(function_name="look"),
        temperature=0.0,
        top_p=1.0,
        max_output_tokens=1,
    )
    assert check(subject, MODELS["xai/grok-4.3"]) is None  # type: ignore[func-returns-value]  # raises or not
