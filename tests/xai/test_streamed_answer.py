"""Upstream's events become ours, in an order that readers can rely on."""

from typing import Any

import msgspec
import pytest

from grokgate.api.text.v1.text_pb2 import GenerationEvent, PartKind
from grokgate.chassis.errors import Reason
from grokgate.xai.streamed_answer import StreamedAnswer

TEXT = PartKind.PART_KIND_TEXT
SUMMARY = PartKind.PART_KIND_REASONING_SUMMARY
ARGUMENTS = PartKind.PART_KIND_ARGUMENTS

MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Hi!", "annotations": [{"url": "u"}]}],
}
USAGE = {"input_tokens": 5, "output_tokens": 2, "cost_in_usd_ticks": 11}


def data(kind: str, **fields: Any) -> bytes:
    return msgspec.json.encode({"type": kind, "sequence_number": 0, **fields})


def begun(item: dict[str, Any], output_index: int = 0) -> bytes:
    return data("response.output_item.added", output_index=output_index, item=item)


def whole(item: dict[str, Any], output_index: int = 0) -> bytes:
    return data("response.output_item.done", output_index=output_index, item=item)


def delta(text: str, kind: str = "output_text", **place: Any) -> bytes:
    return data(f"response.{kind}.delta", **{"output_index": 0, "delta": text, **place})


def response(status: str = "completed", *items: Any, **fields: Any) -> dict[str, Any]:
    return {"id": "up", "status": status, "output": list(items), "usage": USAGE, **fields}


def last(status: str = "completed", *items: Any, **fields: Any) -> bytes:
    return data(f"response.{status}", response=response(status, *items, **fields))


def brief(event: GenerationEvent) -> Any:
    """An event in a few words."""
    kind = event.WhichOneof("event")
    body: Any = getattr(event, str(kind))
    match kind:
        case "item_started":
            return (kind, body.output_index, body.type, body.id)
        case "part_started":
            return (kind, body.output_index, body.part_index, body.kind)
        case "delta":
            return (kind, body.output_index, body.part_index, body.kind, body.text)
        case "annotation":
            return (kind, body.output_index, body.part_index, body.annotation_json)
        case _:
            return (kind, body.output_index, body.item_json)


def taken(*batch: bytes) -> list[Any]:
    return [brief(event) for event in StreamedAnswer().take(batch).events]


def json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def test_a_captured_order_is_told_as_it_came() -> None:
    part = {"type": "summary_text", "text": ""}
    assert taken(
        data("response.created", response={}),
        data("response.in_progress", response={}),
        begun({"id": "rs_1", "type": "reasoning", "summary": []}),
        data("response.reasoning_summary_part.added", output_index=0, summary_index=1, part=part),
        delta("Hm", "reasoning_summary_text", summary_index=1),
        data("response.reasoning_summary_text.done", output_index=0, summary_index=1, text="Hm"),
    ) == [
        ("item_started", 0, "reasoning", "rs_1"),
        ("part_started", 0, 1, SUMMARY),
        ("delta", 0, 1, SUMMARY, "Hm"),
    ]


@pytest.mark.parametrize(
    ("upstream", "kind", "item"),
    [
        ("output_text", PartKind.PART_KIND_TEXT, "message"),
        ("refusal", PartKind.PART_KIND_REFUSAL, "message"),
        ("reasoning_summary_text", PartKind.PART_KIND_REASONING_SUMMARY, "reasoning"),
        ("reasoning_text", PartKind.PART_KIND_REASONING_TEXT, "reasoning"),
    ],
)
def test_a_delta_out_of_nowhere_begins_its_item_and_its_part(
    upstream: str, kind: int, item: str
) -> None:
    assert taken(delta("a", upstream, item_id="i"), delta("b", upstream)) == [
        ("item_started", 0, item, "i"),
        ("part_started", 0, 0, kind),
        ("delta", 0, 0, kind, "a"),
        ("delta", 0, 0, kind, "b"),
    ]


def test_arguments_begin_with_their_call() -> None:
    call = {"id": "fc_1", "type": "function_call", "name": "f", "call_id": "c", "arguments": ""}
    page = StreamedAnswer().take([begun(call), delta('{"a":1}', "function_call_arguments")])
    [started, written] = page.events
    assert (started.item_started.name, started.item_started.call_id) == ("f", "c")
    assert brief(written) == ("delta", 0, 0, ARGUMENTS, '{"a":1}')


def test_what_no_delta_brought_comes_with_the_whole_item() -> None:
    call = {"id": "fc_1", "type": "function_call", "name": "f", "arguments": "{}"}
    assert taken(whole(MESSAGE), begun(call, 1), whole(call, 1)) == [
        ("item_started", 0, "message", "msg_1"),
        ("part_started", 0, 0, TEXT),
        ("delta", 0, 0, TEXT, "Hi!"),
        ("annotation", 0, 0, '{"url":"u"}'),
        ("item_done", 0, json(MESSAGE)),
        ("item_started", 1, "function_call", "fc_1"),
        ("delta", 1, 0, ARGUMENTS, "{}"),
        ("item_done", 1, json(call)),
    ]


def test_what_deltas_brought_is_not_said_again() -> None:
    note = data(
        "response.output_text.annotation.added",
        output_index=0,
        content_index=0,
        annotation_index=0,
        annotation={"url": "u"},
    )
    assert taken(
        begun(MESSAGE), delta("Hi!"), note, whole(MESSAGE), last("completed", MESSAGE)
    ) == [
        ("item_started", 0, "message", "msg_1"),
        ("part_started", 0, 0, TEXT),
        ("delta", 0, 0, TEXT, "Hi!"),
        ("annotation", 0, 0, '{"url":"u"}'),
        ("item_done", 0, json(MESSAGE)),
    ]


def test_items_travel_byte_for_byte() -> None:
    item = b'{"type": "message",  "z":1e5, "id":"m","encrypted_content":"\\u00e4"}'
    event = b'{"type":"response.output_item.done","output_index":3,"item":%b}' % item
    assert StreamedAnswer().take([event]).events[-1].item_done.item_json == item.decode()


def test_an_item_of_a_new_kind_travels_though_its_parts_are_not_understood() -> None:
    item = {"type": "hologram_call", "id": "h", "content": "light", "summary": {"a": 1}}
    assert taken(whole(item)) == [
        ("item_started", 0, "hologram_call", "h"),
        ("item_done", 0, json(item)),
    ]


@pytest.mark.parametrize(
    "event", [data("ping"), data("response.audio.delta", delta={"bytes": 1}), data("x.y", item=7)]
)
def test_unknown_events_say_nothing(event: bytes) -> None:
    subject = StreamedAnswer()
    assert not subject.take([event]).events
    assert not subject.ended


@pytest.mark.parametrize("status", ["completed", "incomplete"])
def test_the_last_event_has_the_answer_its_tokens_and_its_cost(status: str) -> None:
    subject = StreamedAnswer()
    subject.take([last(status, incomplete_details={"reason": "max_output_tokens"})])
    assert subject.answer is not None
    assert subject.answer.status == status
    assert subject.answer.cost.usd_ticks == 11
    assert subject.answer.tokens is not None
    assert subject.answer.tokens.output_tokens == 2
    assert subject.answer.incomplete_reason == "max_output_tokens"


def test_a_done_event_is_a_last_event_too() -> None:
    subject = StreamedAnswer()
    subject.take([data("response.done", response=response())])
    assert subject.answer is not None


def test_a_failed_answer_carries_its_failure_and_its_cost() -> None:
    subject = StreamedAnswer()
    subject.take([last("failed", error={"message": "out of luck"})])
    assert subject.answer is not None
    assert subject.answer.failure is not None
    assert subject.answer.failure.message == "out of luck"
    assert subject.answer.cost.usd_ticks == 11


def test_an_answer_that_is_not_streamed_is_told_in_events() -> None:
    subject = StreamedAnswer()
    page = subject.take([msgspec.json.encode(response("completed", MESSAGE))])
    said = [brief(event) for event in page.events]
    assert said[-3:] == [
        ("delta", 0, 0, TEXT, "Hi!"),
        ("annotation", 0, 0, '{"url":"u"}'),
        ("item_done", 0, json(MESSAGE)),
    ]
    assert subject.answer is not None
    assert subject.answer.upstream_id == "up"


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"type": "error", "message": "Model melted"}, Reason.PROVIDER_ERROR),
        (
            {"type": "error", "code": "x", "message": "m", "status": 503},
            Reason.PROVIDER_UNAVAILABLE,
        ),
        ({"type": "error", "error": {"message": "Overloaded"}}, Reason.PROVIDER_UNAVAILABLE),
        ({"type": "error", "status": 429, "message": "Too many"}, Reason.UPSTREAM_LIMITED),
        ({"error": {"message": "no type"}}, Reason.PROVIDER_ERROR),
        ({"type": "error", "message": 7, "status": "x"}, Reason.PROVIDER_ERROR),
    ],
)
def test_an_error_event_ends_the_stream(event: dict[str, Any], reason: Reason) -> None:
    subject = StreamedAnswer()
    assert len(subject.take([delta("a"), msgspec.json.encode(event), delta("b")]).events) == 3
    assert subject.error is not None
    assert subject.error.error.reason is reason
    assert subject.error.error.upstream_started


def test_an_error_event_keeps_the_cost_that_it_names() -> None:
    subject = StreamedAnswer()
    subject.take([data("error", message="x", usage={"cost_in_usd_ticks": 3})])
    assert subject.error is not None
    assert subject.error.cost.usd_ticks == 3


@pytest.mark.parametrize(
    "broken",
    [
        b"<html>",
        b"[]",
        b"7",
        b'{"type":7}',
        b"[" * 100_000,
        b'{"type":"response.output_text.delta","output_index":0}',
        b'{"type":"response.output_text.delta","output_index":0,"delta":"\xff"}',
        b'{"type":"response.output_text.delta","output_index":-1,"delta":"x"}',
        b'{"type":"response.output_text.delta","output_index":4294967296,"delta":"x"}',
        b'{"type":"response.output_item.done","output_index":0,"item":{"type":"m","x":"\xff"}}',
        b'{"type":"response.output_item.done","output_index":0,"item":[]}',
        b'{"type":"response.completed"}',
        b'{"type":"response.completed","response":{"id":"a","status":"in_progress","output":[]}}',
    ],
)
def test_what_cannot_be_read_is_a_provider_error(broken: bytes) -> None:
    subject = StreamedAnswer()
    subject.take([broken])
    assert subject.error is not None
    assert subject.error.error.reason is Reason.PROVIDER_ERROR


def test_a_stream_without_a_last_event_is_an_error() -> None:
    subject = StreamedAnswer()
    subject.take([delta("a")])
    subject.end()
    assert subject.error is not None
    assert subject.error.error.reason is Reason.PROVIDER_ERROR
    assert subject.error.error.upstream_started


def test_nothing_counts_after_the_last_event() -> None:
    subject = StreamedAnswer()
    subject.take([last(), data("error", message="late"), delta("late")])
    subject.end()
    assert subject.error is None
    assert not subject.written


def test_the_text_so_far_is_counted_in_bytes() -> None:
    subject = StreamedAnswer()
    assert not subject.written
    subject.take([delta("abc"), delta("aé€"), delta("{}", "function_call_arguments")])
    assert (subject.written.ascii_bytes, subject.written.other_bytes) == (6, 5)
