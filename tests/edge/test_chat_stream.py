"""Streams in the chat dialect, from the contract's events to bytes."""

from typing import Any

import pytest

from grokgate.api.text.v1.text_pb2 import GenerationEvent
from grokgate.chassis.errors import GrokgateError, Reason
from grokgate.edge.text.chat_request import ChatRequest, read_chat_request
from grokgate.edge.text.chat_stream import ChatStream
from tests.edge.generations import (
    REFUSAL,
    SUMMARY,
    TEXT,
    THOUGHT,
    begun,
    call,
    ended,
    failed,
    hello,
    item,
    noted,
    part_begun,
)
from tests.support.streams import read_events


def asked(**fields: Any) -> ChatRequest:
    hi = {"role": "user", "content": "Hi."}
    return read_chat_request({"model": "xai/grok-4.3", "messages": [hi]} | fields)


def tell(*events: GenerationEvent, **fields: Any) -> bytes:
    return ChatStream(asked(**fields), "req_1").write(events)


def deltas(*events: GenerationEvent) -> list[dict[str, Any]]:
    """What the chunks between role and end add."""
    chunks = read_events(tell(begun(), *events, ended()))[1:-1]
    return [chunk["choices"][0]["delta"] for chunk in chunks]


def test_an_answer_is_told_from_the_role_to_the_reason_of_its_end() -> None:
    chunks = read_events(tell(*hello()))
    choices = [chunk["choices"][0] for chunk in chunks]
    assert [choice["delta"] for choice in choices] == [
        {"role": "assistant", "content": ""},
        {"reasoning_content": "They"},
        {"reasoning_content": " greet."},
        {"content": "Hel"},
        {"content": "lo!"},
        {},
    ]
    assert [choice["finish_reason"] for choice in choices] == [None] * 5 + ["stop"]
    for chunk in chunks:
        assert chunk["id"] == "chatcmpl-1"
        assert (chunk["object"], chunk["created"]) == ("chat.completion.chunk", 1_780_000_000)
        assert chunk["model"] == "xai/grok-4.3"
        assert "usage" not in chunk


def test_events_have_no_names_and_the_stream_ends_with_done() -> None:
    stream = tell(*hello())
    assert b"event:" not in stream
    assert stream.endswith(b"}\n\ndata: [DONE]\n\n")


def test_usage_comes_last_and_only_when_wanted() -> None:
    chunks = read_events(tell(*hello(), stream_options={"include_usage": True}))
    assert [chunk["usage"] for chunk in chunks[:-1]] == [None] * 6
    assert chunks[-1]["choices"] == []
    usage = chunks[-1]["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (208, 42)
    assert usage["total_tokens"] == 250
    assert usage["prompt_tokens_details"]["cached_tokens"] == 128
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 33
    assert usage["cost_in_usd_ticks"] == 4_760_000


def test_calls_are_counted_among_themselves() -> None:
    events = [*item(0, "reasoning"), *call(1, "f", '{"a"', ":1}"), *call(2, "g", "{}")]

    def opening(index: int, call_id: str, name: str) -> dict[str, Any]:
        function = {"name": name, "arguments": ""}
        return {"index": index, "id": call_id, "type": "function", "function": function}

    assert [delta["tool_calls"][0] for delta in deltas(*events)] == [
        opening(0, "call_1", "f"),
        {"index": 0, "function": {"arguments": '{"a"'}},
        {"index": 0, "function": {"arguments": ":1}"}},
        opening(1, "call_2", "g"),
        {"index": 1, "function": {"arguments": "{}"}},
    ]
    last = read_events(tell(begun(), *events, ended()))[-1]
    assert last["choices"][0]["finish_reason"] == "tool_calls"


def test_texts_that_share_a_place_are_paragraphs() -> None:
    events = [
        *item(0, "reasoning", (SUMMARY, ["a"]), (SUMMARY, ["b"]), (THOUGHT, ["c"])),
        *item(1, "message", (TEXT, ["d"]), (TEXT, ["e"])),
        *item(2, "message", (TEXT, ["f"]), (REFUSAL, ["g"])),
    ]
    texts = {"reasoning_content": "", "content": "", "refusal": ""}
    for delta in deltas(*events):
        for place, text in delta.items():
            texts[place] += text
    assert texts == {"reasoning_content": "a\n\nb\n\nc", "content": "de\n\nf", "refusal": "g"}


def test_a_note_has_its_fields_under_its_type() -> None:
    note = {"type": "url_citation", "url": "https://a.test", "title": "A"}
    [delta] = deltas(part_begun(0, 0, TEXT), noted(0, 0, 0, note))
    [annotation] = delta["annotations"]
    citation = {"url": "https://a.test", "title": "A"}
    assert annotation == {"type": "url_citation", "url_citation": citation}


@pytest.mark.parametrize(
    ("reason", "finish_reason"),
    [
        ("max_output_tokens", "length"),
        ("max_time_limit", "length"),
        ("content_filter", "content_filter"),
    ],
)
def test_what_cut_an_answer_short_is_told(reason: str, finish_reason: str) -> None:
    last = read_events(tell(begun(), *call(0, "f"), ended(reason)))[-1]
    assert last["choices"][0]["finish_reason"] == finish_reason


def test_a_failure_is_one_error_and_never_an_end() -> None:
    stream = tell(begun(), failed(usd_ticks=500))
    error = read_events(stream)[-1]
    assert error["error"] == {
        "message": "It broke.",
        "type": "provider_error",
        "param": None,
        "code": "provider_error",
        "request_id": "req_1",
    }
    assert error["usage"]["cost_in_usd_ticks"] == 500
    assert b"[DONE]" not in stream
    assert b'"finish_reason":"' not in stream


def test_a_failure_without_a_charge_names_no_cost() -> None:
    assert "usage" not in read_events(tell(begun(), failed(usd_ticks=0)))[-1]


def test_a_stream_that_breaks_says_why() -> None:
    [error] = read_events(
        ChatStream(asked(), "req_1").write_error(GrokgateError(Reason.TIMEOUT, "Too slow."))
    )
    assert (error["error"]["code"], error["error"]["message"]) == ("timeout", "Too slow.")
