"""Streams in the Responses dialect, from the contract's events to bytes."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokgate.api.text.v1.text_pb2 import Finished, GenerateResponse, GenerationEvent
from grokgate.chassis.errors import WITHHELD_MESSAGE, GrokgateError, Reason
from grokgate.edge.text.responses_answer import response_object
from grokgate.edge.text.responses_request import ResponsesRequest, read_responses_request
from grokgate.edge.text.responses_stream import ResponsesStream
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
    item_begun,
    item_whole,
    noted,
    page,
    part_begun,
    written,
)
from tests.support.streams import read_events

CITATION = {"type": "url_citation", "url": "https://a.test", "start_index": 0, "end_index": 2}


def asked(**fields: Any) -> ResponsesRequest:
    return read_responses_request({"model": "xai/grok-4.3", "input": "Hi."} | fields)


def tell(*events: GenerationEvent, **fields: Any) -> bytes:
    return ResponsesStream(asked(**fields), "req_1").write(events)


def told(*events: GenerationEvent) -> list[dict[str, Any]]:
    """The events between the beginning and the end of an answer, without their numbers."""
    between = read_events(tell(begun(), *events, ended()))[2:-1]
    return [{k: v for k, v in event.items() if k != "sequence_number"} for event in between]


def names(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"].removeprefix("response.") for event in events]


def test_an_answer_is_told_in_the_order_of_the_api() -> None:
    events = read_events(tell(*hello()))
    assert names(events) == [
        "created",
        "in_progress",
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [event["sequence_number"] for event in events] == list(range(17))


def test_the_stream_ends_with_done() -> None:
    assert tell(*hello()).endswith(b"\n\ndata: [DONE]\n\n")


def test_the_response_is_in_progress_at_first() -> None:
    created, in_progress = read_events(tell(begun(), metadata={"order": "7"}))
    assert created["response"] == in_progress["response"]
    response = created["response"]
    assert (response["id"], response["status"]) == ("resp_1", "in_progress")
    assert (response["output"], response["usage"], response["completed_at"]) == ([], None, None)
    assert response["metadata"] == {"order": "7"}


def test_the_last_event_is_the_whole_answer_as_it_is_without_a_stream() -> None:
    events = hello()
    last = read_events(tell(*events))[-1]
    finished = events[-1].finished
    whole = GenerateResponse(
        id="resp_1",
        created_at=1_780_000_000,
        completed_at=finished.completed_at,
        model="xai/grok-4.3",
        status=finished.status,
        output_items_json=[e.item_done.item_json for e in events if e.HasField("item_done")],
        usage=finished.usage,
        charge=finished.charge,
        reasoning_effort="low",
    )
    unstreamed = msgspec.json.decode(msgspec.json.encode(response_object(asked(), whole)))
    assert last["response"] == unstreamed
    assert last["response"]["usage"]["cost_in_usd_ticks"] == 4_760_000


def test_a_text_is_told_with_its_place() -> None:
    place = {"item_id": "message_0", "output_index": 0, "content_index": 0}
    empty = {"type": "output_text", "text": "", "logprobs": [], "annotations": []}
    events = list(item(0, "message", (TEXT, ["Hi", "!"])))
    assert told(*events) == [
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {
                "id": "message_0",
                "type": "message",
                "status": "in_progress",
                "role": "assistant",
                "content": [],
            },
        },
        {"type": "response.content_part.added", **place, "part": empty},
        {"type": "response.output_text.delta", **place, "delta": "Hi", "logprobs": []},
        {"type": "response.output_text.delta", **place, "delta": "!", "logprobs": []},
        {"type": "response.output_text.done", **place, "text": "Hi!", "logprobs": []},
        {"type": "response.content_part.done", **place, "part": empty | {"text": "Hi!"}},
        {
            "type": "response.output_item.done",
            "output_index": 0,
            "item": json.loads(events[-1].item_done.item_json),
        },
    ]


def test_a_note_is_told_and_stays_with_its_part() -> None:
    events = told(
        item_begun(0, "message"),
        part_begun(0, 0, TEXT),
        written(0, 0, TEXT, "Hi"),
        noted(0, 0, 0, CITATION),
        item_whole(0, "{}"),
    )
    [note] = [e for e in events if e["type"] == "response.output_text.annotation.added"]
    assert (note["annotation"], note["annotation_index"]) == (CITATION, 0)
    [done] = [e for e in events if e["type"] == "response.content_part.done"]
    assert done["part"]["annotations"] == [CITATION]


def test_a_refusal_is_told_as_one() -> None:
    events = told(*item(0, "message", (REFUSAL, ["No."])))
    assert names(events)[1:-1] == [
        "content_part.added",
        "refusal.delta",
        "refusal.done",
        "content_part.done",
    ]
    assert events[3]["refusal"] == "No."
    assert events[4]["part"] == {"type": "refusal", "refusal": "No."}


def test_arguments_begin_and_end_with_their_call() -> None:
    events = told(*call(0, "f", '{"a"', ":1}"))
    place = {"item_id": "function_call_0", "output_index": 0}
    begun_call = {"name": "f", "call_id": "call_0", "arguments": ""}
    assert events[0]["item"].items() >= begun_call.items()
    kind = "response.function_call_arguments"
    assert events[1:-1] == [
        {"type": f"{kind}.delta", **place, "delta": '{"a"'},
        {"type": f"{kind}.delta", **place, "delta": ":1}"},
        {"type": f"{kind}.done", **place, "arguments": '{"a":1}'},
    ]


def test_thoughts_in_full_are_told_as_reasoning_text() -> None:
    events = told(*item(0, "reasoning", (THOUGHT, ["Hm."])))
    assert names(events)[2:4] == ["reasoning_text.delta", "reasoning_text.done"]
    assert events[4]["part"] == {"type": "reasoning_text", "text": "Hm."}


def test_a_part_ends_when_the_next_one_begins() -> None:
    events = told(*item(0, "reasoning", (SUMMARY, ["a"]), (SUMMARY, ["b"])))
    part = [
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
    ]
    assert names(events)[1:-1] == [*part, *part]
    assert [e["summary_index"] for e in events[1:-1]] == [0] * 4 + [1] * 4


def test_items_pass_verbatim_in_their_order() -> None:
    first, second = '{"id":"a","encrypted_content":"x=","n":1e400}', '{"id":"b", "z":1,"a":2}'
    # The second is whole before the first.
    stream = tell(
        begun(),
        item_begun(0, "reasoning"),
        item_begun(1, "message"),
        item_whole(1, second),
        item_whole(0, first),
        ended(),
    )
    assert f'"output":[{first},{second}]'.encode() in stream
    assert f'"output_index":0,"item":{first}'.encode() in stream


def test_an_item_of_a_kind_that_is_new_to_us_passes() -> None:
    events = told(item_begun(0, "dream"), item_whole(0, '{"type":"dream"}'))
    assert events[0]["item"] == {"id": "dream_0", "type": "dream", "status": "in_progress"}
    assert names(events) == ["output_item.added", "output_item.done"]


def test_an_answer_cut_short_ends_as_incomplete() -> None:
    last = read_events(tell(begun(), ended("max_output_tokens")))[-1]
    assert last["type"] == "response.incomplete"
    assert last["response"]["status"] == "incomplete"
    assert last["response"]["incomplete_details"] == {"reason": "max_output_tokens"}


def test_a_charge_that_billing_has_not_taken_is_not_claimed() -> None:
    finished = Finished(status=ended().finished.status)
    last = read_events(tell(begun(), GenerationEvent(finished=finished)))[-1]
    assert last["response"]["usage"]["cost_in_usd_ticks"] is None


def test_a_failure_is_one_error_and_never_an_end() -> None:
    stream = tell(begun(), *item(0, "message", (TEXT, ["Hi"])), failed(usd_ticks=0))
    last = read_events(stream)[-1]
    assert last == {
        "type": "error",
        "sequence_number": 8,
        "error": {
            "message": "It broke.",
            "type": "provider_error",
            "param": None,
            "code": "provider_error",
            "request_id": "req_1",
        },
        "code": "provider_error",
        "message": "It broke.",
        "param": None,
    }
    assert b"[DONE]" not in stream
    assert not {"response.completed", "response.failed"} & set(names(read_events(stream)))


def test_a_failure_that_was_charged_says_so() -> None:
    last = read_events(tell(begun(), failed(usd_ticks=500)))[-1]
    assert last["usage"]["cost_in_usd_ticks"] == 500


def test_a_stream_that_breaks_goes_on_counting() -> None:
    stream = ResponsesStream(asked(), "req_1")
    stream.write([begun()])
    [last] = read_events(stream.write_error(GrokgateError(Reason.TIMEOUT, "Too slow.")))
    assert (last["sequence_number"], last["code"]) == (2, "timeout")


@pytest.mark.parametrize("reason", ["INTERNAL_ERROR", "A_REASON_OF_TOMORROW"])
def test_a_fault_of_our_own_is_withheld(reason: str) -> None:
    last = read_events(tell(begun(), failed(reason)))[-1]
    assert (last["code"], last["message"]) == ("internal_error", WITHHELD_MESSAGE)


texts = st.lists(st.text(), max_size=3)
messages = st.lists(st.tuples(st.sampled_from([TEXT, REFUSAL]), texts), max_size=3)
thoughts = st.lists(st.tuples(st.sampled_from([SUMMARY, THOUGHT]), texts), max_size=3)
answers = st.lists(
    st.tuples(st.just("message"), messages)
    | st.tuples(st.just("reasoning"), thoughts)
    | st.tuples(st.just("function_call"), texts),
    max_size=4,
)


@given(answers, st.randoms(use_true_random=False))
def test_whatever_comes_every_beginning_has_its_end(answer: Any, random: Any) -> None:
    """Items may be written side by side, and their events come together in any way."""
    writing = [
        list(call(index, "f", *parts) if kind == "function_call" else item(index, kind, *parts))
        for index, (kind, parts) in enumerate(answer)
    ]
    events = [begun()]
    while any(writing):
        events.append(random.choice([each for each in writing if each]).pop(0))
    events.append(ended())
    stream = ResponsesStream(asked(), "req_1")
    whole = b""
    while events:
        size = random.randint(1, len(events))
        whole += stream.write(page(*events[:size]).events)
        del events[:size]
    check_well_formed(read_events(whole), answer)


def check_well_formed(events: list[dict[str, Any]], answer: Any) -> None:
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    begun_ids: dict[Any, str] = {}
    is_open: dict[Any, str] = {}
    for event in events[2:-1]:
        stem, _, step = event["type"].rpartition(".")
        numbers = (event.get("content_index"), event.get("summary_index"))
        place = (stem, event["output_index"], *numbers)
        if stem == "response.output_item":
            assert (step == "added") == (event["output_index"] not in begun_ids)
            begun_ids[event["output_index"]] = event["item"]["id"]
            continue
        assert event["item_id"] == begun_ids[event["output_index"]]
        if step == "delta":
            is_open[place] = is_open.get(place, "") + event["delta"]
        elif step == "added":
            assert place not in is_open
            is_open[place] = ""
        else:
            told_text = is_open.pop(place, "")
            text = event.get("text", event.get("refusal", event.get("arguments")))
            assert text in (None, told_text)
    assert is_open == {}
    assert len(events[-1]["response"]["output"]) == len(begun_ids) == len(answer)
