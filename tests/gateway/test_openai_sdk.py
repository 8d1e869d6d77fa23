"""The OpenAI library against the whole gateway: what its users write works and is paid for once."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from openai.types.chat import (
    ChatCompletionFunctionToolParam,
    ChatCompletionMessageParam,
    ChatCompletionUserMessageParam,
)
from openai.types.responses import FunctionToolParam, ResponseFunctionToolCall
from pydantic import BaseModel

from tests.support.gateway import USD, Gateway

MODEL = "xai/grok-4.3"
PARAMETERS: dict[str, object] = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
TOOL = FunctionToolParam(
    type="function", name="weather", description="D", parameters=PARAMETERS, strict=True
)
CHAT_TOOL = ChatCompletionFunctionToolParam(
    type="function", function={"name": "weather", "parameters": PARAMETERS, "strict": True}
)
ASK_WEATHER = 'Weather? [sandbox:call weather {"city": "Bonn"}]'
HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Hello"}]


class Paint(BaseModel):
    colour: str
    count: int


@asynccontextmanager
async def library(
    gateway: Gateway, key: str | None = None, **options: Any
) -> AsyncIterator[AsyncOpenAI]:
    """A client as its users make it, repeats included."""
    api_key = key or await gateway.new_key()
    async with AsyncOpenAI(api_key=api_key, base_url=f"{gateway.url}/v1", **options) as client:
        yield client


def billed(gateway: Gateway) -> int:
    return gateway.sandbox.requests[-1].cost_usd_ticks


def cost(usage: BaseModel | None) -> int:
    assert usage is not None
    ticks: int = (usage.model_extra or {})["cost_in_usd_ticks"]
    return ticks


async def test_an_answer(gateway: Gateway) -> None:
    async with library(gateway) as client:
        answer = await client.responses.create(model=MODEL, input="Hello")
    assert "Hello" in answer.output_text
    assert (answer.status, answer.model) == ("completed", MODEL)
    assert cost(answer.usage) == billed(gateway)
    assert (answer._request_id or "").startswith("req_")


async def test_an_answer_in_events(gateway: Gateway) -> None:
    text, last = "", None
    async with library(gateway) as client:
        stream = await client.responses.create(model=MODEL, input="Hello", stream=True)
        async for event in stream:
            if event.type == "response.output_text.delta":
                text += event.delta
            last = event
    assert last is not None
    assert last.type == "response.completed"
    assert last.response.output_text == text
    assert cost(last.response.usage) == billed(gateway)


async def test_a_stream_that_the_library_puts_together(gateway: Gateway) -> None:
    async with (
        library(gateway) as client,
        client.responses.stream(model=MODEL, input=ASK_WEATHER, tools=[TOOL]) as stream,
    ):
        kinds = {event.type async for event in stream}
        answer = await stream.get_final_response()
    assert {"response.reasoning_summary_text.done", "response.function_call_arguments.done"} < kinds
    [call] = [item for item in answer.output if item.type == "function_call"]
    assert json.loads(call.arguments) == {"city": "Bonn"}
    assert cost(answer.usage) == billed(gateway)


async def test_an_answer_parsed_into_a_model(gateway: Gateway) -> None:
    async with library(gateway) as client:
        answer = await client.responses.parse(model=MODEL, input="Paint", text_format=Paint)
        streaming = client.responses.stream(model=MODEL, input="Paint", text_format=Paint)
        async with streaming as stream:
            streamed = await stream.get_final_response()
    assert isinstance(answer.output_parsed, Paint)
    assert streamed.output_parsed == answer.output_parsed


async def test_a_function_is_called_and_answers(gateway: Gateway) -> None:
    conversation: list[Any] = [{"role": "user", "content": ASK_WEATHER}]
    async with library(gateway) as client:
        asked = await client.responses.create(
            model=MODEL,
            input=conversation,
            tools=[TOOL],
            include=["reasoning.encrypted_content"],
            store=False,
        )
        call = asked.output[-1]
        assert isinstance(call, ResponseFunctionToolCall)
        conversation += asked.output
        output = {"type": "function_call_output", "call_id": call.call_id, "output": "Rain"}
        conversation.append(output)
        answer = await client.responses.create(model=MODEL, input=conversation, tools=[TOOL])
        # The whole answer goes back as well.
        conversation += [*answer.output, {"role": "user", "content": "Thanks"}]
        last = await client.responses.create(
            model=MODEL, input=conversation, tools=[TOOL], tool_choice="none"
        )
    assert "Rain" in answer.output_text
    assert "Thanks" in last.output_text
    [reasoning, *_] = asked.output
    assert reasoning.type == "reasoning"
    sent = gateway.sandbox.requests[-1].json()["input"]
    assert reasoning.encrypted_content in [item.get("encrypted_content") for item in sent]


async def test_a_chat(gateway: Gateway) -> None:
    async with library(gateway) as client:
        answer = await client.chat.completions.create(model=MODEL, messages=HELLO)
    [choice] = answer.choices
    assert "Hello" in (choice.message.content or "")
    assert "Hello" in (choice.message.model_extra or {})["reasoning_content"]
    assert choice.finish_reason == "stop"
    assert cost(answer.usage) == billed(gateway)
    assert answer.usage is not None
    details = answer.usage.completion_tokens_details
    assert details is not None
    assert 0 < (details.reasoning_tokens or 0) < answer.usage.completion_tokens


async def test_a_chat_in_chunks(gateway: Gateway) -> None:
    async with library(gateway) as client:
        stream = await client.chat.completions.create(
            model=MODEL, messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]
    deltas = [chunk.choices[0].delta for chunk in chunks[:-1]]
    assert deltas[0].role == "assistant"
    assert "Hello" in "".join(delta.content or "" for delta in deltas)
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert (chunks[-1].choices, cost(chunks[-1].usage)) == ([], billed(gateway))


async def test_a_chat_that_the_library_puts_together(gateway: Gateway) -> None:
    messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": ASK_WEATHER}]
    async with (
        library(gateway) as client,
        client.chat.completions.stream(model=MODEL, messages=messages, tools=[CHAT_TOOL]) as stream,
    ):
        async for _ in stream:
            continue
        answer = await stream.get_final_completion()
    [choice] = answer.choices
    assert choice.finish_reason == "tool_calls"
    [call] = choice.message.tool_calls or []
    assert (call.function.name, json.loads(call.function.arguments)) == (
        "weather",
        {"city": "Bonn"},
    )


async def test_a_chat_parsed_into_a_model(gateway: Gateway) -> None:
    async with library(gateway) as client:
        answer = await client.chat.completions.parse(
            model=MODEL, messages=HELLO, response_format=Paint
        )
        streaming = client.chat.completions.stream(
            model=MODEL, messages=HELLO, response_format=Paint
        )
        async with streaming as stream:
            streamed = await stream.get_final_completion()
    assert isinstance(answer.choices[0].message.parsed, Paint)
    assert streamed.choices[0].message.parsed == answer.choices[0].message.parsed


async def test_a_function_is_called_and_answers_in_a_chat(gateway: Gateway) -> None:
    messages: list[Any] = [{"role": "user", "content": ASK_WEATHER}]
    async with library(gateway) as client:
        asked = await client.chat.completions.create(
            model=MODEL, messages=messages, tools=[CHAT_TOOL], tool_choice="auto"
        )
        message = asked.choices[0].message
        [call] = message.tool_calls or []
        messages += [message, {"role": "tool", "tool_call_id": call.id, "content": "Rain"}]
        answer = await client.chat.completions.create(
            model=MODEL, messages=messages, tools=[CHAT_TOOL]
        )
        messages += [answer.choices[0].message, {"role": "user", "content": "Thanks"}]
        last = await client.chat.completions.create(
            model=MODEL, messages=messages, tools=[CHAT_TOOL], tool_choice="none"
        )
    assert "Rain" in (answer.choices[0].message.content or "")
    assert "Thanks" in (last.choices[0].message.content or "")


async def test_a_refusal_can_be_answered(gateway: Gateway) -> None:
    messages: list[Any] = [{"role": "user", "content": "[sandbox:refuse]"}]
    async with library(gateway) as client:
        refused = (await client.chat.completions.create(model=MODEL, messages=messages)).choices[0]
        assert (refused.message.content, bool(refused.message.refusal)) == (None, True)
        messages = [refused.message, {"role": "user", "content": "Pity"}]
        answer = await client.chat.completions.create(model=MODEL, messages=messages)
    assert "Pity" in (answer.choices[0].message.content or "")


async def test_pictures_in_messages(gateway: Gateway) -> None:
    picture = "https://example.com/cat.png"
    message = ChatCompletionUserMessageParam(
        role="user",
        content=[
            {"type": "text", "text": "What is it?"},
            {"type": "image_url", "image_url": {"url": picture, "detail": "low"}},
        ],
    )
    async with library(gateway) as client:
        chat = await client.chat.completions.create(model=MODEL, messages=[message])
        answer = await client.responses.create(
            model=MODEL,
            input=[
                {
                    "role": "user",
                    "content": [{"type": "input_image", "image_url": picture, "detail": "low"}],
                }
            ],
        )
    assert "Pictures that came with it: 1" in (chat.choices[0].message.content or "")
    assert "Pictures that came with it: 1" in answer.output_text


async def test_the_models(gateway: Gateway) -> None:
    async with library(gateway) as client:
        ids = [model.id async for model in await client.models.list()]
        model = await client.models.retrieve(MODEL)
    assert MODEL in ids
    assert (model.id, model.owned_by) == (MODEL, "xai")


async def error_of(client: AsyncOpenAI, **fields: Any) -> openai.APIStatusError:
    with pytest.raises(openai.APIStatusError) as caught:
        await client.responses.create(**({"model": MODEL, "input": "Hello"} | fields))
    return caught.value


@pytest.mark.parametrize(
    ("fields", "kind", "code"),
    [
        ({"model": "grok-99"}, openai.NotFoundError, "model_not_found"),
        ({"temperature": 3}, openai.BadRequestError, "invalid_value"),
        ({"store": True}, openai.BadRequestError, "unsupported_parameter"),
        ({"input": "[sandbox:safety]"}, openai.PermissionDeniedError, "content_violation"),
        ({"input": "[sandbox:500]"}, openai.InternalServerError, "provider_error"),
    ],
)
async def test_errors_are_the_librarys_own(
    gateway: Gateway, fields: dict[str, Any], kind: type[openai.APIStatusError], code: str
) -> None:
    async with library(gateway) as client:
        error = await error_of(client, **fields)
    assert type(error) is kind
    assert error.code == code
    assert (error.request_id or "").startswith("req_")
    assert error.type


async def test_a_model_that_does_not_chat_says_where_it_answers(gateway: Gateway) -> None:
    async with library(gateway) as client:
        with pytest.raises(openai.BadRequestError) as caught:
            await client.chat.completions.create(
                model="xai/grok-4.20-multi-agent", messages=HELLO, stream=True
            )
    assert caught.value.code == "unsupported_operation"
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["details"]["suggested_endpoint"] == "/v1/responses"


async def test_keys_and_money_are_errors_of_their_own(gateway: Gateway) -> None:
    async with library(gateway, "llmtr-unknown") as client:
        error = await error_of(client)
    assert isinstance(error, openai.AuthenticationError)
    assert error.code == "invalid_api_key"
    async with library(gateway, await gateway.new_key(usd_ticks=0)) as client:
        error = await error_of(client)
    assert (error.status_code, error.code) == (402, "insufficient_balance")
    limited = await gateway.new_key(requests_per_minute=1)
    async with library(gateway, limited, max_retries=0) as client:
        await client.responses.create(model=MODEL, input="Hello")
        error = await error_of(client)
    assert isinstance(error, openai.RateLimitError)
    assert error.code == "requests"


@pytest.mark.parametrize("fault", ["500", "reset-before-answer", "529"])
async def test_what_may_have_been_paid_is_never_repeated(gateway: Gateway, fault: str) -> None:
    before = len(gateway.sandbox.requests)
    key = await gateway.new_key()
    async with library(gateway, key) as client:
        assert client.max_retries > 0
        await error_of(client, input=f"[sandbox:{fault}]")
    assert len(gateway.sandbox.requests) == before + 1
    await gateway.settled()
    assert len((await gateway.get(key, "/v1/usage"))["data"]) == 1


async def broken(stream: AsyncIterator[Any]) -> openai.APIError:
    with pytest.raises(openai.APIError) as caught:
        [_ async for _ in stream]
    return caught.value


@pytest.mark.parametrize("fault", ["error-event", "eof-before-terminal", "reset-mid-body"])
async def test_a_stream_that_breaks_raises(gateway: Gateway, fault: str) -> None:
    before = len(gateway.sandbox.requests)
    prompt = f"[sandbox:{fault}]"
    messages: list[ChatCompletionMessageParam] = [{"role": "user", "content": prompt}]
    async with library(gateway) as client:
        error = await broken(await client.responses.create(model=MODEL, input=prompt, stream=True))
        chat_error = await broken(
            await client.chat.completions.create(model=MODEL, messages=messages, stream=True)
        )
    assert error.code in {"provider_error", "provider_unavailable"}
    assert chat_error.code == error.code
    assert len(gateway.sandbox.requests) == before + 2


async def test_what_the_library_says_it_cost_is_what_is_gone(gateway: Gateway) -> None:
    key = await gateway.new_key()
    async with library(gateway, key) as client:
        answer = await client.responses.create(model=MODEL, input="Hello", user="u-1")
        chat = await client.chat.completions.create(model=MODEL, messages=HELLO)
    spent = cost(answer.usage) + cost(chat.usage)
    assert (await gateway.get(key, "/v1/balance"))["posted_usd_ticks"] == 10 * USD - spent
