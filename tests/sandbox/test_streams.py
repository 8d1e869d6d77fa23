"""POST /v1/responses as server-sent events."""

from typing import Any

import httpx
import msgspec
import pytest

from grokgate.sandbox.service import Sandbox

Event = dict[str, Any]

TOOL = {"type": "function", "name": "f", "parameters": {"type": "object"}}


async def raw(client: httpx.AsyncClient, prompt: str = "Say hi", **fields: Any) -> bytes:
    body = {"model": "grok-4.3", "input": prompt, "stream": True} | fields
    answer = await client.post("/v1/responses", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/event-stream"
    return answer.content


def parsed(stream: bytes | bytearray) -> list[Event]:
    """The events of a stream, without its `[DONE]`."""
    blocks = stream.decode().removesuffix("\n\n").split("\n\n")
    events = [block.partition("data: ")[2] for block in blocks]
    return [msgspec.json.decode(event) for event in events if event != "[DONE]"]


async def events_of(
    client: httpx.AsyncClient, prompt: str = "Say hi", **fields: Any
) -> list[Event]:
    return parsed(await raw(client, prompt, **fields))


def kinds(events: list[Event]) -> list[str]:
    """The types in order, deltas that follow each other as one."""
    types = [event["type"] for event in events]
    return [kind for before, kind in zip(["", *types], types, strict=False) if kind != before]


def joined(events: list[Event], kind: str) -> str:
    return "".join(event["delta"] for event in events if event["type"] == kind)


async def collect(answer: httpx.Response, received: bytearray) -> None:
    """All that arrives, also of an answer that breaks."""
    async for piece in answer.aiter_raw():
        received += piece


async def test_the_events_come_in_the_captured_order(client: httpx.AsyncClient) -> None:
    assert kinds(await events_of(client)) == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done",
        "response.output_item.done",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]


async def test_every_event_is_framed_named_and_numbered(client: httpx.AsyncClient) -> None:
    stream = await raw(client)
    events = parsed(stream)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    names = [line[7:] for line in stream.decode().splitlines() if line.startswith("event: ")]
    assert names == [event["type"] for event in events]
    assert stream.endswith(b"data: [DONE]\n\n")


async def test_the_deltas_joined_are_the_answer_that_is_given_whole(
    client: httpx.AsyncClient,
) -> None:
    events = await events_of(client)
    final = events[-1]["response"]
    reasoning, message = final["output"]
    assert joined(events, "response.output_text.delta") == message["content"][0]["text"]
    summary = reasoning["summary"][0]["text"]
    assert joined(events, "response.reasoning_summary_text.delta") == summary
    body = {"model": "grok-4.3", "input": "Say hi"}
    whole = (await client.post("/v1/responses", json=body)).json()
    assert whole["usage"] == final["usage"]
    assert whole["output"][1]["content"] == message["content"]


async def test_the_usage_is_in_the_last_event_only(client: httpx.AsyncClient) -> None:
    events = await events_of(client)
    assert events[-1]["response"]["usage"]["cost_in_usd_ticks"] > 0
    for event in events[:2]:
        assert event["response"]["status"] == "in_progress"
        assert event["response"]["output"] == []
        assert "usage" not in event["response"]


async def test_encrypted_reasoning_arrives_with_the_finished_item(
    client: httpx.AsyncClient,
) -> None:
    events = await events_of(client, include=["reasoning.encrypted_content"])
    added, done = [
        event["item"]
        for event in events
        if event["type"].startswith("response.output_item") and event["output_index"] == 0
    ]
    assert "encrypted_content" not in added
    assert done["encrypted_content"]


async def test_a_call_sends_its_arguments_whole(client: httpx.AsyncClient) -> None:
    events = await events_of(client, '[sandbox:call f {"a": 1}]', tools=[TOOL])
    assert kinds(events)[-5:] == [
        "response.output_item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
    ]
    added, delta, _, done = events[-5:-1]
    assert added["item"]["arguments"] == ""
    assert delta["delta"] == done["item"]["arguments"] == '{"a": 1}'
    assert delta["item_id"] == done["item"]["id"]


async def test_a_refusal_has_its_own_events(client: httpx.AsyncClient) -> None:
    events = await events_of(client, "[sandbox:refuse]")
    assert "response.refusal.done" in kinds(events)
    assert "response.output_text.delta" not in kinds(events)
    assert joined(events, "response.refusal.delta") == "I can't help with that."


async def test_a_citation_is_announced(client: httpx.AsyncClient) -> None:
    events = await events_of(client, "[sandbox:annotate]")
    (shown,) = [e for e in events if e["type"] == "response.output_text.annotation.added"]
    final = events[-1]["response"]["output"][-1]["content"][0]
    assert final["annotations"] == [shown["annotation"]]


async def test_a_cut_answer_ends_incomplete(client: httpx.AsyncClient) -> None:
    last = (await events_of(client, max_output_tokens=2))[-1]
    assert last["type"] == "response.incomplete"
    assert last["response"]["incomplete_details"] == {"reason": "max_output_tokens"}


async def test_a_failure_is_the_last_event_and_carries_its_cost(
    client: httpx.AsyncClient,
) -> None:
    last = (await events_of(client, "[sandbox:failed]"))[-1]
    assert last["type"] == "response.failed"
    assert last["response"]["error"]["code"] == "server_error"
    assert last["response"]["usage"]["cost_in_usd_ticks"] > 0


async def test_the_bill_can_be_forged(client: httpx.AsyncClient) -> None:
    last = (await events_of(client, "[sandbox:no-usage]"))[-1]
    assert last["response"]["usage"] is None


async def test_pings_come_between_the_events(client: httpx.AsyncClient) -> None:
    events = await events_of(client, "[sandbox:ping]")
    assert [event["type"] for event in events[::2]] == ["ping"] * (len(events) // 2)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))


async def test_a_stream_can_end_without_its_last_event(client: httpx.AsyncClient) -> None:
    stream = await raw(client, "[sandbox:eof-before-terminal]")
    assert b"[DONE]" not in stream
    assert parsed(stream)[-1]["type"] == "response.output_item.done"


async def test_a_stream_can_break_off_with_an_error_event(client: httpx.AsyncClient) -> None:
    stream = await raw(client, "[sandbox:error-event]")
    events = parsed(stream)
    assert b"[DONE]" not in stream
    assert (events[-1]["type"], events[-1]["status"]) == ("error", 503)
    assert "response.reasoning_summary_text.delta" in kinds(events)


async def test_an_error_event_can_be_nested_and_come_at_once(client: httpx.AsyncClient) -> None:
    events = await events_of(client, "[sandbox:error-event-nested]")
    assert kinds(events) == ["response.created", "error"]
    assert events[1]["error"]["type"] == "server_error"


async def test_the_pieces_can_be_cut_anywhere(client: httpx.AsyncClient) -> None:
    body = {"model": "grok-4.3", "input": "é [sandbox:split=7]", "stream": True}
    async with client.stream("POST", "/v1/responses", json=body) as answer:
        pieces = [piece async for piece in answer.aiter_raw()]
    assert {len(piece) for piece in pieces[:-1]} == {7}
    assert parsed(b"".join(pieces))[-1]["type"] == "response.completed"


async def test_a_refusal_is_no_stream(client: httpx.AsyncClient) -> None:
    body = {"model": "grok-4.3", "input": "[sandbox:429]", "stream": True}
    answer = await client.post("/v1/responses", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (429, "application/json")


@pytest.mark.parametrize(
    ("directive", "error"),
    [("reset-mid-body", httpx.ReadError), ("truncated-body", httpx.RemoteProtocolError)],
)
async def test_a_stream_can_break_halfway(
    client: httpx.AsyncClient, directive: str, error: type[Exception]
) -> None:
    body = {"model": "grok-4.3", "input": f"[sandbox:{directive}]", "stream": True}
    received = bytearray()
    async with client.stream("POST", "/v1/responses", json=body) as answer:
        with pytest.raises(error):
            await collect(answer, received)
    assert kinds(parsed(received))[:2] == ["response.created", "response.in_progress"]
    assert b"response.completed" not in received


@pytest.mark.parametrize(("directive", "first"), [("stall=60", None), ("delay=60", 1)])
async def test_a_stream_can_stop_flowing_until_the_client_goes(
    client: httpx.AsyncClient, sandbox: Sandbox, directive: str, first: int | None
) -> None:
    body = {"model": "grok-4.3", "input": f"[sandbox:{directive}]", "stream": True}
    received = bytearray()
    async with client.stream("POST", "/v1/responses", json=body, timeout=0.2) as answer:
        with pytest.raises(httpx.ReadTimeout):
            await collect(answer, received)
    events = parsed(received)
    assert len(events) == first or (first is None and len(events) > 2)
    await sandbox.stop()
    assert sandbox.requests[-1].outcome == "client left"


async def test_events_leave_one_by_one_when_they_are_delayed(client: httpx.AsyncClient) -> None:
    body = {"model": "grok-4.3", "input": "[sandbox:delay=0.005]", "stream": True}
    async with client.stream("POST", "/v1/responses", json=body) as answer:
        pieces = [piece async for piece in answer.aiter_raw()]
    assert len(parsed(b"".join(pieces))) > 10
    assert len(pieces) > 10
