"""Errors name what the client sent, not what a service calls it."""

from typing import Any

import pytest

from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.text.chat_request import read_chat_request
from grokgate.edge.text.responses_request import read_responses_request
from tests.edge.conftest import RunningEdge

MODEL = "xai/grok-4.3"
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
MESSAGES: list[dict[str, Any]] = [
    {"role": "user", "content": "Hi."},
    {"role": "assistant", "content": "One moment.", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "42"}]},
]
CHAT = {"model": MODEL, "messages": MESSAGES}


def refusal(param: str) -> GrokgateError:
    return GrokgateError(Reason.INVALID_VALUE, f"`{param}` is not valid: change it.", param=param)


CASES = [
    (CHAT, "input", "messages"),
    (CHAT, "input[0].content[0].image_url", "messages[0].content[0].image_url"),
    (CHAT, "input[1].content[0]", "messages[1].content[0]"),
    (CHAT, "input[2].call_id", "messages[1].tool_calls[0].call_id"),
    (CHAT, "input[3].output[0]", "messages[2].content[0]"),
    (CHAT, "reasoning.effort", "reasoning_effort"),
    (CHAT | {"max_tokens": 5}, "max_output_tokens", "max_tokens"),
    (CHAT | {"max_completion_tokens": 5}, "max_output_tokens", "max_completion_tokens"),
    (CHAT, "tools", "tools"),
    (CHAT, "", ""),
]


@pytest.mark.parametrize(("body", "param", "own"), CASES)
def test_a_chat_caller_is_told_of_its_own_fields(
    body: dict[str, Any], param: str, own: str
) -> None:
    error = refusal(param)
    read_chat_request(body).own_words.rephrase(error)
    assert (error.param, error.message) == (own, refusal(own).message)


@pytest.mark.parametrize(
    ("conversation", "param", "own"),
    [
        ({"input": "Hi."}, "input", "input"),
        ({"input": [{"role": "user", "content": "Hi."}]}, "input[0].content", "input[0].content"),
        ({"messages": MESSAGES}, "input", "messages"),
        ({"messages": MESSAGES}, "input[3].output[0]", "messages[2].content[0]"),
        ({"messages": MESSAGES}, "reasoning.effort", "reasoning.effort"),
    ],
)
def test_a_responses_caller_too(conversation: dict[str, Any], param: str, own: str) -> None:
    error = refusal(param)
    read_responses_request({"model": MODEL, **conversation}).own_words.rephrase(error)
    assert error.param == own


@pytest.mark.parametrize("stream", [False, True])
async def test_what_the_text_service_refuses_is_told_in_the_words_of_the_chat(
    edge: RunningEdge, *, stream: bool
) -> None:
    edge.text.fails_with(refusal("reasoning.effort"))
    edge.text.streams_fail_with(refusal("reasoning.effort"))
    error = (await edge.chat(CHAT | {"stream": stream})).json()["error"]
    assert error["param"] == "reasoning_effort"
    assert error["message"] == "`reasoning_effort` is not valid: change it."
